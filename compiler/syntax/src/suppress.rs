//! Comments that silence findings: `# meshproof: ignore[MP1007] reason`, and `disable[…]` … `enable[…]` around several lines.

use mp_base::Span;

use crate::ParsedFile;

/// One code or name between the brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuppressedCode {
    /// As it stands there, such as `MP1007` or a rule's name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A comment that silences findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// What it silences; not empty unless there is a flaw.
    pub codes: Vec<SuppressedCode>,
    /// Why, in the author's words.
    pub reason: String,
    /// The comment, from its `#`.
    pub span: Span,
    /// The bytes it covers: a finding is silenced when its place begins inside. For `ignore` behind something that is its line, for
    /// `ignore` alone on a line the next line that is neither empty nor a comment, for `disable` everything up to `enable`.
    pub range: Span,
    /// Why it has no effect, in words.
    pub flaw: Option<&'static str>,
}

impl Suppression {
    /// Whether a place is covered.
    #[must_use]
    pub fn covers(&self, span: Span) -> bool {
        self.flaw.is_none()
            && span.file == self.range.file
            && self.range.start <= span.start
            && span.start < self.range.end
    }
}

enum Verb {
    Ignore,
    Disable,
    Enable,
}

/// All suppressions of a file in the order of the text, those with flaws included. `enable` gives none of its own.
#[must_use]
pub fn suppressions(parsed: &ParsedFile) -> Vec<Suppression> {
    let mut found: Vec<Suppression> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for comment in &parsed.comments {
        let Some((verb, mut suppression)) = read(parsed, *comment) else { continue };
        match verb {
            Some(Verb::Enable) => {
                let same = |at: &usize| found.get(*at).is_some_and(|s| names(s) == names(&suppression));
                match open.iter().rposition(same) {
                    Some(place) => {
                        let at = open.remove(place);
                        if let Some(opened) = found.get_mut(at) {
                            opened.range.end = comment.0;
                            opened.flaw = None;
                        }
                    }
                    None => {
                        suppression.flaw = Some("no `disable` with the same codes is open");
                        found.push(suppression);
                    }
                }
            }
            Some(Verb::Disable) if suppression.flaw.is_none() => {
                suppression.flaw = Some("`disable` needs an `enable` with the same codes below it");
                open.push(found.len());
                found.push(suppression);
            }
            _ => found.push(suppression),
        }
    }
    found
}

fn names(suppression: &Suppression) -> Vec<&str> {
    let mut names: Vec<&str> = suppression.codes.iter().map(|code| code.text.as_str()).collect();
    names.sort_unstable();
    names
}

/// Reads one comment; `None` when it only mentions the word.
fn read(parsed: &ParsedFile, comment: (u32, u32)) -> Option<(Option<Verb>, Suppression)> {
    let text = parsed.text.get(comment.0 as usize..comment.1 as usize)?;
    let rest = text.trim_start_matches('#').trim_start().strip_prefix("meshproof:")?;
    let rest = rest.trim_start();
    let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (word, rest) = rest.split_at_checked(length)?;
    let verb = match word {
        "ignore" => Some(Verb::Ignore),
        "disable" => Some(Verb::Disable),
        "enable" => Some(Verb::Enable),
        _ => None,
    };
    let span = Span::new(parsed.file, comment.0, comment.1);
    let (codes, reason) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((list, reason)) => (codes(parsed, list, comment.1, reason), reason.trim()),
        None => (Vec::new(), ""),
    };
    let flaw = match verb {
        None => Some("only `ignore`, `disable` and `enable` are known"),
        Some(_) if codes.is_empty() => Some("codes are missing; write them as `ignore[MP1007]`"),
        Some(Verb::Ignore | Verb::Disable) if reason.is_empty() => {
            Some("a reason is missing behind the codes")
        }
        Some(_) => None,
    };
    let range = match verb {
        Some(Verb::Disable) => Span::new(parsed.file, comment.1, comment.1),
        _ => covered_line(parsed, comment),
    };
    Some((verb, Suppression { codes, reason: reason.to_owned(), span, range, flaw }))
}

/// The codes of a list, with their places counted back from the comment's end.
fn codes(parsed: &ParsedFile, list: &str, end: u32, reason: &str) -> Vec<SuppressedCode> {
    let half = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut at = end.saturating_sub(half(list.len() + 1 + reason.len()));
    let mut found = Vec::new();
    for part in list.split(',') {
        let text = part.trim();
        let start = at + half(part.len() - part.trim_start().len());
        if !text.is_empty() {
            let span = Span::new(parsed.file, start, start + half(text.len()));
            found.push(SuppressedCode { text: text.to_owned(), span });
        }
        at += half(part.len() + 1);
    }
    found
}

fn covered_line(parsed: &ParsedFile, comment: (u32, u32)) -> Span {
    let text = parsed.text.as_ref();
    let half = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let before = text.get(..comment.0 as usize).unwrap_or("");
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    if !before.get(line..).unwrap_or("").trim().is_empty() {
        return Span::new(parsed.file, half(line), comment.1);
    }
    next_content(parsed, comment.1 as usize)
}

/// The next line that is neither empty nor a comment.
fn next_content(parsed: &ParsedFile, from: usize) -> Span {
    let half = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let rest = parsed.text.get(from..).unwrap_or("");
    let mut at = from;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        let content = line.trim();
        if number > 0 && !content.is_empty() && !content.starts_with('#') {
            return Span::new(parsed.file, half(at), half(at + line.len()));
        }
        at += line.len();
    }
    Span::new(parsed.file, half(at), half(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use mp_base::FileId;

    fn all(text: &str) -> Vec<(String, String, Option<&'static str>)> {
        let parsed = parse(FileId(0), text.into());
        let list = suppressions(&parsed);
        list.iter()
            .map(|s| {
                for code in &s.codes {
                    assert_eq!(text.get(code.span.range()), Some(code.text.as_str()));
                }
                assert!(text.get(s.span.range()).unwrap().starts_with('#'));
                (names(s).join(","), text.get(s.range.range()).unwrap().to_owned(), s.flaw)
            })
            .collect()
    }

    fn one(codes: &str, range: &str) -> (String, String, Option<&'static str>) {
        (codes.to_owned(), range.to_owned(), None)
    }

    #[test]
    fn a_line_and_the_line_below() {
        let text = "a: 1 # meshproof: ignore[MP1007] known\n# meshproof: ignore[MP1001, MP1002] why\n# more\n\nb: 2\nc: 3\n";
        let behind = "a: 1 # meshproof: ignore[MP1007] known";
        assert_eq!(all(text), [one("MP1007", behind), one("MP1001,MP1002", "b: 2\n")]);
    }

    #[test]
    fn a_range_ends_where_it_is_closed() {
        let text = "# meshproof: disable[x] why\na: 1\n# meshproof: enable[x]\nb: 2\n";
        assert_eq!(all(text), [one("x", "\na: 1\n")]);
        let open = "# meshproof: disable[x] why\na: 1\n# meshproof: enable[y]\n";
        assert!(all(open).iter().all(|s| s.2.is_some()));
    }

    #[test]
    fn flaws_and_text_that_is_no_comment() {
        assert!(all("a: 1 # meshproof: ignore[MP1007]\n")[0].2.unwrap().contains("reason"));
        assert!(all("a: 1 # meshproof: ignore why\n")[0].2.unwrap().contains("codes"));
        assert!(all("a: 1 # meshproof: silence[MP1] why\n")[0].2.unwrap().contains("only"));
        assert_eq!(all("a: |\n  # meshproof: ignore[MP1007] text\nb: '# meshproof: ignore[MP1] x'\n"), []);
        assert_eq!(all("a: 1 # see meshproof: it is good\n"), []);
        assert_eq!(
            all("a: 1\n--- # meshproof: ignore[MP1] why\nb: 1\n"),
            [one("MP1", "--- # meshproof: ignore[MP1] why")]
        );
    }
}
