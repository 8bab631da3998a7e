//! The command operators themselves.

use super::format::Source;
use super::grpc;
use super::info::{Info, TlsInfo};
use super::time::format_time;
use crate::cel::Expression;
use crate::config::matcher::query_value;
use crate::net::address::Address;

/// How JSON formats show an operator's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    /// As a string.
    String,
    /// As a number.
    Number,
}

/// One command operator.
#[derive(Debug)]
pub(crate) enum Operator {
    /// A request header, or another one when it is absent.
    Request(Vec<u8>, Vec<u8>),
    /// The same without query.
    RequestWithoutQuery(Vec<u8>, Vec<u8>),
    /// A response header.
    Response(Vec<u8>, Vec<u8>),
    /// A response trailer.
    Trailer(Vec<u8>, Vec<u8>),
    /// Start time in a strftime-like format.
    StartTime(String),
    /// Dynamic metadata: namespace and path.
    Metadata(String, Vec<String>),
    /// Metadata of the route: namespace and path.
    RouteMetadata(Vec<String>),
    /// Filter state: name, and how it is shown: `FIELD` is followed by the name of a field.
    State(String, Vec<String>),
    /// A query parameter.
    Query(Vec<u8>),
    /// An expression.
    Cel(Expression),
    /// A value that does not change.
    Fixed(Option<String>),
    /// gRPC status in one of three forms.
    GrpcStatus(grpc::Form),
    /// An operator without argument.
    Plain(Plain),
    /// The same, of the TLS session.
    Tls(TlsField),
}

macro_rules! plain {
    ($(#[$doc:meta])* $table:ident: $($($name:literal)|+ => $variant:ident),* $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $table { $($variant),* }

        impl $table {
            fn parse(name: &str) -> Option<Self> {
                match name { $($($name)|+ => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

plain! {
    /// Operators without argument.
    Plain:
    "PROTOCOL" => Protocol,
    "RESPONSE_CODE" => ResponseCode,
    "RESPONSE_CODE_DETAILS" => Details,
    "RESPONSE_FLAGS" => Flags,
    "RESPONSE_FLAGS_LONG" => FlagsLong,
    "CONNECTION_TERMINATION_DETAILS" => Termination,
    "UPSTREAM_TRANSPORT_FAILURE_REASON" => TransportFailure,
    "BYTES_RECEIVED" => Received,
    "BYTES_SENT" => Sent,
    "DURATION" => Duration,
    "RESPONSE_DURATION" => ResponseDuration,
    "UPSTREAM_LOCAL_ADDRESS" => UpstreamLocal,
    "UPSTREAM_REQUEST_ATTEMPT_COUNT" => Attempts,
    "DOWNSTREAM_LOCAL_ADDRESS" => Local,
    "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT" => LocalIp,
    "DOWNSTREAM_LOCAL_PORT" => LocalPort,
    "DOWNSTREAM_REMOTE_ADDRESS" => Remote,
    "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" => RemoteIp,
    "DOWNSTREAM_REMOTE_PORT" => RemotePort,
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS" => Direct,
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT" => DirectIp,
    "REQUESTED_SERVER_NAME" => ServerName,
    "ROUTE_NAME" => RouteName,
    "FILTER_CHAIN_NAME" => ChainName,
    "DOWNSTREAM_TRANSPORT_FAILURE_REASON" | "REQUEST_DURATION" | "RESPONSE_TX_DURATION" | "VIRTUAL_CLUSTER_NAME" => Nothing,
    "UPSTREAM_HOST" | "UPSTREAM_REMOTE_ADDRESS" => UpstreamHost,
    "UPSTREAM_CLUSTER" | "UPSTREAM_CLUSTER_RAW" => UpstreamCluster,
    "CONNECTION_ID" => ConnectionId,
    "GRPC_STATUS_NUMBER" => GrpcNumber,
}

plain! {
    /// Operators without argument that read the TLS session.
    TlsField:
    "DOWNSTREAM_PEER_URI_SAN" => PeerUri,
    "DOWNSTREAM_PEER_SUBJECT" => PeerSubject,
    "DOWNSTREAM_PEER_FINGERPRINT_256" => PeerHash,
    "DOWNSTREAM_LOCAL_URI_SAN" => OwnUri,
    "DOWNSTREAM_TLS_VERSION" => Version,
}

impl Operator {
    /// Parses a name and its argument; `None` for one this proxy does not know.
    pub(crate) fn parse(name: &str, argument: &str) -> Option<Self> {
        let header = || {
            let (main, other) = argument.split_once('?').unwrap_or((argument, ""));
            (main.to_ascii_lowercase().into_bytes(), other.to_ascii_lowercase().into_bytes())
        };
        match name {
            "REQ" if !argument.is_empty() => Some(header()).map(|(a, b)| Self::Request(a, b)),
            "REQ_WITHOUT_QUERY" if !argument.is_empty() => {
                Some(header()).map(|(a, b)| Self::RequestWithoutQuery(a, b))
            }
            "RESP" if !argument.is_empty() => Some(header()).map(|(a, b)| Self::Response(a, b)),
            "TRAILER" if !argument.is_empty() => Some(header()).map(|(a, b)| Self::Trailer(a, b)),
            "START_TIME" => Some(Self::StartTime(argument.to_owned())),
            "DYNAMIC_METADATA" if !argument.is_empty() => {
                let mut parts = argument.split(':').map(str::to_owned);
                Some(Self::Metadata(parts.next()?, parts.collect()))
            }
            "FILTER_STATE" if !argument.is_empty() => {
                let mut parts = argument.split(':').map(str::to_owned);
                Some(Self::State(parts.next()?, parts.collect()))
            }
            "METADATA" => metadata(argument),
            // Metadata of clusters and endpoints is only read by balancers.
            "CLUSTER_METADATA" | "UPSTREAM_METADATA" => Some(Self::Plain(Plain::Nothing)),
            "QUERY_PARAM" if !argument.is_empty() => Some(Self::Query(argument.as_bytes().to_vec())),
            "ENVIRONMENT" if !argument.is_empty() => Some(Self::Fixed(std::env::var(argument).ok())),
            "HOSTNAME" if argument.is_empty() => {
                let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
                Some(Self::Fixed(name.map(|n| n.trim_end().to_owned())))
            }
            "CEL" => Expression::new(argument).ok().map(Self::Cel),
            "GRPC_STATUS" => grpc::Form::parse(argument).map(Self::GrpcStatus),
            _ if argument.is_empty() => {
                let tls = || TlsField::parse(name).map(Self::Tls);
                Plain::parse(name).map(Self::Plain).or_else(tls)
            }
            _ => None,
        }
    }

    /// How JSON shows it.
    pub(crate) fn kind(&self) -> Text {
        match self {
            Self::Plain(
                Plain::ResponseCode
                | Plain::Received
                | Plain::Sent
                | Plain::Duration
                | Plain::ResponseDuration
                | Plain::Attempts
                | Plain::LocalPort
                | Plain::RemotePort
                | Plain::ConnectionId
                | Plain::GrpcNumber,
            ) => Text::Number,
            _ => Text::String,
        }
    }

    /// Writes the value; false when there is none.
    pub(crate) fn write(&self, source: Source<'_>, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Request(a, b) => header(source.request, a, b, out),
            Self::RequestWithoutQuery(a, b) => {
                let start = out.len();
                let found = header(source.request, a, b, out);
                if let Some(at) = memchr::memchr(b'?', out.get(start..).unwrap_or_default()) {
                    out.truncate(start + at);
                }
                found
            }
            Self::Response(a, b) => header(source.response, a, b, out),
            Self::Trailer(a, b) => header(source.trailers, a, b, out),
            Self::StartTime(format) => {
                out.extend_from_slice(format_time(source.info.wall, format).as_bytes());
                true
            }
            Self::Metadata(namespace, path) => {
                let value = path.iter().fold(source.info.metadata.get(namespace), |v, key| v?.get(key));
                json(value, out)
            }
            Self::RouteMetadata(path) => {
                let all = source.info.route_metadata.as_deref();
                json(path.iter().fold(all, |v, key| v?.get(key)), out)
            }
            Self::State(name, path) => state(source.info, name, path, out),
            Self::Query(name) => {
                let value = source.request.and_then(|head| query_value(head.query(), name));
                value.map(|v| out.extend_from_slice(v)).is_some()
            }
            Self::Cel(expression) => expression.text(source).is_some_and(|text| put(out, text)),
            Self::Fixed(text) => text.as_ref().is_some_and(|t| put(out, t)),
            Self::GrpcStatus(form) => {
                grpc::status_of(source).is_some_and(|status| put(out, form.name(status)))
            }
            Self::Plain(plain) => plain.write(source, out),
            Self::Tls(field) => source.connection().tls.as_ref().is_some_and(|tls| field.write(tls, out)),
        }
    }
}

/// Writes a value of the filter state. Peers have fields.
fn state(info: &Info, name: &str, shown: &[String], out: &mut Vec<u8>) -> bool {
    let peer = match name {
        "downstream_peer_obj" => info.client_peer.as_deref(),
        "upstream_peer_obj" => info.upstream_peer.as_deref(),
        _ => return info.value(name).is_some_and(|value| put(out, &value.text)),
    };
    let field = shown.get(1).filter(|_| shown.first().is_some_and(|how| how == "FIELD"));
    peer.zip(field).and_then(|(peer, field)| peer.field(field)).is_some_and(|text| put(out, text))
}

/// Writes a JSON value, text without quotes.
fn json(value: Option<&serde_json::Value>, out: &mut Vec<u8>) -> bool {
    let text = value.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    text.map(|t| out.extend_from_slice(t.as_bytes())).is_some()
}

/// `TYPE:NAMESPACE:KEY...`; a type that this proxy has no metadata of is unknown.
fn metadata(argument: &str) -> Option<Operator> {
    let mut parts = argument.split(':').map(str::to_owned);
    match parts.next()?.as_str() {
        "DYNAMIC" => Some(Operator::Metadata(parts.next()?, parts.collect())),
        "ROUTE" => Some(Operator::RouteMetadata(parts.collect())),
        "CLUSTER" | "UPSTREAM_HOST" | "LISTENER" | "VIRTUAL_HOST" => Some(Operator::Plain(Plain::Nothing)),
        _ => None,
    }
}

/// Writes a header's value, or another header's when it is absent.
fn header(head: Option<&crate::http::Head>, main: &[u8], other: &[u8], out: &mut Vec<u8>) -> bool {
    let value = head.and_then(|h| h.field(main).or_else(|| h.field(other)));
    value.map(|v| out.extend_from_slice(v)).is_some()
}

fn put(out: &mut Vec<u8>, text: impl AsRef<str>) -> bool {
    out.extend_from_slice(text.as_ref().as_bytes());
    !text.as_ref().is_empty()
}

fn number(out: &mut Vec<u8>, number: u64) -> bool {
    put(out, itoa::Buffer::new().format(number))
}

fn address(out: &mut Vec<u8>, address: Option<&Address>) -> bool {
    address.is_some_and(|a| put(out, a.to_string()))
}

fn port(out: &mut Vec<u8>, address: &Address) -> bool {
    address.port().is_some_and(|port| number(out, port.into()))
}

impl Plain {
    fn write(self, source: Source<'_>, out: &mut Vec<u8>) -> bool {
        let info = source.info;
        let connection = source.connection();
        match self {
            Self::Nothing => false,
            Self::Protocol => put(out, info.protocol),
            Self::ResponseCode => number(out, u64::from(info.status)),
            Self::Details => put(out, &info.details),
            Self::Flags => put(out, info.flags.iter().map(|f| f.0).collect::<Vec<_>>().join(",")),
            Self::FlagsLong => put(out, info.flags.iter().map(|f| f.1).collect::<Vec<_>>().join(",")),
            Self::Termination => put(out, &info.termination),
            Self::TransportFailure => put(out, &info.transport_failure),
            Self::Received => number(out, info.received),
            Self::Sent => number(out, info.sent),
            Self::Duration => number(out, info.start.elapsed().as_millis() as u64),
            Self::ResponseDuration => info
                .response_start
                .is_some_and(|at| number(out, at.saturating_duration_since(info.start).as_millis() as u64)),
            Self::UpstreamHost => address(out, info.upstream.as_ref()),
            Self::UpstreamCluster => put(out, &info.cluster),
            Self::UpstreamLocal => address(out, info.upstream_local.as_ref()),
            Self::Attempts => number(out, u64::from(info.attempts)),
            Self::Local => address(out, Some(&connection.local)),
            Self::LocalIp => put(out, connection.local.without_port()),
            Self::LocalPort => port(out, &connection.local),
            Self::Remote => address(out, Some(&info.remote)),
            Self::RemoteIp => put(out, info.remote.without_port()),
            Self::RemotePort => port(out, &info.remote),
            Self::Direct => address(out, Some(&connection.direct_remote)),
            Self::DirectIp => put(out, connection.direct_remote.without_port()),
            Self::ServerName => put(out, &connection.server_name),
            Self::RouteName => put(out, &info.route),
            Self::ChainName => put(out, &connection.chain),
            Self::ConnectionId => number(out, connection.id),
            Self::GrpcNumber => grpc::status_of(source).is_some_and(|status| number(out, status)),
        }
    }
}

impl TlsField {
    fn write(self, tls: &TlsInfo, out: &mut Vec<u8>) -> bool {
        match self {
            Self::PeerUri => put(out, tls.peer_uris.join(",")),
            Self::PeerSubject => put(out, &tls.peer_subject),
            Self::PeerHash => put(out, &tls.peer_hash),
            Self::OwnUri => put(out, &tls.own_uri),
            Self::Version => put(out, tls.version),
        }
    }
}
