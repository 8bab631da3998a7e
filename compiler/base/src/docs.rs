//! Documentation that is its own test: the `//!` lines of a source file, with examples of what is found and of what is not.
//!
//! An example stands in a fence ```` ```yaml bad ```` or ```` ```yaml good ````. A mark is a comment line under the line that it speaks of:
//! `#   ^^^^ MP1001 part of the message`. A mark that begins at column 0 is written `#^^^`.

/// The title: the first heading of the documentation.
#[must_use]
pub fn title(source: &str) -> Option<&str> {
    source.lines().find_map(|line| line.strip_prefix("//! # "))
}

/// The documentation as Markdown.
#[must_use]
pub fn text(source: &str) -> String {
    let mut out = String::new();
    for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
        out.push_str(line.strip_prefix(' ').unwrap_or(line));
        out.push('\n');
    }
    out
}

/// What an example says of one of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line, from 0, marks not counted.
    pub line: usize,
    /// First column, from 0 in bytes.
    pub first: usize,
    /// One past the last column.
    pub last: usize,
    /// The code of the finding.
    pub code: String,
    /// A part of its message or label.
    pub says: String,
}

/// One example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// Nothing is found in it.
    pub good: bool,
    /// The text without its marks.
    pub text: String,
    /// What is found, in the order of lines.
    pub marks: Vec<Mark>,
}

/// The examples of a documentation, in order.
#[must_use]
pub fn examples(docs: &str) -> Vec<Example> {
    let mut out: Vec<Example> = Vec::new();
    let mut open: Option<Example> = None;
    for line in docs.lines() {
        match (line.trim_end(), open.as_mut()) {
            ("```yaml bad", _) => open = Some(Example::default()),
            ("```yaml good", _) => open = Some(Example { good: true, ..Example::default() }),
            ("```", _) => out.extend(open.take()),
            (line, Some(example)) => match mark(line, example.text.lines().count()) {
                Some(mark) => example.marks.push(mark),
                None => {
                    example.text.push_str(line);
                    example.text.push('\n');
                }
            },
            _ => {}
        }
    }
    out
}

/// A comment line with carets and a code, under the last of `lines` lines.
fn mark(line: &str, lines: usize) -> Option<Mark> {
    let first = line.find('^').filter(|_| line.starts_with('#'))?;
    let (_, rest) = line.rsplit_once('^')?;
    let last = line.len() - rest.len();
    let rest = rest.trim();
    let (code, says) = rest.split_once(' ').unwrap_or((rest, ""));
    // Column 0 is taken by the `#`: carets right behind it begin there.
    let first = if first == 1 { 0 } else { first };
    code.starts_with("MP").then(|| Mark {
        line: lines.saturating_sub(1),
        first,
        last,
        code: code.to_owned(),
        says: says.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "//! # A title\n//!\n//! Prose.\n//! ```yaml bad\n//! a: b\n//! #  ^ MP1001 wrong\n//! ```\n//! ```yaml good\n//! a: c # ^ no mark\n//! ```\nuse x;\n//! not read\n";

    #[test]
    fn title_text_and_examples_are_read() {
        assert_eq!(title(SOURCE), Some("A title"));
        let docs = text(SOURCE);
        assert!(docs.starts_with("# A title\n\nProse.\n") && !docs.contains("not read"));
        let mark = Mark { line: 0, first: 3, last: 4, code: "MP1001".to_owned(), says: "wrong".to_owned() };
        let bad = Example { good: false, text: "a: b\n".to_owned(), marks: vec![mark] };
        let good = Example { good: true, text: "a: c # ^ no mark\n".to_owned(), marks: Vec::new() };
        assert_eq!(examples(&docs), [bad, good]);
    }
}
