//! Entries of logs that are sent to a service, after `grpc_access_log_utils.cc` and `http_grpc_access_log_impl.cc`.
use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use prost::Message;

use super::entry::{
    Certificate, Common, Connection, Flags, HttpEntry, Name, Number, Record, Request, Response, TcpEntry,
    Tls, Unauthorized,
};
use super::format::{Format, Source};
use super::info::{Flag, Info, TlsInfo, flag};
use crate::config::log_service::{EntryFields, Sent};
use crate::http::Head;
use crate::net::address::Address;
use crate::otlp::{AnyValue, pair};
use crate::proto::{Any, Metadata, Struct, Timestamp};

/// Writes an entry with its length in front.
pub(crate) fn write(sent: &Sent, source: Source<'_>, out: &mut Vec<u8>) {
    let entry = match sent {
        Sent::Record(body, attributes) => record(body.as_ref(), attributes, source).encode_to_vec(),
        Sent::Entry(fields) if fields.tcp => TcpEntry {
            common_properties: Some(common(fields, source)),
            connection_properties: Some(Connection {
                received_bytes: source.info.received,
                sent_bytes: source.info.sent,
            }),
        }
        .encode_to_vec(),
        Sent::Entry(fields) => http(fields, source).encode_to_vec(),
    };
    // An entry fits into memory, so its length fits.
    let _fits = prost::encode_length_delimiter(entry.len(), out);
    out.extend_from_slice(&entry);
}

/// Takes entries apart again.
pub(crate) fn split(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    while let Ok(length) = prost::decode_length_delimiter(&mut bytes) {
        let Some((entry, rest)) = bytes.split_at_checked(length) else { break };
        entries.push(entry.to_vec());
        bytes = rest;
    }
    entries
}

fn record(body: Option<&Format>, attributes: &[(String, Format)], source: Source<'_>) -> Record {
    let text = |format: &Format| {
        let mut out = Vec::new();
        format.write(source, b"-", &mut out);
        String::from_utf8_lossy(&out).into_owned()
    };
    let since = source.info.wall.duration_since(UNIX_EPOCH).unwrap_or_default();
    Record {
        time_unix_nano: since.as_nanos() as u64,
        body: body.map(|format| AnyValue { text: text(format) }),
        attributes: attributes.iter().map(|(name, format)| pair(name, &text(format))).collect(),
    }
}

fn http(fields: &EntryFields, source: Source<'_>) -> HttpEntry {
    let info = source.info;
    let version = match info.protocol {
        "HTTP/1.0" => 1,
        "HTTP/1.1" => 2,
        "HTTP/2" => 3,
        _ => 0,
    };
    HttpEntry {
        common_properties: Some(common(fields, source)),
        protocol_version: version,
        request: source.request.map(|head| request(fields, head, info)),
        response: Some(Response {
            response_code: Some(Number { value: info.status.into() }).filter(|n| n.value != 0),
            response_headers_bytes: source.response.map_or(0, bytes),
            response_body_bytes: info.sent,
            response_headers: chosen(&fields.response, source.response),
            response_trailers: chosen(&fields.trailers, source.trailers),
            response_code_details: info.details.clone().into_owned(),
        }),
    }
}

fn request(fields: &EntryFields, head: &Head, info: &Info) -> Request {
    let text = |name: &[u8]| head.field(name).map(lossy).unwrap_or_default();
    Request {
        request_method: method(&head.method),
        scheme: lossy(&head.scheme),
        authority: head.authority.as_deref().map(lossy).unwrap_or_default(),
        path: lossy(&head.path),
        user_agent: text(b"user-agent"),
        referer: text(b"referer"),
        forwarded_for: text(b"x-forwarded-for"),
        request_id: text(b"x-request-id"),
        original_path: text(b"x-envoy-original-path"),
        request_headers_bytes: bytes(head),
        request_body_bytes: info.received,
        request_headers: chosen(&fields.request, Some(head)),
    }
}

fn method(name: &[u8]) -> i32 {
    let known: [&[u8]; 9] =
        [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"];
    known.iter().position(|known| *known == name).map_or(0, |at| at as i32 + 1)
}

/// Bytes of names and values, those that begin with a colon included.
fn bytes(head: &Head) -> u64 {
    let own: usize = head.iter().map(|(name, value)| name.len() + value.len()).sum();
    let pseudo = if head.status != 0 {
        b":status".len() + 3
    } else {
        let authority = head.authority.as_ref().map_or(0, |a| b":authority".len() + a.len());
        let names = b":method".len() + b":path".len() + b":scheme".len();
        names + head.method.len() + head.path.len() + head.scheme.len() + authority
    };
    (own + pseudo) as u64
}

fn chosen(names: &[String], head: Option<&Head>) -> BTreeMap<String, String> {
    let value = |name: &String| Some((name.clone(), lossy(head?.field(name.as_bytes())?)));
    names.iter().filter_map(value).collect()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn common(fields: &EntryFields, source: Source<'_>) -> Common {
    let info = source.info;
    let connection = source.connection();
    let filter_metadata: BTreeMap<_, _> =
        info.metadata.iter().map(|(name, value)| (name.clone(), Struct::from_json(value))).collect();
    Common {
        downstream_remote_address: Some(info.remote.to_proto()),
        downstream_local_address: Some(connection.local.to_proto()),
        downstream_direct_remote_address: Some(connection.direct_remote.to_proto()),
        tls_properties: tls(&connection.server_name, connection.tls.as_deref()),
        start_time: Some(time(info.wall.duration_since(UNIX_EPOCH).unwrap_or_default())),
        time_to_first_upstream_rx_byte: info
            .response_start
            .map(|at| time(at.saturating_duration_since(info.start))),
        time_to_last_downstream_tx_byte: Some(time(info.start.elapsed())),
        duration: Some(time(info.start.elapsed())),
        upstream_remote_address: info.upstream.as_ref().map(Address::to_proto),
        upstream_local_address: info.upstream_local.as_ref().map(Address::to_proto),
        upstream_cluster: info.upstream.as_ref().map(|_| info.cluster.clone()).unwrap_or_default(),
        upstream_transport_failure_reason: info.transport_failure.clone(),
        upstream_request_attempt_count: info.attempts,
        route_name: info.route.clone(),
        connection_termination_details: info.termination.clone(),
        // The end of a connection, or of a request.
        access_log_type: if fields.tcp { 3 } else { 6 },
        response_flags: (!info.flags.is_empty()).then(|| flags(&info.flags)),
        metadata: (!filter_metadata.is_empty()).then_some(Metadata { filter_metadata }),
        filter_state_objects: fields.state.iter().filter_map(|name| state(name, info)).collect(),
    }
}

/// Filter state as `google.protobuf.Any`.
fn state(name: &str, info: &Info) -> Option<(String, Any)> {
    let peer = match name {
        "downstream_peer" => info.client_peer.as_ref(),
        "upstream_peer" => info.upstream_peer.as_ref(),
        _ => None,
    };
    let (kind, value) = match peer {
        Some(peer) => ("Struct", Struct::from_json(peer.attributes()).encode_to_vec()),
        None => ("StringValue", info.value(name)?.text.encode_to_vec()),
    };
    Some((name.to_owned(), Any { type_url: format!("type.googleapis.com/google.protobuf.{kind}"), value }))
}

fn time(time: Duration) -> Timestamp {
    Timestamp { seconds: time.as_secs() as i64, nanos: time.subsec_nanos() as i32 }
}

fn tls(server_name: &str, tls: Option<&TlsInfo>) -> Option<Tls> {
    if tls.is_none() && server_name.is_empty() {
        return None;
    }
    let name = |uri: &String| Name { uri: uri.clone() };
    Some(Tls {
        tls_sni_hostname: server_name.to_owned(),
        tls_version: match tls.map(|t| t.version) {
            Some("TLSv1.2") => 3,
            Some("TLSv1.3") => 4,
            _ => 0,
        },
        local_certificate_properties: tls.map(|t| Certificate {
            subject_alt_name: Some(&t.own_uri).filter(|uri| !uri.is_empty()).map(name).into_iter().collect(),
            subject: String::new(),
        }),
        peer_certificate_properties: tls.map(|t| Certificate {
            subject_alt_name: t.peer_uris.iter().map(name).collect(),
            subject: t.peer_subject.clone(),
        }),
    })
}

fn flags(set: &[Flag]) -> Flags {
    let has = |flag: Flag| set.contains(&flag);
    Flags {
        no_healthy_upstream: has(flag::NO_HEALTHY_UPSTREAM),
        upstream_request_timeout: has(flag::UPSTREAM_TIMEOUT),
        upstream_remote_reset: has(flag::UPSTREAM_RESET),
        upstream_connection_failure: has(flag::UPSTREAM_CONNECT),
        upstream_connection_termination: has(flag::UPSTREAM_CLOSED),
        upstream_overflow: has(flag::UPSTREAM_OVERFLOW),
        no_route_found: has(flag::NO_ROUTE),
        delay_injected: has(flag::DELAY_INJECTED),
        fault_injected: has(flag::FAULT_INJECTED),
        rate_limited: has(flag::RATE_LIMITED),
        unauthorized_details: has(flag::UNAUTHORIZED_EXTERNAL).then_some(Unauthorized { reason: 1 }),
        rate_limit_service_error: has(flag::RATE_LIMIT_SERVICE),
        downstream_connection_termination: has(flag::DOWNSTREAM_CLOSED),
        upstream_retry_limit_exceeded: has(flag::RETRY_EXHAUSTED),
        stream_idle_timeout: has(flag::STREAM_IDLE),
        downstream_protocol_error: has(flag::DOWNSTREAM_PROTOCOL),
        upstream_max_stream_duration_reached: has(flag::MAX_STREAM_DURATION),
        duration_timeout: has(flag::DURATION_TIMEOUT),
        upstream_protocol_error: has(flag::UPSTREAM_PROTOCOL),
        no_cluster_found: has(flag::NO_CLUSTER),
        overload_manager: has(flag::OVERLOAD),
        dns_resolution_failure: has(flag::DNS_FAILED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_apart_again() {
        let mut out = Vec::new();
        for entry in [&b"abc"[..], b"", &[7; 300]] {
            prost::encode_length_delimiter(entry.len(), &mut out).unwrap();
            out.extend_from_slice(entry);
        }
        assert_eq!(split(&out), [b"abc".to_vec(), Vec::new(), vec![7; 300]]);
        assert_eq!(split(&out[..2]), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn methods_have_numbers() {
        assert_eq!((method(b"GET"), method(b"PATCH"), method(b"BREW")), (1, 9, 0));
    }
}
