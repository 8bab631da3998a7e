//! Entry points for the fuzz targets; not part of the interface.
use std::collections::BTreeSet;
use std::net::SocketAddr;

use bytes::BytesMut;

use crate::cluster::resolver;
use crate::config::coding::{Decoding, Format};
use crate::config::{Compile, Program, Unloaded};
use crate::filter::coder::Coder;
use crate::filter::jwks::Jwks;
use crate::filter::token::Token;
use crate::http::{BodyReader, Decoded, Framing, Head, Rules, parse_request, parse_response, path};
use crate::net::h2::fault::Ending;
use crate::net::h2::guard::Guard;
use crate::net::h2::notes::{Limits, SharedNotes};
use crate::net::inspect::{self, Look};
use crate::net::proxy_protocol as addresses;
use crate::trace::SpanContext;

/// Parses a request's head: its length, or the status of the refusal; `None` when more is needed.
#[must_use]
pub fn request_head(input: &[u8], keep_spelling: bool, accept_10: bool) -> Option<Result<usize, u16>> {
    let rules = Rules {
        max_head: 60 * 1024,
        max_headers: 100,
        accept_10,
        underscores: None,
        keep_spelling,
        plain_edge: true,
    };
    match parse_request(input, &rules) {
        Ok(Some((_, length))) => Some(Ok(length)),
        Ok(None) => None,
        Err(malformed) => Some(Err(malformed.answer().0)),
    }
}

/// Decodes a chunked body that arrives in two pieces: the data, whether the end was seen and what was left, or `None`
/// when it is not framed as it should be. An end of input inside of the body is no error.
#[must_use]
pub fn chunked(first: &[u8], second: &[u8]) -> Option<(Vec<u8>, bool, Vec<u8>)> {
    let mut reader = BodyReader::new(Framing::Chunked);
    let mut buffer = BytesMut::new();
    let mut data = Vec::new();
    for piece in [first, second] {
        buffer.extend_from_slice(piece);
        while let Decoded::Data(part) = reader.decode(&mut buffer).ok()? {
            data.extend_from_slice(&part);
        }
    }
    let ended = reader.is_done();
    Some((data, ended, if ended { buffer.to_vec() } else { Vec::new() }))
}

/// Loads a bootstrap; `None` when it is not JSON, else whether it would run and how many parts were refused.
#[must_use]
pub fn bootstrap(text: &[u8], skip_unsupported: bool) -> Option<Result<usize, usize>> {
    let text = std::str::from_utf8(text).ok()?;
    let how = Compile { allow_inert: BTreeSet::new(), skip_unsupported };
    match Program::new(std::sync::Arc::new(text.to_owned()), &how, &[]) {
        Ok((_, skipped)) => Some(Ok(skipped.len())),
        Err(Unloaded::Refused(refusals)) => Some(Err(refusals.len())),
        Err(Unloaded::Json(_)) => None,
    }
}

/// Normalises a path and merges its slashes; `None` for one that cannot be normalised.
#[must_use]
pub fn normalize(input: &[u8]) -> Option<Vec<u8>> {
    let mut normal = path::normalize(input)?;
    path::merge_slashes(&mut normal);
    Some(normal)
}

/// Reads what a workload tells in a header, and at the beginning of a connection: the name of the workload, and how many
/// bytes the beginning has.
#[must_use]
pub fn peer(input: &[u8]) -> (Option<String>, Option<usize>) {
    (crate::istio::headers::workload(input), crate::istio::exchange::length(input))
}

/// Parses a response's head: its length, or that it is none; `None` when more is needed. What it carries of traces is read too.
#[must_use]
pub fn response_head(input: &[u8], keep_spelling: bool) -> Option<Result<usize, ()>> {
    match parse_response(input, false, keep_spelling) {
        Ok(Some((response, length))) => {
            traces(&response.head);
            Some(Ok(length))
        }
        Ok(None) => None,
        Err(()) => Some(Err(())),
    }
}

/// What is written of a trace is read back.
fn traces(head: &Head) {
    let mut again = Head::request(b"GET");
    if let Some(context) = SpanContext::from_w3c(head) {
        context.write_w3c(&mut again);
        assert_eq!(SpanContext::from_w3c(&again).map(|read| read.trace), Some(context.trace));
    }
    let _reference = head.get(b"sw8").map(crate::trace::skywalking::read);
    if let Some(context) = SpanContext::from_b3(head) {
        context.write_b3(&mut again);
        assert_eq!(SpanContext::from_b3(&again).map(|read| read.trace), Some(context.trace));
    }
}

/// Reads a token apart and asks keys about its signature; false for one whose form is wrong. The parts lie in the token.
#[must_use]
pub fn token(text: &str, keys: &[u8]) -> bool {
    let keys = Jwks::parse(keys);
    let Ok(token) = Token::read(text) else { return false };
    assert!(text.starts_with(token.message) && token.message.ends_with(token.payload));
    for name in ["exp", "nbf", "iat"] {
        token.time(name);
    }
    if let Some(keys) = keys {
        keys.verify(&token.algorithm, token.key.as_deref(), token.message.as_bytes(), &token.signature);
    }
    true
}

/// Reads a header of the PROXY protocol, version 1 and 2 in turn; what each says, if it is one. Addresses are written and read back.
#[must_use]
pub fn proxy_protocol(input: &[u8]) -> [Option<Option<(SocketAddr, SocketAddr)>>; 2] {
    let first = addresses::parse_v1(input);
    let second = input.split_first().and_then(|(family, rest)| addresses::parse_v2(*family, rest));
    for both in [first, second].into_iter().flatten().filter(Option::is_some) {
        assert_eq!(addresses::parse_v1(&addresses::write_v1(both)), Some(both));
        let bytes = addresses::write_v2(both);
        let (family, rest) =
            (bytes.get(13).copied().unwrap_or_default(), bytes.get(16..).unwrap_or_default());
        assert_eq!(addresses::parse_v2(family, rest), Some(both));
    }
    [first, second]
}

/// What the first bytes of a connection say: server name and ALPN of a TLS hello, and the protocol of a request line; `None` where
/// more is needed.
#[must_use]
pub fn first_bytes(input: &[u8]) -> (Option<Option<inspect::Hello>>, Option<&'static str>) {
    fn told<T>(look: Look<T>) -> Option<T> {
        match look {
            Look::Found(found) => Some(found),
            Look::More => None,
        }
    }
    (told(inspect::hello(input)), told(inspect::protocol(input)))
}

/// Reads an expression for attributes of requests; the refusal otherwise.
///
/// # Errors
/// What cannot be read, in words.
pub fn expression(text: &str) -> Result<(), String> {
    crate::cel::Expression::new(text).map(drop)
}

/// Judges the frames of an HTTP/2 connection behind its preface, in pieces of this size: the code of the GOAWAY that ends it, 0 for an
/// end without one; `None` when it goes on.
#[must_use]
pub fn frames(input: &[u8], size: usize) -> Option<u32> {
    let limits = Limits { extended: true, head: 60 * 1024, fields: 100 };
    judged(Guard::new(0, limits, SharedNotes::default()), input, size)
}

/// Judges the frames of an endpoint that was asked on two streams, as [`frames`] does those of a client.
#[must_use]
pub fn answers(input: &[u8], size: usize) -> Option<u32> {
    let limits = Limits { extended: false, head: 60 * 1024, fields: 100 };
    let mut guard = Guard::to_endpoint(limits, SharedNotes::default());
    for stream in [1, 3] {
        guard.sent(&[0, 0, 1, 1, 5, 0, 0, 0, stream, 0x82]);
    }
    judged(guard, input, size)
}

fn judged(mut guard: Guard, input: &[u8], size: usize) -> Option<u32> {
    let mut out = BytesMut::new();
    let ending = input.chunks(size.max(1)).find_map(|part| guard.received(part, &mut out))?;
    Some(if let Ending::Said(code, _) = ending { code } else { 0 })
}

/// Decompresses a body in pieces of a size, by each format in turn; how many bytes come of it. No piece gives more than its limit.
#[must_use]
pub fn inflate(input: &[u8], piece: usize) -> [u64; 3] {
    [Format::Gzip, Format::Brotli, Format::Zstd].map(|format| {
        let chunk = if format == Format::Zstd { 1 << 17 } else { 4096 };
        let decoding = Decoding { format, ratio: 100, chunk };
        let mut coder = Coder::decompress(&decoding, Default::default(), String::new());
        for piece in input.chunks(piece.max(1)) {
            let made = coder.push(piece).len() as u64;
            assert!(made <= piece.len() as u64 * 100 + 3 * chunk, "{made} bytes of {}", piece.len());
        }
        coder.finish();
        coder.written
    })
}

/// Reads an answer of a DNS server; how many addresses of each kind it has.
#[must_use]
pub fn dns_answer(input: &[u8]) -> Option<[usize; 2]> {
    let message = domain::base::Message::from_octets(input.to_vec()).ok()?;
    let count = |v6: bool| resolver::read(&message, v6).map_or(0, |found| found.len());
    Some([count(false), count(true)])
}
