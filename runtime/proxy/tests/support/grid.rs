//! Grids: a configuration with much in it and many requests. What clients, endpoints and the log see must be the same as with Envoy.
//!
//! A grid is a file: `filters`, `routes`, `clusters` and `hcm` as in a bootstrap (port 3 is an endpoint that says what it was asked, port 4
//! nobody's), `requests`, `words` that stand in them in braces, `log` with the operators that the access log writes, `variants`, each with
//! what it changes by JSON pointer, and `anyOrder` where the order of headers is nobody's promise.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::envoy::twin;
use super::proxy::{Proxy, cluster, upstream};
use super::support::free_port;

/// Headers that differ from run to run: their values are left out.
const TIMED: &[&str] =
    &["date", "x-envoy-upstream-service-time", "x-envoy-expected-rq-timeout-ms", "x-request-id"];

/// A grid with one of its variants.
pub(crate) struct Grid {
    file: Value,
    /// The requests, in order.
    pub(crate) requests: Vec<String>,
    /// Ports of this run, and what stands for them.
    ports: [(u16, &'static str); 2],
    log: PathBuf,
}

/// What was said to a request: the answer, and the lines of the log.
pub(crate) type Told = String;

impl Grid {
    /// Reads the variants of a file.
    pub(crate) fn read(path: &Path) -> Vec<Self> {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let variants = file["variants"].as_array().cloned().unwrap_or_else(|| vec![json!({})]);
        let ports = [(upstream(), "UP"), (free_port(), "GONE")];
        let one = |(at, variant): (usize, &Value)| {
            let mut file = file.clone();
            for (pointer, value) in variant.as_object().unwrap() {
                *file.pointer_mut(pointer).unwrap_or_else(|| panic!("{name}: there is no {pointer}")) =
                    value.clone();
            }
            let dir = std::env::temp_dir().join(format!("mp-grid-{}-{name}-{at}", std::process::id()));
            std::fs::create_dir_all(&dir).unwrap();
            Self { requests: requests(&file), file, ports, log: dir.join("ours.json") }
        };
        variants.iter().enumerate().map(one).collect()
    }

    /// Starts our proxy.
    pub(crate) fn start(&self) -> Proxy {
        let list = |key: &str| self.file[key].as_array().cloned().unwrap_or_default();
        let mut clusters = list("clusters");
        if clusters.is_empty() {
            clusters.push(cluster("up", &[3], json!({})));
        }
        let mut hcm = self.file["hcm"].as_object().cloned().unwrap_or_default();
        if !list("log").is_empty() {
            hcm.insert("accessLog".to_owned(), access_log(&list("log"), &self.log));
        }
        let mut clusters = Value::from(clusters);
        self.number(&mut clusters);
        let clusters = clusters.as_array().cloned().unwrap_or_default();
        Proxy::start(&list("filters"), list("routes").into(), &clusters, hcm.into())
    }

    /// Puts the ports of this run in.
    fn number(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value.as_u64()) {
                        ("portValue", Some(3)) => *value = self.ports[0].0.into(),
                        ("portValue", Some(4)) => *value = self.ports[1].0.into(),
                        _ => self.number(value),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.number(item)),
            _ => {}
        }
    }

    /// What our proxy says to each request.
    pub(crate) fn ours(&self, proxy: &Proxy) -> Vec<Told> {
        self.told(proxy, &self.log)
    }

    /// What Envoy says to each request; nothing where there is none.
    pub(crate) fn theirs(&self, proxy: &Proxy) -> Option<Vec<Told>> {
        let (_envoy, twin) = twin(proxy, &[("ours.json", "theirs.json")])?;
        Some(self.told(&twin, &self.log.with_file_name("theirs.json")))
    }

    fn told(&self, proxy: &Proxy, log: &Path) -> Vec<Told> {
        let logs = self.file["log"].is_array();
        let mut read = 0;
        let one = |request: &String| {
            let mut told = timeless(&proxy.ask(request));
            if logs {
                let lines = lines(log, read + 1);
                lines.iter().skip(read).for_each(|line| told += &pretty(line));
                read = lines.len();
            }
            if self.file["anyOrder"] == true {
                let mut lines: Vec<_> = told.lines().collect();
                lines.sort_unstable();
                told = lines.join("\n");
            }
            told = told.replace(&proxy.port.to_string(), "LISTENER");
            self.ports.iter().fold(told, |told, (port, name)| told.replace(&port.to_string(), name))
        };
        self.requests.iter().map(one).collect()
    }
}

/// The requests of a file: whole ones, or each line with each host, each tail and each piece of header.
fn requests(file: &Value) -> Vec<String> {
    let texts = |value: &Value, or: &str| match value.as_array() {
        Some(list) => list.iter().map(|text| text.as_str().unwrap().to_owned()).collect(),
        None => vec![or.to_owned()],
    };
    let mut all = Vec::new();
    for part in file["requests"].as_array().unwrap() {
        if part["raw"].is_array() {
            all.extend(texts(&part["raw"], ""));
            continue;
        }
        for line in texts(&part["lines"], "GET /") {
            for (host, tail) in
                texts(&part["host"], "h").iter().zip(std::iter::repeat(texts(&part["tails"], "")))
            {
                for tail in tail {
                    let with = texts(&part["with"], "");
                    all.extend(
                        with.iter()
                            .map(|with| format!("{line}{tail} HTTP/1.1\r\nhost: {host}\r\n{with}\r\n")),
                    );
                }
            }
        }
    }
    let words = file["words"].as_object().cloned().unwrap_or_default();
    let filled = |text: String| {
        let text = text.replace("{v70000}", &"v".repeat(70_000));
        words
            .iter()
            .fold(text, |text, (word, value)| text.replace(&format!("{{{word}}}"), value.as_str().unwrap()))
    };
    all.into_iter().map(filled).collect()
}

/// An access log with each operator alone and among other text.
fn access_log(operators: &[Value], file: &Path) -> Value {
    let names = operators.iter().map(|name| name.as_str().unwrap());
    let fields: Map<String, Value> = names
        .flat_map(|name| {
            [(name.to_owned(), format!("%{name}%")), (format!("<{name}>"), format!("<%{name}%>"))]
        })
        .map(|(name, format)| (name, format.into()))
        .collect();
    let kinds = ["req_without_query.v3.ReqWithoutQuery", "metadata.v3.Metadata", "cel.v3.Cel"];
    let formatter = |kind: &str| json!({"name": kind, "typedConfig": {"@type": format!("type.googleapis.com/envoy.extensions.formatter.{kind}")}});
    json!([{"name": "file", "typedConfig": {"@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
        "path": file, "logFormat": {"jsonFormat": fields, "formatters": kinds.map(formatter)}}}])
}

/// The lines of a log as soon as there are so many; fewer after a while.
fn lines(file: &Path, wanted: usize) -> Vec<String> {
    let begin = Instant::now();
    loop {
        // The last line may not be whole yet.
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let text = text.get(..text.rfind('\n').map_or(0, |end| end + 1)).unwrap_or_default();
        if text.lines().count() >= wanted || begin.elapsed() > Duration::from_secs(2) {
            return text.lines().map(str::to_owned).collect();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A line of the log, a field in each line of its own.
fn pretty(line: &str) -> String {
    let fields: Map<String, Value> = serde_json::from_str(line).unwrap();
    let mut fields: Vec<_> = fields.into_iter().map(|(name, value)| format!("\n%{name}% {value}")).collect();
    fields.sort();
    fields.concat()
}

/// An answer without what differs from run to run; what an endpoint saw stands in the body.
fn timeless((head, body): &(String, String)) -> String {
    let line = |line: &str| match line.split_once(':') {
        Some((name, _)) if TIMED.contains(&name.to_ascii_lowercase().as_str()) => format!("{name}: -"),
        _ => line.to_owned(),
    };
    // The body of an echo is as long as the values that are left out.
    let echo = body.contains(" HTTP/1.1\r\n");
    let kept =
        head.lines().filter(|line| !(echo && line.to_ascii_lowercase().starts_with("content-length:")));
    kept.chain(body.lines()).map(line).collect::<Vec<_>>().join("\n")
}
