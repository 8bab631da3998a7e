//! The compressor filter: whole requests and responses, compressed piece by piece. After `compressor_filter.cc`.
use super::coder::Coder;
use super::lua_response::Body;
use crate::config::coding::Coding;
use crate::config::compressor::{Compressor, CompressorRoute, Decision, Direction, choose};
use crate::config::filter::FilterKind;
use crate::config::per_route::PerFilter;
use crate::http::Head;
use crate::server::stream::Exchange;

/// What compressors know of a request.
#[derive(Debug, Default)]
pub(crate) struct Wishes<'a> {
    /// What each of them has seen in the request.
    seen: Vec<Seen<'a>>,
    /// What all of them together have decided.
    decision: Option<Decision>,
}

/// What one compressor makes, and what it has seen.
#[derive(Debug)]
struct Seen<'a> {
    compressor: &'a Compressor,
    coding: &'a Coding,
    accepts: Option<String>,
}

impl<'a> Exchange<'a> {
    /// Notes what the client accepts before other filters and the next hop see the request, and compresses it.
    pub(super) fn compress_request(
        &mut self,
        compressor: &'a Compressor,
        route: Option<&'a CompressorRoute>,
    ) {
        let accepts = self.head.joined(b"accept-encoding");
        let accepts = accepts.map(|accepts| String::from_utf8_lossy(&accepts).into_owned());
        let coding = route.and_then(|r| r.coding.as_ref()).unwrap_or(&compressor.coding);
        self.notes.wishes.seen.push(Seen { compressor, coding, accepts });
        let hide = route.and_then(|r| r.hide).unwrap_or(compressor.hide);
        if answers(compressor, route) && hide {
            self.head.remove(b"accept-encoding");
        }
        let direction = &compressor.request;
        let ended = self.body.is_done() && self.buffered.is_empty() && self.buffered_trailers.is_none();
        let compresses = !ended
            && direction.enabled
            && self.upgrade.is_none()
            && self.is_large(&self.head, direction)
            && direction.allows(media_type(&self.head).as_deref())
            && !self.head.has(b"content-encoding");
        if !compresses {
            return self.hcm.stats().filters.add(&format!("{}not_compressed", direction.stats));
        }
        self.hcm.stats().filters.add(&format!("{}compressed", direction.stats));
        self.head.remove(b"content-length");
        self.head.set(b"content-encoding", coding.format().name().as_bytes());
        self.code_request(Coder::compress(coding, totals(direction)));
    }

    /// Decides about a response.
    pub(super) fn compress_response(
        &mut self,
        compressor: &'a Compressor,
        route: Option<&'a CompressorRoute>,
        head: &mut Head,
        body: &mut Body,
    ) {
        let direction = &compressor.response;
        let coding = route.and_then(|r| r.coding.as_ref()).unwrap_or(&compressor.coding);
        let large = answers(compressor, route) && self.is_large(head, direction);
        let compressible = large && self.is_compressible(head, compressor);
        let wanted =
            !body.is_absent() && large && self.is_wanted(compressor, coding, media_type(head).as_deref());
        if wanted && compressible && !is_encoded_transfer(head) {
            self.hcm.stats().filters.add(&format!("{}compressed", direction.stats));
            keep_tag(compressor, head);
            head.remove(b"content-length");
            head.set(b"content-encoding", coding.format().name().as_bytes());
            self.code_response(Coder::compress(coding, totals(direction)), body);
        } else {
            self.hcm.stats().filters.add(&format!("{}not_compressed", direction.stats));
        }
        if compressible {
            vary(head);
        }
    }

    /// Whether a body is worth it; one whose length is not told is.
    fn is_large(&self, head: &Head, direction: &Direction) -> bool {
        let Some(length) = head.get(b"content-length") else { return true };
        let large = crate::http::parse_length(length).is_some_and(|length| length >= direction.least);
        if !large {
            self.hcm.stats().filters.add(&format!("{}content_length_too_small", direction.stats));
        }
        large
    }

    fn is_compressible(&self, head: &Head, compressor: &Compressor) -> bool {
        let direction = &compressor.response;
        let tagged = compressor.no_etag && !compressor.weaken && head.has(b"etag");
        if self.switches(head) || !direction.allows(media_type(head).as_deref()) || no_transform(head) {
            return false;
        }
        if tagged {
            self.hcm.stats().filters.add(&format!("{}not_compressed_etag", compressor.stats));
            return false;
        }
        !head.has(b"content-encoding") && !compressor.statuses.contains(&head.status)
    }

    /// Whether the client likes this compressor best among those of the chain.
    fn is_wanted(&mut self, compressor: &'a Compressor, coding: &Coding, kind: Option<&str>) -> bool {
        let stats = &self.hcm.stats().filters;
        let count = |name: &str| stats.add(&format!("{}{name}", compressor.stats));
        let mut seen = self.notes.wishes.seen.iter();
        let own = seen.find(|seen| std::ptr::eq(seen.compressor, compressor));
        let Some(accepts) = own.and_then(|own| own.accepts.as_ref()) else {
            count("no_accept_header");
            return false;
        };
        let decision = match &self.notes.wishes.decision {
            Some(decision) => decision.clone(),
            None => choose(accepts, &self.offered(kind)),
        };
        let wanted = match &decision {
            Decision::Encoding(name) | Decision::Any(name) => {
                name.eq_ignore_ascii_case(coding.format().name())
            }
            Decision::Identity | Decision::Invalid => false,
        };
        count(match &decision {
            Decision::Encoding(_) if wanted => "header_compressor_used",
            Decision::Encoding(_) => "header_compressor_overshadowed",
            Decision::Any(_) => "header_wildcard",
            Decision::Identity => "header_identity",
            Decision::Invalid => "header_not_valid",
        });
        self.notes.wishes.decision = Some(decision);
        wanted
    }

    /// The compressors of the chain that would take this media type.
    fn offered(&self, kind: Option<&str>) -> Vec<(&'static str, bool)> {
        let kind = kind.filter(|kind| !kind.is_empty());
        let taken = self.notes.wishes.seen.iter().filter(|seen| seen.compressor.response.allows(kind));
        taken.map(|seen| (seen.coding.format().name(), seen.compressor.first)).collect()
    }
}

/// Whether responses are compressed at all.
fn answers(compressor: &Compressor, route: Option<&CompressorRoute>) -> bool {
    route.and_then(|r| r.response).unwrap_or(compressor.response.enabled)
}

/// Names of what is counted for bytes that come and that go.
fn totals(direction: &Direction) -> [String; 2] {
    ["total_uncompressed_bytes", "total_compressed_bytes"].map(|name| format!("{}{name}", direction.stats))
}

/// The media type without its parameters.
fn media_type(head: &Head) -> Option<String> {
    let kind = String::from_utf8_lossy(head.get(b"content-type")?).into_owned();
    Some(kind.split(';').next().unwrap_or_default().trim().to_owned())
}

/// Whether nobody may change the body.
pub(super) fn no_transform(head: &Head) -> bool {
    let mut control = head.fields(b"cache-control").flat_map(|v| v.split(|b| *b == b','));
    control.any(|word| word.trim_ascii().eq_ignore_ascii_case(b"no-transform"))
}

/// A strong tag stands for other bytes than those that are sent.
fn keep_tag(compressor: &Compressor, head: &mut Head) {
    let strong = |tag: &&[u8]| tag.len() > 2 && !tag.starts_with(b"W/") && !tag.starts_with(b"w/");
    let Some(tag) = head.get(b"etag").filter(strong) else { return };
    if compressor.weaken {
        let weak = [b"W/", tag].concat();
        head.set(b"etag", &weak);
    } else {
        head.remove(b"etag");
    }
}

/// Whether the body is compressed for this hop already.
fn is_encoded_transfer(head: &Head) -> bool {
    let known = [&b"gzip"[..], b"deflate", b"br", b"compress", b"zstd"];
    let mut words = head.fields(b"transfer-encoding").flat_map(|v| v.split(|b| *b == b','));
    words.any(|w| known.contains(&w.trim_ascii().to_ascii_lowercase().as_slice()))
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

impl FilterKind {
    /// Lists what compressors and decompressors count.
    pub(crate) fn coder_counters(&self) -> Vec<String> {
        let each =
            |prefix: &str, names: &[&str]| names.iter().map(|n| format!("{prefix}{n}")).collect::<Vec<_>>();
        match self {
            Self::Compressor(compressor) => {
                let both = [
                    "compressed",
                    "not_compressed",
                    "content_length_too_small",
                    "total_compressed_bytes",
                    "total_uncompressed_bytes",
                ];
                let answers = [
                    "no_accept_header",
                    "header_identity",
                    "header_compressor_used",
                    "header_compressor_overshadowed",
                    "header_wildcard",
                    "header_not_valid",
                    "not_compressed_etag",
                ];
                let mut all = each(&compressor.request.stats, &both);
                all.extend(each(&compressor.response.stats, &both));
                all.extend(each(&compressor.stats, &answers));
                all
            }
            Self::Decompressor(decompressor) => {
                let both = [
                    "decompressed",
                    "not_decompressed",
                    "total_compressed_bytes",
                    "total_uncompressed_bytes",
                ];
                let ways = [&decompressor.request, &decompressor.response];
                ways.iter().flat_map(|way| each(&way.stats, &both)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What a route says about a compressor.
pub(super) fn of_route(setting: Option<&PerFilter>) -> Option<&CompressorRoute> {
    match setting {
        Some(PerFilter::Compressor(route)) => Some(route),
        _ => None,
    }
}
