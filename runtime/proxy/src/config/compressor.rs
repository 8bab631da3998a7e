//! The compressor and decompressor filters, compiled.
use std::collections::BTreeMap;

use super::coding::{Coding, Decoding};
use super::value::{Get, Scope};
use crate::json::Value;

/// `envoy.extensions.filters.http.compressor.v3.Compressor`.
#[derive(Debug)]
pub(crate) struct Compressor {
    /// How bytes are compressed.
    pub(crate) coding: Coding,
    /// Whether it wins over other compressors that a client likes as much.
    pub(crate) first: bool,
    /// Requests.
    pub(crate) request: Direction,
    /// Responses.
    pub(crate) response: Direction,
    /// Whether responses with an entity tag stay as they are.
    pub(crate) no_etag: bool,
    /// Whether an entity tag is made a weak one instead of being removed.
    pub(crate) weaken: bool,
    /// Whether the next hop is not told what the client accepts.
    pub(crate) hide: bool,
    /// Statuses whose bodies stay as they are.
    pub(crate) statuses: Vec<u16>,
    /// Before names of statistics that only responses have.
    pub(crate) stats: String,
}

/// What is compressed on one way.
#[derive(Debug)]
pub(crate) struct Direction {
    /// Whether anything is.
    pub(crate) enabled: bool,
    /// Shorter bodies stay as they are.
    pub(crate) least: u64,
    /// Media types that are compressed.
    pub(crate) types: Vec<String>,
    /// Before names of its statistics.
    pub(crate) stats: String,
}

/// What a route changes about a compressor.
#[derive(Debug)]
pub(crate) struct CompressorRoute {
    /// Whether responses are compressed.
    pub(crate) response: Option<bool>,
    /// Whether the next hop is not told what the client accepts.
    pub(crate) hide: Option<bool>,
    /// How bytes are compressed.
    pub(crate) coding: Option<Coding>,
}

/// `envoy.extensions.filters.http.decompressor.v3.Decompressor`.
#[derive(Debug)]
pub(crate) struct Decompressor {
    /// How bytes are decompressed.
    pub(crate) decoding: Decoding,
    /// Whether the next hop is told that bodies may be compressed.
    pub(crate) advertise: bool,
    /// Requests.
    pub(crate) request: Inflation,
    /// Responses.
    pub(crate) response: Inflation,
    /// Its library's name, as its trailers have it.
    pub(crate) name: String,
}

/// What is decompressed on one way.
#[derive(Debug)]
pub(crate) struct Inflation {
    /// Whether anything is.
    pub(crate) enabled: bool,
    /// Whether bodies that must not be transformed are decompressed all the same.
    pub(crate) always: bool,
    /// Before names of its statistics.
    pub(crate) stats: String,
}

/// Media types that are compressed when the bootstrap names none; `source/extensions/filters/http/compressor`.
const TYPES: &[&str] = &[
    "text/html",
    "text/plain",
    "text/css",
    "application/javascript",
    "application/x-javascript",
    "text/javascript",
    "text/x-javascript",
    "text/ecmascript",
    "text/js",
    "text/jscript",
    "text/x-js",
    "application/ecmascript",
    "application/x-json",
    "application/xml",
    "application/json",
    "image/svg+xml",
    "text/xml",
    "application/xhtml+xml",
    "application/grpc-web",
    "application/grpc-web+proto",
];

impl Direction {
    fn new(common: Option<&Value>, fields: [&str; 2], stats: String) -> Self {
        let types = common.texts("content_type");
        let [enabled, least] = fields;
        Self {
            enabled: common.get_field(enabled).opt_flag("default_value").unwrap_or(true),
            least: common.int(least).filter(|least| *least > 0).unwrap_or(30),
            types: if types.is_empty() { TYPES.iter().map(|t| (*t).to_owned()).collect() } else { types },
            stats,
        }
    }

    /// Whether a body of this media type is compressed.
    pub(crate) fn allows(&self, kind: Option<&str>) -> bool {
        kind.is_none_or(|kind| self.types.iter().any(|t| t.eq_ignore_ascii_case(kind)))
    }
}

impl Compressor {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let library = value.get_field("compressor_library");
        let coding = Coding::new(library, scope);
        let stats = format!("compressor.{}.{}.", library.text("name"), coding.format().library());
        let asked = value.get_field("request_direction_config");
        let request = Direction::new(
            asked.get_field("common_config"),
            ["enabled", "min_content_length"],
            format!("{stats}request."),
        );
        // Without a configuration of responses the old fields beside it count.
        let own = value.get_field("response_direction_config");
        let rest = own.unwrap_or(value);
        let response = match own {
            Some(own) => Direction::new(
                own.get_field("common_config"),
                ["enabled", "min_content_length"],
                format!("{stats}response."),
            ),
            None => Direction::new(Some(value), ["runtime_enabled", "content_length"], stats.clone()),
        };
        let codes = rest.items("uncompressible_response_codes").iter();
        Self {
            coding,
            first: value.flag("choose_first"),
            request: Direction { enabled: asked.is_some() && request.enabled, ..request },
            response,
            no_etag: rest.flag("disable_on_etag_header"),
            weaken: rest.flag("weaken_etag_on_compress"),
            hide: rest.flag("remove_accept_encoding_header"),
            statuses: codes.filter_map(|c| c.as_u64().and_then(|c| u16::try_from(c).ok())).collect(),
            stats,
        }
    }
}

impl CompressorRoute {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let overrides = value.get_field("overrides");
        let response = overrides.get_field("response_direction_config");
        let library = overrides.get_field("compressor_library");
        Self {
            response: if value.flag("disabled") { Some(false) } else { response.map(|_| true) },
            hide: response.opt_flag("remove_accept_encoding_header"),
            coding: library.map(|library| Coding::new(Some(library), &scope.field("overrides"))),
        }
    }
}

impl Decompressor {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let library = value.get_field("decompressor_library");
        let decoding = Decoding::new(library, scope);
        let name = library.text("name");
        let stats = format!("decompressor.{name}.{}.", decoding.format.library());
        let request = value.get_field("request_direction_config");
        let one = |direction: Option<&Value>, way: &str| {
            let common = direction.get_field("common_config");
            Inflation {
                enabled: common.get_field("enabled").opt_flag("default_value").unwrap_or(true),
                always: common.flag("ignore_no_transform_header"),
                stats: format!("{stats}{way}."),
            }
        };
        Self {
            advertise: request.opt_flag("advertise_accept_encoding").unwrap_or(true),
            request: one(request, "request"),
            response: one(value.get_field("response_direction_config"), "response"),
            name: name.to_owned(),
            decoding,
        }
    }
}

/// What a client's wishes come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// An encoding that one of the compressors makes.
    Encoding(String),
    /// Any, so that the first compressor decides.
    Any(String),
    /// None, as the client says.
    Identity,
    /// None, because nothing fits.
    Invalid,
}

/// Decides among the encodings on offer, first ones first. After `CompressorFilter::chooseEncoding` of `compressor_filter.cc`.
pub(crate) fn choose(accepts: &str, offered: &[(&str, bool)]) -> Decision {
    let mut allowed: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for (name, first) in offered {
        let next = allowed.len();
        allowed.entry(name).or_insert((next, *first));
    }
    let wishes: Vec<(&str, f32)> = accepts.split(',').filter(|t| !t.is_empty()).filter_map(wish).collect();
    for (name, quality) in &wishes {
        if *quality == 0.0 {
            allowed.remove(name);
        }
    }
    if wishes.is_empty() || allowed.is_empty() {
        return Decision::Invalid;
    }
    let mut best = ("identity", 0.0);
    for (name, quality) in wishes {
        if !allowed.contains_key(name) && !matches!(name, "identity" | "*") {
            continue;
        }
        // Asking makes an entry, as with a map of C++, and `*` may find it.
        if quality > best.1 || (quality == best.1 && allowed.entry(name).or_insert((0, false)).1) {
            best = (name, quality);
        }
    }
    match best {
        (_, 0.0) => Decision::Invalid,
        ("identity", _) => Decision::Identity,
        ("*", _) => {
            let first = allowed.iter().min_by_key(|(_, (order, _))| *order);
            first.map_or(Decision::Invalid, |(name, _)| Decision::Any((*name).to_owned()))
        }
        (name, _) => Decision::Encoding(name.to_owned()),
    }
}

/// An encoding and how much it is liked; `None` when the number is none.
fn wish(token: &str) -> Option<(&str, f32)> {
    let (name, parameters) = token.split_once(';').unwrap_or((token, ""));
    let quality = match parameters.split_once('=') {
        Some((key, value)) if key.trim().eq_ignore_ascii_case("q") => value.trim().parse().ok()?,
        _ => 1.0,
    };
    Some((name.trim(), quality))
}

#[cfg(test)]
mod tests {
    use super::{Decision, choose};

    fn encoding(name: &str) -> Decision {
        Decision::Encoding(name.to_owned())
    }

    #[test]
    fn the_best_liked_encoding_on_offer_is_chosen() {
        let offered = [("gzip", false), ("br", false)];
        for (accepts, wanted) in [
            ("", Decision::Invalid),
            ("gzip", encoding("gzip")),
            ("deflate", Decision::Invalid),
            ("deflate, gzip;q=0.5, br;q=0.8", encoding("br")),
            ("GZIP", Decision::Invalid),
            ("gzip;q=0", Decision::Invalid),
            ("identity, gzip;q=0.9", Decision::Identity),
            ("*", Decision::Any("gzip".to_owned())),
            ("gzip;q=0, *", Decision::Any("br".to_owned())),
            ("gzip;Q=0.2;x, br", encoding("br")),
            ("br, gzip", encoding("br")),
            ("gzip;q=x, br;q=0.1", encoding("br")),
        ] {
            assert_eq!(choose(accepts, &offered), wanted, "{accepts}");
        }
        assert_eq!(choose("br, gzip", &[("gzip", true), ("br", false)]), encoding("gzip"));
        assert_eq!(choose("identity;q=0, *", &[("zstd", false)]), Decision::Any("identity".to_owned()));
    }
}
