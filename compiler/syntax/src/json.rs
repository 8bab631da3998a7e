//! JSON as `sigs.k8s.io/yaml` writes it (`yaml.go`, `YAMLToJSON`): keys in byte order, numbers and escapes of Go's `encoding/json`.

use std::fmt::Write;

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

fn write_float(out: &mut String, n: f64) -> Result<(), String> {
    if !n.is_finite() {
        return Err("a number that is not finite has no JSON".to_owned());
    }
    let size = n.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{n:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let plus = if exponent.starts_with('-') { "" } else { "+" };
        let _ = write!(out, "{digits}e{plus}{exponent}");
    } else {
        let _ = write!(out, "{n}");
    }
    Ok(())
}

/// Text in quotes, escaped as Go does it, with `<`, `>` and `&` safe for HTML.
fn write_text(out: &mut String, text: &str) {
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

/// Go's `strconv.FormatFloat(n, 'g', -1, 32)` with YAML's names for what is no number, as `sigs.k8s.io/yaml` writes keys.
pub(crate) fn go_float32(n: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "that is what is asked for")]
    let n = n as f32;
    if n.is_nan() {
        return ".nan".to_owned();
    }
    if n.is_infinite() {
        return if n > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let text = format!("{n:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{n}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_go_prints_them() {
        let mut out = String::new();
        for n in [1e21, 1e20, 1e-7, 0.000_001, -0.0, 1.5, 1.234_567_890_123_456_8e29] {
            write_float(&mut out, n).unwrap();
            out.push(' ');
        }
        assert_eq!(out, "1e+21 100000000000000000000 1e-7 0.000001 -0 1.5 1.2345678901234568e+29 ");
        assert!(write_float(&mut out, f64::NAN).is_err());
    }

    #[test]
    fn float_keys_have_32_bits() {
        let all = [1.5, 1000.0, 1e6, 123_456.7, 0.1, 1e-5, 1e39].map(go_float32);
        assert_eq!(all, ["1.5", "1000", "1e+06", "123456.7", "0.1", "1e-05", ".inf"]);
    }
}
