//! JSON as `sigs.k8s.io/yaml` writes it (`yaml.go`, `YAMLToJSON`): keys in byte order, numbers and escapes of Go's `encoding/json`.

use std::fmt::Write;

use crate::float::write_float;
use crate::{Node, Value};

/// One thing still to be written.
enum Task<'a> {
    Value(Node<'a>),
    Key(&'a str),
    Sign(&'static str),
}

impl Node<'_> {
    /// The JSON text that Kubernetes makes of the node.
    ///
    /// # Errors
    /// In words, where Kubernetes refuses: a key that is null, a list or a mapping, a number that is not finite; and for holes,
    /// whose value nobody knows.
    pub fn to_json(self) -> Result<String, String> {
        let mut out = String::new();
        let mut tasks = vec![Task::Value(self)];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Sign(sign) => out.push_str(sign),
                Task::Key(key) => {
                    write_text(&mut out, key);
                    out.push(':');
                }
                Task::Value(node) => write_value(node, &mut out, &mut tasks)?,
            }
        }
        Ok(out)
    }
}

fn write_value<'a>(node: Node<'a>, out: &mut String, tasks: &mut Vec<Task<'a>>) -> Result<(), String> {
    if node.is_hole() {
        return Err("a part of the document could not be read".to_owned());
    }
    match node.value() {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if b { "true" } else { "false" }),
        Value::Int(n) => out.push_str(itoa::Buffer::new().format(n)),
        Value::Uint(n) => out.push_str(itoa::Buffer::new().format(n)),
        Value::Float(n) => write_float(out, n)?,
        Value::Str(text) => write_text(out, text),
        Value::Seq => {
            out.push('[');
            tasks.push(Task::Sign("]"));
            let start = tasks.len();
            for item in node.items() {
                if tasks.len() > start {
                    tasks.push(Task::Sign(","));
                }
                tasks.push(Task::Value(item));
            }
            in_order(tasks, start);
        }
        Value::Map => {
            out.push('{');
            tasks.push(Task::Sign("}"));
            push_entries(node, tasks)?;
        }
    }
    Ok(())
}

/// The entries of a mapping, by the bytes of their keys.
fn push_entries<'a>(node: Node<'a>, tasks: &mut Vec<Task<'a>>) -> Result<(), String> {
    let mut entries = Vec::new();
    for (key, value) in node.entries() {
        let text = key.as_str().ok_or("a key must be text or a number of 64 bits with sign")?;
        entries.push((text, value));
    }
    entries.sort_by(|a, b| a.0.cmp(b.0));
    let start = tasks.len();
    for (key, value) in entries {
        if tasks.len() > start {
            tasks.push(Task::Sign(","));
        }
        tasks.push(Task::Key(key));
        tasks.push(Task::Value(value));
    }
    in_order(tasks, start);
    Ok(())
}

/// Turns the last tasks round, because the last one comes first.
fn in_order(tasks: &mut [Task<'_>], start: usize) {
    if let Some(tail) = tasks.get_mut(start..) {
        tail.reverse();
    }
}

/// Text in quotes, escaped as Go's `encoding/json` does it, with `<`, `>` and `&` safe for HTML.
pub fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}
