//! What scenarios are made of: the routes of the bootstrap, and the recorded scenarios.

use std::path::Path;

use serde_json::{Value, json};

use crate::conformance::compare::{self, list, text};

/// Material for random scenarios.
pub(super) struct Pools {
    /// Paths that lead to a route of the first listener.
    pub(super) paths: Vec<String>,
    /// The recorded scenarios whose order does not matter.
    pub(super) known: Vec<Value>,
    /// Tokens that recorded requests carry.
    pub(super) tokens: Vec<String>,
}

/// Listeners that serve HTTP with the routes of the first one.
pub(super) const ROUTED: [u64; 3] = [0, 1, 8];
/// Listeners that serve plain HTTP in some other way.
pub(super) const PLAIN: [u64; 14] = [11, 12, 16, 18, 19, 20, 21, 23, 24, 25, 26, 29, 30, 31];
/// Prefixes whose answers depend on what was asked before.
const COUNTED: [&str; 12] = [
    "/lrl", "/cb", "/maxreq", "/rr", "/wrr", "/split", "/three", "/wmiss", "/probe", "/panic", "/prio",
    "/mixr",
];

impl Pools {
    /// Reads the oracle's folder.
    pub(super) fn read(area: &Path) -> Result<Self, String> {
        let bootstrap = compare::read_json(&area.join("bootstrap.json"))?;
        let mut known = compare::read_lines(&area.join("scenarios.jsonl"))?;
        known.retain(|scenario| scenario.get("serial").is_none());
        let listener =
            bootstrap.pointer("/static_resources/listeners/0/filter_chains/0/filters/0/typed_config");
        let hosts = listener.and_then(|hcm| hcm.pointer("/route_config/virtual_hosts"));
        let routes =
            hosts.and_then(Value::as_array).into_iter().flatten().flat_map(|host| list(host, "routes"));
        let matches = ["path", "prefix", "path_separated_prefix"];
        let path = |route: &Value| {
            let found = matches.iter().find_map(|key| route.pointer(&format!("/match/{key}")));
            found.and_then(Value::as_str).map(str::to_owned)
        };
        let mut paths: Vec<String> = routes.filter_map(path).filter(|path| !counted(path)).collect();
        paths.extend(["/re/7", "/jwt", "/denied", "/nothing"].map(str::to_owned));
        let tokens = known.iter().flat_map(|scenario| tokens(text(scenario, "raw"))).collect();
        Ok(Self { paths, known, tokens })
    }

    /// The recorded scenarios of a kind that stand in some groups.
    pub(super) fn of(&self, kind: &str, groups: &[&str]) -> Vec<&Value> {
        let wanted = |scenario: &&Value| {
            text(scenario, "kind") == kind && (groups.is_empty() || groups.contains(&text(scenario, "group")))
        };
        self.known.iter().filter(wanted).collect()
    }
}

/// Whether answers at a path depend on the order of requests.
pub(super) fn counted(path: &str) -> bool {
    COUNTED.iter().any(|prefix| path.contains(prefix))
}

/// Whatever looks like a token: three parts of base64 with dots between them.
fn tokens(raw: &str) -> Vec<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let words = raw.split(|c: char| !part(c)).filter(|word| word.starts_with("eyJ"));
    words.filter(|word| word.matches('.').count() == 2).map(str::to_owned).collect()
}

/// A scenario that sends bytes to a listener.
pub(super) fn raw(port: u64, bytes: &str) -> Value {
    json!({"kind": "raw", "port": port, "raw": bytes})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stand_in_headers_and_queries() {
        let found =
            tokens("GET /hq?t=eyJa.eyJb.c-_ HTTP/1.1\r\nAuthorization: Bearer eyJd.e.f\r\nx: eyJ\r\n");
        assert_eq!(found, ["eyJa.eyJb.c-_", "eyJd.e.f"]);
        assert!(counted("/a/../rr/x") && !counted("/dr"));
    }
}
