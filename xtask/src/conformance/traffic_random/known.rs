//! Recorded meshes with requests that nobody wrote down: parts of several known ones, and of none.

use std::path::Path;

use serde_json::{Value, json};

use super::fields::put;
use crate::conformance::compare::{self, text};
use crate::dice::Dice;
use crate::project;

/// Meshes in which nothing is left to chance.
pub(super) const MESHES: &[&str] = &[
    "conf-httproute-matching",
    "gw-authz-ip",
    "gw-cors",
    "gw-headers-match",
    "gw-hosts",
    "gw-norm-merge-slashes",
    "gw-path-basic",
    "gw-redirect",
    "gw-rewrite",
    "gwapi-precedence",
    "in-permissive",
    "in-strict",
    "sc-sniff",
    "sc-vhost-domains",
];
/// Others for the proxy, which need not be told what an authorizer or a script says.
pub(super) const FOR_PROXIES: &[&str] = &[
    "conf-httproute-cors",
    "conf-httproute-matching-across-routes",
    "conf-httproute-redirect-path",
    "conf-httproute-rewrite-path",
    "gw-ext-authz",
    "gw-header-ops",
    "gw-https-redirect",
    "gw-jwt-claims-route",
    "gw-norm-none",
    "gw-tls-simple",
    "gwapi-filters",
    "gwapi-grpc",
    "gwapi-mesh",
    "in-sidecar-ingress",
    "in-web",
    "sc-defaults",
    "sc-mesh-vs",
    "sc-tls-origination",
];
const REQUESTS: usize = 40;

/// Writes a case with the same mesh and other requests.
pub(super) fn make(from: &Path, to: &Path, seed: u64) -> Result<(), String> {
    project::empty_dir(&to.join("in"))?;
    for part in ["in", "."] {
        copy(&from.join(part), &to.join(part), &["expect.jsonl"])?;
    }
    let known = compare::read_lines(&from.join("requests.jsonl"))?;
    let mut dice = Dice(seed);
    let lines: String = (0..REQUESTS).map(|n| format!("{}\n", request(&known, n, &mut dice))).collect();
    project::write(&to.join("requests.jsonl"), lines.as_bytes())
}

/// Copies the files of a folder but some.
pub(super) fn copy(from: &Path, to: &Path, without: &[&str]) -> Result<(), String> {
    for file in project::entries(from)? {
        let name = file.file_name().unwrap_or_default();
        if file.is_file() && !without.iter().any(|other| name == *other) {
            std::fs::copy(&file, to.join(name)).map_err(|e| format!("{}: {e}", file.display()))?;
        }
    }
    Ok(())
}

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];
const ENDS: [&str; 9] = ["", "/", "x", "/x", "//y", "/../z", "?a=1", "%2e", ";p=1"];
const SCRIPTS: [&str; 5] = ["code:404", "code:503", "code:204", "hdr:x-up=1", "fail1:500"];

/// A request like the known ones, with parts of several and parts of none.
fn request(known: &[Value], number: usize, dice: &mut Dice) -> Value {
    let single: Vec<&Value> = known.iter().filter(|row| row.get("repeat").is_none()).collect();
    let mut row = dice.one(&single).map(|row| (*row).clone()).unwrap_or_default();
    let id = format!("r{number}");
    put(&mut row, "id", json!(id));
    let requests: Vec<&Value> = single.iter().filter_map(|row| row.get("http")).collect();
    let Some(mut http) = row.get("http").cloned() else { return row };
    let plain = text(&row, "protocol") != "grpc";
    if let Some(other) = dice.one(&requests) {
        let path = format!("{}{}", text(other, "path"), dice.word(&ENDS));
        put(&mut http, "path", json!(path));
    }
    if let Some(other) = dice.one(&requests).filter(|_| plain) {
        let host = text(other, "authority").to_owned();
        let host = if dice.chance(6) { host.to_ascii_uppercase() } else { host };
        put(&mut http, "authority", json!(if dice.chance(6) { format!("{host}:80") } else { host }));
    }
    if plain && dice.chance(3) {
        put(&mut http, "method", json!(dice.one(&METHODS)));
    }
    let mut headers = http.get("headers").cloned().unwrap_or_else(|| json!({}));
    if let Some(Value::Object(more)) = dice.one(&requests).and_then(|other| other.get("headers")) {
        more.iter().for_each(|(name, value)| put(&mut headers, name, value.clone()));
    }
    if plain && dice.chance(4) {
        put(&mut headers, "x-do", json!(dice.one(&SCRIPTS)));
    }
    // Scripts that count must not count each other's requests.
    put(&mut headers, "x-t", json!(id));
    put(&mut http, "headers", headers);
    put(&mut row, "http", http);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_repeat_themselves() {
        let known = [
            json!({"id": "a", "dst": "10.0.0.1:80", "http": {"path": "/a", "authority": "h", "method": "GET"}}),
        ];
        let all = |seed| (0..9).map(|n| request(&known, n, &mut Dice(seed + n as u64))).collect::<Vec<_>>();
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
        assert!(all(1).iter().all(|row| text(row, "dst") == "10.0.0.1:80"));
    }
}
