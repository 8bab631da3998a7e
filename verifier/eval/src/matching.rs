//! Whether a route matches a request (`config_impl.cc`, `RouteEntryImplBase::matchRoute`).

use mp_ir::mesh::StringMatch;
use mp_ir::plan::{ClaimMatch, HeaderMatch, PathMatch, QueryMatch, Route};
use serde_json::Value;

use crate::patterns::Patterns;
use crate::route::HttpCall;

/// Whether all conditions hold.
pub(crate) fn matches(route: &Route, call: &HttpCall, patterns: &Patterns) -> bool {
    let m = &route.matches;
    path_matches(&m.path, m.case_sensitive != Some(false), split_query(&call.path).0, patterns)
        && m.headers.iter().all(|header| header_matches(header, call, patterns))
        && m.query.iter().all(|query| query_matches(query, call, patterns))
        && m.claims.iter().all(|claim| claim_matches(claim, call, patterns))
}

/// Path and query, the query with its `?`.
pub(crate) fn split_query(path: &str) -> (&str, &str) {
    path.find('?').and_then(|at| path.split_at_checked(at)).unwrap_or((path, ""))
}

/// Whether a path without query is so.
pub(crate) fn path_matches(pattern: &PathMatch, case: bool, path: &str, patterns: &Patterns) -> bool {
    let bytes = path.as_bytes();
    let same =
        |a: &[u8], b: &str| if case { a == b.as_bytes() } else { a.eq_ignore_ascii_case(b.as_bytes()) };
    let begins = |start: &str| bytes.get(..start.len()).is_some_and(|head| same(head, start));
    match pattern {
        PathMatch::Prefix(start) => begins(start),
        PathMatch::Exact(whole) => same(bytes, whole),
        PathMatch::SeparatedPrefix(start) => {
            begins(start) && bytes.get(start.len()).is_none_or(|b| *b == b'/')
        }
        // Expressions mind the case whatever the route says (`RegexRouteEntryImpl`).
        PathMatch::Regex(regex) => patterns.whole(regex, path),
    }
}

/// The lines of a header in order; pseudo headers have one.
pub(crate) fn header_lines<'c>(name: &str, call: &'c HttpCall) -> Vec<&'c str> {
    match name.to_ascii_lowercase().as_str() {
        ":method" => vec![&call.method],
        ":authority" | "host" => vec![&call.authority],
        ":path" => vec![&call.path],
        ":scheme" => vec![&call.scheme],
        _ => {
            let same = call.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
            same.map(|(_, value)| value.as_str()).collect()
        }
    }
}

/// Whether a condition holds: any line of the header may be so (`HeaderUtility::matchHeaders`, where
/// `match_headers_individually` is on).
pub(crate) fn header_matches(test: &HeaderMatch, call: &HttpCall, patterns: &Patterns) -> bool {
    let mut lines = header_lines(&test.name, call);
    if lines.is_empty() {
        if !test.missing_as_empty {
            // A value that is absent matches only the demand for absence.
            return test.invert && test.value == StringMatch::Present;
        }
        lines.push("");
    }
    lines.iter().any(|line| patterns.text_matches(&test.value, line)) != test.invert
}

/// Whether a condition holds.
pub(crate) fn query_matches(test: &QueryMatch, call: &HttpCall, patterns: &Patterns) -> bool {
    let query = split_query(&call.path).1.strip_prefix('?').unwrap_or_default();
    let first = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(name, _)| *name == test.name);
    first.is_some_and(|(_, value)| patterns.text_matches(&test.value, value))
}

/// Whether a condition holds.
pub(crate) fn claim_matches(test: &ClaimMatch, call: &HttpCall, patterns: &Patterns) -> bool {
    let start = call.claims.as_ref().zip(test.path.split_first());
    let found = start
        .and_then(|(claims, (first, rest))| rest.iter().try_fold(claims.get(first)?, |at, key| at.get(key)));
    let fits = |value: &Value| value.as_str().is_some_and(|text| patterns.text_matches(&test.value, text));
    let so = match found {
        Some(Value::Array(items)) => items.iter().any(fits),
        Some(value) => fits(value),
        None => false,
    };
    so != test.invert
}
