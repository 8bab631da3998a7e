//! HTTP towards endpoints.

use mp_ir::plan::{Http2Options, UpstreamHttp, UpstreamProtocol};
use serde_json::{Value, json};

use crate::json::{Object, duration, extension};

const OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const PRESERVE_CASE: &str =
    "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig";

/// `typedExtensionProtocolOptions`.
pub(super) fn options(http: &UpstreamHttp) -> Value {
    let common = Object::new()
        .maybe("idleTimeout", http.idle_timeout.map(duration))
        .maybe("maxRequestsPerConnection", http.max_requests_per_connection)
        .maybe("maxConnectionDuration", http.max_connection_duration.map(duration));
    let upstream = Object::new()
        .unless_default("autoSni", http.auto_sni)
        .unless_default("autoSanValidation", http.auto_san_validation);
    let object = Object::typed(OPTIONS)
        .unless_default("commonHttpProtocolOptions", common)
        .unless_default("upstreamHttpProtocolOptions", upstream);
    Object::new().set(OPTIONS, protocol(object, &http.protocol)).into()
}

fn protocol(object: Object, protocol: &UpstreamProtocol) -> Object {
    match protocol {
        UpstreamProtocol::Http1 { preserve_case } => {
            object.set("explicitHttpConfig", json!({"httpProtocolOptions": http1(*preserve_case)}))
        }
        UpstreamProtocol::Http2(options) => {
            object.set("explicitHttpConfig", json!({"http2ProtocolOptions": http2(options)}))
        }
        UpstreamProtocol::Downstream { preserve_case, http2: options } => object.set(
            "useDownstreamProtocolConfig",
            json!({"httpProtocolOptions": http1(*preserve_case), "http2ProtocolOptions": http2(options)}),
        ),
        UpstreamProtocol::Unstated => object.set("explicitHttpConfig", json!({"httpProtocolOptions": {}})),
    }
}

fn http1(preserve_case: bool) -> Value {
    if !preserve_case {
        return json!({});
    }
    let formatter = extension("preserve_case", Object::typed(PRESERVE_CASE));
    json!({"headerKeyFormat": {"statefulFormatter": formatter}})
}

fn http2(options: &Http2Options) -> Value {
    let keepalive = options.keepalive.map(|(interval, timeout)| {
        Object::new().maybe("interval", interval.map(duration)).maybe("timeout", timeout.map(duration))
    });
    Object::new()
        .maybe("maxConcurrentStreams", options.max_concurrent_streams)
        .maybe("connectionKeepalive", keepalive)
        .unless_default("allowConnect", options.allow_connect)
        .maybe("initialStreamWindowSize", options.stream_window)
        .maybe("initialConnectionWindowSize", options.connection_window)
        .into()
}
