//! Files with one JSON object a line.

use serde::de::DeserializeOwned;

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// The column, from 1; 0 where the whole line is meant.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for BadLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, column, message } = self;
        if *column == 0 { write!(f, "{line}: {message}") } else { write!(f, "{line}:{column}: {message}") }
    }
}

/// Reads each line that is not empty; `check` looks at what was read.
///
/// # Errors
/// The first line that is not such an object, or that `check` refuses.
pub fn json_lines<T: DeserializeOwned>(
    text: &str,
    check: impl Fn(&T) -> Result<(), String>,
) -> Result<Vec<T>, BadLine> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let row = serde_json::from_str(line).map_err(|error| bad(at + 1, &error))?;
            check(&row).map_err(|message| BadLine { line: at + 1, column: 0, message })?;
            Ok(row)
        })
        .collect()
}

/// The reader says at the end of its text where it stopped, in a text of one line.
fn bad(line: usize, error: &serde_json::Error) -> BadLine {
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
    BadLine { line, column: error.column(), message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;

    #[test]
    fn a_bad_line_has_a_place() {
        let read = |text: &str| json_lines::<Request>(text, |_| Ok(())).map_err(|bad| bad.to_string());
        assert_eq!(read("{\"port\": 80}\n\n{}\n").map(|all| all.len()), Ok(2));
        assert_eq!(read("{}\n{\"port\": x}"), Err("2:10: expected value".to_owned()));
        let refused = json_lines::<Request>("{}", |_| Err("no port".to_owned()));
        assert_eq!(refused.map_err(|bad| bad.to_string()), Err("1: no port".to_owned()));
    }
}
