//! Access logs, compiled.
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::json::Value;

use super::action::Fraction;
use super::log_service::{LogService, Sent};
use super::matcher::{HeaderMatcher, MetadataMatcher};
use super::source;
use super::value::{Get, Scope};
use crate::access::format::{Format, Source};
use crate::access::info::flag;
use crate::cel::Expression;

/// One access log.
#[derive(Debug)]
pub(crate) struct AccessLog {
    filter: Option<Filter>,
    shape: Shape,
    /// Where lines go.
    pub(crate) sink: LogSink,
}

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LogSink {
    /// A file, appended to.
    File(String),
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A service.
    Service(Arc<LogService>),
}

#[derive(Debug)]
enum Shape {
    /// A format, and whether values that are not there leave nothing.
    Text(Format, bool),
    Json(Node, bool),
    Sent(Sent),
}

#[derive(Debug)]
enum Node {
    Object(BTreeMap<String, Node>),
    List(Vec<Node>),
    Format(Format),
    Fixed(serde_json::Value),
}

#[derive(Debug)]
enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Status(Op, u64),
    Duration(Op, u64),
    Header(HeaderMatcher),
    Flags(Vec<String>),
    NoHealthCheck,
    /// A share of all requests.
    Share(Fraction),
    /// gRPC statuses by number, and whether they are left out.
    Grpc(Vec<u64>, bool),
    /// An expression; without one, nothing passes.
    Expression(Option<Expression>),
    /// Dynamic metadata, and what holds without it.
    Metadata(Option<MetadataMatcher>, bool),
    Always,
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Equal,
    AtLeast,
    AtMost,
    NotEqual,
}

/// The line of a log without a format.
const DEFAULT: &str = "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" \
%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% \
%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \
\"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\"\n";

impl AccessLog {
    /// Compiles the logs of a message.
    pub(crate) fn list(value: &Value, scope: &Scope<'_>) -> Vec<Self> {
        let items = value.items("access_log").iter().enumerate();
        items.filter_map(|(i, item)| Self::new(item, &scope.item("access_log", i))).collect()
    }

    fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let config = value.get_field("typed_config")?;
        let kind = config.type_name().rsplit('.').next().unwrap_or_default();
        let filter = value.get_field("filter").map(|f| Filter::new(f, &scope.field("filter")));
        if let Some((service, sent)) = LogService::new(kind, config, &scope.field("typed_config")) {
            let sink = LogSink::Service(Arc::new(service));
            return Some(Self { filter, shape: Shape::Sent(sent), sink });
        }
        let sink = match kind {
            "FileAccessLog" => match config.text("path") {
                "/dev/stdout" => LogSink::Stdout,
                "/dev/stderr" => LogSink::Stderr,
                path => LogSink::File(path.to_owned()),
            },
            "StdoutAccessLog" => LogSink::Stdout,
            "StderrAccessLog" => LogSink::Stderr,
            _ => return None,
        };
        Some(Self { filter, shape: shape(config, &scope.field("typed_config")), sink })
    }

    /// Writes a line when the filter lets it.
    pub(crate) fn write(&self, source: Source<'_>, out: &mut Vec<u8>) {
        if self.filter.as_ref().is_some_and(|f| !f.passes(source)) {
            return;
        }
        match &self.shape {
            Shape::Text(format, omit) => format.write(source, missing(*omit), out),
            Shape::Sent(sent) => crate::access::service::write(sent, source, out),
            Shape::Json(node, omit) => {
                if let Some(value) = node.value(source, *omit) {
                    out.extend_from_slice(value.to_string().as_bytes());
                    out.push(b'\n');
                }
            }
        }
    }
}

fn shape(config: &Value, scope: &Scope<'_>) -> Shape {
    let format = config.get_field("log_format");
    let json = format.get_field("json_format").or_else(|| config.get_field("json_format"));
    if let Some(json) = json.or_else(|| config.get_field("typed_json_format")) {
        return Shape::Json(Node::new(json, scope), format.flag("omit_empty_values"));
    }
    let source =
        source::read(format.get_field("text_format_source"), &scope.field("log_format.text_format_source"));
    let text = source.map(|s| String::from_utf8_lossy(&s).into_owned());
    let text = text.or_else(|| format.opt_text("text_format").map(str::to_owned));
    let text = text.or_else(|| config.opt_text("format").map(str::to_owned));
    Shape::Text(Format::new(text.as_deref().unwrap_or(DEFAULT), scope), format.flag("omit_empty_values"))
}

/// What stands for a value that is not there.
fn missing(omit: bool) -> &'static [u8] {
    if omit { b"" } else { b"-" }
}

impl Node {
    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        match value {
            Value::Map(items) => Self::Object(
                items.iter().map(|(k, v)| (k.to_string(), Self::new(v, &scope.field(k)))).collect(),
            ),
            Value::List(items) => Self::List(items.iter().map(|v| Self::new(v, scope)).collect()),
            Value::Text(text) => Self::Format(Format::new(text, scope)),
            other => Self::Fixed(other.to_json()),
        }
    }

    fn value(&self, source: Source<'_>, omit: bool) -> Option<serde_json::Value> {
        let value = match self {
            Self::Object(items) => serde_json::Value::Object(
                items.iter().filter_map(|(k, n)| Some((k.clone(), n.value(source, omit)?))).collect(),
            ),
            Self::List(items) => items.iter().filter_map(|n| n.value(source, omit)).collect(),
            Self::Format(format) => format.json(source, missing(omit)),
            Self::Fixed(value) => value.clone(),
        };
        (!omit || !value.is_null()).then_some(value)
    }
}

impl Filter {
    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let list = |field| {
            value.get_field(field).map(|l| l.items("filters").iter().map(|f| Self::new(f, scope)).collect())
        };
        if let Some(filters) = list("and_filter") {
            return Self::All(filters);
        }
        if let Some(filters) = list("or_filter") {
            return Self::Any(filters);
        }
        if let Some(header) = value.get_field("header_filter").get_field("header") {
            return Self::Header(HeaderMatcher::new(header, &scope.field("header_filter.header")));
        }
        if let Some(flags) = value.get_field("response_flag_filter") {
            return Self::Flags(flags.texts("flags"));
        }
        if let Some(filter) = Self::special(value, scope) {
            return filter;
        }
        for (field, build) in
            [("status_code_filter", Self::Status as fn(Op, u64) -> Self), ("duration_filter", Self::Duration)]
        {
            if let Some(comparison) = value.get_field(field).get_field("comparison") {
                let op = match comparison.text("op") {
                    "GE" => Op::AtLeast,
                    "LE" => Op::AtMost,
                    "NE" => Op::NotEqual,
                    _ => Op::Equal,
                };
                return build(op, comparison.get_field("value").int("default_value").unwrap_or(0));
            }
        }
        Self::Always
    }

    /// Filters that are neither combined nor compare numbers.
    fn special(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        if let Some(share) = value.get_field("runtime_filter") {
            return Some(Self::Share(
                share.get_field("percent_sampled").map_or(Fraction::ALL, Fraction::new),
            ));
        }
        if let Some(grpc) = value.get_field("grpc_status_filter") {
            let statuses = grpc.texts("statuses");
            let numbers = statuses.iter().filter_map(|name| crate::access::grpc::number(name));
            return Some(Self::Grpc(numbers.collect(), grpc.flag("exclude")));
        }
        if let Some(metadata) = value.get_field("metadata_filter") {
            let matcher = metadata.get_field("matcher");
            let matcher = matcher.map(|m| MetadataMatcher::new(m, &scope.field("metadata_filter.matcher")));
            return Some(Self::Metadata(
                matcher,
                metadata.opt_flag("match_if_key_not_found").unwrap_or(true),
            ));
        }
        if let Some(extension) = value.get_field("extension_filter") {
            let scope = scope.field("extension_filter.typed_config.expression");
            let text = extension.get_field("typed_config").text("expression");
            return Some(Self::Expression(Expression::new(text).map_err(|why| scope.refuse(why)).ok()));
        }
        value.get_field("not_health_check_filter").map(|_| Self::NoHealthCheck)
    }

    fn passes(&self, source: Source<'_>) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|f| f.passes(source)),
            Self::Any(filters) => filters.iter().any(|f| f.passes(source)),
            Self::Status(op, wanted) => op.holds(u64::from(source.info.status), *wanted),
            Self::Duration(op, wanted) => op.holds(source.info.start.elapsed().as_millis() as u64, *wanted),
            Self::Header(matcher) => source.request.is_some_and(|head| matcher.matches(head)),
            Self::Flags(names) if names.is_empty() => !source.info.flags.is_empty(),
            Self::Flags(names) => {
                let known = flag::ALL.iter().filter(|f| names.iter().any(|n| n == f.0));
                known.into_iter().any(|f| source.info.flags.contains(f))
            }
            Self::NoHealthCheck => !source.info.health_check,
            Self::Share(share) => share.includes(lottery(source)),
            Self::Grpc(statuses, exclude) => {
                let status = crate::access::grpc::status_of_any(source).unwrap_or(2);
                statuses.contains(&status) != *exclude
            }
            Self::Metadata(matcher, missing) => {
                matcher.as_ref().map_or(*missing, |m| m.decide(&source.info.metadata).unwrap_or(*missing))
            }
            Self::Expression(expression) => expression.as_ref().is_some_and(|e| e.holds(source)),
            Self::Always => true,
        }
    }
}

/// The number that decides about a share: of the request's id, so that all proxies on the way decide alike.
fn lottery(source: Source<'_>) -> u64 {
    let id = source.request.and_then(|head| head.get(b"x-request-id"));
    let number = id.and_then(|id| u64::from_str_radix(std::str::from_utf8(id.get(..8)?).ok()?, 16).ok());
    number.unwrap_or_else(|| {
        let since = source.info.wall.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        u64::from(since.subsec_nanos()) / 7
    })
}

impl Op {
    fn holds(self, value: u64, wanted: u64) -> bool {
        match self {
            Self::Equal => value == wanted,
            Self::AtLeast => value >= wanted,
            Self::AtMost => value <= wanted,
            Self::NotEqual => value != wanted,
        }
    }
}
