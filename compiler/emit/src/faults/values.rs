//! Values that Envoy refuses, wherever they stand in a bootstrap: regular expressions in routes, policies, CORS and patches of
//! EnvoyFilters, format strings in headers and logs, and what is outside of the limits of its messages.

use mp_ir::base::Origin;
use mp_ir::plan::Plan;
use serde_json::{Map, Value};

use super::{Fault, demand, formats, limits, patterns};
use crate::bootstrap::Piece;
use crate::cause::causes_in;
use crate::pool::{FieldType, MessageType};
use crate::{Cause, Patched};

const BOOTSTRAP: &str = "envoy.config.bootstrap.v3.Bootstrap";
const LOG_FILTER: &str = ".filters.cel.v3.ExpressionFilter";

/// A value that Envoy refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refused<'v> {
    pointer: String,
    /// The text, where a patch may have brought it along.
    text: Option<&'v str>,
    message: String,
}

/// What was found in a resource.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Values that keep Envoy from loading it.
    pub(crate) faults: Vec<Fault>,
    /// The CEL expressions of its access logs.
    pub(crate) expressions: Vec<String>,
}

/// Finds the values of a resource that keep Envoy from loading it (`Regex::Utility::parseRegex`, `SubstitutionFormatParser::parse`,
/// `MessageUtil::validate`).
pub(crate) fn of_piece(plan: &Plan, patched: &Patched, piece: &Piece) -> Judged {
    let mut search = Search::new(plan);
    let of = MessageType::named(piece.list.message(), search.patched);
    search.all(&piece.json, piece.list.name(), of);
    let nearest = |pointer: &str| innermost(causes_in(plan, patched, piece, pointer)?);
    let expressions = search.expressions.iter().map(|text| (*text).to_owned()).collect();
    Judged { faults: search.faults(plan, nearest), expressions }
}

/// The same of what stands around the resources.
pub(crate) fn of_frame(plan: &Plan, frame: &Map<String, Value>) -> Vec<Fault> {
    let mut search = Search::new(plan);
    search.fields(frame, "", MessageType::named(BOOTSTRAP, search.patched));
    search.faults(plan, |_| None)
}

/// The same of a file beside a bootstrap.
pub(crate) fn of_file(plan: &Plan, file: &Value) -> Vec<Fault> {
    let mut search = Search::new(plan);
    search.all(file, "", None);
    search.faults(plan, |_| None)
}

/// The patch of an EnvoyFilter that brings a text along.
fn patched(plan: &Plan, text: &str) -> Origin {
    let written = Value::from(text).to_string();
    let holds = |value: &Option<String>| value.as_ref().is_some_and(|value| value.contains(&written));
    plan.patches.iter().find(|patch| holds(&patch.value))?.origin
}

/// The origin of the innermost piece that has one.
fn innermost(causes: Vec<Cause>) -> Origin {
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
    /// Texts of filters of logs.
    expressions: Vec<&'v str>,
    /// Whether there may be types that are never sent without patches.
    patched: bool,
}

impl<'v> Search<'v> {
    fn new(plan: &Plan) -> Self {
        let patched = !plan.patches.is_empty();
        Self { path: Vec::new(), found: Vec::new(), expressions: Vec::new(), patched }
    }

    /// What was found, each with the line that brought it; `nearest` tells it of a pointer.
    fn faults(self, plan: &Plan, nearest: impl Fn(&str) -> Origin) -> Vec<Fault> {
        let fault = |one: Refused<'_>| {
            let origin = one.text.and_then(|text| patched(plan, text));
            Fault { origin: origin.or_else(|| nearest(&one.pointer)), message: one.message }
        };
        let mut out: Vec<Fault> = self.found.into_iter().map(fault).collect();
        out.dedup();
        out
    }

    /// Looks at a value and all in it; `holder` is the field that holds it, of the items of a list the list's; `of` its type, where
    /// that is known.
    fn all(&mut self, value: &'v Value, holder: &'v str, of: Option<MessageType<'static>>) {
        match value {
            Value::Object(fields) => self.fields(fields, holder, of),
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

    /// Looks at the fields of a message.
    fn fields(&mut self, fields: &'v Map<String, Value>, holder: &'v str, of: Option<MessageType<'static>>) {
        let named = fields.get("@type").and_then(Value::as_str);
        if named.is_some_and(|name| name.ends_with(LOG_FILTER)) {
            self.expressions.extend(fields.get("expression").and_then(Value::as_str));
        }
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
            // Those of tags are patterns of C++.
            ("regex", "statsTags") => None,
            ("regex", _) => {
                patterns::why_bad(text).map(|why| format!("`{text}` is no regular expression of RE2: {why}"))
            }
            ("pathSeparatedPrefix", _) => limits::no_prefix(text),
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
            "e": [{"pathSeparatedPrefix": "/a/"}, {"pathSeparatedPrefix": "/"}, {"pathSeparatedPrefix": "/a?b"}, {"pathSeparatedPrefix": "/a//é"}],
            "staticResources": {"clusters": [{"name": "a", "maglevLbConfig": {"tableSize": "100"}, "connectTimeout": "0s"}]},
        });
        let mut search = Search::new(&Plan::default());
        search.all(&value, "", MessageType::named(BOOTSTRAP, false));
        let pointers: Vec<&str> = search.found.iter().map(|one| one.pointer.as_str()).collect();
        let want = [
            "/a/0/safeRegex/regex",
            "/a/2/safeRegex",
            "/requestHeadersToAdd/0/header/value",
            "/d/timeout",
            "/e/0/pathSeparatedPrefix",
            "/e/1/pathSeparatedPrefix",
            "/e/2/pathSeparatedPrefix",
            "/staticResources/clusters/0/connectTimeout",
            "/staticResources/clusters/0/maglevLbConfig/tableSize",
        ];
        assert_eq!(pointers, want);
    }
}
