// tidy: table
//! Headers of which a message has one: Envoy keeps them in slots and joins further values to the first
//! (`source/common/http/header_map_impl.cc`, and what its filters register as inline headers).
use super::head::Head;

/// Of requests.
const REQUEST: &[&str] = &[
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-client-cert",
    "x-request-id",
    "x-client-trace-id",
    "accept",
    "accept-encoding",
    "authorization",
    "cache-control",
    "content-type",
    "content-encoding",
    "expect",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
    "origin",
    "pragma",
    "referer",
    "user-agent",
    "te",
    "via",
    "upgrade",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-status",
    "access-control-request-method",
    "access-control-request-headers",
    "access-control-request-private-network",
    "grpc-timeout",
    "grpc-accept-encoding",
    "x-envoy-attempt-count",
    "x-envoy-decorator-operation",
    "x-envoy-downstream-service-cluster",
    "x-envoy-downstream-service-node",
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-external-address",
    "x-envoy-force-trace",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-internal",
    "x-envoy-ip-tags",
    "x-envoy-is-timeout-retry",
    "x-envoy-max-retries",
    "x-envoy-original-host",
    "x-envoy-original-path",
    "x-envoy-retriable-header-names",
    "x-envoy-retriable-status-codes",
    "x-envoy-retry-grpc-on",
    "x-envoy-retry-on",
    "x-envoy-upstream-alt-stat-name",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-upstream-rq-timeout-alt-response",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-stream-duration-ms",
];

/// Of responses.
const RESPONSE: &[&str] = &[
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
    "age",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "expires",
    "grpc-message",
    "grpc-status",
    "keep-alive",
    "last-modified",
    "location",
    "proxy-connection",
    "proxy-status",
    "server",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "x-envoy-attempt-count",
    "x-envoy-decorator-operation",
    "x-envoy-degraded",
    "x-envoy-immediate-health-check-fail",
    "x-envoy-ratelimited",
    "x-envoy-upstream-canary",
    "x-envoy-upstream-healthchecked-cluster",
    "x-envoy-upstream-service-time",
    "x-request-id",
];

/// Whether a request has at most one of this header; the name must be in lower case.
pub(crate) fn is_single(name: &[u8]) -> bool {
    REQUEST.iter().any(|single| single.as_bytes() == name)
}

/// Whether a response has at most one of this header; the name must be in lower case.
fn is_single_response(name: &[u8]) -> bool {
    RESPONSE.iter().any(|single| single.as_bytes() == name)
}

/// Names that may have come before. Those that differ in length or first letter are not the same; most heads need no closer look.
#[derive(Debug, Default)]
pub(super) struct Marks(u64);

impl Marks {
    /// Notes a name; false when it is new for sure.
    pub(super) fn again(&mut self, name: &str) -> bool {
        let first = name.bytes().next().unwrap_or(0).to_ascii_lowercase();
        let mark = 1_u64 << ((name.len() * 7 + usize::from(first)) % 64);
        let new = self.0 & mark == 0;
        self.0 |= mark;
        !new
    }
}

/// Joins a value to the header that is there already, if there can be one alone; the name must be in lower case. A head with a status
/// is that of a response.
pub(super) fn join(head: &mut Head, name: &str, value: &[u8]) -> bool {
    let single =
        if head.status == 0 { is_single(name.as_bytes()) } else { is_single_response(name.as_bytes()) };
    let Some(first) = head.get(name.as_bytes()).filter(|_| single) else { return false };
    let mut first = first.to_vec();
    append(&mut first, value);
    head.set(name.as_bytes(), &first);
    true
}

/// Adds a header as `HeaderMap::addCopy` does.
pub(crate) fn add_copy(head: &mut Head, name: &[u8], value: &[u8]) {
    let joined = std::str::from_utf8(name).is_ok_and(|name| join(head, &name.to_ascii_lowercase(), value));
    if !joined {
        head.add(name, value);
    }
}

/// Joins what has come more than once, in the head of a response over HTTP/2.
pub(crate) fn join_all(head: &mut Head) {
    let mut names: Vec<&[u8]> = head.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    let twice = names.windows(2).filter_map(|pair| match pair {
        [one, other] if one == other && is_single_response(one) => Some(one.to_vec()),
        _ => None,
    });
    for name in twice.collect::<Vec<_>>() {
        let values: Vec<Vec<u8>> = head.fields(&name).map(<[u8]>::to_vec).collect();
        let mut whole = Vec::new();
        values.iter().for_each(|value| append(&mut whole, value));
        head.set(&name, &whole);
    }
}

/// Joins a value to another one of the same header; an empty one adds nothing.
pub(super) fn append(first: &mut Vec<u8>, value: &[u8]) {
    if !first.is_empty() && !value.is_empty() {
        first.push(b',');
    }
    first.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_can_be_one_of_is_joined() {
        let mut request = Head::default();
        let mut response = Head::response(200);
        for head in [&mut request, &mut response] {
            for (name, value) in
                [("location", "1"), ("user-agent", "2"), ("location", "3"), ("user-agent", "4")]
            {
                add_copy(head, name.as_bytes(), value.as_bytes());
            }
        }
        let all = |head: &Head, name: &str| -> Vec<Vec<u8>> {
            head.fields(name.as_bytes()).map(<[u8]>::to_vec).collect()
        };
        assert_eq!((all(&request, "location").len(), all(&request, "user-agent").len()), (2, 1));
        assert_eq!(
            (all(&response, "location"), all(&response, "user-agent").len()),
            (vec![b"1,3".to_vec()], 2)
        );
        let mut response = Head::response(200);
        for (name, value) in [("vary", "a"), ("x", "1"), ("vary", "b"), ("x", "2")] {
            response.add(name.as_bytes(), value.as_bytes());
        }
        join_all(&mut response);
        assert_eq!((all(&response, "vary"), all(&response, "x").len()), (vec![b"a,b".to_vec()], 2));
    }
}
