//! What the headers of an HTTP/1 request say about its framing and its connection.
use super::malformed::{CODEC, Malformed};

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is no body.
    None,
    /// This many bytes.
    Length(u64),
    /// Chunks.
    Chunked,
    /// Until the connection ends.
    Close,
}

/// What the framing headers say.
#[derive(Debug, Default)]
pub(super) struct Found {
    length: Option<u64>,
    chunked: bool,
    // A transfer encoding that is not exactly `chunked`, once.
    odd_encoding: bool,
    /// The connection is to be closed.
    pub(super) close: bool,
    /// The connection is to be kept.
    pub(super) keep_alive: bool,
    /// The client waits for `100 Continue`.
    pub(super) expects: bool,
    /// The client names `host` as a header of its connection.
    pub(super) no_host: bool,
    /// The client names a header of which the proxy is answerable.
    forbidden: bool,
    // Whether the connection is to be upgraded, and a protocol to upgrade to.
    upgrade: (bool, bool),
}

impl Found {
    /// Reads a header.
    pub(super) fn note(&mut self, name: &str, value: &[u8]) -> Result<(), Malformed> {
        if name.eq_ignore_ascii_case("content-length") {
            if self.length.is_some() {
                return Err(Malformed::Bad(CODEC));
            }
            self.length = Some(parse_length(value).ok_or(Malformed::Bad(CODEC))?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            self.odd_encoding |= self.chunked || !value.eq_ignore_ascii_case(b"chunked");
            self.chunked = true;
        } else if name.eq_ignore_ascii_case("proxy-connection") {
            self.close |= value.eq_ignore_ascii_case(b"close");
        } else if name.eq_ignore_ascii_case("connection") {
            for token in value.split(|b| *b == b',').map(<[u8]>::trim_ascii) {
                let token_is = |name: &str| token.eq_ignore_ascii_case(name.as_bytes());
                // Headers that the proxy itself is answerable for cannot be dropped by the client.
                let kept = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];
                self.forbidden |= kept.into_iter().any(token_is);
                self.upgrade.0 |= token_is("upgrade");
                self.no_host |= token_is("host");
                self.close |= token.eq_ignore_ascii_case(b"close");
                self.keep_alive |= token.eq_ignore_ascii_case(b"keep-alive");
            }
        } else if name.eq_ignore_ascii_case("upgrade") {
            self.upgrade.1 = true;
        } else if name.eq_ignore_ascii_case("expect") {
            self.expects |= value.eq_ignore_ascii_case(b"100-continue");
        }
        Ok(())
    }

    /// Whether the client wants to speak another protocol.
    pub(super) fn switches(&self) -> bool {
        self.upgrade == (true, true)
    }

    /// Whether the headers of the connection may be dropped as the client says.
    pub(super) fn connection(&self) -> Result<(), Malformed> {
        if self.forbidden { Err(Malformed::Bad("http1.connection_header_rejected")) } else { Ok(()) }
    }

    /// The framing that the headers agree on.
    pub(super) fn framing(&self) -> Result<Framing, Malformed> {
        match (self.chunked, self.length) {
            (true, Some(_)) => Err(Malformed::Late("http1.content_length_and_chunked_not_allowed")),
            (true, None) if self.odd_encoding => Err(Malformed::Encoding),
            (true, None) => Ok(Framing::Chunked),
            (false, Some(0)) | (false, None) => Ok(Framing::None),
            (false, Some(length)) => Ok(Framing::Length(length)),
        }
    }
}

/// Digits only: no sign, no list, no spaces inside.
pub(crate) fn parse_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}
