//! What stands in the parentheses of operators: whether it may, and what it says.
use serde_json::Value;

use super::format::Source;
use super::operator::{Fault, Operator};
use super::plain::put;
use super::tls_field::TlsField;
use crate::http::Head;

/// Operators that need a parameter; a length may follow.
const NEEDY: &[&str] = &[
    "REQ",
    "REQ_WITHOUT_QUERY",
    "RESP",
    "TRAILER",
    "STREAM_INFO_REQ",
    "DYNAMIC_METADATA",
    "CLUSTER_METADATA",
    "UPSTREAM_METADATA",
    "FILTER_STATE",
    "METADATA",
    "QUERY_PARAM",
    "ENVIRONMENT",
    "CEL",
    "COALESCE",
];

/// Operators that may have a parameter and a length.
const FREE: &[&str] = &["PATH", "QUERY_PARAMS"];

/// Operators that may have a parameter, and no length.
const LOOSE: &[&str] =
    &["START_TIME", "EMIT_TIME", "GRPC_STATUS", "REQUESTED_SERVER_NAME", "RESPONSE_CODE_DETAILS"];

/// Checks whether an operator may have a parameter and a length (`CommandSyntaxChecker::verifySyntax`).
pub(super) fn argument_of(name: &str, given: bool, limited: bool) -> Result<(), Fault> {
    if NEEDY.contains(&name) {
        return if given { Ok(()) } else { Err("it requires parameters".to_owned()) };
    }
    if FREE.contains(&name) {
        return Ok(());
    }
    let loose =
        LOOSE.contains(&name) || name.ends_with("_ADDRESS_WITHOUT_PORT") || TlsField::takes_format(name);
    match (loose, limited) {
        (true, true) => Err("it does not allow a length".to_owned()),
        (true, false) => Ok(()),
        (false, _) if given || limited => Err("it takes no parameters and no length".to_owned()),
        (false, _) => Ok(()),
    }
}

/// Which path `PATH` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    query: bool,
    kept: Kept,
}

/// Which of two headers counts: that of the request, or what it was before a rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Now,
    Before,
    BeforeOrNow,
}

impl Kept {
    fn of<'h>(self, head: &'h Head, now: &[u8], before: &[u8]) -> Option<&'h [u8]> {
        match self {
            Self::Now => head.field(now),
            Self::Before => head.field(before),
            Self::BeforeOrNow => head.field(before).or_else(|| head.field(now)),
        }
    }
}

impl Target {
    /// Reads `WQ` or `NQ`, and behind a colon `ORIG`, `PATH` or `ORIG_OR_PATH`.
    pub(super) fn parse(argument: &str) -> Result<Self, Fault> {
        let (query, kept) = argument.split_once(':').unwrap_or((argument, ""));
        let query = match query {
            "" | "WQ" => true,
            "NQ" => false,
            _ => return Err("only WQ and NQ are allowed".to_owned()),
        };
        let kept = match kept {
            "" | "ORIG_OR_PATH" => Kept::BeforeOrNow,
            "ORIG" => Kept::Before,
            "PATH" => Kept::Now,
            _ => return Err("only ORIG, PATH and ORIG_OR_PATH are allowed".to_owned()),
        };
        Ok(Self { query, kept })
    }

    /// Writes the path; false when there is none.
    pub(super) fn write(self, head: Option<&Head>, out: &mut Vec<u8>) -> bool {
        let path = head.and_then(|head| self.kept.of(head, b":path", b"x-envoy-original-path"));
        let Some(path) = path else { return false };
        let end = memchr::memchr(b'?', path).filter(|_| !self.query).unwrap_or(path.len());
        put(out, String::from_utf8_lossy(path.get(..end).unwrap_or_default()))
    }
}

/// Which name `REQUESTED_SERVER_NAME` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    first: First,
    kept: Kept,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Sni,
    SniThenHost,
    HostThenSni,
}

impl Name {
    /// Reads `SNI_ONLY`, `SNI_FIRST` or `HOST_FIRST`, and behind a colon `ORIG`, `HOST` or `ORIG_OR_HOST`.
    pub(super) fn parse(argument: &str) -> Result<Self, Fault> {
        let (first, kept) = argument.split_once(':').unwrap_or((argument, ""));
        let first = match first {
            "" | "SNI_ONLY" => First::Sni,
            "SNI_FIRST" => First::SniThenHost,
            "HOST_FIRST" => First::HostThenSni,
            _ => return Err("only SNI_ONLY, SNI_FIRST and HOST_FIRST are allowed".to_owned()),
        };
        let kept = match kept {
            "" | "ORIG_OR_HOST" => Kept::BeforeOrNow,
            "ORIG" => Kept::Before,
            "HOST" => Kept::Now,
            _ => return Err("only ORIG, HOST and ORIG_OR_HOST are allowed".to_owned()),
        };
        Ok(Self { first, kept })
    }

    /// Writes the name; false when there is none.
    pub(super) fn write(self, source: Source<'_>, out: &mut Vec<u8>) -> bool {
        let sni = || source.connection().server_name.as_bytes();
        let host = || {
            let head = source.request;
            head.and_then(|head| self.kept.of(head, b":authority", b"x-envoy-original-host"))
                .unwrap_or_default()
        };
        let name = match self.first {
            First::Sni => sni(),
            First::SniThenHost => Some(sni()).filter(|name| !name.is_empty()).unwrap_or_else(host),
            First::HostThenSni => Some(host()).filter(|name| !name.is_empty()).unwrap_or_else(sni),
        };
        put(out, String::from_utf8_lossy(name))
    }
}

/// The parameters of a query, as they are or decoded: what could not stand in an address stays encoded, and a `%` that begins nothing
/// is left out (`PercentEncoding::urlDecode` with a set of characters to keep).
pub(super) fn query_text(query: &[u8], decoded: bool) -> String {
    let mut out = Vec::with_capacity(query.len());
    let mut rest = query;
    while let Some((&first, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).map(|digit| char::from(*digit).to_digit(16));
        rest = after;
        match (digit(0), digit(1)) {
            (Some(high), Some(low)) if first == b'%' && decoded => {
                let (Some(high), Some(low)) = (high, low) else { continue };
                let byte = (high * 16 + low) as u8;
                let kept = !byte.is_ascii_graphic() || b"\"<>\\^{|}".contains(&byte);
                if kept {
                    out.push(b'%');
                } else {
                    out.push(byte);
                    rest = after.get(2..).unwrap_or_default();
                }
            }
            _ => out.push(first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads `{"operators": [...]}`: names, or objects with `command`, `param` and `max_length`.
pub(super) fn coalesce(argument: &str) -> Result<Vec<(Operator, Option<usize>)>, Fault> {
    let value: Value = serde_json::from_str(argument).map_err(|error| format!("it takes JSON: {error}"))?;
    let list = value.get("operators").and_then(Value::as_array).filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| "it takes an object with a list of operators".to_owned())?;
    let one = |item: &Value| {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        let (name, parameter) = match item.as_str() {
            Some(name) => (name, ""),
            None => (text("command"), text("param")),
        };
        let limit = item.get("max_length").and_then(Value::as_u64).map(|limit| limit as usize);
        Ok((Operator::parse(name, parameter, limit.is_some())?, limit))
    };
    list.iter().map(one).collect()
}
