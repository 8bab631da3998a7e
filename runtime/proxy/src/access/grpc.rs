//! gRPC status codes: their names and how HTTP status codes map to them.
use super::format::Source;

/// Codes 0 to 16 as `CamelCase` and `SNAKE_CASE`.
const NAMES: &[(&str, &str)] = &[
    ("OK", "OK"),
    ("Canceled", "CANCELLED"),
    ("Unknown", "UNKNOWN"),
    ("InvalidArgument", "INVALID_ARGUMENT"),
    ("DeadlineExceeded", "DEADLINE_EXCEEDED"),
    ("NotFound", "NOT_FOUND"),
    ("AlreadyExists", "ALREADY_EXISTS"),
    ("PermissionDenied", "PERMISSION_DENIED"),
    ("ResourceExhausted", "RESOURCE_EXHAUSTED"),
    ("FailedPrecondition", "FAILED_PRECONDITION"),
    ("Aborted", "ABORTED"),
    ("OutOfRange", "OUT_OF_RANGE"),
    ("Unimplemented", "UNIMPLEMENTED"),
    ("Internal", "INTERNAL"),
    ("Unavailable", "UNAVAILABLE"),
    ("DataLoss", "DATA_LOSS"),
    ("Unauthenticated", "UNAUTHENTICATED"),
];

/// How `%GRPC_STATUS%` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `Unavailable`
    Camel,
    /// `UNAVAILABLE`
    Snake,
    /// `14`
    Number,
}

impl Form {
    /// Reads the operator's argument.
    pub(crate) fn parse(argument: &str) -> Option<Self> {
        match argument {
            "" | "CAMEL_STRING" => Some(Self::Camel),
            "SNAKE_STRING" => Some(Self::Snake),
            "NUMBER" => Some(Self::Number),
            _ => None,
        }
    }

    /// The status in this form; unknown codes are numbers.
    pub(crate) fn name(self, status: u64) -> String {
        let names = usize::try_from(status).ok().and_then(|i| NAMES.get(i));
        match (self, names) {
            (Self::Camel, Some((camel, _))) => (*camel).to_owned(),
            (Self::Snake, Some((_, snake))) => (*snake).to_owned(),
            _ => status.to_string(),
        }
    }
}

/// The number of a status by its upper case name.
pub(crate) fn number(name: &str) -> Option<u64> {
    let name = if name == "CANCELED" { "CANCELLED" } else { name };
    NAMES.iter().position(|(_, snake)| *snake == name).map(|at| at as u64)
}

/// The text of the status that a head or trailers tell.
pub(crate) fn told(head: &crate::http::Head) -> Option<String> {
    head.get(b"grpc-status").map(|status| String::from_utf8_lossy(status).into_owned())
}

/// The gRPC status of the response to a gRPC request.
pub(crate) fn status_of(source: Source<'_>) -> Option<u64> {
    source.request.filter(|r| r.is_grpc())?;
    status_of_any(source)
}

/// The gRPC status of any response: trailer, header, or the one HTTP maps to (`Grpc::Common::getGrpcStatus`).
pub(crate) fn status_of_any(source: Source<'_>) -> Option<u64> {
    let read = |head: Option<&crate::http::Head>| {
        let value = head?.get(b"grpc-status")?;
        std::str::from_utf8(value).ok()?.parse::<u64>().ok()
    };
    read(source.trailers)
        .or_else(|| read(source.response))
        .or_else(|| Some(from_http(source.info.status)).filter(|_| source.info.status != 0))
}

/// gRPC status of an HTTP status, as `source/common/grpc/status.cc` maps it.
pub(crate) fn from_http(status: u16) -> u64 {
    match status {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502 | 503 | 504 => 14,
        _ => 2,
    }
}
