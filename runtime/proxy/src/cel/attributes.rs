//! The attributes of a request, after `source/extensions/filters/common/expr/context.cc`.
use std::borrow::Cow;

use super::eval::{Value, from_json};
use crate::access::format::Source;
use crate::access::grpc;
use crate::access::info::TlsInfo;

/// The groups that an expression may name.
const GROUPS: &[&str] = &[
    "request",
    "response",
    "source",
    "destination",
    "connection",
    "upstream",
    "metadata",
    "filter_state",
    "xds",
];

/// The group of this name.
pub(super) fn group(name: &str) -> Option<&'static str> {
    GROUPS.iter().find(|group| **group == name).copied()
}

/// An attribute of a group.
pub(super) fn find<'a>(group: &str, name: &str, source: Source<'a>) -> Option<Value<'a>> {
    let info = source.info;
    let connection = source.connection();
    match (group, name) {
        ("request", _) => request(name, source),
        ("response", _) => response(name, source),
        ("source", "address") => text(connection.remote.to_string()),
        ("source", "port") => Some(Value::Int(connection.remote.port()?.into())),
        ("destination", "address") => text(connection.local.to_string()),
        ("destination", "port") => Some(Value::Int(connection.local.port()?.into())),
        ("connection", "id") => Some(Value::Uint(connection.id)),
        ("connection", "mtls") => Some(Value::Bool(connection.tls.as_deref().is_some_and(TlsInfo::has_peer))),
        ("connection", "requested_server_name") => text(connection.server_name.as_str()),
        ("connection", "termination_details") => {
            Some(info.termination.as_str()).filter(|t| !t.is_empty()).and_then(text)
        }
        ("connection", _) => tls(name, connection.tls.as_deref()?),
        ("upstream", "address") => text(info.upstream.as_ref()?.to_string()),
        ("upstream", "port") => Some(Value::Int(info.upstream.as_ref()?.port()?.into())),
        ("upstream", "local_address") => text(info.upstream_local.as_ref()?.to_string()),
        ("upstream", "transport_failure_reason") => text(info.transport_failure.as_str()),
        ("upstream", "request_attempt_count") => Some(Value::Uint(info.attempts.into())),
        ("metadata", "filter_metadata") => Some(Value::Group("metadata.filter_metadata")),
        ("metadata.filter_metadata", _) => info.metadata.get(name).map(from_json),
        ("filter_state", "downstream_peer") => Some(from_json(info.client_peer.as_deref()?.attributes())),
        ("filter_state", "upstream_peer") => Some(from_json(info.upstream_peer.as_deref()?.attributes())),
        ("filter_state", _) => text(info.value(name)?.text.as_str()),
        ("xds", "cluster_name") if !info.cluster.is_empty() => text(info.cluster.as_str()),
        ("xds", "route_name") if !info.route.is_empty() => text(info.route.as_str()),
        ("xds", "filter_chain_name") => text(connection.chain.as_str()),
        ("xds", "route_metadata") => info.route_metadata.as_deref().map(from_json),
        _ => None,
    }
}

fn text<'a>(value: impl Into<Cow<'a, str>>) -> Option<Value<'a>> {
    Some(Value::Text(value.into()))
}

fn request<'a>(name: &str, source: Source<'a>) -> Option<Value<'a>> {
    let info = source.info;
    match name {
        "size" => return Some(Value::Int(info.received as i64)),
        "protocol" => return text(info.protocol),
        "headers" => return Some(Value::Head(source.request)),
        "total_size" => return Some(Value::Int((info.received + head_size(source.request)) as i64)),
        _ => {}
    }
    let head = source.request?;
    let header = |name: &[u8]| {
        let value = head.field(name)?;
        text(String::from_utf8_lossy(value))
    };
    match name {
        "path" => header(b":path"),
        "url_path" => text(String::from_utf8_lossy(head.path_only())),
        "query" => text(String::from_utf8_lossy(head.query())),
        "host" => header(b":authority"),
        "scheme" => header(b":scheme"),
        "method" => header(b":method"),
        "referer" => header(b"referer"),
        "useragent" => header(b"user-agent"),
        "id" => header(b"x-request-id"),
        _ => None,
    }
}

fn head_size(head: Option<&crate::http::Head>) -> u64 {
    head.map_or(0, |h| h.iter().map(|(name, value)| (name.len() + value.len()) as u64).sum())
}

fn response<'a>(name: &str, source: Source<'a>) -> Option<Value<'a>> {
    let info = source.info;
    match name {
        "code" if info.status != 0 => Some(Value::Int(info.status.into())),
        "code_details" if !info.details.is_empty() => text(info.details.as_ref()),
        "flags" => Some(Value::Int(info.flags.iter().map(|flag| bit(flag.0)).sum())),
        "size" => Some(Value::Int(info.sent as i64)),
        "total_size" => Some(Value::Int((info.sent + head_size(source.response)) as i64)),
        "headers" => Some(Value::Head(source.response)),
        "trailers" => Some(Value::Head(source.trailers)),
        "grpc_status" => grpc::status_of_any(source).map(|status| Value::Int(status as i64)),
        _ => None,
    }
}

/// Flags in the order of `CoreResponseFlag`: each has the bit of its place.
const FLAGS: &[&str] = &[
    "LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE", "DC", "URX",
    "SI", "IH", "DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE", "NC", "OM", "DF", "DO", "DR", "UDO",
];

fn bit(flag: &str) -> i64 {
    FLAGS.iter().position(|known| *known == flag).map_or(0, |place| 1 << place)
}

fn tls<'a>(name: &str, tls: &'a TlsInfo) -> Option<Value<'a>> {
    let value = match name {
        "tls_version" => tls.version,
        "subject_peer_certificate" => tls.peer_subject.as_str(),
        "uri_san_peer_certificate" => tls.peer_uris.first()?,
        "dns_san_peer_certificate" => tls.peer_dns.first()?,
        "uri_san_local_certificate" => tls.own_uri.as_str(),
        "sha256_peer_certificate_digest" => tls.peer_hash.as_str(),
        _ => return None,
    };
    Some(value).filter(|v| !v.is_empty()).and_then(text)
}
