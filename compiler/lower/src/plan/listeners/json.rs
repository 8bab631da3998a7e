//! Settings that facts carry as JSON text, read field by field.

use std::borrow::Cow;

use serde_json::Value;

use super::flags::go_duration;

/// A part of settings that are carried as JSON. Fields may be spelled in camel case or in snake case, as protobuf's JSON allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a>(pub(super) &'a Value);

impl<'a> Part<'a> {
    /// A field that is written and not null.
    pub(super) fn get(self, name: &str) -> Option<Part<'a>> {
        let found = self.0.get(name).or_else(|| self.0.get(snake(name).as_ref()))?;
        (!found.is_null()).then_some(Part(found))
    }

    /// Text of a field; empty when it is not written.
    pub(super) fn text(self, name: &str) -> String {
        self.get(name).and_then(|part| part.0.as_str()).unwrap_or_default().to_owned()
    }

    /// Number of a field; 0 when it is not written.
    pub(super) fn number(self, name: &str) -> i64 {
        let Some(Part(value)) = self.get(name) else { return 0 };
        value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(0)
    }

    /// A count of a field; 0 when it is not written or negative.
    pub(super) fn count(self, name: &str) -> u32 {
        u32::try_from(self.number(name)).unwrap_or(0)
    }

    /// Flag of a field; false when it is not written.
    pub(super) fn flag(self, name: &str) -> bool {
        self.get(name).and_then(|part| part.0.as_bool()).unwrap_or(false)
    }

    /// Nanoseconds of a field.
    pub(super) fn duration(self, name: &str) -> Option<i128> {
        go_duration(self.get(name)?.0.as_str()?)
    }

    /// Texts of a list.
    pub(super) fn texts(self, name: &str) -> Vec<String> {
        self.items(name).filter_map(|item| item.0.as_str().map(str::to_owned)).collect()
    }

    /// Items of a list.
    pub(super) fn items(self, name: &str) -> impl Iterator<Item = Part<'a>> {
        self.get(name).and_then(|part| part.0.as_array()).into_iter().flatten().map(Part)
    }
}

fn snake(name: &str) -> Cow<'_, str> {
    if !name.contains(|c: char| c.is_ascii_uppercase()) {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_both_spellings() {
        let value = serde_json::json!({"log_name": "a", "port": "80", "maxTagLength": 5, "gone": null});
        let part = Part(&value);
        assert_eq!(
            (part.text("logName").as_str(), part.count("port"), part.number("maxTagLength")),
            ("a", 80, 5)
        );
        assert!(part.get("gone").is_none() && part.get("max").is_none());
    }
}
