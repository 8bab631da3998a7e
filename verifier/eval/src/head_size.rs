//! How long the head of an HTTP/1.1 request may be (`BalsaFrame::ProcessInput`, `ConnectionImpl::checkMaxHeadersSize` and
//! `completeCurrentHeader` of Envoy's HTTP/1 codec, with the limits that a connection manager has unless it is told otherwise).

use mp_ir::plan::is_one_line;

/// Bytes of a whole head, from the method to the empty line.
const MOST_BYTES: usize = 60 * 1024;
/// Header lines; those that Envoy keeps in one count as one.
const MOST_LINES: usize = 100;
/// Bytes of a request line, with its end, that the HTTP inspector waits for (`http_inspector.h`, MAX_INSPECT_SIZE).
pub(crate) const MOST_INSPECTED: usize = 64 * 1024;
/// Bytes of `content-length: 0` with its end, which clients write for methods that have a body.
const LENGTH_LINE: usize = 19;

/// The head of a request as it is sent. A character is a byte (Latin-1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'r> {
    pub(crate) method: &'r str,
    pub(crate) target: &'r str,
    pub(crate) host: &'r str,
    pub(crate) headers: &'r [(String, String)],
}

/// What of a head is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooLong {
    /// The request line alone: nothing of it is looked at.
    Line,
    /// Line and headers together: the line is looked at, the headers are not.
    Head,
    /// The number of lines: all are looked at.
    Lines,
}

impl Head<'_> {
    /// What is too long; `None` when the codec takes it.
    pub(crate) fn too_long(self) -> Option<TooLong> {
        // Characters are no more than bytes, so that most heads need no count.
        let most = self.measure(str::len);
        if most <= MOST_BYTES && self.headers.len() < MOST_LINES {
            return None;
        }
        let chars = |text: &str| text.chars().count();
        if self.line(chars) > MOST_BYTES {
            return Some(TooLong::Line);
        }
        if self.measure(chars) > MOST_BYTES {
            return Some(TooLong::Head);
        }
        (self.lines() > MOST_LINES).then_some(TooLong::Lines)
    }

    /// Whether the HTTP inspector has seen all that it looks at before the end of the line: it then ends the connection, without an answer
    /// (`http_inspector.cc`, `Filter::onData`).
    pub(crate) fn overflows_inspector(self) -> bool {
        self.line(str::len) > MOST_INSPECTED && self.line(|text| text.chars().count()) > MOST_INSPECTED
    }

    /// The request line with `HTTP/1.1`, two spaces and the end of the line.
    fn line(self, length: impl Fn(&str) -> usize) -> usize {
        length(self.method) + length(self.target) + "  HTTP/1.1\r\n".len()
    }

    fn measure(self, length: impl Fn(&str) -> usize + Copy) -> usize {
        let line = |name: &str, value: &str| length(name) + length(value) + ": \r\n".len();
        let headers: usize = self.headers.iter().map(|(name, value)| line(name, value)).sum();
        let stated = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let body = matches!(self.method, "POST" | "PUT" | "PATCH") && !stated;
        let more = if body { LENGTH_LINE } else { 0 };
        self.line(length) + line("host", self.host) + headers + more + "\r\n".len()
    }

    fn lines(self) -> usize {
        let mut kept = vec!["host".to_owned()];
        let mut count = 1;
        for (name, _) in self.headers {
            let name = name.to_ascii_lowercase();
            let again = (is_one_line(&name) || name == "host") && kept.contains(&name);
            if !again {
                count += 1;
                kept.push(name);
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head<'r>(target: &'r str, headers: &'r [(String, String)]) -> Head<'r> {
        Head { method: "GET", target, host: "h", headers }
    }

    #[test]
    fn a_head_of_sixty_kilobytes_is_taken_and_one_byte_more_is_not() {
        // "GET / HTTP/1.1", "host: h", "a: …", and the empty line.
        let rest = 16 + 9 + 5 + 2;
        let of = |length: usize| [("a".to_owned(), "v".repeat(length))];
        assert_eq!(head("/", &of(MOST_BYTES - rest)).too_long(), None);
        assert_eq!(head("/", &of(MOST_BYTES - rest + 1)).too_long(), Some(TooLong::Head));
        let path = "/".repeat(MOST_BYTES);
        assert_eq!(head(&path, &[]).too_long(), Some(TooLong::Line));
        let two_bytes = [("a".to_owned(), "é".repeat(40_000))];
        assert_eq!(head("/", &two_bytes).too_long(), None);
    }

    #[test]
    fn a_line_that_ends_within_what_is_inspected_is_one() {
        let rest = "GET  HTTP/1.1\r\n".len();
        assert!(!head(&"/".repeat(MOST_INSPECTED - rest), &[]).overflows_inspector());
        assert!(head(&"/".repeat(MOST_INSPECTED - rest + 1), &[]).overflows_inspector());
        assert!(!head(&"é".repeat(MOST_INSPECTED - rest), &[]).overflows_inspector());
    }

    #[test]
    fn lines_that_are_kept_in_one_count_once() {
        let of = |count: usize, name: fn(usize) -> String| -> Vec<(String, String)> {
            (0..count).map(|n| (name(n), String::new())).collect()
        };
        assert_eq!(head("/", &of(99, |n| format!("x-{n}"))).too_long(), None);
        assert_eq!(head("/", &of(100, |n| format!("x-{n}"))).too_long(), Some(TooLong::Lines));
        assert_eq!(head("/", &of(100, |_| "x-a".to_owned())).too_long(), Some(TooLong::Lines));
        assert_eq!(head("/", &of(100, |_| "User-Agent".to_owned())).too_long(), None);
    }
}
