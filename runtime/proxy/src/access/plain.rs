// tidy: table
//! Command operators without argument.
use std::time::Instant;

use super::format::Source;
use super::grpc;
use super::info::Info;
use super::operator::Text;
use super::unique;
use crate::http::Head;
use crate::net::address::Address;

macro_rules! plain {
    ($($name:literal $(| $other:literal)* => $variant:ident $(# $number:ident)?),* $(,)?) => {
        /// Operators without argument.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Plain { $(#[doc = concat!("`", $name, "`")] $variant),* }

        impl Plain {
            /// The operator of this name.
            pub(super) fn parse(name: &str) -> Option<Self> {
                match name { $($name $(| $other)* => Some(Self::$variant),)* _ => None }
            }

            /// How JSON shows it.
            pub(super) fn kind(self) -> Text {
                match self { $(Self::$variant => plain!(kind $($number)?),)* }
            }
        }
    };
    (kind number) => { Text::Number };
    (kind) => { Text::String };
}

plain! {
    "PROTOCOL" => Protocol,
    "RESPONSE_CODE" => ResponseCode # number,
    "RESPONSE_FLAGS" => Flags,
    "RESPONSE_FLAGS_LONG" => FlagsLong,
    "CONNECTION_TERMINATION_DETAILS" => Termination,
    "UPSTREAM_TRANSPORT_FAILURE_REASON" => TransportFailure,
    "BYTES_RECEIVED" => Received # number,
    "BYTES_SENT" => Sent # number,
    "BYTES_RETRANSMITTED" | "PACKETS_RETRANSMITTED" => Zero # number,
    "REQUEST_HEADERS_BYTES" => RequestHeaders # number,
    "RESPONSE_HEADERS_BYTES" => ResponseHeaders # number,
    "RESPONSE_TRAILERS_BYTES" => ResponseTrailers # number,
    "DURATION" => Duration # number,
    "REQUEST_DURATION" => RequestDuration # number,
    "REQUEST_TX_DURATION" => RequestSent # number,
    "RESPONSE_DURATION" => ResponseDuration # number,
    "RESPONSE_TX_DURATION" => ResponseSent # number,
    "UPSTREAM_LOCAL_ADDRESS" => UpstreamLocal,
    "UPSTREAM_LOCAL_PORT" => UpstreamLocalPort # number,
    "UPSTREAM_REQUEST_ATTEMPT_COUNT" => Attempts # number,
    "DOWNSTREAM_LOCAL_ADDRESS" => Local,
    "DOWNSTREAM_LOCAL_PORT" => LocalPort # number,
    "DOWNSTREAM_REMOTE_ADDRESS" => Remote,
    "DOWNSTREAM_REMOTE_PORT" => RemotePort # number,
    "DOWNSTREAM_DIRECT_LOCAL_ADDRESS" => DirectLocal,
    "DOWNSTREAM_DIRECT_LOCAL_PORT" => DirectLocalPort # number,
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS" => Direct,
    "DOWNSTREAM_DIRECT_REMOTE_PORT" => DirectPort # number,
    "DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID" => LocalEndpoint,
    "DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID" => DirectLocalEndpoint,
    "UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID" => UpstreamEndpoint,
    "ROUTE_NAME" => RouteName,
    "VIRTUAL_CLUSTER_NAME" => VirtualCluster,
    "FILTER_CHAIN_NAME" => ChainName,
    "LISTENER_NAME" => ListenerName,
    // No connection over QUIC, no handshake that is still to be told of, no script that sets flags.
    "DOWNSTREAM_TRANSPORT_FAILURE_REASON" | "ROUNDTRIP_DURATION" => Nothing,
    "CUSTOM_FLAGS" | "LOCAL_REPLY_BODY" => Empty,
    "UPSTREAM_HOST" => UpstreamHost,
    "UPSTREAM_HOST_NAME" => UpstreamName,
    "UPSTREAM_HOST_NAME_WITHOUT_PORT" => UpstreamBareName,
    "UPSTREAM_REMOTE_ADDRESS" => UpstreamRemote,
    "UPSTREAM_REMOTE_PORT" => UpstreamPort # number,
    "UPSTREAM_PROTOCOL" => UpstreamProtocol,
    "ACCESS_LOG_TYPE" => LogType,
    "UPSTREAM_CLUSTER" => UpstreamCluster,
    "UPSTREAM_CLUSTER_RAW" => UpstreamClusterRaw,
    "CONNECTION_ID" => ConnectionId # number,
    "GRPC_STATUS_NUMBER" => GrpcNumber # number,
    "STREAM_ID" => StreamId,
    "UNIQUE_ID" => UniqueId,
    "TRACE_ID" => TraceId,
    "SPAN_ID" => SpanId,
}

/// Writes a text; false when there is none.
pub(super) fn put(out: &mut Vec<u8>, text: impl AsRef<str>) -> bool {
    out.extend_from_slice(text.as_ref().as_bytes());
    !text.as_ref().is_empty()
}

fn number(out: &mut Vec<u8>, number: u64) -> bool {
    put(out, itoa::Buffer::new().format(number))
}

fn address(out: &mut Vec<u8>, address: Option<&Address>) -> bool {
    address.is_some_and(|a| put(out, a.to_string()))
}

fn port(out: &mut Vec<u8>, address: Option<&Address>) -> bool {
    address.and_then(Address::port).is_some_and(|port| number(out, port.into()))
}

/// What tells endpoints of an internal listener apart; other addresses have nothing of the kind.
fn endpoint(out: &mut Vec<u8>, address: Option<&Address>) -> bool {
    match address {
        Some(Address::Internal(_, endpoint)) => {
            out.extend_from_slice(endpoint.as_bytes());
            true
        }
        Some(Address::Ip(_) | Address::Pipe(_)) => true,
        None => false,
    }
}

/// Writes the names of flags. Without any a hyphen is the value, in headers too.
fn flags(names: impl Iterator<Item = &'static str>, out: &mut Vec<u8>) -> bool {
    let names = names.collect::<Vec<_>>().join(",");
    put(out, if names.is_empty() { "-" } else { &names })
}

/// Bytes of names and values, those with a colon included (`HeaderMap::byteSize`).
fn size(head: Option<&Head>) -> u64 {
    let Some(head) = head else { return 0 };
    let own = head.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    let named = |name: &[u8]| head.field(name).map_or(0, |value| name.len() + value.len());
    let status = if head.status == 0 { 0 } else { ":status".len() + 3 };
    let colons: usize = [b":method".as_slice(), b":path", b":authority", b":scheme"].map(named).iter().sum();
    (own + status + colons) as u64
}

fn millis(from: Instant, to: Option<Instant>, out: &mut Vec<u8>) -> bool {
    to.is_some_and(|to| number(out, to.saturating_duration_since(from).as_millis() as u64))
}

/// The name of an endpoint; its address where it has none.
fn host_name(info: &Info, bare: bool) -> Option<String> {
    let address = info.upstream.as_ref()?;
    match &*info.names.host {
        "" if bare => Some(address.without_port()),
        "" => Some(address.to_string()),
        name if bare => Some(name.rsplit_once(':').map_or(name, |(name, _)| name).to_owned()),
        name => Some(name.to_owned()),
    }
}

impl Plain {
    /// Writes the value; false when there is none.
    pub(super) fn write(self, source: Source<'_>, out: &mut Vec<u8>) -> bool {
        let info = source.info;
        let connection = source.connection();
        match self {
            Self::Nothing => false,
            Self::Empty => true,
            Self::Zero => number(out, 0),
            Self::Protocol => put(out, info.protocol),
            Self::ResponseCode => number(out, u64::from(info.status)),
            Self::Flags => flags(info.flags.iter().map(|flag| flag.0), out),
            Self::FlagsLong => flags(info.flags.iter().map(|flag| flag.1), out),
            Self::Termination => put(out, &info.termination),
            Self::TransportFailure => put(out, &info.transport_failure),
            Self::Received => number(out, info.received),
            Self::Sent => number(out, info.sent),
            Self::RequestHeaders => number(out, size(source.request)),
            Self::ResponseHeaders => number(out, size(source.response)),
            Self::ResponseTrailers => number(out, size(source.trailers)),
            Self::Duration => millis(info.start, Some(Instant::now()), out),
            Self::RequestDuration => millis(info.start, info.request_end, out),
            Self::RequestSent => {
                millis(info.start, info.request_end.filter(|_| info.upstream_local.is_some()), out)
            }
            Self::ResponseDuration => info.until_response().is_some_and(|time| number(out, time)),
            Self::ResponseSent => {
                info.response_start.is_some_and(|start| millis(start, Some(Instant::now()), out))
            }
            Self::UpstreamHost => address(out, info.upstream.as_ref()),
            Self::UpstreamName => host_name(info, false).is_some_and(|name| put(out, name)),
            Self::UpstreamBareName => host_name(info, true).is_some_and(|name| put(out, name)),
            Self::UpstreamRemote => address(out, info.connected()),
            Self::UpstreamPort => port(out, info.connected()),
            Self::UpstreamEndpoint => endpoint(out, info.connected()),
            Self::UpstreamProtocol => put(out, info.names.upstream_protocol),
            // Entries are written when a request or a connection ends.
            Self::LogType if info.protocol.is_empty() => put(out, "TcpConnectionEnd"),
            Self::LogType => put(out, "DownstreamEnd"),
            Self::UpstreamCluster => put(out, info.names.alias.as_deref().unwrap_or(&info.cluster)),
            Self::UpstreamClusterRaw => put(out, &info.cluster),
            Self::UpstreamLocal => address(out, info.upstream_local.as_ref()),
            Self::UpstreamLocalPort => port(out, info.upstream_local.as_ref()),
            Self::Attempts => number(out, u64::from(info.attempts)),
            Self::Local => address(out, Some(&connection.local)),
            Self::LocalPort => port(out, Some(&connection.local)),
            Self::LocalEndpoint => endpoint(out, Some(&connection.local)),
            Self::Remote => address(out, Some(&info.remote)),
            Self::RemotePort => port(out, Some(&info.remote)),
            Self::DirectLocal => address(out, Some(connection.direct_local())),
            Self::DirectLocalPort => port(out, Some(connection.direct_local())),
            Self::DirectLocalEndpoint => endpoint(out, Some(connection.direct_local())),
            Self::Direct => address(out, Some(&connection.direct_remote)),
            Self::DirectPort => port(out, Some(&connection.direct_remote)),
            Self::RouteName => put(out, &info.route),
            Self::VirtualCluster => info.names.virtual_cluster.as_deref().is_some_and(|name| put(out, name)),
            Self::ChainName => put(out, &connection.chain),
            Self::ListenerName => put(out, &connection.listener),
            Self::ConnectionId => number(out, connection.id),
            Self::GrpcNumber => grpc::status_of(source).is_some_and(|status| number(out, status)),
            Self::StreamId => match source.request.and_then(|head| head.get(b"x-request-id")) {
                Some(id) => put(out, String::from_utf8_lossy(id)),
                None => put(out, unique::id()),
            },
            Self::UniqueId => put(out, unique::id()),
            Self::TraceId => info.span.is_some_and(|((high, low), _)| {
                put(out, if high == 0 { format!("{low:016x}") } else { format!("{high:016x}{low:016x}") })
            }),
            Self::SpanId => info.span.is_some_and(|(_, span)| put(out, format!("{span:016x}"))),
        }
    }
}
