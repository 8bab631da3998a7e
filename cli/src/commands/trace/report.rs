//! A trace as data: what the JSON form writes and the others show.

use mp_eval::hop::{End, Loser, Note, Outcome, Reply, Stage, Unknown, What};
use mp_ir::base::Origin;
use mp_model::base::Sources;
use serde::Serialize;

use super::hops::{Begin, Hop};

/// The whole trace.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    version: u32,
    /// Who calls.
    pub(super) from: String,
    /// What is sent, in one line.
    pub(super) request: String,
    /// What was assumed for want of input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) assumed: Vec<String>,
    pub(super) hops: Vec<Stop>,
    /// What the client gets at last.
    pub(super) answer: String,
    /// Whether some part of the way is open.
    pub(super) certain: bool,
}

/// One proxy of the way.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stop {
    /// `NS/POD`.
    pub(super) proxy: String,
    /// `outbound`, `inbound`, `gateway`, `waypoint` or `ztunnel`.
    pub(super) role: &'static str,
    pub(super) steps: Vec<Step>,
    /// What the proxy replies.
    pub(super) reply: String,
    /// Where it sent the request: places and what came with it.
    pub(super) sends: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unknown: Vec<Step>,
    listener: String,
    chain: String,
    route: String,
    pub(super) cluster: String,
    flags: Vec<&'static str>,
    details: String,
    attempts: u32,
}

/// One step.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) stage: &'static str,
    pub(super) text: String,
    /// `file:line:column`; empty when no line of the input caused it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) at: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) losers: Vec<Lost>,
}

/// What a step did not take.
#[derive(Debug, Serialize)]
pub(super) struct Lost {
    pub(super) name: String,
    pub(super) why: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) at: String,
}

impl Report {
    pub(super) fn new(sources: &Sources, begin: &Begin, hops: &[Hop], assumed: Vec<String>) -> Self {
        let stops: Vec<Stop> = hops.iter().map(|hop| stop(sources, hop)).collect();
        let answer = hops.first().map(|hop| answer(hop, hops)).unwrap_or_default();
        Self {
            version: 1,
            from: begin.client.clone(),
            request: asked(begin),
            assumed,
            certain: stops.iter().all(|stop| stop.unknown.is_empty()),
            hops: stops,
            answer,
        }
    }
}

/// What the client gets, and who says so where that is not the first proxy.
fn answer(first: &Hop, hops: &[Hop]) -> String {
    let text = reply(&first.outcome);
    let says = |hop: &&Hop| match &hop.outcome.reply {
        Reply::Response(response) => response.body.is_some(),
        Reply::Bytes(end, _) => matches!(end, End::Reset | End::Closed),
        Reply::NoListener | Reply::TlsError(_) => true,
    };
    let status = |hop: &Hop| match &hop.outcome.reply {
        Reply::Response(response) => Some(response.status),
        Reply::NoListener | Reply::Bytes(..) | Reply::TlsError(_) => None,
    };
    let last = hops.iter().rev().find(says).filter(|last| !std::ptr::eq(*last, first));
    match last {
        Some(last) if status(last).is_some() && status(last) == status(first) => {
            format!("{} from {} ({})", reply(&last.outcome), last.proxy, last.role)
        }
        Some(last) => format!("{text}, because at {} ({}) {}", last.proxy, last.role, reply(&last.outcome)),
        None => text,
    }
}

fn stop(sources: &Sources, hop: &Hop) -> Stop {
    let out = &hop.outcome;
    let open = |unknown: &Unknown| Step {
        stage: "unknown",
        text: unknown.reason.clone(),
        at: place(sources, unknown.origin),
        losers: Vec::new(),
    };
    Stop {
        proxy: hop.proxy.clone(),
        role: hop.role,
        steps: out.notes.iter().map(|note| step(sources, note)).collect(),
        reply: reply(out),
        sends: sends(out),
        unknown: out.unknown.iter().map(open).collect(),
        listener: out.listener.clone(),
        chain: out.chain.clone(),
        route: out.route.clone(),
        cluster: out.cluster.clone(),
        flags: out.flags.clone(),
        details: out.details.clone(),
        attempts: out.attempts,
    }
}

fn place(sources: &Sources, origin: Origin) -> String {
    origin.map(|span| sources.locate(span)).unwrap_or_default()
}

fn step(sources: &Sources, note: &Note) -> Step {
    let lost = |loser: &Loser| Lost {
        name: loser.name.clone(),
        why: loser.why.clone(),
        at: place(sources, loser.origin),
    };
    Step {
        stage: note.stage.as_str(),
        text: note.text.clone(),
        at: place(sources, note.origin),
        losers: note.losers.iter().map(lost).collect(),
    }
}

/// What the client of a proxy gets, in one line.
fn reply(out: &Outcome) -> String {
    let flags = if out.flags.is_empty() { String::new() } else { format!(" [{}]", out.flags.join(",")) };
    match &out.reply {
        Reply::NoListener => "nobody listens there".to_owned(),
        Reply::TlsError(_) => format!("the TLS handshake fails{flags}"),
        Reply::Bytes(End::Reset, _) => format!("the connection is reset{flags}"),
        Reply::Bytes(End::Closed, _) => format!("the connection is closed{flags}"),
        Reply::Bytes(End::Open, _) => "bytes go through".to_owned(),
        Reply::Bytes(End::Timeout, _) => "nothing comes".to_owned(),
        Reply::Response(response) => {
            let grpc =
                response.grpc_status.map(|status| format!(", grpc-status {status}")).unwrap_or_default();
            let own = response.body.is_some();
            let location = response.headers.iter().find(|(name, _)| name == "location");
            let location = location.map(|(_, to)| format!(" to {to}")).unwrap_or_default();
            let who =
                if own && !out.details.is_empty() { format!(" ({})", out.details) } else { String::new() };
            format!("{}{grpc}{location}{who}{flags}", response.status)
        }
    }
}

/// Where a proxy sent what it got.
fn sends(out: &Outcome) -> Vec<String> {
    let one = |seen: &mp_eval::hop::Seen| {
        let tls = if seen.tls.is_some() { "TLS" } else { "plain text" };
        let what = match &seen.what {
            Some(What::Request(request)) => {
                format!("{} {}{}", request.method, request.authority, request.path)
            }
            Some(What::Bytes(_)) => "bytes".to_owned(),
            Some(What::ClientHello) => "a TLS hello".to_owned(),
            None => "a handshake that fails".to_owned(),
        };
        format!("{what} to {}:{} over {tls}", seen.place.host, seen.place.port)
    };
    out.upstream.iter().map(one).collect()
}

fn asked(begin: &Begin) -> String {
    let (ip, port) = begin.arrival.destination;
    let scheme = if begin.arrival.hello.is_some() { "TLS" } else { "plain text" };
    match &begin.arrival.payload {
        mp_eval::hop::Payload::Http(ask) => {
            format!("{} {}{} to {ip}:{port} over {scheme}", ask.method, ask.authority, ask.path)
        }
        mp_eval::hop::Payload::Bytes(_) => format!("bytes to {ip}:{port} over {scheme}"),
    }
}

/// Stages that say what a proxy decided rather than what it saw; the short forms show these.
pub(super) fn decides(stage: &str) -> bool {
    [Stage::Route, Stage::Policy, Stage::Cluster, Stage::Rewrite].iter().any(|s| s.as_str() == stage)
}
