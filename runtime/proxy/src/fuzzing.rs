//! Entry points for the fuzz targets; not part of the interface.
use std::collections::BTreeSet;

use bytes::BytesMut;

use crate::config::{Compile, Program, Unloaded};
use crate::http::{BodyReader, Decoded, Framing, Rules, parse_request, path};
use crate::net::h2::guard::{Ending, Guard, SharedNotes};

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
    match Program::new(text.into(), &how) {
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

/// Judges the frames of an HTTP/2 connection behind its preface, in pieces of this size: the code of the GOAWAY that ends it, 0 for an
/// end without one; `None` when it goes on.
#[must_use]
pub fn frames(input: &[u8], size: usize) -> Option<u32> {
    let mut guard = Guard::new(0, SharedNotes::default());
    let ending = input.to_vec().chunks_mut(size.max(1)).find_map(|part| guard.received(part).1)?;
    Some(if let Ending::Said(code) = ending { code } else { 0 })
}
