//! What policies ask of one text.

use std::borrow::Cow;

use mp_ir::plan::TextMatch;

use crate::automata::{Ends, Languages, Literal, quote, quoted_length};

/// Any text, as a regular expression.
const ANYTHING: &str = "(?s:.*)";

/// The form of a pattern, where it has one that axioms understand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shape {
    Exact(Vec<u8>),
    Prefix(Vec<u8>),
    Suffix(Vec<u8>),
    /// Begins so, and goes on in some other way.
    Head(Vec<u8>),
}

/// One pattern over whole texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pattern {
    pub(crate) shape: Shape,
    /// As a regular expression; empty where the shape says everything, which it does unless something stands behind the text.
    pub(crate) regex: String,
    pub(crate) any_case: bool,
    /// What is put behind the text before it is compared.
    pub(crate) behind: String,
}

impl Pattern {
    pub(crate) fn exact(text: &str) -> Self {
        Self::plain(Shape::Exact(text.as_bytes().to_vec()), String::new())
    }

    pub(crate) fn prefix(text: &str) -> Self {
        Self::plain(Shape::Prefix(text.as_bytes().to_vec()), String::new())
    }

    pub(crate) fn suffix(text: &str) -> Self {
        Self::plain(Shape::Suffix(text.as_bytes().to_vec()), String::new())
    }

    pub(crate) fn regex(head: &str, regex: impl Into<String>) -> Self {
        Self::plain(Shape::Head(head.as_bytes().to_vec()), regex.into())
    }

    fn plain(shape: Shape, regex: String) -> Self {
        Self { shape, regex, any_case: false, behind: String::new() }
    }

    /// The whole of it as a regular expression.
    pub(crate) fn spelt(&self) -> Cow<'_, str> {
        let spelt = match &self.shape {
            Shape::Exact(text) => quote(text),
            Shape::Prefix(text) => format!("{}{ANYTHING}", quote(text)),
            Shape::Suffix(text) => format!("{ANYTHING}{}", quote(text)),
            Shape::Head(_) => return Cow::Borrowed(&self.regex),
        };
        Cow::Owned(spelt)
    }

    /// The length of the regular expression.
    pub(crate) fn length(&self) -> usize {
        match &self.shape {
            Shape::Exact(text) => quoted_length(text),
            Shape::Prefix(text) | Shape::Suffix(text) => quoted_length(text) + ANYTHING.len(),
            Shape::Head(_) => self.regex.len(),
        }
    }

    pub(crate) fn of_text(text: &TextMatch) -> Self {
        match text {
            TextMatch::Exact(s) => Self::exact(s),
            TextMatch::Prefix(s) => Self::prefix(s),
            TextMatch::Suffix(s) => Self::suffix(s),
            TextMatch::NotEmpty => Self::regex("", ".+"),
        }
    }

    /// The same without regard to the case of letters.
    pub(crate) fn of_host(text: &TextMatch) -> Self {
        let inner = Self::of_text(text);
        let shape = match inner.shape {
            Shape::Exact(s) => Shape::Exact(s.to_ascii_lowercase()),
            Shape::Prefix(s) => Shape::Prefix(s.to_ascii_lowercase()),
            Shape::Suffix(s) => Shape::Suffix(s.to_ascii_lowercase()),
            Shape::Head(s) => Shape::Head(s),
        };
        Self { shape, regex: inner.regex.to_ascii_lowercase(), any_case: true, behind: String::new() }
    }

    /// The texts that match once something is put behind them; `None` where there are none. Where these are a plain pattern again, as most
    /// often, it is that pattern, so that it is known to be the same.
    pub(crate) fn before(self, behind: &str) -> Option<Self> {
        let (tail, any_case) = (behind.as_bytes(), self.any_case);
        let like = |plain: Self| Self { any_case, ..plain };
        let literal = |text: &[u8]| std::str::from_utf8(text).ok().map(str::to_owned);
        let spelt = || if any_case { self.spelt().to_ascii_lowercase() } else { self.spelt().into_owned() };
        let open = || Self { behind: behind.to_owned(), any_case, ..Self::regex("", spelt()) };
        match &self.shape {
            _ if tail.is_empty() => Some(self),
            Shape::Exact(text) => {
                let start = literal(text.strip_suffix(tail)?);
                Some(start.map_or_else(open, |start| like(Self::exact(&start))))
            }
            Shape::Suffix(end) if tail.ends_with(end) => Some(like(Self::suffix(""))),
            Shape::Suffix(end) => {
                let end = literal(end.strip_suffix(tail)?);
                Some(end.map_or_else(open, |end| like(Self::suffix(&end))))
            }
            // A start may end in what is put behind.
            Shape::Prefix(start) => {
                let reaches =
                    (0..start.len()).any(|at| start.get(at..).is_some_and(|rest| tail.starts_with(rest)));
                Some(if reaches { open() } else { self })
            }
            Shape::Head(_) => Some(open()),
        }
    }

    /// Whether a text matches, where literal parts tell.
    pub(crate) fn literally(&self, text: &[u8]) -> Option<bool> {
        if !self.behind.is_empty() {
            return None;
        }
        let equal = |a: &[u8], b: &[u8]| if self.any_case { a.eq_ignore_ascii_case(b) } else { a == b };
        let begins = |start: &[u8]| text.get(..start.len()).is_some_and(|head| equal(head, start));
        match &self.shape {
            Shape::Exact(whole) => Some(equal(text, whole)),
            Shape::Prefix(start) => Some(begins(start)),
            Shape::Suffix(end) => {
                let from = text.len().checked_sub(end.len());
                Some(from.and_then(|from| text.get(from..)).is_some_and(|tail| equal(tail, end)))
            }
            Shape::Head(start) if !begins(start) => Some(false),
            Shape::Head(_) => None,
        }
    }

    /// Whether every text of another pattern is one of this, as far as literal parts show it.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        self.comparable(other)
            && match (&other.shape, &self.shape) {
                (Shape::Exact(text), _) => self.literally(text) == Some(true),
                (Shape::Prefix(text) | Shape::Head(text), Shape::Prefix(start)) => text.starts_with(start),
                (Shape::Suffix(text), Shape::Suffix(end)) => text.ends_with(end),
                _ => false,
            }
    }

    /// The literal that it is about, where that says everything.
    pub(super) fn literal(&self) -> Option<Literal> {
        let (text, ends) = match &self.shape {
            Shape::Exact(text) => (text, Ends::Whole),
            Shape::Prefix(text) => (text, Ends::Start),
            Shape::Suffix(text) => (text, Ends::End),
            Shape::Head(_) => return None,
        };
        self.behind.is_empty().then(|| Literal::new(text, ends, self.any_case))
    }

    /// The prefix that a pattern which goes on in some other way begins with.
    pub(crate) fn stem(&self) -> Option<Self> {
        let Shape::Head(start) = &self.shape else { return None };
        let text =
            std::str::from_utf8(start).ok().filter(|text| !text.is_empty() && self.behind.is_empty())?;
        Some(Self { any_case: self.any_case, ..Self::prefix(text) })
    }

    /// Whether its literal parts can be compared with those of another one: the same case of letters counts, and nothing is put
    /// behind the text.
    pub(crate) fn comparable(&self, other: &Self) -> bool {
        self.any_case == other.any_case && self.behind.is_empty() && other.behind.is_empty()
    }
}

impl Languages {
    /// Whether a text matches a pattern; one that no automaton stands for matches nothing.
    pub(crate) fn fits(&self, pattern: &Pattern, text: &[u8]) -> bool {
        let language = || {
            let made = self.with(&pattern.spelt(), pattern.any_case, &pattern.behind);
            made.is_some_and(|language| language.contains(text))
        };
        pattern.literally(text).unwrap_or_else(language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_behind_is_taken_off() {
        let texts = ["a.com", "a.com:8443", "x.a.com", "a.com:", "a.", "A.COM", "b", ":8443", "a", "x:84"];
        let patterns = [
            TextMatch::Exact("a.com:8443".into()),
            TextMatch::Exact("a.com".into()),
            TextMatch::Suffix("com:8443".into()),
            TextMatch::Suffix("43".into()),
            TextMatch::Suffix(".com".into()),
            TextMatch::Prefix("a.com".into()),
            TextMatch::Prefix("a.com:84".into()),
            TextMatch::Prefix("a.".into()),
            TextMatch::NotEmpty,
        ];
        let languages = Languages::default();
        for pattern in patterns {
            for behind in ["", ":8443", "."] {
                for any_case in [false, true] {
                    let plain =
                        if any_case { Pattern::of_host(&pattern) } else { Pattern::of_text(&pattern) };
                    let moved = plain.clone().before(behind);
                    for text in texts {
                        let wanted = languages.fits(&plain, format!("{text}{behind}").as_bytes());
                        let found =
                            moved.as_ref().is_some_and(|moved| languages.fits(moved, text.as_bytes()));
                        assert_eq!(found, wanted, "{pattern:?} {behind} {text}");
                    }
                }
            }
        }
    }
}
