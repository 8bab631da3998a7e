//! Headers that are not what the caller sent when policies read them.

/// Headers that the connection manager writes or takes away (`ConnectionManagerUtility::mutateRequestHeaders`).
const WRITTEN: &[&str] = &[
    ":scheme",
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-request-id",
];

/// Whether the proxy writes a header itself, or takes it away, before its policies read the request. The name may be in any case of letters.
#[must_use]
pub fn is_written_by_proxy(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    WRITTEN.contains(&name.as_str()) || name.starts_with("x-envoy-")
}

/// Headers that Envoy keeps in one line, however often they come (`header_map.h`, `INLINE_REQ_STRING_HEADERS` and those that filters
/// register).
const ONE_LINE: &[&str] = &[
    "accept",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "grpc-timeout",
    "keep-alive",
    "origin",
    "proxy-connection",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-request-id",
];

/// Whether the lines of a header are joined by commas before policies read it, rather than read one by one. The name is in lower case.
#[must_use]
pub fn is_one_line(name: &str) -> bool {
    ONE_LINE.contains(&name) || name.starts_with("x-envoy-")
}
