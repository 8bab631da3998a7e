//! What stands behind the question mark of an admin request (`Http::Utility::QueryParamsMulti::parseAndDecodeQueryString`).
use regex::Regex;

use super::pages::{Page, TEXT};
use crate::http::path::percent_decoded;

/// Parameters in their order, decoded.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query without its question mark.
    pub(super) fn new(text: &str) -> Self {
        let decoded = |text: &str| String::from_utf8_lossy(&percent_decoded(text.as_bytes())).into_owned();
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self(pairs.map(|(name, value)| (decoded(name), decoded(value))).collect())
    }

    /// All parameters.
    pub(super) fn all(&self) -> &[(String, String)] {
        &self.0
    }

    /// Whether a parameter is there, whatever its value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// The first value of a name; an empty one counts as none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The regular expression of a parameter. `said` stands before the reason in the answer to one that does not compile.
    pub(super) fn regex(&self, name: &str, said: &str) -> Result<Option<Regex>, Page> {
        let Some(pattern) = self.get(name) else { return Ok(None) };
        Regex::new(pattern).map(Some).map_err(|error| {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Page::new(400, TEXT, format!("{said}{why}: {pattern}"))
        })
    }
}
