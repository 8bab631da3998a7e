//! The pages of the admin interface.
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use serde::Serialize as _;
use serde_json::{Value, json};

use super::query::Query;
use super::{certs, clusters, dump, logging, server, stats};
use crate::access::time::http_date;
use crate::server::worker::Global;

/// An answer.
#[derive(Debug)]
pub(super) struct Page {
    /// Its status.
    pub(super) status: u16,
    kind: &'static str,
    body: String,
    /// What is to be done once it was given.
    pub(super) order: Option<Order>,
}

/// What a request to the admin interface asks of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// To end.
    Quit,
    /// To listen no more.
    Drain(Drain),
}

/// How listeners end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Drain {
    /// Whether only those for traffic to the own workload do.
    pub(crate) inbound: bool,
    /// Whether responses close their connections first, for as long as draining takes.
    pub(crate) graceful: bool,
    /// Whether they listen on when that time is over.
    pub(crate) stay: bool,
}

/// Plain text.
pub(super) const TEXT: &str = "text/plain; charset=UTF-8";
/// JSON.
pub(super) const JSON: &str = "application/json";

/// A page: its path, what it is for, and whether it changes something.
type Entry = (&'static str, &'static str, bool);

/// All pages, by path.
const PAGES: &[Entry] = &[
    ("/", "Admin home page", false),
    ("/certs", "print certs on machine", false),
    ("/clusters", "upstream cluster status", false),
    ("/config_dump", "dump current Envoy configs", false),
    ("/contention", "dump current Envoy mutex contention stats (if enabled)", false),
    ("/drain_listeners", "drain listeners", true),
    ("/healthcheck/fail", "cause the server to fail health checks", true),
    ("/healthcheck/ok", "cause the server to pass health checks", true),
    ("/help", "print out list of admin commands", false),
    ("/hot_restart_version", "print the hot restart compatibility version", false),
    ("/init_dump", "dump current Envoy init manager information (experimental)", false),
    ("/listeners", "print listener info", false),
    ("/logging", "query/change logging levels", true),
    ("/memory", "print current allocation/heap usage", false),
    ("/quitquitquit", "exit the server", true),
    ("/ready", "print server state, return 200 if LIVE, otherwise return 503", false),
    ("/reopen_logs", "reopen access logs", true),
    ("/runtime", "print runtime values", false),
    ("/server_info", "print server version/status information", false),
    ("/stats", "print server stats", false),
    ("/stats/prometheus", "print server stats in prometheus format", false),
];

/// Parameters of pages: path, name, meaning.
const PARAMETERS: &[(&str, &str, &str)] = &[
    ("/clusters", "filter", "names of clusters: a regular expression"),
    ("/clusters", "format", "One of (text, json)"),
    ("/config_dump", "resource", "one part of it, as static_listeners"),
    ("/config_dump", "mask", "the fields to show"),
    ("/config_dump", "name_regex", "names of what to show: a regular expression"),
    ("/config_dump", "include_eds", "endpoints as well"),
    ("/drain_listeners", "graceful", "close connections for a while before listening ends"),
    ("/drain_listeners", "skip_exit", "listen on after that"),
    ("/drain_listeners", "inboundonly", "listeners of inbound traffic alone"),
    ("/listeners", "format", "One of (text, json)"),
    ("/logging", "paths", "levels by name, as http:debug,lua:info"),
    ("/logging", "level", "the level of all of them"),
    ("/stats", "usedonly", "what has counted something"),
    ("/stats", "filter", "names: a regular expression"),
    ("/stats", "invert_filter", "the other names"),
    ("/stats", "format", "One of (text, json, prometheus)"),
    ("/stats", "type", "One of (All, Counters, Histograms, Gauges, TextReadouts)"),
    ("/stats", "histogram_buckets", "One of (cumulative, disjoint, detailed, summary)"),
    ("/stats/prometheus", "usedonly", "what has counted something"),
    ("/stats/prometheus", "filter", "names: a regular expression"),
    ("/stats/prometheus", "invert_filter", "the other names"),
    ("/stats/prometheus", "histogram_buckets", "One of (cumulative, summary)"),
];

impl Page {
    /// An answer with a body.
    pub(super) fn new(status: u16, kind: &'static str, body: impl Into<String>) -> Self {
        Self { status, kind, body: body.into(), order: None }
    }

    /// The answer as bytes; to HEAD without its body.
    pub(super) fn encode(&self, head_only: bool, close: bool) -> Vec<u8> {
        let mut head = crate::http::Head::response(self.status);
        head.add(b"content-type", self.kind.as_bytes());
        head.add(b"cache-control", b"no-cache, max-age=0");
        head.add(b"x-content-type-options", b"nosniff");
        head.add(b"date", http_date(SystemTime::now()).as_bytes());
        head.add(b"server", b"envoy");
        if close {
            head.add(b"connection", b"close");
        }
        let mut out = Vec::new();
        crate::http::encode::response_head(
            &head,
            false,
            crate::http::encode::ResponseBody::Chunked,
            crate::http::encode::Names::Lower,
            &mut out,
        );
        if head_only {
            return out;
        }
        if !self.body.is_empty() {
            crate::http::encode::chunk(self.body.as_bytes(), &mut out);
        }
        crate::http::encode::last_chunk(&mut out);
        out
    }
}

/// Sets a field of an object.
pub(super) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// JSON as Envoy prints its messages: each level is one space further in.
pub(super) fn json_page(value: &Value) -> Page {
    let mut out = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, format));
    out.push(b'\n');
    let body = written.ok().and_then(|()| String::from_utf8(out).ok());
    Page::new(200, JSON, body.unwrap_or_default())
}

/// Answers a request.
pub(super) fn answer(global: &Global, method: &str, target: &str) -> Page {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let changes = PAGES.iter().any(|(page, _, changes)| *page == path && *changes);
    if changes && method != "POST" {
        return Page::new(405, TEXT, format!("Method {method} not allowed, POST required."));
    }
    let query = Query::new(query);
    match path {
        "/" => Page::new(200, "text/html; charset=UTF-8", home()),
        "/help" => Page::new(200, TEXT, help()),
        "/ready" => ready(global),
        "/healthcheck/fail" | "/healthcheck/ok" => {
            global.failing.store(path.ends_with("fail"), Ordering::Relaxed);
            Page::new(200, TEXT, "OK\n")
        }
        "/drain_listeners" => drain(&query),
        "/quitquitquit" => Page { order: Some(Order::Quit), ..Page::new(200, TEXT, "OK\n") },
        "/reopen_logs" => {
            global.logs.reopen();
            Page::new(200, TEXT, "OK\n")
        }
        "/stats" => stats::page(global, &query),
        "/stats/prometheus" => stats::prometheus(global, &query),
        "/clusters" => clusters::page(global, &query),
        "/listeners" => listeners(global, &query),
        "/server_info" => json_page(&server::info(global)),
        "/certs" => json_page(&certs::list(&global.program.bootstrap())),
        "/memory" => json_page(&server::memory()),
        "/runtime" => json_page(&server::runtime(global)),
        "/init_dump" => json_page(&json!({})),
        "/hot_restart_version" => Page::new(200, TEXT, "disabled"),
        "/contention" => Page::new(200, TEXT, "Mutex contention tracing is not enabled.\n"),
        "/logging" => logging::answer(&global.loggers, &query),
        "/config_dump" => dump::page(global, &query),
        _ => Page::new(404, TEXT, format!("invalid path. {}", help())),
    }
}

fn home() -> String {
    let mut out = String::from("<!DOCTYPE html><title>meshproof proxy</title><ul>");
    for (page, text, changes) in PAGES {
        let link = if *changes { (*page).to_owned() } else { format!("<a href=\"{page}\">{page}</a>") };
        out.push_str(&format!("<li>{link}: {text}"));
    }
    out.push_str("</ul>");
    out
}

fn help() -> String {
    let mut out = String::from("admin commands are:\n");
    for (page, text, changes) in PAGES {
        out.push_str(&format!("  {page}{}: {text}\n", if *changes { " (POST)" } else { "" }));
        for (_, name, meaning) in PARAMETERS.iter().filter(|(of, ..)| of == page) {
            out.push_str(&format!("      {name}: {meaning}\n"));
        }
    }
    out
}

fn ready(global: &Global) -> Page {
    if global.failing.load(Ordering::Relaxed) {
        return Page::new(503, TEXT, "DRAINING\n");
    }
    Page::new(200, TEXT, "LIVE\n")
}

/// `source/server/admin/listeners_handler.cc`, `handlerDrainListeners`
fn drain(query: &Query) -> Page {
    let drain = Drain {
        inbound: query.has("inboundonly"),
        graceful: query.has("graceful"),
        stay: query.has("skip_exit"),
    };
    Page { order: Some(Order::Drain(drain)), ..Page::new(200, TEXT, "OK\n") }
}

fn listeners(global: &Global, query: &Query) -> Page {
    let all = global.program.listeners.iter().filter(|l| !l.addresses.is_empty());
    if query.get("format") != Some("json") {
        let lines = all.flat_map(|l| l.addresses.iter().map(|address| format!("{}::{address}\n", l.name)));
        return Page::new(200, TEXT, lines.collect::<String>());
    }
    let place = |address: &std::net::SocketAddr| json!({"socket_address": {"address": address.ip().to_string(), "port_value": address.port()}});
    let statuses: Vec<_> = all
        .map(|listener| {
            let mut addresses = listener.addresses.iter().map(place);
            let mut status = json!({"name": listener.name, "local_address": addresses.next()});
            let more: Vec<_> = addresses.collect();
            if !more.is_empty() {
                put(&mut status, "additional_local_addresses", json!(more));
            }
            status
        })
        .collect();
    json_page(&json!({"listener_statuses": statuses}))
}
