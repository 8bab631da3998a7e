//! The decompressor filter, after `source/extensions/filters/http/decompressor/decompressor_filter.cc`.
use super::coder::Coder;
use super::compress::no_transform;
use super::lua_response::Body;
use crate::config::compressor::{Decompressor, Inflation};
use crate::http::Head;
use crate::server::stream::Exchange;

impl<'a> Exchange<'a> {
    /// Tells the next hop what may be compressed, and decompresses the request.
    pub(super) fn decompress_request(&mut self, decompressor: &'a Decompressor) {
        if decompressor.response.enabled && decompressor.advertise {
            let name = decompressor.decoding.format.name().as_bytes();
            let known = self.head.joined(b"accept-encoding").filter(|known| !known.is_empty());
            let all = known.map_or_else(|| name.to_vec(), |known| [known.as_slice(), b",", name].concat());
            self.head.set(b"accept-encoding", &all);
        }
        if self.body.is_done() && self.buffered.is_empty() && self.buffered_trailers.is_none() {
            return;
        }
        let mut head = std::mem::take(&mut self.head);
        let coder = self.inflates(decompressor, &decompressor.request, &mut head);
        self.head = head;
        if let Some(coder) = coder {
            self.code_request(coder);
        }
    }

    /// Decompresses a response.
    pub(super) fn decompress_response(
        &mut self,
        decompressor: &'a Decompressor,
        head: &mut Head,
        body: &mut Body,
    ) {
        if body.is_absent() {
            return;
        }
        if let Some(coder) = self.inflates(decompressor, &decompressor.response, head) {
            self.code_response(coder, body);
        }
    }

    /// What decompresses a body, where its head says that it is compressed so.
    fn inflates(&self, decompressor: &Decompressor, way: &Inflation, head: &mut Head) -> Option<Coder> {
        let stats = &self.hcm.stats().filters;
        let name = decompressor.decoding.format.name();
        let codings = head.get(b"content-encoding").map(|v| String::from_utf8_lossy(v).into_owned());
        let codings = codings.unwrap_or_default();
        let (first, rest) = codings.split_once(',').map_or((codings.as_str(), None), |(f, r)| (f, Some(r)));
        let inflates =
            way.enabled && (way.always || !no_transform(head)) && first.trim().eq_ignore_ascii_case(name);
        stats.add(&format!("{}{}", way.stats, if inflates { "decompressed" } else { "not_decompressed" }));
        if !inflates {
            return None;
        }
        head.remove(b"content-length");
        match rest {
            Some(rest) => head.set(b"content-encoding", rest.trim().as_bytes()),
            None => drop(head.remove(b"content-encoding")),
        }
        let totals = ["total_compressed_bytes", "total_uncompressed_bytes"];
        let totals = totals.map(|name| format!("{}{name}", way.stats));
        Some(Coder::decompress(&decompressor.decoding, totals, decompressor.name.clone()))
    }
}
