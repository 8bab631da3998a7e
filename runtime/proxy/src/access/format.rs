//! Command operators (`%REQ(x?y):n%`), compiled once and written into a buffer.
use super::info::{ConnectionInfo, Info};
use super::operator::{Fault, Operator};
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
                Ok(part) => parts.push(part),
                Err(why) => scope.refuse(format!("the command operator %{command}% is not supported: {why}")),
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
            return operator.json(source, *limit);
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

fn parse_command(command: &str) -> Result<Part, Fault> {
    let wrong = || "it is not spelled NAME, NAME(PARAMETER) or NAME(PARAMETER):LENGTH".to_owned();
    let (name, argument, tail) = match command.split_once('(') {
        Some((name, rest)) => {
            let (argument, tail) = rest.rsplit_once(')').ok_or_else(wrong)?;
            (name, argument, tail)
        }
        None => {
            let at = command.find(':').unwrap_or(command.len());
            (command.get(..at).unwrap_or_default(), "", command.get(at..).unwrap_or_default())
        }
    };
    let limit = match tail.strip_prefix(':') {
        Some(number) => Some(number.parse::<usize>().map_err(|_| wrong())?),
        None if tail.is_empty() => None,
        None => return Err(wrong()),
    };
    Ok(Part::Value { operator: Operator::parse(name, argument, limit.is_some())?, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Operators of Envoy that this proxy does not run: it does not know what they tell.
    const UNKNOWN: &[&str] = &[
        "BYTES_",
        "_CLOSE_TYPE",
        "_CLOSE_REASON",
        "_HEADER_BYTES_",
        "_WIRE_BYTES_",
        "COMMON_DURATION",
        "DOWNSTREAM_CX_RTT",
        "_HANDSHAKE_DURATION",
        "_POOL_READY_DURATION",
        "_OTHERNAME_SAN",
        "_CHAIN_FINGERPRINTS_",
        "_CHAIN_SERIALS",
        "_SESSION_ID",
        "TIME_LOCAL",
        "TLS_JA3",
        "TLS_JA4",
        "UPSTREAM_CONNECTION_ID",
        "S_ATTEMPTED",
        "UPSTREAM_FILTER_STATE",
        "UPSTREAM_SERVER_NAME",
    ];

    #[test]
    fn operators_are_taken_in_the_forms_that_envoy_takes() {
        let table = include_str!("../../tests/operators.txt");
        let mut wrong = Vec::new();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let name = words.next().unwrap();
            for form in ["", "(x)", ":5", "()"] {
                let theirs = words.next() == Some("yes");
                let ours = parse_command(&format!("{name}{form}"));
                let unknown = ours.is_err() && UNKNOWN.iter().any(|part| name.contains(part));
                // This one needs a formatter, which is built in here.
                let built_in = name == "REQ_WITHOUT_QUERY" && form == "(x)";
                if ours.is_ok() != theirs && !unknown && !built_in {
                    wrong.push(format!("{name}{form}: Envoy {theirs}, ours {:?}", ours.err()));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_is_wrong_with_an_operator_is_told() {
        for (command, why) in [
            ("REQ", "it requires parameters"),
            ("PROTOCOL(x)", "it takes no parameters and no length"),
            ("START_TIME:5", "it does not allow a length"),
            ("NOPE", "this proxy does not know it"),
            ("REQ(x):y", "it is not spelled NAME, NAME(PARAMETER) or NAME(PARAMETER):LENGTH"),
            ("PATH(XX)", "only WQ and NQ are allowed"),
            ("COALESCE({})", "it takes an object with a list of operators"),
            (r#"COALESCE({"operators":["REQ"]})"#, "it requires parameters"),
        ] {
            assert_eq!(parse_command(command).err().as_deref(), Some(why), "{command}");
        }
    }
}
