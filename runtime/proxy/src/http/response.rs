//! Parsing the head of an HTTP/1 response.
use super::framing::{Framing, parse_length};
use super::head::Head;
use super::lines::{self, BadLine, Lines};
use super::single::{Marks, join};

/// A parsed response.
#[derive(Debug)]
pub(crate) struct Response {
    /// Its head; connection headers are gone, but for those of an upgrade.
    pub(crate) head: Head,
    /// Its body.
    pub(crate) framing: Framing,
    /// Whether the connection ends with it.
    pub(crate) close: bool,
}

/// Largest head of a response.
const MAX_HEAD: usize = 512 * 1024;

/// Parses a response's head; `None` asks for more bytes, an error means that the endpoint does not speak HTTP/1.
pub(crate) fn parse_response(
    buffer: &[u8],
    to_head: bool,
    keep_spelling: bool,
) -> Result<Option<(Response, usize)>, ()> {
    if buffer.first().is_some_and(|b| *b != b'H') {
        return Err(());
    }
    let more = || if buffer.len() <= MAX_HEAD { Ok(None) } else { Err(()) };
    let Some((first, next)) = lines::first_line(buffer)? else { return more() };
    let [version, code, _] = lines::parts(first);
    let code = std::str::from_utf8(code).ok().and_then(|code| code.parse::<u16>().ok()).ok_or(())?;
    if version.is_empty() || !lines::is_version(version) {
        return Err(());
    }
    let Some(lines) = Lines::whole(buffer, first, next) else { return more() };
    let length = lines.length;
    let mut head = Head::response(code);
    let mut found = Found { close: version != b"HTTP/1.1", ..Found::default() };
    let mut marks = Marks::default();
    lines.headers(|name, value| {
        if found.note(name, value)?
            && !(marks.again(name) && join(&mut head, &name.to_ascii_lowercase(), value))
        {
            if keep_spelling {
                head.add_spelled(name.as_bytes(), value);
            } else {
                head.add(name.as_bytes(), value);
            }
        }
        Ok::<(), ()>(())
    })?;
    let framing = found.framing(code, to_head)?;
    let close = found.close || framing == Framing::Close;
    Ok(Some((Response { head, framing, close }, length)))
}

/// Why a head cannot be read is told to nobody.
impl From<BadLine> for () {
    fn from(_: BadLine) -> Self {}
}

#[derive(Debug, Default)]
struct Found {
    length: Option<u64>,
    chunked: bool,
    close: bool,
}

impl Found {
    /// Reads a header; false for one that ends at this hop.
    fn note(&mut self, name: &str, value: &[u8]) -> Result<bool, ()> {
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        if is("content-length") {
            if self.length.is_some() {
                return Err(());
            }
            self.length = Some(parse_length(value).ok_or(())?);
        } else if is("transfer-encoding") {
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(());
            }
            self.chunked = true;
            return Ok(false);
        } else if is("connection") {
            let has = |wanted: &[u8]| {
                let mut tokens = value.split(|b| *b == b',').map(<[u8]>::trim_ascii);
                tokens.any(|t| t.eq_ignore_ascii_case(wanted))
            };
            self.close |= has(b"close");
            return Ok(has(b"upgrade"));
        } else if is("keep-alive") || is("proxy-connection") {
            return Ok(false);
        }
        Ok(true)
    }

    fn framing(&self, code: u16, to_head: bool) -> Result<Framing, ()> {
        if self.chunked && self.length.is_some() {
            return Err(());
        }
        // These never have a body: one that is announced belongs to nobody.
        if (code < 200 || code == 204) && (self.chunked || self.length.is_some_and(|length| length > 0)) {
            return Err(());
        }
        if to_head || (100..200).contains(&code) || code == 204 || code == 304 {
            return Ok(Framing::None);
        }
        Ok(match (self.chunked, self.length) {
            (true, _) => Framing::Chunked,
            (false, Some(0)) => Framing::None,
            (false, Some(length)) => Framing::Length(length),
            (false, None) => Framing::Close,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framing_of_responses() {
        let framing =
            |text: &str, head| parse_response(text.as_bytes(), head, false).map(|r| r.unwrap().0.framing);
        assert_eq!(framing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false), Ok(Framing::Length(5)));
        assert_eq!(framing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true), Ok(Framing::None));
        assert_eq!(framing("HTTP/1.1 200 OK\r\n\r\n", false), Ok(Framing::Close));
        assert_eq!(framing("HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n", false), Ok(Framing::None));
        assert!(framing("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", false).is_err());
        assert!(
            framing("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", false)
                .is_err()
        );
        assert!(framing("HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n", false).is_err());
        assert!(framing("HTTP/1.1 20 X\r\nContent-Length: 5\r\n\r\n", false).is_err());
        assert_eq!(framing("HTTP/1.1 20 X\r\n\r\n", false), Ok(Framing::Close));
        assert!(parse_response(b"garbage\r\n\r\n", false, false).is_err());
        assert!(parse_response(b"HTTP/1.1 20", false, false).unwrap().is_none());
    }
}
