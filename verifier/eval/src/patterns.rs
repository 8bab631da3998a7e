//! Regular expressions, compiled once.

use std::cell::RefCell;
use std::collections::BTreeMap;

use mp_ir::mesh::StringMatch;
use regex::Regex;

/// The regular expressions of a plan as they are met. One that cannot be read matches nothing.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    compiled: RefCell<BTreeMap<String, Option<Regex>>>,
}

impl Patterns {
    fn get(&self, regex: &str) -> Option<Regex> {
        if let Some(known) = self.compiled.borrow().get(regex) {
            return known.clone();
        }
        let made = Regex::new(regex).ok();
        self.compiled.borrow_mut().insert(regex.to_owned(), made.clone());
        made
    }

    /// Whether an expression matches the whole text.
    pub(crate) fn whole(&self, regex: &str, text: &str) -> bool {
        self.get(&format!(r"\A(?:{regex})\z")).is_some_and(|regex| regex.is_match(text))
    }

    /// Replaces every match; `\1` in the replacement is the first group.
    pub(crate) fn replace(&self, regex: &str, text: &str, with: &str) -> String {
        // Envoy writes `\1` where this library writes `${1}`, and `$` means nothing to it.
        let with = (0..10)
            .fold(with.replace('$', "$$"), |text, n| text.replace(&format!(r"\{n}"), &format!("${{{n}}}")));
        match self.get(regex) {
            Some(regex) => regex.replace_all(text, with.as_str()).into_owned(),
            None => text.to_owned(),
        }
    }

    /// Whether a text is as Istio's `StringMatch` wants it.
    pub(crate) fn text_matches(&self, pattern: &StringMatch, text: &str) -> bool {
        match pattern {
            StringMatch::Exact(s) => text == s,
            StringMatch::Prefix(s) => text.starts_with(s.as_str()),
            StringMatch::Regex(regex) => self.whole(regex, text),
            StringMatch::Present => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_replaced_and_bad_expressions_match_nothing() {
        let patterns = Patterns::default();
        let swapped = patterns.replace("^/rx/([^/]+)/(.*)$", "/rx/one/two/three", r"/\2/$x/\1");
        assert_eq!(swapped, "/two/three/$x/one");
        assert!(patterns.whole("/a.*", "/abc") && !patterns.whole("/a", "/abc"));
        assert!(!patterns.whole("(", "("));
    }
}
