//! Texts that Envoy reads in a language of its own, wherever they stand in a bootstrap: regular expressions in routes, policies, CORS and
//! patches of EnvoyFilters, and format strings in headers and logs.

use mp_ir::base::Origin;
use mp_ir::plan::Plan;
use serde_json::Value;

use super::{Fault, formats, patterns};
use crate::{Bootstrap, causes};

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Pattern,
    Format,
}

/// A text with the pointer to it.
type Found<'v> = (String, Language, &'v str);

/// Finds the texts of a bootstrap that keep Envoy from loading it (`Regex::Utility::parseRegex`, `SubstitutionFormatParser::parse`).
#[must_use]
pub fn text_faults(plan: &Plan, bootstrap: &Bootstrap) -> Vec<Fault> {
    let mut found = Vec::new();
    search(&bootstrap.json, "", &mut String::new(), &mut found);
    for file in &bootstrap.files {
        let mut inside = Vec::new();
        search(&file.json, "", &mut String::new(), &mut inside);
        found.extend(inside.into_iter().map(|(_, language, text)| (String::new(), language, text)));
    }
    let fault = |(pointer, language, text): Found<'_>| {
        let message = match language {
            Language::Pattern => {
                format!("`{text}` is no regular expression of RE2: {}", patterns::why_bad(text)?)
            }
            Language::Format => format!("`{text}` is no format string of Envoy: {}", formats::why_bad(text)?),
        };
        let origin = patched(plan, text).or_else(|| nearest(plan, bootstrap, &pointer));
        Some(Fault { origin, message })
    };
    let mut out: Vec<Fault> = found.into_iter().filter_map(fault).collect();
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

/// All texts with their pointers; `list` is the field that holds the value.
fn search<'v>(value: &'v Value, list: &str, path: &mut String, out: &mut Vec<Found<'v>>) {
    let here = path.len();
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                // Free content, in which such names mean nothing to Envoy.
                if key == "filterMetadata" || (key == "value" && fields.contains_key("typeUrl")) {
                    continue;
                }
                path.push('/');
                path.push_str(&key.replace('~', "~0").replace('/', "~1"));
                match (field, key.as_str()) {
                    (Value::String(text), "regex") => out.push((path.clone(), Language::Pattern, text)),
                    (Value::Object(inner), "safeRegex") if !inner.contains_key("regex") => {
                        out.push((path.clone(), Language::Pattern, ""));
                    }
                    (Value::String(text), "value") if list == "header" => {
                        out.push((path.clone(), Language::Format, text));
                    }
                    (Value::String(text), "inlineString") if list == "textFormatSource" => {
                        out.push((path.clone(), Language::Format, text));
                    }
                    _ => search(field, key, path, out),
                }
                path.truncate(here);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push('/');
                path.push_str(&at.to_string());
                search(item, list, path, out);
                path.truncate(here);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_found_in_typed_places_alone() {
        let value = json!({
            "a": [{"safeRegex": {"regex": "x"}}, {"b": {"regex": {"deeper": 1}}}],
            "metadata": {"filterMetadata": {"lua": {"regex": "("}}},
            "c": {"typeUrl": "t", "value": {"regex": "("}},
            "requestHeadersToAdd": [{"header": {"key": "k", "value": "%REQ(a)%"}}],
            "d": {"value": "no header"},
        });
        let mut out = Vec::new();
        search(&value, "", &mut String::new(), &mut out);
        let pattern = ("/a/0/safeRegex/regex".to_owned(), Language::Pattern, "x");
        let format = ("/requestHeadersToAdd/0/header/value".to_owned(), Language::Format, "%REQ(a)%");
        assert_eq!(out, [pattern, format]);
    }
}
