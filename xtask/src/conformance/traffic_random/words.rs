//! What drawn meshes and their requests take from recorded ones because it cannot be drawn: keys, signed tokens, certificates.

use std::path::Path;

use serde_json::{Value, json};

use crate::conformance::compare;
use crate::project;

/// The recorded case whose tokens are used.
const TOKENS: &str = "gw-jwt-claims-route";
/// The recorded case whose certificates are used.
const CERTIFICATES: &str = "gw-tls-simple";

/// Keys, tokens and certificates.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Words {
    /// The issuer's keys, as `jwks` has them.
    pub(super) keys: String,
    /// Tokens of the issuer, signed.
    pub(super) tokens: Vec<String>,
    /// Documents of Kubernetes Secrets: `web-cert` and `api-cert` in `istio-system`.
    pub(super) secrets: String,
    /// The same with the authority that signs clients' certificates, for servers that ask for them.
    pub(super) roots: String,
}

impl Words {
    /// Reads them.
    pub(super) fn read(area: &Path) -> Result<Self, String> {
        let config = project::read(&area.join(TOKENS).join("in/20-config.yaml"))?;
        let quoted = |line: &str| line.trim().strip_prefix("jwks: '")?.strip_suffix('\'').map(str::to_owned);
        let keys = config.lines().find_map(quoted).ok_or_else(|| format!("{TOKENS} has no jwks"))?;
        let rows = compare::read_lines(&area.join(TOKENS).join("requests.jsonl"))?;
        let secrets = project::read(&area.join(CERTIFICATES).join("in/20-config.yaml"))?;
        let secrets = secrets.split("---\n").filter(|text| text.contains("\nkind: Secret\n"));
        let root = base64(project::read(&area.join("certs/mesh-ca.crt"))?.as_bytes());
        let secrets = secrets.collect::<Vec<_>>().join("---\n");
        let roots = secrets.replace("\n  tls.crt:", &format!("\n  ca.crt: {root}\n  tls.crt:"));
        Ok(Self { keys, tokens: tokens(&rows), secrets, roots })
    }
}

/// Bytes as Secrets have them.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: usize| LETTERS.get(bits & 63).map_or('=', |letter| char::from(*letter));
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let at = |n: usize| chunk.get(n).map_or(0, |byte| usize::from(*byte));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        let four = [18, 12, 6, 0].map(|shift| letter(bits >> shift));
        out.extend(four.iter().take(chunk.len() + 1));
        out.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    out
}

/// The last word of headers, where it begins as tokens do.
fn tokens(rows: &[Value]) -> Vec<String> {
    let headers = rows.iter().filter_map(|row| row.pointer("/http/headers")?.as_object());
    let values = headers.flat_map(|headers| headers.values().filter_map(Value::as_str));
    let mut out: Vec<String> = values
        .filter_map(|value| value.rsplit(' ').next())
        .filter(|word| word.starts_with("eyJ") && word.matches('.').count() == 2)
        .map(str::to_owned)
        .collect();
    out.sort();
    out.dedup();
    out
}

/// The authorizer that `gw-ext-authz` has, for other recorded cases: its Pod and what it answers.
pub(super) fn with_authorizer(case: &mut Value, other: &Value) {
    for key in ["pods", "scripts"] {
        let more = other.get(key).cloned().unwrap_or_else(|| json!({}));
        match case.get_mut(key) {
            Some(known) => super::fields::put_all(known, &more),
            None => super::fields::put(case, key, more),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_letters() {
        assert_eq!(["", "f", "fo", "foo"].map(|text| base64(text.as_bytes())), ["", "Zg==", "Zm8=", "Zm9v"]);
    }

    #[test]
    fn tokens_are_the_last_words_of_headers() {
        let rows = [
            json!({"http": {"headers": {"x-jwt": "tok eyJa.b.c", "x": "eyJ"}}}),
            json!({"http": {"headers": {"authorization": "Bearer eyJa.b.c"}}}),
            json!({"tcp": "eyJa.b.c"}),
        ];
        assert_eq!(tokens(&rows), ["eyJa.b.c"]);
    }

    #[test]
    fn pods_of_another_case_are_added() {
        let mut case = json!({"pods": {"a": 1}});
        with_authorizer(&mut case, &json!({"pods": {"b": 2}, "scripts": {"c": 3}}));
        assert_eq!(case, json!({"pods": {"a": 1, "b": 2}, "scripts": {"c": 3}}));
    }
}
