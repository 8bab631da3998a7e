//! When one HTTP match covers another: every request that the second takes, the first takes too.

use std::collections::BTreeMap;

use mp_ir::base::At;
use mp_ir::mesh::{HttpMatch, HttpRoute, StringMatch};
use regex::{Regex, RegexBuilder};

/// Regular expressions that were compiled already; none where the text is none, or too large.
#[derive(Debug, Default)]
pub(crate) struct Patterns(BTreeMap<String, Option<Regex>>);

impl Patterns {
    /// Whether an expression matches a whole text, as Envoy matches it.
    fn takes(&mut self, pattern: &str, text: &str) -> bool {
        if !self.0.contains_key(pattern) {
            let whole = format!("^(?:{pattern})$");
            self.0.insert(pattern.to_owned(), RegexBuilder::new(&whole).size_limit(1 << 20).build().ok());
        }
        self.0.get(pattern).and_then(Option::as_ref).is_some_and(|regex| regex.is_match(text))
    }
}

/// The earlier route that covers the last of this route's matches; `None` when some match is left to it.
pub(crate) fn first_cover<'a>(
    earlier: impl Iterator<Item = &'a HttpRoute> + Clone,
    route: &HttpRoute,
    patterns: &mut Patterns,
) -> Option<&'a HttpRoute> {
    let everything = [HttpMatch::default()];
    let own = if route.matches.is_empty() { everything.as_slice() } else { route.matches.as_slice() };
    let mut last = None;
    for own in own {
        let mut takes =
            |e: &&HttpRoute| e.matches.is_empty() || e.matches.iter().any(|m| covers(m, own, patterns));
        last = Some(earlier.clone().find(|e| takes(e))?);
    }
    last
}

/// Whether every request of `narrow` also meets `wide`. "No" may mean "not known".
fn covers(wide: &HttpMatch, narrow: &HttpMatch, patterns: &mut Patterns) -> bool {
    uri_implied(wide, narrow, patterns)
        && implied(wide.scheme.as_ref(), narrow.scheme.as_ref(), false, patterns)
        && implied(wide.method.as_ref(), narrow.method.as_ref(), false, patterns)
        && implied(wide.authority.as_ref(), narrow.authority.as_ref(), false, patterns)
        && map_implied(&wide.headers, &narrow.headers, patterns)
        && map_implied(&wide.query_params, &narrow.query_params, patterns)
        && same_or_fewer(&wide.without_headers, &narrow.without_headers)
        && (wide.port == 0 || wide.port == narrow.port)
        && wide.source_labels.iter().all(|(k, v)| narrow.source_labels.get(k) == Some(v))
        && (wide.source_namespace.is_empty() || wide.source_namespace == narrow.source_namespace)
        && (wide.gateways.is_empty() || gateways_within(narrow, wide))
}

fn gateways_within(narrow: &HttpMatch, wide: &HttpMatch) -> bool {
    let within = |g: &At<String>| wide.gateways.iter().any(|w| w.value == g.value);
    !narrow.gateways.is_empty() && narrow.gateways.iter().all(within)
}

fn uri_implied(wide: &HttpMatch, narrow: &HttpMatch, patterns: &mut Patterns) -> bool {
    if narrow.ignore_uri_case && !wide.ignore_uri_case && wide.uri.is_some() {
        return matches!(wide.uri.as_ref().map(|m| &m.value), Some(StringMatch::Prefix(p)) if p == "/");
    }
    implied(wide.uri.as_ref(), narrow.uri.as_ref(), wide.ignore_uri_case, patterns)
        || everything(wide.uri.as_ref())
}

/// A path always begins with a slash, so this prefix says nothing.
fn everything(uri: Option<&At<StringMatch>>) -> bool {
    matches!(uri.map(|m| &m.value), Some(StringMatch::Prefix(p)) if p == "/")
}

fn implied(
    wide: Option<&At<StringMatch>>,
    narrow: Option<&At<StringMatch>>,
    ignore_case: bool,
    patterns: &mut Patterns,
) -> bool {
    let Some(wide) = wide else { return true };
    let Some(narrow) = narrow else { return false };
    let fold = |s: &str| if ignore_case { s.to_ascii_lowercase() } else { s.to_owned() };
    match (&wide.value, &narrow.value) {
        (StringMatch::Present, _) => true,
        (StringMatch::Exact(w), StringMatch::Exact(n)) => fold(w) == fold(n),
        (StringMatch::Prefix(w), StringMatch::Exact(n) | StringMatch::Prefix(n)) => {
            fold(n).starts_with(&fold(w))
        }
        (StringMatch::Regex(w), StringMatch::Regex(n)) => w == n,
        (StringMatch::Regex(w), StringMatch::Exact(n)) => patterns.takes(w, n),
        (StringMatch::Regex(w), StringMatch::Prefix(n)) => {
            literal_start(w).is_some_and(|start| n.starts_with(&start))
        }
        _ => false,
    }
}

/// The text before the `.*` of an expression that is nothing but text and `.*` at its end.
fn literal_start(pattern: &str) -> Option<String> {
    let start = pattern.trim_start_matches('^').trim_end_matches('$').strip_suffix(".*")?;
    let mut out = String::new();
    let mut chars = start.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next().filter(|c| c.is_ascii_punctuation())?),
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => return None,
            _ => out.push(c),
        }
    }
    Some(out)
}

fn map_implied(
    wide: &BTreeMap<String, At<StringMatch>>,
    narrow: &BTreeMap<String, At<StringMatch>>,
    patterns: &mut Patterns,
) -> bool {
    wide.iter()
        .all(|(key, value)| narrow.get(key).is_some_and(|n| implied(Some(value), Some(n), false, patterns)))
}

/// Forbidden headers: all that the wide one forbids, the narrow one forbids in the same words.
fn same_or_fewer(
    wide: &BTreeMap<String, At<StringMatch>>,
    narrow: &BTreeMap<String, At<StringMatch>>,
) -> bool {
    wide.iter().all(|(key, value)| narrow.get(key).is_some_and(|n| n.value == value.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_with_a_literal_start() {
        assert_eq!(literal_start("/api/.*").as_deref(), Some("/api/"));
        assert_eq!(literal_start(r"^/a\.b/.*$").as_deref(), Some("/a.b/"));
        assert_eq!(literal_start(".*").as_deref(), Some(""));
        for other in ["/api/.+", "/(a|b).*", r"/\d.*", "/api", "/a.b.*"] {
            assert_eq!(literal_start(other), None, "{other}");
        }
    }

    #[test]
    fn expressions_match_whole_texts() {
        let mut patterns = Patterns::default();
        assert!(patterns.takes("/api/.*", "/api/v1") && patterns.takes("a|b", "b"));
        assert!(
            !patterns.takes("/api", "/api/v1") && !patterns.takes("a|b", "ab") && !patterns.takes("(", "(")
        );
    }
}
