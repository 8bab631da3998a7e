//! Key sets as github.com/lestrrat-go/jwx v1 takes them (`jwk/jwk.go`, `Parse` and `ParseKey`; `jwk/set.go`; `jwk/*_gen.go`).

mod chain;

use crate::admission::crd::words::quoted;
use crate::admission::go_json;
use crate::node::{Node, Value};

/// A sort of key.
struct Sort {
    /// `kty`.
    name: &'static str,
    /// Its Go type without and with a private part.
    types: [&'static str; 2],
    /// Fields with bytes in base64, without and with a private part.
    bytes: [&'static [&'static str]; 2],
    /// Fields that have to be there, in the order in which they are missed, without and with a private part.
    required: [&'static [&'static str]; 2],
}

const SORTS: &[Sort] = &[
    Sort {
        name: "RSA",
        types: ["rsaPublicKey", "rsaPrivateKey"],
        bytes: [&["e", "n"], &["d", "dp", "dq", "e", "n", "p", "q", "qi"]],
        required: [&["e", "n"], &["d", "e", "n"]],
    },
    Sort {
        name: "EC",
        types: ["ecdsaPublicKey", "ecdsaPrivateKey"],
        bytes: [&["x", "y"], &["d", "x", "y"]],
        required: [&["crv", "x", "y"], &["crv", "d", "x", "y"]],
    },
    Sort {
        name: "OKP",
        types: ["okpPublicKey", "okpPrivateKey"],
        bytes: [&["x"], &["d", "x"]],
        required: [&["crv", "x"], &["crv", "d", "x"]],
    },
    Sort {
        name: "oct",
        types: ["symmetricKey", "symmetricKey"],
        bytes: [&["k"], &["k"]],
        required: [&["k"], &["k"]],
    },
];

/// Fields with text that every key may have; the library calls `x5u` so.
const TEXT: &[&str] = &["alg", "kid", "kty", "use", "x5t", "x5t#S256", "x58"];

/// Reads a key set, or one key; gives the places of keys that hold private parts.
///
/// # Errors
/// In the words of the library.
pub(super) fn read(text: &str) -> Result<Vec<usize>, String> {
    let failed = |why: String| format!("failed to unmarshal JWK set: {why}");
    // What follows the first value is not read.
    let text = go_json::first(text).map_err(failed)?;
    let parsed = crate::syntax::parse(crate::base::FileId::default(), text.into());
    let Some(root) = parsed.root(0) else { return Err(failed("error reading token: EOF".to_owned())) };
    match root.value() {
        Value::Map => {}
        Value::Seq => return Err(failed("expected '{', but got '['".to_owned())),
        // Read as the name of a field.
        Value::Str("keys") => return Err(failed("failed to decode \"keys\": EOF".to_owned())),
        Value::Str(name) if !is_number(root) => {
            return Err(failed(format!("failed to decode value for key {}: EOF", quoted(name))));
        }
        _ => return Err(failed("error reading token: EOF".to_owned())),
    }
    let listed = root.get("keys");
    let keys: Vec<Node<'_>> = listed.map_or_else(|| vec![root], |keys| keys.items().collect());
    let mut private = Vec::new();
    if let Some(keys) = listed.filter(|keys| !matches!(keys.value(), Value::Seq | Value::Null)) {
        let of = go_word(keys);
        return Err(failed(format!(
            "failed to decode \"keys\": json: cannot unmarshal {of} into Go value of type []json.RawMessage"
        )));
    }
    for (at, key) in keys.into_iter().enumerate() {
        let what = match listed {
            Some(_) => format!("failed to decode key #{at} in \"keys\""),
            None => "failed to parse sole key in key set".to_owned(),
        };
        if self::key(key).map_err(|why| failed(format!("{what}: {why}")))? {
            private.push(at);
        }
    }
    Ok(private)
}

/// What Go calls a JSON value.
fn go_word(node: Node<'_>) -> &'static str {
    match node.value() {
        Value::Map => "object",
        Value::Seq => "array",
        Value::Str(_) if !is_number(node) => "string",
        Value::Bool(_) => "bool",
        Value::Null => "null",
        _ => "number",
    }
}

/// What is no number to YAML may be one to JSON.
fn is_number(node: Node<'_>) -> bool {
    node.source().starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

fn is_text(node: Node<'_>) -> bool {
    matches!(go_word(node), "string" | "null")
}

/// Whether a key holds a private part.
fn key(key: Node<'_>) -> Result<bool, String> {
    let hint = |what: &str, of: &str| {
        format!("failed to unmarshal JSON into key hint: json: cannot unmarshal {what} into Go {of}")
    };
    if !matches!(key.value(), Value::Map | Value::Null) {
        let of =
            "value of type struct { Kty string \"json:\\\"kty\\\"\"; D json.RawMessage \"json:\\\"d\\\"\" }";
        return Err(hint(go_word(key), of));
    }
    if let Some(kty) = key.get("kty").filter(|kty| !is_text(*kty)) {
        return Err(hint(go_word(kty), "struct field .kty of type string"));
    }
    let kty = key.get("kty").and_then(Node::as_str).unwrap_or_default();
    let sort = SORTS.iter().find(|sort| sort.name == kty);
    let sort = sort.ok_or_else(|| format!("invalid key type from JSON ({kty})"))?;
    let has_d = key.get("d").is_some();
    let of = |[public, private]: [&'static [&'static str]; 2]| if has_d { private } else { public };
    let [public_type, private_type] = sort.types;
    let name = if has_d { private_type } else { public_type };
    let failed = |why: String| format!("failed to unmarshal JSON into key (*jwk.{name}): {why}");
    for (field, value) in key.all_entries() {
        self::field(sort, of(sort.bytes), field.as_str().unwrap_or_default(), value).map_err(failed)?;
    }
    match of(sort.required).iter().find(|field| key.get(field).is_none()) {
        Some(field) => Err(failed(format!("required field {field} is missing"))),
        None => Ok(has_d || kty == "oct"),
    }
}

fn field(sort: &Sort, bytes: &[&str], name: &str, value: Node<'_>) -> Result<(), String> {
    let wrong = |before: &str, of: &str| {
        let what = go_word(value);
        Err(format!(
            "failed to decode value for key {name}: {before}json: cannot unmarshal {what} into Go value of type {of}"
        ))
    };
    let has_curve = matches!(sort.name, "EC" | "OKP");
    match name {
        "kty" if value.as_str().unwrap_or_default() != sort.name => {
            Err(format!("invalid kty value for RSAPublicKey ({})", value.as_str().unwrap_or_default()))
        }
        "key_ops" if !matches!(value.value(), Value::Seq | Value::Null) => wrong("", "jwk.KeyOperationList"),
        "key_ops" => match value.items().find(|item| !is_text(*item)) {
            Some(item) => Err(format!(
                "failed to decode value for key key_ops: json: cannot unmarshal {} into Go value of type jwk.KeyOperation",
                go_word(item)
            )),
            None => Ok(()),
        },
        "x5c" => chain::check(value).map_err(|why| format!("failed to decode value for key {name}: {why}")),
        "crv" if has_curve && !is_text(value) => wrong("", "jwa.EllipticCurveAlgorithm"),
        _ if (bytes.contains(&name) || TEXT.contains(&name)) && !is_text(value) => {
            wrong("error reading next value: ", "string")
        }
        _ if bytes.contains(&name) && chain::decoded(value.as_str().unwrap_or_default()).is_err() => {
            Err(format!("failed to decode value for key {name}: expected base64 encoded []byte (string)"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_and_keys_that_are_taken() {
        for (text, private) in [
            (r#"{"keys": []}"#, vec![]),
            (r#"{"keys": null}"#, vec![]),
            (r#"{"keys": [{"kty": "RSA", "e": "AQAB", "n": "xAE7", "kid": "a"}]}"#, vec![]),
            (r#"{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA=="}"#, vec![]),
            (r#"{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "x5u": 1}"#, vec![]),
            (
                r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}, {"kty": "oct", "k": "AA"}]}"#,
                vec![1],
            ),
        ] {
            assert_eq!(read(text), Ok(private), "{text}");
        }
    }

    #[test]
    fn sets_and_keys_that_are_refused() {
        for (text, why) in [
            ("{keys: []}", "invalid character 'k' looking for beginning of object key string"),
            ("[]", "expected '{', but got '['"),
            ("{}", "failed to parse sole key in key set: invalid key type from JSON ()"),
            (
                r#"{"keys": [{"kty": "XX"}]}"#,
                "failed to decode key #0 in \"keys\": invalid key type from JSON (XX)",
            ),
            (r#"{"kty": "RSA", "e": "AQAB"}"#, "(*jwk.rsaPublicKey): required field n is missing"),
            (r#"{"kty": "RSA", "e": "A*", "n": "AA"}"#, "failed to decode value for key e: expected base64"),
            (
                r#"{"kty": "RSA", "e": 65537, "n": "AA"}"#,
                "cannot unmarshal number into Go value of type string",
            ),
            (r#"{"kty": "EC", "crv": 1, "x": "AA", "y": "AA"}"#, "EllipticCurveAlgorithm"),
            (r#"{"kty": "oct", "k": "AA", "key_ops": "sign"}"#, "jwk.KeyOperationList"),
            (
                r#"{"kty": "oct", "k": "AA", "key_ops": ["a", 1]}"#,
                "number into Go value of type jwk.KeyOperation",
            ),
            (r#"{"kty": "RSA", "kty": "oct", "k": "AA"}"#, "invalid kty value for RSAPublicKey (RSA)"),
            (r#"{"kty": "oct", "k": "AA", "x58": 1}"#, "failed to decode value for key x58: error reading"),
            (
                r#"{"kty": "oct", "k": "AA", "x5c": "a"}"#,
                "failed to unmarshal JSON into []string: json: cannot",
            ),
            (r#"{"kty": "oct", "k": "AA", "x5c": ["!"]}"#, "illegal base64 data at input byte 0"),
            (r#"{"kty": "oct", "k": "AA", "x5c": ["AA"]}"#, "x509: malformed certificate"),
            ("\"a\"", "failed to decode value for key \"a\": EOF"),
            (r#"{"keys": [1e999]}"#, "cannot unmarshal number into Go value of type struct"),
            (r#"{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": 1}"#, "for key d"),
        ] {
            let got = read(text);
            assert!(got.as_ref().is_err_and(|got| got.contains(why)), "{text}: {got:?}");
        }
    }
}
