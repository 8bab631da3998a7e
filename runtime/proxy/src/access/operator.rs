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
    /// `EMIT_TIME`: when the entry is written.
    EmitTime(String),
    /// Dynamic metadata: namespace and path.
    Metadata(String, Vec<String>),
    /// Metadata of the route: namespace and path.
    RouteMetadata(Vec<String>),
    /// `METADATA(CLUSTER:...)`: namespace and path.
    ClusterMetadata(String, Vec<String>),
    /// `METADATA(UPSTREAM_HOST:...)`: namespace and path.
    UpstreamMetadata(String, Vec<String>),
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
    "UPSTREAM_HOST" => UpstreamHost,
    "UPSTREAM_REMOTE_ADDRESS" => UpstreamRemote,
    "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" => UpstreamIp,
    "UPSTREAM_REMOTE_PORT" => UpstreamPort,
    "ACCESS_LOG_TYPE" => LogType,
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
            "EMIT_TIME" => Some(Self::EmitTime(argument.to_owned())),
            "DYNAMIC_METADATA" if !argument.is_empty() => metadata(&format!("DYNAMIC:{argument}")),
            "FILTER_STATE" if !argument.is_empty() => {
                let mut parts = argument.split(':').map(str::to_owned);
                Some(Self::State(parts.next()?, parts.collect()))
            }
            "METADATA" => metadata(argument),
            "CLUSTER_METADATA" if !argument.is_empty() => metadata(&format!("CLUSTER:{argument}")),
            "UPSTREAM_METADATA" if !argument.is_empty() => metadata(&format!("UPSTREAM_HOST:{argument}")),
            "QUERY_PARAM" if !argument.is_empty() => Some(Self::Query(argument.as_bytes().to_vec())),
            "ENVIRONMENT" if !argument.is_empty() => {
                Some(Self::Fixed(Some(std::env::var(argument).unwrap_or_else(|_| "-".to_owned()))))
            }
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

    /// What JSON shows as it is: metadata, and the texts of filter states without their quotes; nothing for other operators.
    pub(crate) fn json(&self, source: Source<'_>) -> Option<serde_json::Value> {
        match self {
            Self::State(name, shown) if is_typed(shown) => {
                source.info.value(name).map(|v| v.text.as_str().into())
            }
            _ => self.metadata(source).map(sorted),
        }
    }

    fn metadata<'s>(&self, source: Source<'s>) -> Option<&'s serde_json::Value> {
        let info = source.info;
        let (value, path) = match self {
            Self::Metadata(namespace, path) => (info.metadata.get(namespace), path),
            Self::RouteMetadata(path) => (info.route_metadata.as_deref(), path),
            Self::ClusterMetadata(namespace, path) => (info.cluster_metadata.as_ref()?.get(namespace), path),
            Self::UpstreamMetadata(namespace, path) => {
                (info.upstream_metadata.as_ref()?.get(namespace), path)
            }
            _ => return None,
        };
        path.iter().fold(value, |value, key| value?.get(key))
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
                | Plain::UpstreamPort
                | Plain::RemotePort
                | Plain::ConnectionId
                | Plain::GrpcNumber,
            )
            | Self::GrpcStatus(grpc::Form::Number) => Text::Number,
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
            Self::EmitTime(format) => put(out, format_time(std::time::SystemTime::now(), format)),
            Self::Metadata(..)
            | Self::RouteMetadata(_)
            | Self::ClusterMetadata(..)
            | Self::UpstreamMetadata(..) => json(self.metadata(source), out),
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

/// Whether a filter state is shown as a message rather than as its text.
fn is_typed(shown: &[String]) -> bool {
    matches!(shown.first().map(String::as_str), None | Some("TYPED"))
}

/// Writes a value of the filter state. Peers have fields.
fn state(info: &Info, name: &str, shown: &[String], out: &mut Vec<u8>) -> bool {
    let peer = match name {
        "downstream_peer_obj" => info.client_peer.as_deref(),
        "upstream_peer_obj" => info.upstream_peer.as_deref(),
        // Without a word the message is printed, which is a text in quotes.
        _ if is_typed(shown) => {
            let text = info.value(name).map(|value| serde_json::Value::from(value.text.as_str()).to_string());
            return text.is_some_and(|text| put(out, text));
        }
        _ => return info.value(name).is_some_and(|value| put(out, &value.text)),
    };
    let field = shown.get(1).filter(|_| shown.first().is_some_and(|how| how == "FIELD"));
    peer.zip(field).and_then(|(peer, field)| peer.field(field)).is_some_and(|text| put(out, text))
}

/// A value with the fields of each object in the order of their names.
fn sorted(value: &serde_json::Value) -> serde_json::Value {
    let mut value = value.clone();
    value.sort_all_objects();
    value
}

/// Writes a JSON value, text without quotes, fields in the order of their names.
fn json(value: Option<&serde_json::Value>, out: &mut Vec<u8>) -> bool {
    let text = value.map(|v| v.as_str().map_or_else(|| sorted(v).to_string(), str::to_owned));
    text.map(|t| out.extend_from_slice(t.as_bytes())).is_some()
}

/// `TYPE:NAMESPACE:KEY...`; a type that this proxy has no metadata of is unknown.
fn metadata(argument: &str) -> Option<Operator> {
    let mut parts = argument.split(':').map(str::to_owned);
    match parts.next()?.as_str() {
        "DYNAMIC" => Some(Operator::Metadata(parts.next()?, parts.collect())),
        "ROUTE" => Some(Operator::RouteMetadata(parts.collect())),
        "CLUSTER" => Some(Operator::ClusterMetadata(parts.next()?, parts.collect())),
        "UPSTREAM_HOST" => Some(Operator::UpstreamMetadata(parts.next()?, parts.collect())),
        "LISTENER" | "VIRTUAL_HOST" => Some(Operator::Plain(Plain::Nothing)),
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

/// Writes the names of flags. Without any a hyphen is the value, in headers too.
fn flags(names: impl Iterator<Item = &'static str>, out: &mut Vec<u8>) -> bool {
    let names = names.collect::<Vec<_>>().join(",");
    put(out, if names.is_empty() { "-" } else { &names })
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
            Self::Flags => flags(info.flags.iter().map(|flag| flag.0), out),
            Self::FlagsLong => flags(info.flags.iter().map(|flag| flag.1), out),
            Self::Termination => put(out, &info.termination),
            Self::TransportFailure => put(out, &info.transport_failure),
            Self::Received => number(out, info.received),
            Self::Sent => number(out, info.sent),
            Self::Duration => number(out, info.start.elapsed().as_millis() as u64),
            Self::ResponseDuration => info.until_response().is_some_and(|time| number(out, time)),
            Self::UpstreamHost => address(out, info.upstream.as_ref()),
            Self::UpstreamRemote => address(out, info.connected()),
            Self::UpstreamIp => info.connected().is_some_and(|a| put(out, a.without_port())),
            Self::UpstreamPort => info.connected().is_some_and(|a| port(out, a)),
            // Entries are written when a request or a connection ends.
            Self::LogType => put(out, "DownstreamEnd"),
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
