//! Machines for texts that are, begin or end with a literal.

/// Which part of a text the literal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    Whole,
    Start,
    End,
}

/// A literal with its machine. A state is how many bytes of the literal are read; one beyond its length is the state that nothing leads
/// out of.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    text: Vec<u8>,
    ends: Ends,
    any_case: bool,
    /// For each length: the longest shorter start of the literal that the bytes read so far end with.
    back: Vec<usize>,
}

impl Literal {
    pub(crate) fn new(text: &[u8], ends: Ends, any_case: bool) -> Self {
        let text = if any_case { text.to_ascii_lowercase() } else { text.to_vec() };
        let back = if ends == Ends::End { borders(&text) } else { Vec::new() };
        Self { text, ends, any_case, back }
    }

    fn folded(&self, byte: u8) -> u8 {
        if self.any_case { byte.to_ascii_lowercase() } else { byte }
    }

    fn dead(&self) -> u32 {
        number(self.text.len() + 1)
    }

    pub(super) fn next(&self, state: u32, byte: u8) -> u32 {
        let byte = self.folded(byte);
        let mut read = usize::try_from(state).unwrap_or(usize::MAX);
        match self.ends {
            Ends::Start if read == self.text.len() => state,
            Ends::Whole | Ends::Start if self.text.get(read) == Some(&byte) => number(read + 1),
            Ends::Whole | Ends::Start => self.dead(),
            Ends::End => loop {
                if self.text.get(read) == Some(&byte) {
                    return number(read + 1);
                }
                if read == 0 {
                    return 0;
                }
                read = self.back.get(read).copied().unwrap_or(0);
            },
        }
    }

    pub(super) fn accepts(&self, state: u32) -> bool {
        state == number(self.text.len())
    }

    pub(super) fn is_dead(&self, state: u32) -> bool {
        self.ends != Ends::End && state == self.dead()
    }

    /// The bytes that it tells apart from all others: its own, in either case where that does not count.
    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        let other = |byte: u8| if self.any_case { byte.to_ascii_uppercase() } else { byte };
        self.text.iter().flat_map(move |byte| [*byte, other(*byte)])
    }
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// By length of a start of the text: the length of the longest shorter one that it ends with.
fn borders(text: &[u8]) -> Vec<usize> {
    let mut out = vec![0, 0];
    let mut length = 0;
    for byte in text.iter().skip(1) {
        while length > 0 && text.get(length) != Some(byte) {
            length = out.get(length).copied().unwrap_or(0);
        }
        if text.get(length) == Some(byte) {
            length += 1;
        }
        out.push(length);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Found, Language, quote, search};
    use super::*;

    /// The same machine by way of a pattern.
    fn twin(text: &[u8], ends: Ends, any_case: bool) -> Language {
        let quoted = quote(text);
        let pattern = match ends {
            Ends::Whole => quoted,
            Ends::Start => format!("{quoted}(?s:.*)"),
            Ends::End => format!("(?s:.*){quoted}"),
        };
        Language::new(&pattern, any_case, "").unwrap()
    }

    #[test]
    fn literals_are_what_their_patterns_are() {
        let texts: [&[u8]; 6] = [b"", b"a", b"abab", b"aabaa", b"Ab", b"\xff\xfe"];
        let tried: [&[u8]; 12] = [
            b"",
            b"a",
            b"b",
            b"ab",
            b"AB",
            b"abab",
            b"xabab",
            b"ababab",
            b"aabaabaa",
            b"abaabaax",
            b"\xff\xfe",
            b"\xff\xff",
        ];
        for text in texts {
            for ends in [Ends::Whole, Ends::Start, Ends::End] {
                for any_case in [false, true] {
                    let one = Language::literal(Literal::new(text, ends, any_case));
                    let other = twin(text, ends, any_case);
                    for text in tried {
                        assert_eq!(one.contains(text), other.contains(text), "{one:?} {text:?}");
                    }
                    let frame = Language::new("(?s-u:.{0,6})", false, "").unwrap();
                    for (a, b) in [(&one, &other), (&other, &one)] {
                        assert_eq!(search(b"", &[&frame, a], &[b]), Found::Nothing, "{one:?}");
                    }
                    let found = search(b"", &[&frame, &other], &[]);
                    assert_eq!(search(b"", &[&frame, &one], &[]), found);
                }
            }
        }
    }
}
