//! The compressor filter, compiled.
use super::value::{Get, Scope};
use crate::json::Value;

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// gzip, with zlib's level.
    Gzip(u32),
}

impl Coding {
    /// Its name in headers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip(_) => "gzip",
        }
    }
}

/// `envoy.extensions.filters.http.compressor.v3.Compressor`, towards clients.
#[derive(Debug)]
pub(crate) struct Compressor {
    /// How bytes are compressed.
    pub(crate) coding: Coding,
    /// Before names of its statistics.
    pub(crate) stats: String,
    /// Whether it wins over other compressors that a client likes as much.
    pub(crate) first: bool,
    /// Whether it compresses at all.
    pub(crate) enabled: bool,
    /// Shorter bodies stay as they are.
    pub(crate) least: u64,
    /// Media types that are compressed.
    pub(crate) types: Vec<String>,
    /// Whether responses with an entity tag stay as they are.
    pub(crate) no_etag: bool,
    /// Whether the next hop is not told what the client accepts.
    pub(crate) hide: bool,
    /// Statuses whose bodies stay as they are.
    pub(crate) statuses: Vec<u16>,
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
    "application/json; charset=utf-8",
];

impl Compressor {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let library = value.get_field("compressor_library");
        let direction = value.get_field("response_direction_config");
        let common = direction.get_field("common_config");
        let types = common.texts("content_type");
        let stats = format!("compressor.{}.gzip.", library.text("name"));
        if library.get_field("typed_config").is_none() {
            scope.field("compressor_library").refuse("a compressor needs a library");
        }
        Self {
            coding: Coding::Gzip(level(library.get_field("typed_config"))),
            stats,
            first: value.flag("choose_first"),
            enabled: common.get_field("enabled").opt_flag("default_value").unwrap_or(true),
            least: common.int("min_content_length").unwrap_or(30),
            types: if types.is_empty() { TYPES.iter().map(|t| (*t).to_owned()).collect() } else { types },
            no_etag: direction.flag("disable_on_etag_header"),
            hide: direction.flag("remove_accept_encoding_header"),
            statuses: direction
                .items("uncompressible_response_codes")
                .iter()
                .filter_map(|code| code.as_u64().and_then(|c| u16::try_from(c).ok()))
                .collect(),
        }
    }
}

fn level(library: Option<&Value>) -> u32 {
    match library.text("compression_level") {
        "BEST_COMPRESSION" | "COMPRESSION_LEVEL_9" => 9,
        "BEST_SPEED" | "COMPRESSION_LEVEL_1" => 1,
        name => name.strip_prefix("COMPRESSION_LEVEL_").and_then(|n| n.parse().ok()).unwrap_or(6),
    }
}

/// A client's liking of an encoding.
type Liking<'a> = (&'a str, f64);

/// The encoding that a client likes best among those on offer, first ones first; `None` is no encoding. After
/// `compressor_filter.cc`, chooseEncoding.
pub(crate) fn choose<'a>(accepts: &'a str, offered: &[(&'a str, bool)]) -> Option<&'a str> {
    let mut best: Liking<'_> = ("identity", 0.0);
    for item in accepts.split(',') {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let name = name.trim();
        let quality = parameters.split(';').find_map(|p| p.trim().strip_prefix("q=")).map(str::trim);
        let Ok(quality) = quality.map_or(Ok(1.0), str::parse::<f64>) else { continue };
        let offer = offered.iter().find(|(encoding, _)| *encoding == name);
        let known = offer.is_some() || matches!(name, "identity" | "*");
        let preferred = offer.is_some_and(|(_, first)| *first) && quality == best.1;
        if known && quality > 0.0 && (quality > best.1 || preferred) {
            best = (name, quality);
        }
    }
    match best.0 {
        "identity" => None,
        "*" => offered.first().map(|(encoding, _)| *encoding),
        name => offered.iter().find(|(encoding, _)| *encoding == name).map(|(e, _)| *e),
    }
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn the_best_liked_encoding_on_offer_is_chosen() {
        let offered = [("gzip", false), ("br", false)];
        for (accepts, wanted) in [
            ("", None),
            ("gzip", Some("gzip")),
            ("deflate", None),
            ("deflate, gzip;q=0.5, br;q=0.8", Some("br")),
            ("GZIP", None),
            ("gzip;q=0", None),
            ("identity, gzip;q=0.9", None),
            ("*", Some("gzip")),
            ("br, gzip", Some("br")),
            ("gzip;q=x, br;q=0.1", Some("br")),
        ] {
            assert_eq!(choose(accepts, &offered), wanted, "{accepts}");
        }
        assert_eq!(choose("br, gzip", &[("gzip", true), ("br", false)]), Some("gzip"));
    }
}
