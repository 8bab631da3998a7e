//! The compressor filter: whole responses, compressed piece by piece.
use std::io::Write;

use bytes::Bytes;
use flate2::write::GzEncoder;

use crate::config::compressor::{Coding, Compressor, choose};
use crate::config::filter::FilterKind;
use crate::http::Head;
use crate::server::stream::Exchange;

/// A body that is being compressed.
#[derive(Debug)]
pub(crate) struct Encoder(GzEncoder<Vec<u8>>);

impl Encoder {
    fn new(coding: Coding) -> Self {
        let Coding::Gzip(level) = coding;
        Self(GzEncoder::new(Vec::new(), flate2::Compression::new(level)))
    }

    /// Compresses a piece; what comes back can be read without the next one.
    pub(crate) fn push(&mut self, data: &[u8]) -> Bytes {
        // Writing into memory does not fail.
        let _written = self.0.write_all(data).and_then(|()| self.0.flush());
        std::mem::take(self.0.get_mut()).into()
    }

    /// The end of the compressed body.
    pub(crate) fn finish(self) -> Bytes {
        self.0.finish().unwrap_or_default().into()
    }
}

impl Exchange<'_> {
    /// Notes what the client accepts before other filters and the next hop see the request.
    pub(super) fn note_accepted(&mut self, compressor: &Compressor) {
        if self.accepts.is_none() {
            let accepts = self.head.joined(b"accept-encoding").unwrap_or_default();
            self.accepts = Some(String::from_utf8_lossy(&accepts).into_owned());
        }
        if compressor.hide {
            self.head.remove(b"accept-encoding");
        }
    }

    /// Decides about a response, after `compressor_filter.cc`, encodeHeaders.
    pub(super) fn compress(&mut self, compressor: &Compressor, head: &mut Head, end: bool) {
        if !compressor.enabled || self.encoder.is_some() {
            return;
        }
        let large = is_large(head, compressor.least);
        let compressible = large && is_compressible(head, compressor) && !self.switches(head);
        let stats = &self.hcm.stats().filters;
        let count = |name: &str| stats.add(&format!("{}response.{name}", compressor.stats));
        if !large {
            count("content_length_too_small");
        }
        if !end && compressible && self.accepts_coding(compressor) && !is_encoded_transfer(head) {
            count("compressed");
            // A strong tag stands for other bytes than those that are sent.
            let weak = |tag: &[u8]| tag.len() > 2 && (tag.starts_with(b"W/") || tag.starts_with(b"w/"));
            if head.get(b"etag").is_some_and(|tag| !weak(tag)) {
                head.remove(b"etag");
            }
            head.remove(b"content-length");
            head.set(b"content-encoding", compressor.coding.name().as_bytes());
            self.encoder = Some(Encoder::new(compressor.coding));
        } else {
            count("not_compressed");
        }
        if compressible {
            vary(head);
        }
    }

    /// Whether the client likes this compressor best among those of the chain.
    fn accepts_coding(&self, compressor: &Compressor) -> bool {
        let offered: Vec<_> = self
            .hcm
            .filters
            .chain
            .iter()
            .filter_map(|filter| match &filter.kind {
                FilterKind::Compressor(other) => Some((other.coding.name(), other.first)),
                _ => None,
            })
            .collect();
        let accepts = self.accepts.as_deref().unwrap_or_default();
        choose(accepts, &offered) == Some(compressor.coding.name())
    }
}

fn is_large(head: &Head, least: u64) -> bool {
    match head.get(b"content-length") {
        Some(length) => crate::http::parse_length(length).is_some_and(|length| length >= least),
        None => true,
    }
}

fn is_compressible(head: &Head, compressor: &Compressor) -> bool {
    let kind = head.get(b"content-type").map(String::from_utf8_lossy);
    let kind = kind.as_deref().map(|k| k.split(';').next().unwrap_or_default().trim());
    let known = kind.is_none_or(|k| compressor.types.iter().any(|t| t.eq_ignore_ascii_case(k)));
    let mut control = head.fields(b"cache-control").flat_map(|v| v.split(|b| *b == b','));
    let untouchable = control.any(|word| word.trim_ascii().eq_ignore_ascii_case(b"no-transform"));
    let tagged = compressor.no_etag && head.has(b"etag");
    let stays = untouchable || tagged || head.has(b"content-encoding");
    known && !stays && !compressor.statuses.contains(&head.status)
}

/// Whether the body is compressed for this hop already.
fn is_encoded_transfer(head: &Head) -> bool {
    let mut words = head.fields(b"transfer-encoding").flat_map(|v| v.split(|b| *b == b','));
    words.any(|w| matches!(w.trim_ascii().to_ascii_lowercase().as_slice(), b"gzip" | b"deflate" | b"br"))
}

/// Tells caches that the response depends on what a client accepts.
fn vary(head: &mut Head) {
    let Some(old) = head.joined(b"vary") else { return head.add(b"vary", b"Accept-Encoding") };
    let mut words = old.split(|b| *b == b',').map(<[u8]>::trim_ascii);
    if !words.any(|w| w == b"Accept-Encoding") {
        let new = [old.as_slice(), b", Accept-Encoding"].concat();
        head.set(b"vary", &new);
    }
}
