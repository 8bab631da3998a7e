// tidy: table
//! Supported messages: access logs that are sent to a service.
use super::filter_table::GRPC_SERVICE;
use super::listener_table::EXTENSION;
use super::table::Kind::{Bool, Duration, Enum, Int, List, Msg, Str};
use super::table::{Message, inert, run};

const BATCHES: &str = "entries are sent every second";

pub(super) static HTTP_SERVICE_LOG: Message = Message {
    name: "envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig",
    fields: &[
        run("common_config", Msg(&COMMON)),
        run("additional_request_headers_to_log", List(&Str)),
        run("additional_response_headers_to_log", List(&Str)),
        run("additional_response_trailers_to_log", List(&Str)),
    ],
};

pub(super) static TCP_SERVICE_LOG: Message = Message {
    name: "envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig",
    fields: &[run("common_config", Msg(&COMMON))],
};

static COMMON: Message = Message {
    name: "envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig",
    fields: &[
        run("log_name", Str),
        run("grpc_service", Msg(&GRPC_SERVICE)),
        inert("transport_api_version", Enum(&["AUTO", "V3"]), "the only one"),
        inert("buffer_flush_interval", Duration, BATCHES),
        inert("buffer_size_bytes", Int, BATCHES),
        run("filter_state_objects_to_log", List(&Str)),
    ],
};

pub(super) static OTLP_LOG: Message = Message {
    name: "envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig",
    fields: &[
        run("common_config", Msg(&COMMON)),
        run("disable_builtin_labels", Bool),
        run("resource_attributes", Msg(&PAIRS)),
        run("body", Msg(&TEXT)),
        run("attributes", Msg(&PAIRS)),
        inert("stat_prefix", Str, "a statistic"),
        inert("formatters", List(&Msg(&EXTENSION)), "REQ_WITHOUT_QUERY, METADATA and CEL are built in"),
    ],
};

static PAIRS: Message = Message {
    name: "opentelemetry.proto.common.v1.KeyValueList",
    fields: &[run("values", List(&Msg(&PAIR)))],
};

static PAIR: Message = Message {
    name: "opentelemetry.proto.common.v1.KeyValue",
    fields: &[run("key", Str), run("value", Msg(&TEXT))],
};

static TEXT: Message =
    Message { name: "opentelemetry.proto.common.v1.AnyValue", fields: &[run("string_value", Str)] };
