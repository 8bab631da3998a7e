//! Lists of header lines, names in lower case.

/// Replaces all lines of a header by one.
pub(crate) fn set(headers: &mut Vec<(String, String)>, name: &str, value: impl Into<String>) {
    remove(headers, name);
    headers.push((name.to_owned(), value.into()));
}

/// Takes all lines of a header away.
pub(crate) fn remove(headers: &mut Vec<(String, String)>, name: &str) {
    headers.retain(|(known, _)| known != name);
}

/// The first line of a header.
pub(crate) fn get<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The lines of a header in one, as Envoy keeps those it knows by name: joined by commas, empty ones left out
/// (`HeaderMapImpl::appendToHeader`). `None` when there is none.
pub(crate) fn joined(headers: &[(String, String)], name: &str) -> Option<String> {
    in_one(headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()))
}

/// The same of lines that are picked already.
pub(crate) fn in_one<'l>(mut lines: impl Iterator<Item = &'l str>) -> Option<String> {
    let mut out = lines.next()?.to_owned();
    for line in lines.filter(|line| !line.is_empty()) {
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(line);
    }
    Some(out)
}

/// Takes away what ends at this hop, and what `connection` names. Whether the request asks for another protocol that `allowed` knows.
/// (`ConnectionManagerUtility::mutateRequestHeaders`, `sanitizeTEHeader`)
pub(crate) fn end_hop(headers: &mut Vec<(String, String)>, allowed: impl Fn(&str) -> bool) -> bool {
    let words =
        |text: &str| -> Vec<String> { text.split(',').map(|w| w.trim().to_ascii_lowercase()).collect() };
    let named = joined(headers, "connection").map(|text| words(&text)).unwrap_or_default();
    let wanted = joined(headers, "upgrade").map(|text| words(&text)).unwrap_or_default();
    let upgrade = named.iter().any(|word| word == "upgrade") && wanted.iter().any(|word| allowed(word));
    let kept_words = ["", "close", "keep-alive", "upgrade", "te", "http2-settings"];
    headers.retain(|(name, value)| match name.as_str() {
        "connection" | "upgrade" => upgrade,
        "keep-alive" | "proxy-connection" | "transfer-encoding" | "x-envoy-internal" => false,
        "expect" => !value.eq_ignore_ascii_case("100-continue"),
        "host" | "x-forwarded-for" | "x-forwarded-proto" | "x-forwarded-host" => true,
        name => kept_words.contains(&name) || !named.iter().any(|word| word == name),
    });
    if let Some(te) = joined(headers, "te").filter(|te| !te.is_empty()) {
        remove(headers, "te");
        if te.split(',').any(|word| word.split(';').next().unwrap_or_default().trim() == "trailers") {
            set(headers, "te", "trailers");
        }
    }
    upgrade
}

/// Appends an address to `x-forwarded-for`, without a space as Envoy does.
pub(crate) fn append_xff(headers: &mut Vec<(String, String)>, address: &str) {
    let value = match joined(headers, "x-forwarded-for").filter(|old| !old.is_empty()) {
        Some(old) => format!("{old},{address}"),
        None => address.to_owned(),
    };
    set(headers, "x-forwarded-for", value);
}

/// Headers that a request from outside must not bring along.
pub(crate) const EXTERNAL: &[&str] = &[
    "x-envoy-retriable-status-codes",
    "x-envoy-retriable-header-names",
    "x-envoy-retry-on",
    "x-envoy-retry-grpc-on",
    "x-envoy-max-retries",
    "x-envoy-upstream-alt-stat-name",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-upstream-rq-timeout-alt-response",
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-force-trace",
    "x-envoy-ip-tags",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-upstream-stream-duration-ms",
];

/// Headers that in addition must not pass the edge.
pub(crate) const EDGE: &[&str] = &[
    "x-envoy-decorator-operation",
    "x-envoy-downstream-service-cluster",
    "x-envoy-downstream-service-node",
    "x-envoy-original-path",
    "x-envoy-original-host",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn empty_lines_are_left_out() {
        for (all, expect) in [
            (&[("a", "1"), ("a", ""), ("b", "x"), ("a", "2")][..], Some("1,2")),
            (&[("a", ""), ("a", "1")], Some("1")),
            (&[("a", "")], Some("")),
            (&[("b", "1")], None),
        ] {
            assert_eq!(joined(&lines(all), "a").as_deref(), expect, "{all:?}");
        }
    }

    #[test]
    fn what_connection_names_ends_here() {
        let mut all =
            lines(&[("connection", "x-h, close"), ("x-h", "1"), ("te", "gzip, trailers"), ("x", "2")]);
        assert!(!end_hop(&mut all, |_| false));
        assert_eq!(all, lines(&[("x", "2"), ("te", "trailers")]));
    }
}
