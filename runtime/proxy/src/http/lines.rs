//! The lines of an HTTP/1 head, read as Envoy's parser (`BalsaFrame`) reads them: a line feed ends a line, a line that begins
//! with a space goes on with the one before, and carriage returns inside of values vanish. All that is sent on is spelled anew, so
//! nothing of this reaches a peer.
use std::borrow::Cow;

/// A line that no head may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadLine {
    /// It has no form of a line.
    Form,
    /// It has control characters.
    Characters,
}

/// A head whose end has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines<'b> {
    /// The first line without its end.
    pub(super) first: &'b [u8],
    /// The lines after it, with the empty one.
    rest: &'b [u8],
    /// Length of it all, with the empty lines before it.
    pub(super) length: usize,
}

/// The first line of a head, and where the next one begins; empty lines before it count. `None` asks for more bytes.
pub(super) fn first_line(buffer: &[u8]) -> Result<Option<(&[u8], usize)>, BadLine> {
    let Some(begin) = buffer.iter().position(|b| !matches!(b, b'\r' | b'\n')) else { return Ok(None) };
    let line = buffer.get(begin..).unwrap_or_default();
    if line.first().is_some_and(|b| *b <= b' ') {
        return Err(BadLine::Form);
    }
    let Some(end) = memchr::memchr(b'\n', line) else { return Ok(None) };
    Ok(Some((line.get(..end).unwrap_or_default().trim_ascii_end(), begin + end + 1)))
}

impl<'b> Lines<'b> {
    /// A head of one line and no headers.
    pub(super) fn only(first: &'b [u8], length: usize) -> Self {
        Self { first, rest: &[], length }
    }

    /// The head whose first line was found; `None` asks for more bytes.
    pub(super) fn whole(buffer: &'b [u8], first: &'b [u8], next: usize) -> Option<Self> {
        let rest = buffer.get(next..)?;
        let end = end_of_lines(rest)?;
        Some(Self { first, rest: rest.get(..end)?, length: next + end })
    }

    /// Hands over name and value of each header, in order.
    pub(super) fn headers<E: From<BadLine>>(
        &self,
        note: impl FnMut(&'b str, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if has_control(self.first) {
            return Err(BadLine::Form.into());
        }
        each_header(self.rest, note)
    }
}

/// Where lines end that an empty line closes, that line included.
pub(super) fn end_of_lines(rest: &[u8]) -> Option<usize> {
    let mut begin = 0;
    for at in memchr::memchr_iter(b'\n', rest) {
        match rest.get(begin..at) {
            Some([] | [b'\r']) => return Some(at + 1),
            _ => begin = at + 1,
        }
    }
    None
}

/// Hands over name and value of each header of lines that an empty line closes.
pub(super) fn each_header<'b, E: From<BadLine>>(
    mut rest: &'b [u8],
    mut note: impl FnMut(&'b str, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    if has_control(rest) {
        return Err(BadLine::Characters.into());
    }
    while !matches!(rest, [] | [b'\n'] | [b'\r', b'\n']) {
        let (line, more) = rest.split_at(folded_end(rest)?);
        rest = more;
        let colon = memchr::memchr(b':', line).ok_or(BadLine::Form)?;
        let (name, value) = line.split_at(colon);
        if name.is_empty() || !name.iter().all(|b| is_token(*b)) {
            return Err(BadLine::Form.into());
        }
        let name = std::str::from_utf8(name).map_err(|_| BadLine::Form)?;
        note(name, &unfolded(value.get(1..).unwrap_or_default().trim_ascii()))?;
    }
    Ok(())
}

/// Where a line ends, with the lines that continue it.
fn folded_end(rest: &[u8]) -> Result<usize, BadLine> {
    for at in memchr::memchr_iter(b'\n', rest) {
        match rest.get(at + 1..).unwrap_or_default() {
            // The empty line at the end continues nothing.
            [] | [b'\n'] | [b'\r', b'\n'] => return Ok(at + 1),
            [b' ' | b'\t', ..] => {}
            [b, ..] if *b <= b' ' => return Err(BadLine::Form),
            _ => return Ok(at + 1),
        }
    }
    Err(BadLine::Form)
}

/// A value without line ends.
fn unfolded(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'\r', b'\n', value).is_none() {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect())
}

/// Control characters other than tabs and line ends. Without branches, so that it runs over many bytes at once.
fn has_control(bytes: &[u8]) -> bool {
    let bad = |b: u8| (b < b' ' && b != b'\t' && b != b'\n' && b != b'\r') || b == 0x7f;
    bytes.iter().fold(false, |found, b| found | bad(*b))
}

/// Whether a byte may stand in a name (RFC 9110, 5.6.2).
pub(crate) const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// The three parts of a first line: what is between them may be any white space, and the last one takes the rest.
pub(super) fn parts(line: &[u8]) -> [&[u8]; 3] {
    let word = |from: &[u8]| from.iter().position(|b| *b <= b' ').unwrap_or(from.len());
    let space = |from: &[u8]| from.iter().position(|b| *b > b' ').unwrap_or(from.len());
    let (first, rest) = line.split_at(word(line));
    let (_, rest) = rest.split_at(space(rest));
    let (second, rest) = rest.split_at(word(rest));
    let (_, third) = rest.split_at(space(rest));
    [first, second, third]
}

/// Whether a text is a version, or the nothing of HTTP/0.9.
pub(super) fn is_version(text: &[u8]) -> bool {
    matches!(text, [] | [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> Result<Vec<(String, String)>, BadLine> {
        let mut all = Vec::new();
        let end = end_of_lines(text.as_bytes()).expect("an empty line");
        each_header(&text.as_bytes()[..end], |name, value| {
            all.push((name.to_owned(), String::from_utf8_lossy(value).into_owned()));
            Ok::<(), BadLine>(())
        })?;
        Ok(all)
    }

    #[test]
    fn lines_fold_and_lose_their_ends() {
        for (text, wanted) in [
            ("A: 1\r\nb:2\r\n\r\n", vec![("A", "1"), ("b", "2")]),
            ("A: 1\nB: 2\n\n", vec![("A", "1"), ("B", "2")]),
            ("A: 1\r\n 2\r\n\t3\r\nB: \r\n\r\n", vec![("A", "1 2\t3"), ("B", "")]),
            ("A: 1\rB: 2\r\n\r\n", vec![("A", "1B: 2")]),
            ("A: 1\r\r\n\r\n", vec![("A", "1")]),
            ("A:\n x\r\n\r\n", vec![("A", "x")]),
            ("A: \u{e9} \r\n\r\n", vec![("A", "\u{e9}")]),
            ("\r\n", vec![]),
        ] {
            let wanted: Vec<_> = wanted.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            assert_eq!(headers(text), Ok(wanted), "{text:?}");
        }
        for text in [
            "A : 1\r\n\r\n",
            ": 1\r\n\r\n",
            "A\r\n\r\n",
            " A: 1\r\n\r\n",
            "A: 1\r\n\rB: 2\r\n\r\n",
            "A: 1\0\r\n\r\n",
            "A(: 1\r\n\r\n",
            "A\r\n : 1\r\n\r\n",
            "A: \u{7f}\r\n\r\n",
            "\u{e9}: 1\r\n\r\n",
        ] {
            assert!(headers(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn first_lines_have_three_parts() {
        assert_eq!(parts(b"GET  /\tHTTP/1.1"), [&b"GET"[..], b"/", b"HTTP/1.1"]);
        assert_eq!(parts(b"GET / HTTP/1.1 x"), [&b"GET"[..], b"/", b"HTTP/1.1 x"]);
        assert_eq!(parts(b"GET /"), [&b"GET"[..], b"/", b""]);
        assert_eq!(first_line(b"\r\n\nGET / \r\nx"), Ok(Some((&b"GET /"[..], 11))));
        assert_eq!(first_line(b"\r\n GET"), Err(BadLine::Form));
        assert_eq!(first_line(b"\r\n"), Ok(None));
        assert!(
            is_version(b"HTTP/1.9")
                && is_version(b"")
                && !is_version(b"HTTP/1.1 ")
                && !is_version(b"http/1.1")
        );
    }
}
