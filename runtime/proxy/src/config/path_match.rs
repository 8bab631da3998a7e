//! How routes match paths, compiled.
use crate::json::Value;
use regex::bytes::Regex;

use super::matcher::full_regex;
use super::value::{Get, Scope};

/// How a route matches paths.
#[derive(Debug)]
pub(crate) enum PathMatch {
    /// The path starts with this.
    Prefix(Vec<u8>, bool),
    /// The path is this.
    Exact(Vec<u8>, bool),
    /// The path is this or continues with a slash.
    Separated(Vec<u8>, bool),
    /// The whole path matches this.
    Regex(Box<Regex>),
    /// CONNECT requests: they alone have no path.
    Connect,
    /// Nothing, after a refusal.
    Never,
}

impl PathMatch {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let sensitive = value.opt_flag("case_sensitive").unwrap_or(true);
        let fold =
            |text: &str| if sensitive { text.as_bytes().to_vec() } else { text.to_ascii_lowercase().into() };
        if value.get_field("connect_matcher").is_some() {
            return Self::Connect;
        }
        if value.get_field("path").is_some() {
            return Self::Exact(fold(value.text("path")), sensitive);
        }
        if value.get_field("path_separated_prefix").is_some() {
            return Self::Separated(fold(value.text("path_separated_prefix")), sensitive);
        }
        if let Some(regex) = value.get_field("safe_regex") {
            let regex = full_regex(regex.text("regex"), &scope.field("safe_regex.regex"));
            return regex.map_or(Self::Never, |r| Self::Regex(Box::new(r)));
        }
        Self::Prefix(fold(value.text("prefix")), sensitive)
    }

    /// Whether a path without query matches.
    pub(crate) fn matches(&self, path: &[u8]) -> bool {
        match self {
            Self::Prefix(text, true) => path.starts_with(text),
            Self::Exact(text, true) => path == text.as_slice(),
            Self::Separated(text, true) => separated(path, text),
            Self::Prefix(text, false) => path.to_ascii_lowercase().starts_with(text),
            Self::Exact(text, false) => path.eq_ignore_ascii_case(text),
            Self::Separated(text, false) => separated(&path.to_ascii_lowercase(), text),
            Self::Regex(regex) => regex.is_match(path),
            Self::Connect => path.is_empty(),
            Self::Never => false,
        }
    }

    /// The part of the path that a prefix rewrite replaces: the prefix, or the whole path.
    pub(crate) fn matched_length(&self, path: &[u8]) -> usize {
        match self {
            Self::Prefix(text, _) | Self::Separated(text, _) => text.len(),
            Self::Exact(..) | Self::Regex(_) | Self::Connect | Self::Never => path.len(),
        }
    }
}

fn separated(path: &[u8], prefix: &[u8]) -> bool {
    path.starts_with(prefix) && matches!(path.get(prefix.len()), None | Some(b'/'))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn paths() {
        let m = |json: serde_json::Value| {
            let refusals = RefCell::new(Vec::new());
            PathMatch::new(&Value::from(&json), &Scope::root(&refusals))
        };
        let separated = m(serde_json::json!({"path_separated_prefix": "/psp"}));
        assert!(separated.matches(b"/psp") && separated.matches(b"/psp/x") && !separated.matches(b"/pspx"));
        let folded = m(serde_json::json!({"path": "/CaseIns", "case_sensitive": false}));
        assert!(folded.matches(b"/caseINS") && !folded.matches(b"/caseINSx"));
        let regex = m(serde_json::json!({"safe_regex": {"regex": "/re/[0-9]+"}}));
        assert!(regex.matches(b"/re/12") && !regex.matches(b"/re/12x"));
    }
}
