//! Values that Envoy refuses, wherever they stand in a bootstrap: regular expressions in routes, policies, CORS and patches of
//! EnvoyFilters, format strings in headers and logs, and what is outside of the limits of its messages.

use mp_ir::base::Origin;
use mp_ir::plan::Plan;
use serde_json::Value;

use super::{Fault, formats, limits, patterns};
use crate::{Bootstrap, causes};

/// A value that Envoy refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refused<'v> {
    pointer: String,
    /// The text, where a patch may have brought it along.
    text: Option<&'v str>,
    message: String,
}

/// Finds the values of a bootstrap that keep Envoy from loading it (`Regex::Utility::parseRegex`, `SubstitutionFormatParser::parse`,
/// `MessageUtil::validate`).
#[must_use]
pub fn value_faults(plan: &Plan, bootstrap: &Bootstrap) -> Vec<Fault> {
    let mut search = Search { path: Vec::new(), found: Vec::new() };
    search.all(&bootstrap.json, "");
    let mut found = search.found;
    for file in &bootstrap.files {
        let mut inside = Search { path: Vec::new(), found: Vec::new() };
        inside.all(&file.json, "");
        found.extend(inside.found.into_iter().map(|one| Refused { pointer: String::new(), ..one }));
    }
    let fault = |one: Refused<'_>| {
        let origin = one.text.and_then(|text| patched(plan, text));
        Fault { origin: origin.or_else(|| nearest(plan, bootstrap, &one.pointer)), message: one.message }
    };
    let mut out: Vec<Fault> = found.into_iter().map(fault).collect();
    out.dedup();
    out
}

/// The patch of an EnvoyFilter that brings a text along.
fn patched(plan: &Plan, text: &str) -> Origin {
    let written = Value::from(text).to_string();
    let holds = |value: &Option<String>| value.as_ref().is_some_and(|value| value.contains(&written));
    plan.patches.iter().find(|patch| holds(&patch.value))?.origin
}

/// The origin of the innermost piece that has one.
fn nearest(plan: &Plan, bootstrap: &Bootstrap, pointer: &str) -> Origin {
    let causes = causes(plan, &bootstrap.patched, &bootstrap.json, pointer)?;
    causes.iter().rev().find_map(|cause| cause.origins.first()).copied()
}

/// A step of the way to a value.
#[derive(Clone, Copy, Debug)]
enum Step<'v> {
    Key(&'v str),
    Place(usize),
}

struct Search<'v> {
    path: Vec<Step<'v>>,
    found: Vec<Refused<'v>>,
}

impl<'v> Search<'v> {
    /// Looks at a value and all in it; `holder` is the field that holds it, of the items of a list the list's.
    fn all(&mut self, value: &'v Value, holder: &'v str) {
        match value {
            Value::Object(fields) => {
                for (name, message) in limits::why_bad(holder, fields) {
                    let pointer = format!("{}/{name}", self.pointer());
                    self.found.push(Refused { pointer, text: None, message });
                }
                for (key, field) in fields {
                    // Free content, in which such names mean nothing to Envoy.
                    if key == "filterMetadata" || (key == "value" && fields.contains_key("typeUrl")) {
                        continue;
                    }
                    self.path.push(Step::Key(key));
                    match field {
                        Value::Object(_) if key == "jsonFormat" => self.formats(field),
                        Value::String(text) => self.text(text, key, holder),
                        Value::Object(inner) if key == "safeRegex" && !inner.contains_key("regex") => {
                            self.text("", "regex", key);
                        }
                        _ => self.all(field, key),
                    }
                    self.path.pop();
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Place(at));
                    self.all(item, holder);
                    self.path.pop();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// All texts of a log's JSON are format strings.
    fn formats(&mut self, value: &'v Value) {
        match value {
            Value::String(text) => self.text(text, "inlineString", "textFormatSource"),
            Value::Array(items) => items.iter().for_each(|item| self.formats(item)),
            Value::Object(fields) => {
                for (key, field) in fields {
                    self.path.push(Step::Key(key));
                    self.formats(field);
                    self.path.pop();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Judges a text by the field that it stands in, and the field that holds that one.
    fn text(&mut self, text: &'v str, key: &str, holder: &str) {
        let message = match (key, holder) {
            ("regex", _) => {
                patterns::why_bad(text).map(|why| format!("`{text}` is no regular expression of RE2: {why}"))
            }
            ("value", "header") | ("inlineString", "textFormatSource") | ("stringValue", _) => {
                formats::why_bad(text).map(|why| format!("`{text}` is no format string of Envoy: {why}"))
            }
            _ => limits::negative(key, text),
        };
        if let Some(message) = message {
            let pointer = self.pointer();
            self.found.push(Refused { pointer, text: Some(text), message });
        }
    }

    fn pointer(&self) -> String {
        let mut out = String::new();
        for step in &self.path {
            out.push('/');
            match step {
                Step::Key(key) => out.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Step::Place(at) => out.push_str(&at.to_string()),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_found_in_typed_places_alone() {
        let value = json!({
            "a": [{"safeRegex": {"regex": "("}}, {"b": {"regex": {"deeper": 1}}}, {"safeRegex": {}}],
            "metadata": {"filterMetadata": {"lua": {"regex": "("}}},
            "c": {"typeUrl": "t", "value": {"regex": "("}},
            "requestHeadersToAdd": [{"header": {"key": "k", "value": "100%"}}],
            "d": {"value": "100%", "timeout": "-1s"},
            "abort": {"httpStatus": 1},
        });
        let mut search = Search { path: Vec::new(), found: Vec::new() };
        search.all(&value, "");
        let pointers: Vec<&str> = search.found.iter().map(|one| one.pointer.as_str()).collect();
        let want = [
            "/a/0/safeRegex/regex",
            "/a/2/safeRegex",
            "/requestHeadersToAdd/0/header/value",
            "/d/timeout",
            "/abort/httpStatus",
        ];
        assert_eq!(pointers, want);
    }
}
