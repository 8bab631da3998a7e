//! The command operators themselves.

use super::format::Source;
use super::grpc;
use super::info::Info;
use super::place::{Place, masked};
use super::plain::{Plain, put};
use super::time::format_time;
use super::tls_field::TlsField;
use super::wanted::{Name, Target, argument_of};
use crate::cel::Expression;
use crate::config::matcher::query_value;
use crate::http::path::percent_decoded;

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
    /// All parameters, and whether they are decoded.
    Queries(bool),
    /// The path.
    Path(Target),
    /// `REQUESTED_SERVER_NAME`
    ServerName(Name),
    /// The details of the response, and whether spaces stay.
    Details(bool),
    /// An address without its port, and how many of its bits count.
    Bare(Place, Option<u8>),
    /// The first operator that has a value, with the most bytes of it.
    Coalesce(Vec<(Operator, Option<usize>)>),
    /// An expression.
    Cel(Expression),
    /// A value that does not change.
    Fixed(Option<String>),
    /// gRPC status in one of three forms.
    GrpcStatus(grpc::Form),
    /// An operator without argument.
    Plain(Plain),
    /// The same, of a TLS session; the flag says that it is that with the endpoint.
    Tls(TlsField, bool),
}

/// Why an operator is not run.
pub(crate) type Fault = String;

impl Operator {
    /// Parses a name and what stands in its parentheses, as `BuiltInStreamInfoCommandParser` and its kin demand it.
    pub(crate) fn parse(name: &str, argument: &str, limited: bool) -> Result<Self, Fault> {
        argument_of(name, !argument.is_empty(), limited)?;
        let header = || {
            let (main, other) = argument.split_once('?').unwrap_or((argument, ""));
            (main.to_ascii_lowercase().into_bytes(), other.to_ascii_lowercase().into_bytes())
        };
        let known = match name {
            "REQ" | "STREAM_INFO_REQ" => Some(header()).map(|(a, b)| Self::Request(a, b)),
            "REQ_WITHOUT_QUERY" => Some(header()).map(|(a, b)| Self::RequestWithoutQuery(a, b)),
            "RESP" => Some(header()).map(|(a, b)| Self::Response(a, b)),
            "TRAILER" => Some(header()).map(|(a, b)| Self::Trailer(a, b)),
            "START_TIME" => Some(Self::StartTime(argument.to_owned())),
            "EMIT_TIME" => Some(Self::EmitTime(argument.to_owned())),
            "DYNAMIC_METADATA" => metadata(&format!("DYNAMIC:{argument}")),
            "FILTER_STATE" => {
                let mut parts = argument.split(':').map(str::to_owned);
                parts.next().map(|key| Self::State(key, parts.collect()))
            }
            "METADATA" => metadata(argument),
            "CLUSTER_METADATA" => metadata(&format!("CLUSTER:{argument}")),
            "UPSTREAM_METADATA" => metadata(&format!("UPSTREAM_HOST:{argument}")),
            "QUERY_PARAM" => Some(Self::Query(argument.as_bytes().to_vec())),
            "ENVIRONMENT" => {
                Some(Self::Fixed(Some(std::env::var(argument).unwrap_or_else(|_| "-".to_owned()))))
            }
            "HOSTNAME" => {
                let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
                Some(Self::Fixed(name.map(|n| n.trim_end().to_owned())))
            }
            "CEL" => Some(Self::Cel(Expression::new(argument)?)),
            "GRPC_STATUS" => grpc::Form::parse(argument).map(Self::GrpcStatus),
            _ => return Self::parse_more(name, argument),
        };
        known.ok_or_else(|| "the parameter is none of those it takes".to_owned())
    }

    fn parse_more(name: &str, argument: &str) -> Result<Self, Fault> {
        if let Some(place) = name.strip_suffix("_WITHOUT_PORT").and_then(Place::parse) {
            return Ok(Self::Bare(place, argument.parse().ok()));
        }
        match name {
            "PATH" => Target::parse(argument).map(Self::Path),
            "REQUESTED_SERVER_NAME" => Name::parse(argument).map(Self::ServerName),
            "RESPONSE_CODE_DETAILS" => Ok(Self::Details(argument == "ALLOW_WHITESPACES")),
            "QUERY_PARAMS" => match argument {
                "" | "ORIG" => Ok(Self::Queries(false)),
                "DECODED" => Ok(Self::Queries(true)),
                _ => Err("only ORIG and DECODED are allowed".to_owned()),
            },
            "COALESCE" => super::wanted::coalesce(argument).map(Self::Coalesce),
            _ => {
                let tls =
                    || TlsField::parse(name, argument).map(|(field, upstream)| Self::Tls(field, upstream));
                let known = Plain::parse(name).map(Self::Plain).or_else(tls);
                known.ok_or_else(|| "this proxy does not know it".to_owned())
            }
        }
    }

    /// The value in JSON: metadata as it is, filter states without their quotes, numbers as such; null when there is none.
    pub(crate) fn json(&self, source: Source<'_>, limit: Option<usize>) -> serde_json::Value {
        match self {
            Self::State(name, shown) if is_typed(shown) && limit.is_none() => {
                if let Some(value) = source.info.value(name) {
                    return value.text.as_str().into();
                }
            }
            Self::Coalesce(operators) => {
                let values = operators.iter().map(|(operator, limit)| operator.json(source, *limit));
                return values.into_iter().find(|value| !value.is_null()).unwrap_or_default();
            }
            _ => {
                if let Some(value) = self.metadata(source).filter(|_| limit.is_none()) {
                    return sorted(value);
                }
            }
        }
        let mut out = Vec::new();
        if !self.write(source, &mut out) {
            return serde_json::Value::Null;
        }
        out.truncate(limit.unwrap_or(out.len()));
        let text = String::from_utf8_lossy(&out);
        match (self.kind(), text.parse::<u64>()) {
            (Text::Number, Ok(number)) => number.into(),
            _ => text.into(),
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
    fn kind(&self) -> Text {
        match self {
            Self::Plain(plain) => plain.kind(),
            Self::GrpcStatus(grpc::Form::Number) => Text::Number,
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
            _ => self.write_more(source, out),
        }
    }

    fn write_more(&self, source: Source<'_>, out: &mut Vec<u8>) -> bool {
        match self {
            Self::State(name, path) => state(source.info, name, path, out),
            Self::Query(name) => {
                let value = source.request.and_then(|head| query_value(head.query(), name));
                value.map(|v| out.extend_from_slice(&percent_decoded(v))).is_some()
            }
            Self::Cel(expression) => expression.text(source).is_some_and(|text| put(out, text)),
            Self::Fixed(text) => text.as_ref().is_some_and(|t| put(out, t)),
            Self::GrpcStatus(form) => {
                grpc::status_of(source).is_some_and(|status| put(out, form.name(status)))
            }
            Self::Plain(plain) => plain.write(source, out),
            Self::Tls(field, upstream) => field.write(*upstream, source, out),
            Self::Path(target) => target.write(source.request, out),
            Self::ServerName(name) => name.write(source, out),
            Self::Details(true) => put(out, &source.info.details),
            Self::Details(false) => {
                put(out, source.info.details.replace(|c: char| c.is_ascii_whitespace(), "_"))
            }
            Self::Queries(decoded) => {
                let query = source.request.map(|head| head.query()).filter(|query| !query.is_empty());
                query.is_some_and(|query| put(out, super::wanted::query_text(query, *decoded)))
            }
            Self::Bare(place, bits) => {
                place.of(source).is_some_and(|address| put(out, masked(address, *bits)))
            }
            Self::Coalesce(operators) => operators.iter().any(|(operator, limit)| {
                let start = out.len();
                let found = operator.write(source, out) && out.len() > start;
                out.truncate(if found {
                    out.len().min(limit.map_or(usize::MAX, |l| start + l))
                } else {
                    start
                });
                found
            }),
            _ => json(self.metadata(source), out),
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
