//! Requests and meshes that nobody wrote down, by the evaluator and by Envoy running what is compiled: both must say the same.

mod drawn;
mod entries;
mod fields;
mod known;
mod policies;
mod requests;
mod routes;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::compare::{self, by_id};
use super::program::each;
use super::requests::case_result;
use super::traffic::{self, command};
use super::traffic_run::{envoy_command, find_envoy, proxy_command, rows};
use super::{Answer, CaseResult, Context};
use crate::project;

/// How often a request is asked whose answers differ: clocks and sockets of a busy machine make some differ that are the same.
const TRIES: usize = 3;
/// One set of requests per recorded mesh and seed.
const SEEDS: [u64; 2] = [1, 2];
/// Seeds of drawn meshes that are asked where none is named; `--case drawn-99` or `--case drawn-99-200` asks others.
const DRAWN: std::ops::RangeInclusive<u64> = 1..=70;
/// The set of requests per recorded mesh, and the drawn meshes, that go through the proxy.
const PROXIES_SEED: u64 = 3;
const PROXIES_DRAWN: std::ops::RangeInclusive<u64> = 71..=100;

/// `route` beside Envoy on the same random requests.
pub(crate) fn random(context: &Context) -> Result<Answer, String> {
    let Some(envoy) = find_envoy() else {
        return Ok(Answer::NotBuilt("no Envoy: `./dev envoy` fetches it".to_owned()));
    };
    let cases = cases(context, known::MESHES, &SEEDS, DRAWN)?;
    let said = each(&cases, |(name, case)| context.program.run(&command(case), &context.scratch, name));
    let mut open = Vec::new();
    for ((name, case), said) in cases.into_iter().zip(said) {
        let got = compare::lines(&said?.stdout).map(|rows| by_id(rows.iter().map(lasting).collect()));
        let asked = compare::read_lines(&case.join("requests.jsonl"))?.len();
        open.push(Open { name, case, got, asked, fault: None });
    }
    settle(open, |open| ask(context, "envoy", &envoy_command(&envoy), open))
}

/// The bundled proxy beside Envoy on what is compiled for Envoy: random meshes and random requests. What is compiled for the proxy has
/// filters of Istio besides, whose headers Envoy's endpoints do not see.
pub(crate) fn proxies(context: &Context) -> Result<Answer, String> {
    let Some(envoy) = find_envoy() else {
        return Ok(Answer::NotBuilt("no Envoy: `./dev envoy` fetches it".to_owned()));
    };
    let mut open = Vec::new();
    for (name, case) in cases(context, known::FOR_PROXIES, &[PROXIES_SEED], PROXIES_DRAWN)? {
        let asked = compare::read_lines(&case.join("requests.jsonl"))?.len();
        open.push(Open { name, case, got: Err("not asked".to_owned()), asked, fault: None });
    }
    let ours = proxy_command(context);
    settle(open, |open| {
        let got = ask(context, "envoy", &ours, open)?;
        for (one, got) in open.iter_mut().zip(got) {
            one.got = got.map(|rows| by_id(rows.iter().map(lasting).collect()));
        }
        ask(context, "envoy", &envoy_command(&envoy), open)
    })
}

/// What happened to the requests of each case, or why nothing ran.
type Seen = Vec<Result<Vec<Value>, String>>;

fn ask(context: &Context, target: &str, command: &str, open: &[Open]) -> Result<Seen, String> {
    let asked: Vec<(String, PathBuf)> = open.iter().map(|one| (one.name.clone(), one.case.clone())).collect();
    rows(context, target, command, &asked)
}

/// Asks cases until they are equal, or often enough.
fn settle(mut open: Vec<Open>, ask: impl Fn(&mut [Open]) -> Result<Seen, String>) -> Result<Answer, String> {
    let mut results = Vec::new();
    for _ in 0..TRIES {
        let seen = ask(&mut open)?;
        let mut again = Vec::new();
        for (mut one, seen) in open.into_iter().zip(seen) {
            if one.judge(seen)? {
                results.push(one.result());
            } else {
                again.push(one);
            }
        }
        open = again;
    }
    results.extend(open.into_iter().map(Open::result));
    Ok(Answer::Cases(results))
}

/// A case with requests whose answers differ so far; `requests.jsonl` has those alone.
struct Open {
    name: String,
    case: PathBuf,
    /// What is compared with Envoy: what the evaluator says, or what happened through the proxy.
    got: Result<BTreeMap<String, Value>, String>,
    /// How many requests there were at first.
    asked: usize,
    /// What differs, with the number of requests.
    fault: Option<(String, usize)>,
}

impl Open {
    /// Compares with what Envoy did; true when all is the same. Else what differs stays in the folder, so that it can be looked at.
    fn judge(&mut self, seen: Result<Vec<Value>, String>) -> Result<bool, String> {
        let seen = match seen {
            Ok(seen) => seen.iter().map(lasting).collect::<Vec<Value>>(),
            Err(why) => {
                self.fault = Some((why, self.asked));
                return Ok(false);
            }
        };
        let answers = self.got.as_ref().ok();
        let differs = |row: &&Value| {
            let got = answers.and_then(|answers| answers.get(compare::text(row, "id")));
            traffic::judge(row, got).fault.is_some()
        };
        let differing: Vec<Value> = seen.iter().filter(differs).cloned().collect();
        let ids: BTreeSet<&str> = differing.iter().map(|row| compare::text(row, "id")).collect();
        let requests = compare::read_lines(&self.case.join("requests.jsonl"))?;
        let left: Vec<Value> =
            requests.into_iter().filter(|row| ids.contains(compare::text(row, "id"))).collect();
        self.write("requests.jsonl", &left)?;
        self.write("expect.jsonl", &differing)?;
        let result = case_result(&self.name, &differing, self.got.clone(), traffic::judge);
        self.fault = (!differing.is_empty()).then_some((result.detail, differing.len()));
        Ok(self.fault.is_none())
    }

    fn write(&self, name: &str, rows: &[Value]) -> Result<(), String> {
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        project::write(&self.case.join(name), lines.as_bytes())
    }

    fn result(self) -> CaseResult {
        let left = self.fault.as_ref().map_or(0, |(_, left)| *left);
        let mut case = CaseResult::new(self.name, self.fault.map(|(why, _)| why));
        case.parts = (self.asked - left, self.asked);
        case
    }
}

/// Writes the cases that are asked for: recorded meshes with these seeds, and drawn ones.
fn cases(
    context: &Context,
    meshes: &[&str],
    seeds: &[u64],
    drawn: std::ops::RangeInclusive<u64>,
) -> Result<Vec<(String, PathBuf)>, String> {
    let mut cases = Vec::new();
    let folder = |name: &str| context.scratch.join("cases").join(name);
    for mesh in meshes {
        for seed in seeds {
            let name = format!("{mesh}-{seed}");
            let from = context.area.join(mesh);
            if from.is_dir() && context.wants(&name) {
                known::make(&from, &folder(&name), *seed)?;
                cases.push((name.clone(), folder(&name)));
            }
        }
    }
    let named = context.only.as_deref().map(|only| only.strip_prefix("drawn-"));
    let seeds = match named {
        None => drawn,
        Some(None) => return Ok(cases),
        Some(Some(text)) => {
            range(text).ok_or_else(|| format!("`{text}` is neither a seed nor FIRST-LAST"))?
        }
    };
    let words = words::Words::read(&context.area)?;
    for seed in seeds {
        let name = format!("drawn-{seed}");
        drawn::make(&context.area, &folder(&name), seed, &words)?;
        cases.push((name.clone(), folder(&name)));
    }
    Ok(cases)
}

/// `N` or `FIRST-LAST`.
fn range(text: &str) -> Option<std::ops::RangeInclusive<u64>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(first.parse().ok()?..=last.parse().ok()?)
}

/// What a client sees when its connection is dropped; which of them is a matter of time.
const DROPPED: [&str; 8] = [
    "SSL",
    "closed",
    "reset",
    "rst",
    "eof",
    "EOF",
    "UNEXPECTED_EOF_WHILE_READING",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
];

/// A row without what differs from run to run: elapsed time, hashes of certificates that are made for each run, and how a connection
/// ends that nobody answers on.
fn lasting(row: &Value) -> Value {
    let mut row = row.clone();
    let garbled = row.get("flags") == Some(&json!("DPE"));
    if let Some(fields) = row.as_object_mut() {
        fields.remove("ms_at_least");
        let dropped = ["end", "tls_error"]
            .iter()
            .any(|key| fields.get(*key).and_then(Value::as_str).is_some_and(|end| DROPPED.contains(&end)));
        let empty = fields.get("data").and_then(Value::as_str).is_none_or(str::is_empty);
        if dropped && empty || garbled && fields.contains_key("data") {
            ["end", "tls_error", "data"].iter().for_each(|key| drop(fields.remove(*key)));
            fields.insert("dropped".to_owned(), json!(true));
        }
    }
    let seen = row.get_mut("upstream").and_then(Value::as_array_mut).into_iter().flatten();
    for one in seen {
        if let Some(Value::String(cert)) = one.pointer_mut("/headers/x-forwarded-client-cert") {
            *cert = cert.split(';').map(without_hash).collect::<Vec<_>>().join(";");
        }
        let Some(headers) = one.get_mut("headers").and_then(Value::as_object_mut) else { continue };
        if headers.get("x-envoy-attempt-count").is_some_and(|count| count != "1") {
            // What is left of the time.
            headers.remove("x-envoy-expected-rq-timeout-ms");
            headers.remove("grpc-timeout");
        }
    }
    row
}

/// A part of the header; hashes have 64 digits, and certificates are made for each run.
fn without_hash(part: &str) -> String {
    match part.split_once('=') {
        Some(("Hash", hash)) if hash.len() == 64 => "Hash=<sha256>".to_owned(),
        Some((name @ ("Cert" | "Chain"), _)) => format!("{name}=\"<pem>\""),
        _ => part.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_hashes() {
        assert_eq!((range("7"), range("3-5")), (Some(7..=7), Some(3..=5)));
        assert_eq!(range("x"), None);
        let digits = "0".repeat(64);
        let row = |hash: &str| {
            let cert = format!("By=a;Hash={hash},By=b;Hash={hash}");
            json!({"upstream": [{"headers": {"x-forwarded-client-cert": cert}}]})
        };
        assert_eq!(lasting(&row("short")), row("short"));
        assert_ne!(lasting(&row(&digits)), row(&digits));
        assert_eq!(without_hash("Cert=\"-----BEGIN\""), "Cert=\"<pem>\"");
    }
}
