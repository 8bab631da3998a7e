//! Envoy's command operators in header values.

use super::arrival::Arrival;
use super::exchange::{Exchange, joined};

/// What operators look at.
pub(super) struct Source<'s> {
    pub(super) exchange: &'s Exchange<'s>,
    pub(super) arrival: &'s Arrival,
    /// Headers of the response, where there is one.
    pub(super) response: &'s [(String, String)],
    pub(super) route: &'s str,
    pub(super) cluster: &'s str,
}

/// A value with its operators replaced; the second part names an operator whose value the input cannot tell.
pub(super) fn evaluate(value: &str, source: &Source<'_>) -> (String, Option<String>) {
    let mut out = String::new();
    let mut open = None;
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let Some((operator, after)) = after.split_once('%') else {
            out.push('%');
            rest = after;
            continue;
        };
        match operate(operator, source) {
            Some(text) => out.push_str(&text),
            None => open = Some(operator.to_owned()),
        }
        rest = after;
    }
    out.push_str(rest);
    (out, open)
}

fn operate(operator: &str, source: &Source<'_>) -> Option<String> {
    let (name, argument) = match operator.split_once('(') {
        Some((name, rest)) => (name, rest.split(')').next().unwrap_or_default()),
        None => (operator, ""),
    };
    let exchange = source.exchange;
    let peer = source.arrival.hello.as_ref().and_then(|hello| hello.certificate.as_ref());
    Some(match name {
        "REQ" => request_header(argument, exchange),
        "RESP" => joined(source.response, &argument.to_ascii_lowercase()).unwrap_or_default(),
        "PROTOCOL" => if exchange.http2 { "HTTP/2" } else { "HTTP/1.1" }.to_owned(),
        "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" => exchange.remote.to_string(),
        "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT" => source.arrival.source.to_string(),
        "DOWNSTREAM_LOCAL_ADDRESS" => {
            format!("{}:{}", source.arrival.destination.0, source.arrival.destination.1)
        }
        "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT" => source.arrival.destination.0.to_string(),
        "DOWNSTREAM_LOCAL_PORT" => source.arrival.destination.1.to_string(),
        "REQUESTED_SERVER_NAME" => {
            source.arrival.hello.as_ref().map(|hello| hello.server_name.clone()).unwrap_or_default()
        }
        "DOWNSTREAM_PEER_URI_SAN" => {
            peer.map(|c| c.names_of("URI:").collect::<Vec<_>>().join(",")).unwrap_or_default()
        }
        "DOWNSTREAM_PEER_SUBJECT" => peer.map(|c| c.subject.clone()).unwrap_or_default(),
        "ROUTE_NAME" => source.route.to_owned(),
        "UPSTREAM_CLUSTER" | "UPSTREAM_CLUSTER_RAW" => source.cluster.to_owned(),
        _ => return None,
    })
}

/// `REQ(a?b):length`: the second header when the first is absent.
fn request_header(argument: &str, exchange: &Exchange<'_>) -> String {
    let (first, second) = argument.split_once('?').unwrap_or((argument, ""));
    // Of several lines the first one counts.
    let value = |name: &str| {
        crate::matching::header_lines(name, &exchange.call).first().map(|line| (*line).to_owned())
    };
    value(first).or_else(|| value(second).filter(|_| !second.is_empty())).unwrap_or_default()
}
