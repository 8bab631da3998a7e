//! Command operators (`%REQ(x?y):n%`), compiled once and written into a buffer.
use super::info::{ConnectionInfo, Info};
use super::operator::{Operator, Text};
use crate::config::Scope;
use crate::http::Head;

/// What a formatter may read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The request's head.
    pub(crate) request: Option<&'a Head>,
    /// The response's head.
    pub(crate) response: Option<&'a Head>,
    /// The response's trailers.
    pub(crate) trailers: Option<&'a Head>,
    /// The request's record.
    pub(crate) info: &'a Info,
}

impl<'a> Source<'a> {
    /// The connection below the request.
    pub(crate) fn connection(&self) -> &'a ConnectionInfo {
        &self.info.connection
    }
}

/// A compiled format string.
#[derive(Debug, Default)]
pub(crate) struct Format {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Literal(Vec<u8>),
    Value { operator: Operator, limit: Option<usize> },
}

impl Format {
    /// Compiles a format string; unknown operators are refused.
    pub(crate) fn new(text: &str, scope: &Scope<'_>) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once('%') {
            push_literal(&mut parts, literal);
            if let Some(after_escape) = after.strip_prefix('%') {
                push_literal(&mut parts, "%");
                rest = after_escape;
                continue;
            }
            let Some((command, after)) = split_command(after) else {
                scope.refuse("a command operator is not closed by %");
                return Self { parts };
            };
            match parse_command(command) {
                Some(part) => parts.push(part),
                None => scope.refuse(format!("the command operator %{command}% is not supported")),
            }
            rest = after;
        }
        push_literal(&mut parts, rest);
        Self { parts }
    }

    /// Writes the formatted text; `missing` stands for values that are not there.
    pub(crate) fn write(&self, source: Source<'_>, missing: &[u8], out: &mut Vec<u8>) {
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.extend_from_slice(text),
                Part::Value { operator, limit } => {
                    let start = out.len();
                    if operator.write(source, out) {
                        if let Some(limit) = limit {
                            out.truncate(out.len().min(start + limit));
                        }
                    } else {
                        out.extend_from_slice(missing);
                    }
                }
            }
        }
    }

    /// The formatted text as a JSON value: a lone numeric operator stays a number, a missing one becomes null; `missing` stands for
    /// values that are not there among others.
    pub(crate) fn json(&self, source: Source<'_>, missing: &[u8]) -> serde_json::Value {
        if let [Part::Value { operator, limit }] = self.parts.as_slice() {
            if let Some(value) = operator.json(source).filter(|_| limit.is_none()) {
                return value;
            }
            let mut out = Vec::new();
            if !operator.write(source, &mut out) {
                return serde_json::Value::Null;
            }
            if let Some(limit) = limit {
                out.truncate(*limit);
            }
            let text = String::from_utf8_lossy(&out);
            if operator.kind() == Text::Number
                && let Ok(number) = text.parse::<u64>()
            {
                return number.into();
            }
            return text.into();
        }
        let mut out = Vec::new();
        self.write(source, missing, &mut out);
        String::from_utf8_lossy(&out).into()
    }
}

fn push_literal(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Literal(last)) => last.extend_from_slice(text.as_bytes()),
        _ => parts.push(Part::Literal(text.as_bytes().to_vec())),
    }
}

/// Splits at the `%` that ends a command; a `%` inside of parentheses belongs to the argument (`%START_TIME(%s)%`).
fn split_command(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'%' if depth == 0 => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

fn parse_command(command: &str) -> Option<Part> {
    let (name, argument, limit) = match command.split_once('(') {
        Some((name, rest)) => {
            let (argument, tail) = rest.rsplit_once(')')?;
            (name, argument, tail)
        }
        None => match command.split_once(':') {
            Some((name, limit)) => (name, "", command.get(name.len()..).filter(|_| !limit.is_empty())?),
            None => (command, "", ""),
        },
    };
    let limit = match limit.strip_prefix(':') {
        Some(number) => Some(number.parse::<usize>().ok()?),
        None if limit.is_empty() => None,
        None => return None,
    };
    Some(Part::Value { operator: Operator::parse(name, argument)?, limit })
}
