//! Values that Envoy refuses, wherever they stand in a bootstrap: regular expressions in routes, policies, CORS and patches of
//! EnvoyFilters, format strings in headers and logs, and what is outside of the limits of its messages.

use mp_ir::base::Origin;
use mp_ir::plan::Plan;
use serde_json::{Map, Value};

use super::{Fault, demand, formats, limits, patterns};
use crate::pool::{FieldType, MessageType};
use crate::{Bootstrap, causes};

const BOOTSTRAP: &str = "envoy.config.bootstrap.v3.Bootstrap";

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
    let any_patch = !plan.patches.is_empty();
    let search = || Search { path: Vec::new(), found: Vec::new(), patched: any_patch };
    let mut whole = search();
    whole.all(&bootstrap.json, "", MessageType::named(BOOTSTRAP, any_patch));
    let mut found = whole.found;
    for file in &bootstrap.files {
        let mut inside = search();
        inside.all(&file.json, "", None);
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
    /// Whether there may be types that are never sent without patches.
    patched: bool,
}

impl<'v> Search<'v> {
    /// Looks at a value and all in it; `holder` is the field that holds it, of the items of a list the list's; `of` its type, where
    /// that is known.
    fn all(&mut self, value: &'v Value, holder: &'v str, of: Option<MessageType<'static>>) {
        match value {
            Value::Object(fields) => {
                let named = fields.get("@type").and_then(Value::as_str);
                let of = named.map_or(of, |name| MessageType::named(name, self.patched));
                self.judge(fields, holder, of);
                for (key, field) in fields {
                    // Free content, in which such names mean nothing to Envoy.
                    if key == "filterMetadata" || (key == "value" && fields.contains_key("typeUrl")) {
                        continue;
                    }
                    let field_type = of.and_then(|of| of.field(key));
                    let inner = field_type.and_then(FieldType::message);
                    self.path.push(Step::Key(key));
                    match field {
                        Value::Object(_) if key == "jsonFormat" => self.formats(field),
                        Value::Object(_) if field_type.is_some_and(FieldType::is_map) => {
                            self.entries(field, key, inner);
                        }
                        Value::String(text) => self.text(text, key, holder),
                        Value::Object(inner) if key == "safeRegex" && !inner.contains_key("regex") => {
                            self.text("", "regex", key);
                        }
                        _ => self.all(field, key, inner),
                    }
                    self.path.pop();
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Place(at));
                    self.all(item, holder, of);
                    self.path.pop();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// The values of a map, whose keys are no fields.
    fn entries(&mut self, map: &'v Value, holder: &'v str, of: Option<MessageType<'static>>) {
        for (key, value) in map.as_object().into_iter().flatten() {
            self.path.push(Step::Key(key));
            match value {
                Value::String(text) => self.text(text, key, holder),
                _ => self.all(value, holder, of),
            }
            self.path.pop();
        }
    }

    /// Judges the fields of a message: by what its type demands, and by what Envoy checks beyond that.
    fn judge(&mut self, fields: &'v Map<String, Value>, holder: &str, of: Option<MessageType<'static>>) {
        let demanded = of.map(|of| demand::broken(of, fields)).unwrap_or_default();
        for (name, message) in limits::why_bad(holder, fields).into_iter().chain(demanded) {
            let mut pointer = self.pointer();
            if !name.is_empty() {
                pointer = format!("{pointer}/{name}");
            }
            let text = fields.get(&name).and_then(Value::as_str);
            self.found.push(Refused { pointer, text, message });
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
            ("value", "header")
            | ("inlineString", "textFormatSource")
            | ("stringValue", _)
            | ("value", "customTags") => {
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
            "staticResources": {"clusters": [{"name": "a", "maglevLbConfig": {"tableSize": "100"}, "connectTimeout": "0s"}]},
        });
        let mut search = Search { path: Vec::new(), found: Vec::new(), patched: false };
        search.all(&value, "", MessageType::named(BOOTSTRAP, false));
        let pointers: Vec<&str> = search.found.iter().map(|one| one.pointer.as_str()).collect();
        let want = [
            "/a/0/safeRegex/regex",
            "/a/2/safeRegex",
            "/requestHeadersToAdd/0/header/value",
            "/d/timeout",
            "/staticResources/clusters/0/connectTimeout",
            "/staticResources/clusters/0/maglevLbConfig/tableSize",
        ];
        assert_eq!(pointers, want);
    }
}
