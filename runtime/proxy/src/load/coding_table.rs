// tidy: table
//! Supported messages: compressors and decompressors.
use super::table::Kind::{Any, Bool, Enum, Int, List, Msg, Str};
use super::table::{Message, inert, run};

pub(super) static COMPRESSOR: Message = Message {
    name: "envoy.extensions.filters.http.compressor.v3.Compressor",
    fields: &[
        run("content_length", Int),
        run("content_type", List(&Str)),
        run("disable_on_etag_header", Bool),
        run("remove_accept_encoding_header", Bool),
        run("runtime_enabled", Msg(&FEATURE_FLAG)),
        run("compressor_library", Msg(&COMPRESSOR_LIBRARY)),
        run("choose_first", Bool),
        run("request_direction_config", Msg(&REQUEST_DIRECTION)),
        run("response_direction_config", Msg(&RESPONSE_DIRECTION)),
    ],
};

pub(super) static COMPRESSOR_PER_ROUTE: Message = Message {
    name: "envoy.extensions.filters.http.compressor.v3.CompressorPerRoute",
    fields: &[run("disabled", Bool), run("overrides", Msg(&OVERRIDES))],
};

static OVERRIDES: Message = Message {
    name: "envoy.extensions.filters.http.compressor.v3.CompressorOverrides",
    fields: &[
        run("response_direction_config", Msg(&RESPONSE_OVERRIDES)),
        run("compressor_library", Msg(&COMPRESSOR_LIBRARY)),
    ],
};

static RESPONSE_OVERRIDES: Message = Message {
    name: "envoy.extensions.filters.http.compressor.v3.ResponseDirectionOverrides",
    fields: &[run("remove_accept_encoding_header", Bool)],
};

static COMPRESSOR_LIBRARY: Message = Message {
    name: "envoy.config.core.v3.TypedExtensionConfig",
    fields: &[run("name", Str), run("typed_config", Any(&[&GZIP, &BROTLI, &ZSTD]))],
};

static BROTLI: Message = Message {
    name: "envoy.extensions.compression.brotli.compressor.v3.Brotli",
    fields: &[
        run("quality", Int),
        run("window_bits", Int),
        inert("encoder_mode", Str, SIZES),
        inert("input_block_bits", Int, SIZES),
        inert("chunk_size", Int, SIZES),
        inert("disable_literal_context_modeling", Bool, SIZES),
    ],
};

static ZSTD: Message = Message {
    name: "envoy.extensions.compression.zstd.compressor.v3.Zstd",
    fields: &[
        run("compression_level", Int),
        run("enable_checksum", Bool),
        inert("strategy", Str, SIZES),
        inert("chunk_size", Int, SIZES),
    ],
};

static GZIP: Message = Message {
    name: "envoy.extensions.compression.gzip.compressor.v3.Gzip",
    fields: &[
        run(
            "compression_level",
            Enum(&[
                "DEFAULT_COMPRESSION",
                "BEST_SPEED",
                "COMPRESSION_LEVEL_1",
                "COMPRESSION_LEVEL_2",
                "COMPRESSION_LEVEL_3",
                "COMPRESSION_LEVEL_4",
                "COMPRESSION_LEVEL_5",
                "COMPRESSION_LEVEL_6",
                "COMPRESSION_LEVEL_7",
                "COMPRESSION_LEVEL_8",
                "COMPRESSION_LEVEL_9",
                "BEST_COMPRESSION",
            ]),
        ),
        inert("memory_level", Int, SIZES),
        inert("compression_strategy", Str, SIZES),
        inert("window_bits", Int, SIZES),
        inert("chunk_size", Int, SIZES),
    ],
};

const SIZES: &str = "changes how small a body gets, not what it says";

static REQUEST_DIRECTION: Message = Message {
    name: "envoy.extensions.filters.http.compressor.v3.Compressor.RequestDirectionConfig",
    fields: &[run("common_config", Msg(&DIRECTION))],
};

static RESPONSE_DIRECTION: Message = Message {
    name: "envoy.extensions.filters.http.compressor.v3.Compressor.ResponseDirectionConfig",
    fields: &[
        run("common_config", Msg(&DIRECTION)),
        run("disable_on_etag_header", Bool),
        run("weaken_etag_on_compress", Bool),
        run("remove_accept_encoding_header", Bool),
        run("uncompressible_response_codes", List(&Int)),
    ],
};

static DIRECTION: Message = Message {
    name: "envoy.extensions.filters.http.compressor.v3.Compressor.CommonDirectionConfig",
    fields: &[
        run("enabled", Msg(&FEATURE_FLAG)),
        run("min_content_length", Int),
        run("content_type", List(&Str)),
    ],
};

static FEATURE_FLAG: Message = Message {
    name: "envoy.config.core.v3.RuntimeFeatureFlag",
    fields: &[run("default_value", Bool), run("runtime_key", Str)],
};

pub(super) static DECOMPRESSOR: Message = Message {
    name: "envoy.extensions.filters.http.decompressor.v3.Decompressor",
    fields: &[
        run("decompressor_library", Msg(&DECOMPRESSOR_LIBRARY)),
        run("request_direction_config", Msg(&INFLATE_REQUEST)),
        run("response_direction_config", Msg(&INFLATE_RESPONSE)),
    ],
};

static INFLATE_REQUEST: Message = Message {
    name: "envoy.extensions.filters.http.decompressor.v3.Decompressor.RequestDirectionConfig",
    fields: &[run("common_config", Msg(&INFLATION)), run("advertise_accept_encoding", Bool)],
};

static INFLATE_RESPONSE: Message = Message {
    name: "envoy.extensions.filters.http.decompressor.v3.Decompressor.ResponseDirectionConfig",
    fields: &[run("common_config", Msg(&INFLATION))],
};

static INFLATION: Message = Message {
    name: "envoy.extensions.filters.http.decompressor.v3.Decompressor.CommonDirectionConfig",
    fields: &[run("enabled", Msg(&FEATURE_FLAG)), run("ignore_no_transform_header", Bool)],
};

static DECOMPRESSOR_LIBRARY: Message = Message {
    name: "envoy.config.core.v3.TypedExtensionConfig",
    fields: &[run("name", Str), run("typed_config", Any(&[&GUNZIP, &UNBROTLI, &UNZSTD]))],
};

static GUNZIP: Message = Message {
    name: "envoy.extensions.compression.gzip.decompressor.v3.Gzip",
    fields: &[
        inert("window_bits", Int, "every window is read"),
        run("chunk_size", Int),
        run("max_inflate_ratio", Int),
    ],
};

static UNBROTLI: Message = Message {
    name: "envoy.extensions.compression.brotli.decompressor.v3.Brotli",
    fields: &[inert("disable_ring_buffer_reallocation", Bool, "how memory is used"), run("chunk_size", Int)],
};

static UNZSTD: Message = Message {
    name: "envoy.extensions.compression.zstd.decompressor.v3.Zstd",
    fields: &[run("chunk_size", Int)],
};
