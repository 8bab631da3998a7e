//! Libraries that compress and decompress.
use super::value::{Get, Scope};
use crate::json::Value;

/// How bytes are compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Coding {
    /// gzip, with zlib's level.
    Gzip(u32),
    /// Brotli.
    Brotli {
        /// 0 to 11.
        quality: i32,
        /// The window's size, as a power of two.
        window: i32,
    },
    /// Zstandard.
    Zstd {
        /// Its level.
        level: i32,
        /// Whether a checksum ends each frame.
        checksum: bool,
    },
}

/// The formats of compressed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// gzip.
    Gzip,
    /// Brotli.
    Brotli,
    /// Zstandard.
    Zstd,
}

/// How bytes are decompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoding {
    /// Their format.
    pub(crate) format: Format,
    /// How many bytes come of one at most.
    pub(crate) ratio: u64,
    /// How many bytes come at a time.
    pub(crate) chunk: u64,
}

impl Format {
    fn new(library: Option<&Value>) -> Option<Self> {
        let kind = library.get_field("typed_config").map(|c| c.type_name().to_owned()).unwrap_or_default();
        Some(match kind.rsplit('.').next().unwrap_or_default() {
            "Gzip" => Self::Gzip,
            "Brotli" => Self::Brotli,
            "Zstd" => Self::Zstd,
            _ => return None,
        })
    }

    /// Its name in headers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Its name in statistics.
    pub(crate) fn library(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "brotli",
            Self::Zstd => "zstd",
        }
    }
}

impl Coding {
    /// Compiles a compressor's library.
    pub(super) fn new(library: Option<&Value>, scope: &Scope<'_>) -> Self {
        let config = library.get_field("typed_config");
        let small = |name: &str, default: i32| {
            config.int(name).and_then(|n| i32::try_from(n).ok()).unwrap_or(default)
        };
        match Format::new(library) {
            Some(Format::Gzip) => Self::Gzip(level(config)),
            Some(Format::Brotli) => {
                Self::Brotli { quality: small("quality", 3), window: small("window_bits", 18) }
            }
            Some(Format::Zstd) => {
                Self::Zstd { level: small("compression_level", 0), checksum: config.flag("enable_checksum") }
            }
            None => {
                scope.field("compressor_library").refuse("a compressor needs a library");
                Self::Gzip(0)
            }
        }
    }

    /// The format it makes.
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::Gzip(_) => Format::Gzip,
            Self::Brotli { .. } => Format::Brotli,
            Self::Zstd { .. } => Format::Zstd,
        }
    }
}

impl Decoding {
    /// Compiles a decompressor's library.
    pub(super) fn new(library: Option<&Value>, scope: &Scope<'_>) -> Self {
        let config = library.get_field("typed_config");
        let format = Format::new(library);
        if format.is_none() {
            scope.field("decompressor_library").refuse("a decompressor needs a library");
        }
        let format = format.unwrap_or(Format::Gzip);
        // What zstd recommends is a block.
        let chunk = if format == Format::Zstd { 1 << 17 } else { 4096 };
        Self {
            format,
            ratio: config.int("max_inflate_ratio").unwrap_or(100),
            chunk: config.int("chunk_size").unwrap_or(chunk).max(1),
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
