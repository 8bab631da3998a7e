//! The bootstrap as text, its resources spelled one by one.

use std::collections::BTreeSet;
use std::io;

use serde_json::{Map, Value};

use super::pieces::Parts;
use super::{ResourceFile, SecretUse};
use crate::{EmitError, Fault};

/// Spaces before the fields of a bootstrap, its lists and their items.
const FIELD: usize = 2;
const LIST: usize = 4;
const ITEM: usize = 6;

/// A bootstrap as text, with what was found on the way.
#[derive(Clone, Debug)]
pub struct BootstrapText {
    frame: Map<String, Value>,
    listeners: Vec<Vec<u8>>,
    clusters: Vec<Vec<u8>>,
    /// What stands in for live state or is missing on the target, each as one sentence, sorted.
    pub assumptions: Vec<String>,
    /// Files that must stand beside it.
    pub files: Vec<ResourceFile>,
    /// Secrets that it reads from files, sorted.
    pub secrets: Vec<SecretUse>,
    /// Values that keep Envoy from loading it.
    pub faults: Vec<Fault>,
    /// The CEL expressions of its access logs.
    pub expressions: BTreeSet<String>,
}

/// What is kept of one resource.
pub(super) struct Spelled {
    pub(super) text: Result<Vec<u8>, EmitError>,
    pub(super) faults: Vec<Fault>,
    pub(super) expressions: Vec<String>,
}

impl BootstrapText {
    /// Of resources that are spelled; `faults` are those found outside of them.
    pub(super) fn new(parts: Parts<Spelled>, faults: Vec<Fault>) -> Result<Self, EmitError> {
        let Parts { frame, listeners, clusters, assumptions, files, secrets } = parts;
        let mut out = Self {
            frame,
            listeners: Vec::with_capacity(listeners.len()),
            clusters: Vec::with_capacity(clusters.len()),
            assumptions,
            files,
            secrets,
            faults,
            expressions: BTreeSet::new(),
        };
        for (from, into) in [(listeners, &mut out.listeners), (clusters, &mut out.clusters)] {
            for one in from {
                into.push(one.text?);
                out.faults.extend(one.faults);
                out.expressions.extend(one.expressions);
            }
        }
        out.faults.dedup();
        Ok(out)
    }

    /// Writes the bootstrap.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let mut before = "{";
        for (key, value) in &self.frame {
            out.write_all(before.as_bytes())?;
            name(out, FIELD, key)?;
            match key.as_str() {
                "staticResources" => self.resources(out)?,
                _ => pretty(out, FIELD, value)?,
            }
            before = ",";
        }
        out.write_all(b"\n}\n")
    }

    fn resources(&self, out: &mut impl io::Write) -> io::Result<()> {
        let lists = [("listeners", &self.listeners), ("clusters", &self.clusters)];
        let mut before = "{";
        for (key, items) in lists.into_iter().filter(|(_, items)| !items.is_empty()) {
            out.write_all(before.as_bytes())?;
            name(out, LIST, key)?;
            let mut first = "[";
            for item in items {
                out.write_all(first.as_bytes())?;
                line(out, ITEM)?;
                out.write_all(item)?;
                first = ",";
            }
            line(out, LIST)?;
            out.write_all(b"]")?;
            before = ",";
        }
        if before == "{" {
            return out.write_all(b"{}");
        }
        line(out, FIELD)?;
        out.write_all(b"}")
    }
}

/// The text of a resource where it stands in a bootstrap.
pub(super) fn item(value: &Value) -> Result<Vec<u8>, EmitError> {
    let mut out = Vec::new();
    pretty(&mut out, ITEM, value).map_err(|why| EmitError { message: why.to_string() })?;
    out.shrink_to_fit();
    Ok(out)
}

/// A new line with spaces.
fn line(out: &mut impl io::Write, spaces: usize) -> io::Result<()> {
    const SPACES: &[u8; 32] = &[b' '; 32];
    out.write_all(b"\n")?;
    let mut left = spaces;
    while let Some(rest) = left.checked_sub(SPACES.len()) {
        out.write_all(SPACES)?;
        left = rest;
    }
    out.write_all(SPACES.get(..left).unwrap_or_default())
}

/// The name of a field on a line of its own.
fn name(out: &mut impl io::Write, spaces: usize, key: &str) -> io::Result<()> {
    line(out, spaces)?;
    text(out, key)?;
    out.write_all(b": ")
}

/// Writes a value whose first line begins after so many spaces, as `serde_json` spells it for people.
fn pretty(out: &mut impl io::Write, spaces: usize, value: &Value) -> io::Result<()> {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                out.write_all(if at == 0 { b"[" } else { b"," })?;
                line(out, spaces + 2)?;
                pretty(out, spaces + 2, item)?;
            }
            line(out, spaces)?;
            out.write_all(b"]")
        }
        Value::Object(fields) if !fields.is_empty() => {
            for (at, (key, field)) in fields.iter().enumerate() {
                out.write_all(if at == 0 { b"{" } else { b"," })?;
                name(out, spaces + 2, key)?;
                pretty(out, spaces + 2, field)?;
            }
            line(out, spaces)?;
            out.write_all(b"}")
        }
        Value::String(content) => text(out, content),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            write!(out, "{value}")
        }
    }
}

/// Writes a string; most have nothing that must be escaped.
fn text(out: &mut impl io::Write, content: &str) -> io::Result<()> {
    let special = content.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\');
    if special {
        return serde_json::to_writer(out, content).map_err(io::Error::from);
    }
    out.write_all(b"\"")?;
    out.write_all(content.as_bytes())?;
    out.write_all(b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_is_that_of_serde_json() {
        let value = json!({
            "a": [], "b": {}, "c": [1, -2.5, 1e300, null, true, {"d\u{1}\"": "x\\\n\u{7f}é"}],
            "deep": [[[[[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]]]],
        });
        let mut out = Vec::new();
        pretty(&mut out, 0, &value).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string_pretty(&value).unwrap());
    }
}
