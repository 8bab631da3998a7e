//! Requests that nobody wrote down, by the evaluator and by Envoy running what is compiled: both must say the same.

use std::path::Path;

use serde_json::{Value, json};

use super::compare::{self, by_id, text};
use super::program::each;
use super::requests::case_result;
use super::traffic::{self, command};
use super::traffic_run::{envoy_command, find_envoy, rows};
use super::{Answer, Context};
use crate::dice::Dice;
use crate::project;

/// Meshes in which nothing is left to chance.
const MESHES: &[&str] = &[
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
/// One set of requests per mesh and seed.
const SEEDS: [u64; 2] = [1, 2];
const REQUESTS: usize = 40;

/// `route` beside Envoy on the same random requests.
pub(crate) fn random(context: &Context) -> Result<Answer, String> {
    let Some(envoy) = find_envoy() else {
        return Ok(Answer::NotBuilt("no Envoy: `./dev envoy` fetches it".to_owned()));
    };
    let mut cases = Vec::new();
    for mesh in MESHES {
        for seed in SEEDS {
            let name = format!("{mesh}-{seed}");
            let from = context.area.join(mesh);
            if from.is_dir() && context.wants(&name) {
                let folder = context.scratch.join("cases").join(&name);
                make(&from, &folder, seed)?;
                cases.push((name, folder));
            }
        }
    }
    let seen = rows(context, "envoy", &envoy_command(&envoy), &cases)?;
    let said = each(&cases, |(name, case)| context.program.run(&command(case), &context.scratch, name));
    let mut results = Vec::new();
    for (((name, _), expect), said) in cases.iter().zip(seen).zip(said) {
        let expect = match expect {
            Ok(expect) => expect.iter().map(lasting).collect::<Vec<Value>>(),
            Err(why) => {
                results.push(super::CaseResult::new(name.as_str(), Some(why)));
                continue;
            }
        };
        let got = compare::lines(&said?.stdout).map(by_id);
        results.push(case_result(name, &expect, got, traffic::judge));
    }
    Ok(Answer::Cases(results))
}

/// A row without what differs from run to run: elapsed time, and hashes of certificates that are made for each run.
fn lasting(row: &Value) -> Value {
    let mut row = row.clone();
    if let Some(fields) = row.as_object_mut() {
        fields.remove("ms_at_least");
    }
    let seen = row.get_mut("upstream").and_then(Value::as_array_mut).into_iter().flatten();
    for one in seen {
        if let Some(Value::String(cert)) = one.pointer_mut("/headers/x-forwarded-client-cert") {
            *cert = cert.split(';').map(without_hash).collect::<Vec<_>>().join(";");
        }
    }
    row
}

/// A part of the header; hashes have 64 digits.
fn without_hash(part: &str) -> String {
    match part.strip_prefix("Hash=") {
        Some(hash) if hash.len() == 64 => "Hash=<sha256>".to_owned(),
        _ => part.to_owned(),
    }
}

/// Writes a case with the same mesh and other requests.
fn make(from: &Path, to: &Path, seed: u64) -> Result<(), String> {
    project::empty_dir(&to.join("in"))?;
    for part in ["in", "."] {
        for file in project::entries(&from.join(part))? {
            let name = file.file_name().unwrap_or_default();
            if file.is_file() && name != "expect.jsonl" {
                std::fs::copy(&file, to.join(part).join(name))
                    .map_err(|e| format!("{}: {e}", file.display()))?;
            }
        }
    }
    let known = compare::read_lines(&from.join("requests.jsonl"))?;
    let mut dice = Dice(seed);
    let lines: String = (0..REQUESTS).map(|n| format!("{}\n", request(&known, n, &mut dice))).collect();
    project::write(&to.join("requests.jsonl"), lines.as_bytes())
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
        let path = format!("{}{}", text(other, "path"), dice.one(&ENDS).unwrap_or(&""));
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

fn put(row: &mut Value, key: &str, value: Value) {
    if let Some(fields) = row.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
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
