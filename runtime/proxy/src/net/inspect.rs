//! Looking at the first bytes of a connection without taking them.
use std::io;
use std::time::Duration;

use rustls::server::Acceptor;

use super::chain::Facts;
use super::socket::Socket;
use crate::http::{is_request_line, is_token};

/// Longest ClientHello that is looked at.
const MAX_HELLO: usize = 16 * 1024;
/// Longest request line that is looked at.
const MAX_LINE: usize = 64 * 1024;
/// Longer records than these are no TLS to BoringSSL (`SSL3_RT_MAX_ENCRYPTED_LENGTH`).
const MAX_RECORD: u16 = 16_384 + 256 + 64;

/// What looking gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look<T> {
    /// Enough: this is known.
    Found(T),
    /// More bytes are needed.
    More,
}

/// Peeks until `look` has seen enough; the end of the stream counts as enough. `None` when `most` bytes are not.
async fn peek<T: Default>(
    socket: &mut Socket,
    most: usize,
    look: impl Fn(&[u8]) -> Look<T>,
) -> io::Result<Option<T>> {
    let mut buffer = vec![0; most];
    let mut seen = 0;
    loop {
        seen = socket.peek(&mut buffer, seen).await?;
        let bytes = buffer.get(..seen).filter(|bytes| !bytes.is_empty());
        let Some(bytes) = bytes else { return Ok(Some(T::default())) };
        if let Look::Found(found) = look(bytes) {
            return Ok(Some(found));
        }
        if seen == most {
            return Ok(None);
        }
    }
}

/// Server name and ALPN names.
pub(crate) type Hello = (String, Vec<String>);

/// Detects TLS; notes server name and ALPN.
pub(crate) async fn tls(socket: &mut Socket, facts: &mut Facts) -> io::Result<()> {
    if let Some((name, alpn)) = peek(socket, MAX_HELLO, hello).await?.flatten() {
        facts.tls = true;
        facts.server_name = name;
        facts.alpn = alpn;
    }
    Ok(())
}

/// Looks for a ClientHello: nothing else begins a TLS connection.
pub(crate) fn hello(bytes: &[u8]) -> Look<Option<Hello>> {
    // Envoy's TLS library decides when it has the header of a record, not before.
    let &[kind, major, _, high, low, ref begin @ ..] = bytes else { return Look::More };
    let length = u16::from_be_bytes([high, low]);
    if (kind, major) != (0x16, 3) || length > MAX_RECORD || begin.first().is_some_and(|kind| *kind != 1) {
        return Look::Found(None);
    }
    // Nothing is wrong yet, and what is read here would be nothing at all.
    if begin.is_empty() {
        return Look::More;
    }
    let mut acceptor = Acceptor::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        if acceptor.read_tls(&mut rest).is_err() {
            return Look::Found(None);
        }
    }
    match acceptor.accept() {
        Ok(Some(accepted)) => {
            let hello = accepted.client_hello();
            let name = hello.server_name().unwrap_or_default().to_ascii_lowercase();
            let alpn =
                hello.alpn().map(|names| names.map(|n| String::from_utf8_lossy(n).into_owned()).collect());
            Look::Found(Some((name, alpn.unwrap_or_default())))
        }
        Ok(None) => Look::More,
        // A hello that our library does not like is TLS all the same.
        Err(_) => Look::Found(Some((String::new(), Vec::new()))),
    }
}

/// Detects HTTP by the request line.
///
/// # Errors
/// The connection fails, or the line is longer than is looked at: then Envoy ends the connection (`http_inspector.cc`, `Filter::onData`).
pub(crate) async fn http(socket: &mut Socket, facts: &mut Facts) -> io::Result<()> {
    let protocol = peek(socket, MAX_LINE, protocol).await?.ok_or(io::ErrorKind::InvalidData)?;
    if !protocol.is_empty() {
        facts.alpn = vec![protocol.to_owned()];
    }
    Ok(())
}

/// The protocol that a request line speaks of; empty for what is none.
pub(crate) fn protocol(bytes: &[u8]) -> Look<&'static str> {
    if bytes.starts_with(b"PRI * HTTP/2.0\r\n") {
        return Look::Found("h2c");
    }
    if bytes.first().is_some_and(|b| !is_token(*b)) {
        return Look::Found("");
    }
    let Some(end) = memchr::memchr(b'\n', bytes) else { return Look::More };
    let line = bytes.get(..end).unwrap_or_default().trim_ascii_end();
    if !is_request_line(line) {
        Look::Found("")
    } else if line.ends_with(b" HTTP/1.1") {
        Look::Found("http/1.1")
    } else if line.ends_with(b" HTTP/1.0") {
        Look::Found("http/1.0")
    } else {
        Look::Found("")
    }
}

/// How long the rest of what looks like the beginning of HTTP/2 may take.
const MAGIC_TIME: Duration = Duration::from_millis(200);

/// Whether a connection begins like HTTP/2, by the bytes that Envoy looks at (`source/common/http/conn_manager_utility.cc`,
/// determineNextProtocol); what was read to know it is in `input`. `None` when nothing came within `idle`.
pub(crate) async fn begins_h2(
    stream: &mut super::io::Stream,
    input: &mut bytes::BytesMut,
    idle: Duration,
) -> Option<bool> {
    const MAGIC: &[u8] = b"PRI * HTTP/2";
    loop {
        if input.starts_with(MAGIC) {
            return Some(true);
        }
        if !MAGIC.starts_with(input) {
            return Some(false);
        }
        let time = if input.is_empty() { idle } else { MAGIC_TIME };
        let read = tokio::time::timeout(time, tokio::io::AsyncReadExt::read_buf(stream, input)).await;
        match read {
            Ok(Ok(1..)) => {}
            _ if input.is_empty() => return None,
            _ => return Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_known_by_its_first_bytes_once_and_for_all() {
        // The length of the record is impossible; the kind of the message is another one.
        for other in [&b"\x16\x03GP/"[..], b"\x16\x03GP/a/ ..!", b"\x16\x03\x01\0\x10\x02", b"GET /"] {
            assert_eq!(hello(other), Look::Found(None), "{other:?}");
        }
        for more in [&b"\x16\x03\x01"[..], b"\x16\x03\x01\0\x10", b"\x16\x03\x01\0\x10\x01", b"GET"] {
            assert_eq!(hello(more), Look::More, "{more:?}");
        }
    }
}
