//! What docs/runtime-support.md promises, row by row: a small configuration, a few requests, and what must be said to the client
//! or to the upstream, which answers with what it was asked. Where there is an Envoy, every answer is also the same as its.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes, reads files and uses the clock")]
#[path = "rows/cases.rs"]
mod cases;
#[path = "support/envoy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
#[path = "rows/scripts.rs"]
mod scripts;
mod support;

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use cases::{Case, case, cases};
use envoy::envoy;
use proxy::{Proxy, T, address, cluster, filter, read_message};
use serde_json::{Value, json};
use support::free_port;

/// Puts the fields of `more` into `into`, message by message.
fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more.clone(),
    }
}

fn listener(index: usize, case: &Case, port: u16) -> Value {
    let name = format!("c{index}");
    let mut route = json!({"match": {"prefix": "/"}});
    if case.route.get("redirect").or(case.route.get("directResponse")).is_none() {
        route["route"] = json!({"cluster": name});
    }
    merge(&mut route, &case.route);
    let mut filters = case.filters.clone();
    filters.push(filter("http.router.v3.Router", json!({})));
    let mut host = json!({"name": "v", "domains": ["*"], "routes": [route]});
    merge(&mut host, &case.host);
    let mut hcm = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"),
        "statPrefix": name, "httpFilters": filters, "routeConfig": {"name": "r", "virtualHosts": [host]}});
    merge(&mut hcm, &case.manager);
    let mut listener = json!({"name": name, "address": address(port),
        "filterChains": [{"filters": [{"name": "h", "typedConfig": hcm}]}]});
    merge(&mut listener, &case.listener);
    serde_json::from_str(
        &listener
            .to_string()
            .replace("\"SELF\"", &format!("\"{name}\""))
            .replace("'SELF'", &format!("'{name}'")),
    )
    .unwrap()
}

/// Answers every request with its own head and body, `/code/N` or `x-status` with status N, and `reply-NAME` as a header NAME.
fn upstream() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || while echo(&stream, port).is_some() {});
        }
    });
    port
}

fn echo(mut stream: &TcpStream, port: u16) -> Option<()> {
    let (head, body) = read_message(&mut stream)?;
    let path = head.split(' ').nth(1)?;
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    // Only the first of several requests is answered with what it asks for.
    let asked = header("x-status").filter(|_| path == "/first");
    let status = path.strip_prefix("/code/").or(asked).unwrap_or("200");
    let replies = head.lines().filter_map(|line| line.strip_prefix("reply-"));
    let replies: String = replies.map(|line| format!("{line}\r\n")).collect();
    let answer = if head.starts_with("HEAD ") { String::new() } else { format!("{head}{body}") };
    let length = answer.len();
    let text =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nX-Port: {port}\r\n{replies}\r\n{answer}");
    stream.write_all(text.as_bytes()).ok()
}

fn bootstrap(cases: &[Case], ports: &[u16], admin: u16, up: u16) -> Value {
    let listeners: Vec<_> =
        cases.iter().zip(ports).enumerate().map(|(i, (case, port))| listener(i, case, *port)).collect();
    let one = |(index, case): (usize, &Case)| {
        let mut all = cluster(&format!("c{index}"), &[up], json!({}));
        merge(&mut all, &case.cluster);
        if let Some(fields) = all.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        all
    };
    let clusters: Vec<_> = cases.iter().enumerate().map(one).collect();
    json!({"node": {"id": "n", "cluster": "own"}, "admin": {"address": address(admin)},
        "staticResources": {"listeners": listeners, "clusters": clusters}})
}

/// An answer without what differs from run to run.
fn lasting(answer: (String, String), hide: &[String]) -> String {
    let mut text = format!("{}\n{}", answer.0, answer.1);
    for port in hide {
        text = text.replace(port.as_str(), "PORT");
    }
    let varies = [
        "date:",
        "x-request-id:",
        "x-envoy-upstream-service-time:",
        "traceparent:",
        "x-b3-",
        "x-envoy-expected-rq-timeout-ms: 1",
        "content-length:",
    ];
    let keep = |line: &&str| !varies.iter().any(|v| line.to_lowercase().starts_with(v));
    text.lines().filter(keep).collect::<Vec<_>>().join("\n").to_lowercase()
}

/// What is said to every request of a case.
fn answers(cases: &[Case], ports: &[u16], up: u16) -> Vec<Vec<String>> {
    let ask = |port: u16, request: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        lasting(read_message(&mut stream).unwrap_or_default(), &[up.to_string(), port.to_string()])
    };
    let all = cases.iter().zip(ports);
    all.map(|(case, port)| case.requests.iter().map(|request| ask(*port, request)).collect()).collect()
}

#[test]
fn every_row_does_what_it_says() {
    let (mut cases, up) = (cases(), upstream());
    cases.extend(scripts::scripts());
    // A port may be given twice.
    let ports = || {
        let mut all = BTreeSet::new();
        while all.len() < cases.len() {
            all.insert(free_port());
        }
        all.into_iter().collect::<Vec<_>>()
    };
    let (own, admin) = (ports(), free_port());
    let _proxy = Proxy::run(&bootstrap(&cases, &own, admin, up), own[0], admin);
    let said = answers(&cases, &own, up);
    let mut faults = Vec::new();
    for (case, said) in cases.iter().zip(&said) {
        for ((request, said), wanted) in case.requests.iter().zip(said).zip(case.wanted) {
            // `!` is before what must not be said.
            let (absent, text) = wanted.strip_prefix('!').map_or((false, *wanted), |text| (true, text));
            if said.contains(text) == absent {
                faults.push(format!("{}: {request:?} must give {wanted:?}, and gives {said}", case.name));
            }
        }
    }
    let (theirs, admin) = (ports(), free_port());
    if let Some(_running) = envoy(&bootstrap(&cases, &theirs, admin, up), theirs[0]) {
        for ((case, ours), theirs) in cases.iter().zip(&said).zip(answers(&cases, &theirs, up)) {
            if *ours != theirs {
                faults.push(format!(
                    "{}: ours\n{}\nEnvoy's\n{}",
                    case.name,
                    ours.join("\n"),
                    theirs.join("\n")
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// The fields that run, as `message.field`.
fn rows() -> Vec<(String, String)> {
    let text = mp_proxy::support_markdown();
    let mut message = "";
    let mut rows = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            message = name;
        } else if let [_, field, "run", how, ..] = line.split('|').map(str::trim).collect::<Vec<_>>()[..]
            // What has one value only is tested where the tables are.
            && !how.starts_with("only ")
        {
            rows.push((format!("{message}.{field}"), field.to_owned()));
        }
    }
    rows
}

/// `request_timeout` as `requestTimeout`.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut out, part| {
        let mut letters = part.chars();
        out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(letters.as_str());
        out
    })
}

/// Every text below a folder; of sources only their tests.
fn texts(folder: &Path, sources: bool, out: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            texts(&path, sources, out);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let at = if sources { text.find("#[cfg(test)]") } else { Some(0) };
            out.push_str(at.and_then(|at| text.get(at..)).unwrap_or_default());
        }
    }
}

#[test]
fn every_row_is_named_by_a_test() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = own.join("../../../shared/oracle/proxy/bootstrap.json");
    let Ok(mut text) = std::fs::read_to_string(shared) else {
        let must = std::env::var("MESHPROOF_REQUIRE_SHARED").is_ok_and(|v| v == "1");
        assert!(!must, "the recorded answers are missing");
        println!("skipped: no recorded answers");
        return;
    };
    texts(&own.join("tests"), false, &mut text);
    texts(&own.join("src"), true, &mut text);
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let untested: Vec<String> = rows()
        .into_iter()
        .filter(|(_, field)| !words.contains(field.as_str()) && !words.contains(camel(field).as_str()))
        .map(|(row, _)| row)
        .collect();
    assert!(untested.is_empty(), "rows that no test names: add one to tests/rows/cases.rs: {untested:#?}");
}
