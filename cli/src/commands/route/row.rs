//! Outcomes in the keys of recorded traffic.

use std::collections::{BTreeMap, BTreeSet};

use mp_eval::hop::{End, LATE, Outcome, Place, Proxy, Reply, Response, Seen, SeenRequest, SeenTls, What};
use mp_ir::mesh::EndpointAddress;
use serde_json::{Map, Value, json};

use crate::surroundings::Surroundings;
use mp_eval::hop::Row;

/// Response headers that a comparison would trip over, or that say how the body is framed.
const LEFT_OUT: [&str; 4] = ["date", "x-envoy-upstream-service-time", "x-pod", "content-length"];
/// Bounds of the elapsed time in milliseconds.
const BOUNDS: [i128; 6] = [2000, 1000, 500, 300, 200, 100];

/// The row of one request.
pub(super) fn single(proxy: &Proxy<'_>, row: &Row, outcome: &Outcome, around: &Surroundings) -> Value {
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(row.id));
    reply(&mut out, row, outcome);
    let texts = [
        ("flags", outcome.flags.join(",")),
        ("details", outcome.details.replace(' ', "_")),
        ("route", outcome.route.clone()),
        ("cluster", outcome.cluster.clone()),
        ("chain", outcome.chain.clone()),
        ("listener", outcome.listener.clone()),
        ("utf", outcome.transport_failure.clone()),
        ("ctd", outcome.termination.clone()),
    ];
    out.extend(
        texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(k, text)| (k.to_owned(), json!(text))),
    );
    if outcome.attempts > 1 {
        out.insert("attempts".to_owned(), json!(outcome.attempts));
    }
    if let Some(tls) = &outcome.tls {
        let names = tls.server_names.as_ref();
        let session = json!({"alpn": tls.alpn, "version": tls.version, "server_cert": names});
        out.insert("tls".to_owned(), session);
    }
    seen_by(&mut out, proxy, outcome, around);
    let elapsed = outcome.elapsed / 1_000_000;
    if let Some(bound) = BOUNDS.iter().find(|bound| elapsed >= **bound) {
        out.insert("ms_at_least".to_owned(), json!(*bound as u64));
    }
    if !outcome.unknown.is_empty() {
        let reasons: Vec<&str> = outcome.unknown.iter().map(|unknown| unknown.reason.as_str()).collect();
        out.insert("unknown".to_owned(), json!(reasons));
    }
    Value::Object(out)
}

/// What upstreams saw, sorted.
fn seen_by(out: &mut Map<String, Value>, proxy: &Proxy<'_>, outcome: &Outcome, around: &Surroundings) {
    let mut seen: Vec<Value> =
        outcome.upstream.iter().map(|seen| upstream(proxy, outcome, seen, around)).collect();
    seen.sort_by_key(|one| {
        let part = |key: &str| one.get(key).cloned().unwrap_or_else(|| json!(""));
        json!([part("pods"), part("path"), part("authority")]).to_string()
    });
    if !seen.is_empty() {
        out.insert("upstream".to_owned(), json!(seen));
    }
}

fn reply(out: &mut Map<String, Value>, row: &Row, outcome: &Outcome) {
    let mut put = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    match &outcome.reply {
        Reply::NoListener => put("error", json!("no such bound listener")),
        Reply::TlsError(reason) => {
            // What is refused after the handshake shows when bytes are read.
            let late = *reason == LATE;
            let word = if row.is_tcp() { "SSL" } else { "EOF" };
            put("tls_error", json!(if late { word } else { *reason }));
            if late && row.is_tcp() {
                put("data", json!(""));
            }
        }
        Reply::Bytes(end, data) => {
            put("end", json!(end_text(*end, row.is_tcp())));
            if row.is_tcp() {
                put("data", json!(data_text(data)));
            }
        }
        Reply::Response(response) => {
            put("status", json!(response.status));
            if let Some(status) = response.grpc_status {
                put("grpc_status", json!(status));
            }
            put("response_headers", response_headers(response));
            if let Some(body) = &response.body {
                put("body", json!(body));
            }
        }
    }
}

fn end_text(end: End, tcp: bool) -> &'static str {
    match end {
        End::Closed => "closed",
        End::Reset => "reset",
        // Who waits for a response gives up at last.
        End::Open if !tcp => "timeout",
        End::Open => "open",
        End::Timeout => "timeout",
    }
}

/// An echo without the name of the Pod that was picked.
fn data_text(data: &str) -> String {
    match data.strip_prefix("echo:").and_then(|_| data.rsplit_once(':')) {
        Some((_, rest)) => format!("echo:<pod>:{rest}"),
        None => data.to_owned(),
    }
}

fn response_headers(response: &Response) -> Value {
    let kept = response.headers.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
    folded(kept)
}

/// Lines of headers as one object; several lines of a header are joined.
fn folded<'h>(headers: impl Iterator<Item = &'h (String, String)>) -> Value {
    let mut all: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = if name == "x-request-id" { "<uuid>" } else { value };
        all.entry(name)
            .and_modify(|known| {
                known.push_str(", ");
                known.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    json!(all)
}

fn upstream(proxy: &Proxy<'_>, outcome: &Outcome, seen: &Seen, around: &Surroundings) -> Value {
    let mut out = Map::new();
    out.insert("pods".to_owned(), json!(pods(proxy, &outcome.cluster, seen, around)));
    match &seen.what {
        None => {}
        Some(What::Request(request)) => {
            out.insert("proto".to_owned(), json!(if request.http2 { "h2" } else { "http/1.1" }));
            let parts =
                [("method", &request.method), ("path", &request.path), ("authority", &request.authority)];
            let filled = parts.into_iter().filter(|(_, text)| !text.is_empty());
            out.extend(filled.map(|(key, text)| (key.to_owned(), json!(text))));
            out.insert("headers".to_owned(), folded(request.headers.iter()));
            if !request.body.is_empty() {
                out.insert("body".to_owned(), json!(body_text(request)));
            }
        }
        Some(What::Bytes(text)) => {
            out.insert("proto".to_owned(), json!("tcp"));
            out.insert("data".to_owned(), json!(text));
        }
        Some(What::ClientHello) => {
            out.insert("proto".to_owned(), json!("tcp"));
            out.insert("data".to_owned(), json!("<TLS ClientHello>"));
        }
    }
    if let Some(shown) = seen.tls.as_ref().and_then(client) {
        out.insert("tls".to_owned(), shown);
    }
    if let Some(error) = seen.tls_error {
        out.insert("tls_error".to_owned(), json!(error));
    }
    Value::Object(out)
}

/// A body as it stands on the wire.
fn body_text(request: &SeenRequest) -> String {
    let chunked =
        request.headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let length = request.body.chars().count();
    if chunked { format!("{length:x}\r\n{}\r\n0\r\n\r\n", request.body) } else { request.body.clone() }
}

/// A client as TLS shows it; `None` when it shows nothing.
fn client(tls: &SeenTls) -> Option<Value> {
    let mut shown = Map::new();
    if !tls.server_name.is_empty() {
        shown.insert("sni".to_owned(), json!(tls.server_name));
    }
    if !tls.client.is_empty() {
        let bare = |name: &String| {
            name.strip_prefix("URI:").or(name.strip_prefix("DNS:")).unwrap_or(name).to_owned()
        };
        shown.insert("client".to_owned(), json!(tls.client.iter().map(bare).collect::<Vec<_>>()));
    }
    (!shown.is_empty()).then_some(Value::Object(shown))
}

/// Names of what a cluster's endpoints are.
fn members(proxy: &Proxy<'_>, cluster: &str, around: &Surroundings) -> BTreeSet<String> {
    let found = proxy.cluster(cluster).map(|cluster| proxy.localities(cluster)).unwrap_or_default();
    let hosts = found.iter().flat_map(|locality| &locality.endpoints).filter_map(|e| match &e.address {
        EndpointAddress::Host(host) => Some(Place { host: host.clone(), port: e.port }),
        EndpointAddress::Unix(_) => None,
    });
    hosts.map(|place| around.world.name(&place)).collect()
}

/// The set of endpoints that may have been picked: those of the cluster; for an endpoint that is not of it the smallest set that has it.
fn pods(proxy: &Proxy<'_>, cluster: &str, seen: &Seen, around: &Surroundings) -> Vec<String> {
    let name = around.name(&seen.place);
    let own = members(proxy, cluster, around);
    if own.contains(&name) {
        return own.into_iter().collect();
    }
    if cluster.is_empty() {
        return vec![name];
    }
    let all = proxy.plan.clusters.iter().map(|c| members(proxy, &c.name, around));
    let holding = all.filter(|set| set.contains(&name)).map(|set| set.into_iter().collect::<Vec<_>>());
    holding.min_by_key(|set| (set.len(), set.clone())).unwrap_or_else(|| vec![name])
}

/// Counts over repeated requests.
#[derive(Debug, Default)]
pub(super) struct Counts {
    statuses: BTreeMap<String, f64>,
    upstreams: BTreeMap<String, f64>,
    clusters: BTreeMap<String, f64>,
    flags: BTreeMap<String, f64>,
}

impl Counts {
    /// Adds one way of one turn with its probability.
    pub(super) fn add(
        &mut self,
        proxy: &Proxy<'_>,
        row: &Row,
        outcome: &Outcome,
        probability: f64,
        around: &Surroundings,
    ) {
        let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
        *self.statuses.entry(status_text(outcome, row)).or_default() += probability;
        *self.clusters.entry(dash(outcome.cluster.clone())).or_default() += probability;
        *self.flags.entry(dash(outcome.flags.join(","))).or_default() += probability;
        for seen in &outcome.upstream {
            let set = pods(proxy, &seen.cluster, seen, around);
            for name in &set {
                *self.upstreams.entry(name.clone()).or_default() += probability / set.len() as f64;
            }
        }
    }

    /// The row.
    pub(super) fn row(&self, proxy: &Proxy<'_>, row: &Row, around: &Surroundings) -> Value {
        let whole = |counts: &BTreeMap<String, f64>| -> BTreeMap<String, u64> {
            counts.iter().map(|(key, count)| (key.clone(), (count.round() as u64).max(1))).collect()
        };
        let clusters: BTreeMap<&String, BTreeSet<String>> = self
            .clusters
            .keys()
            .filter(|name| *name != "-")
            .map(|name| (name, members(proxy, name, around)))
            .collect();
        json!({
            "id": row.id,
            "repeat": row.repeat,
            "status_counts": whole(&self.statuses),
            "upstream_counts": whole(&self.upstreams),
            "cluster_counts": whole(&self.clusters),
            "flag_counts": whole(&self.flags),
            "cluster_pods": clusters,
        })
    }
}

fn status_text(outcome: &Outcome, row: &Row) -> String {
    match &outcome.reply {
        Reply::Response(response) => match response.grpc_status {
            Some(grpc) => format!("{}/{grpc}", response.status),
            None => response.status.to_string(),
        },
        Reply::TlsError(reason) => (*reason).to_owned(),
        Reply::Bytes(end, _) => end_text(*end, row.is_tcp()).to_owned(),
        Reply::NoListener => "?".to_owned(),
    }
}
