//! `connectionSettings` of a proxy: limits of its connections (`connection_settings.go`).

use mp_ir::mesh::ProxySettings;
use mp_ir::plan::{EscapedSlashes, Http2Limits, HttpLimits, ProxyKind, Underscores};
use serde_json::Value;

use crate::Context;

use super::json::Part;

const SECOND: i128 = 1_000_000_000;

/// Limits that the proxy's settings state. Durations are nanoseconds; `None` is not written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ConnectionSettings {
    /// Buffer of a gateway's connection in bytes.
    pub(super) buffer_limit: Option<u32>,
    /// Idle time of a connection.
    pub(super) idle_timeout: Option<i128>,
    /// Idle time of a request.
    pub(super) stream_idle_timeout: Option<i128>,
    /// Further limits of HTTP.
    pub(super) limits: HttpLimits,
    /// Limits of HTTP/2; `None` states none of them.
    pub(super) http2: Option<Http2Limits>,
    /// Several slashes become one.
    pub(super) merge_slashes: Option<bool>,
    /// What is done with `%2F`.
    pub(super) escaped_slashes: Option<EscapedSlashes>,
}

impl ConnectionSettings {
    /// Reads the proxy's settings; the profile `EDGE` fills what a gateway does not state.
    pub(super) fn of(cx: &Context<'_>) -> Self {
        Self::of_proxy(&cx.proxy.settings, cx.proxy.kind == ProxyKind::Router)
    }

    /// The same from the settings of a proxy and whether it is a gateway.
    pub(super) fn of_proxy(settings: &ProxySettings, gateway: bool) -> Self {
        let Some(text) = settings.raw.get("connectionSettings") else { return Self::default() };
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        let part = Part(&value);
        let stated = Self::read(part);
        if gateway && part.text("profile") == "EDGE" { stated.over_edge() } else { stated }
    }

    fn read(part: Part<'_>) -> Self {
        let size = |name: &str| part.get(name).and_then(|_| u32::try_from(part.number(name)).ok());
        let streams =
            ["httpMaxConcurrentStreams", "http2InitialStreamWindowSize", "http2InitialConnectionWindowSize"];
        let [concurrent, stream, connection] = streams;
        let http2 = streams.iter().any(|name| part.get(name).is_some()).then(|| Http2Limits {
            max_concurrent_streams: size(concurrent),
            initial_stream_window: size(stream),
            initial_connection_window: size(connection),
        });
        Self {
            buffer_limit: size("listenerPerConnectionBufferLimitBytes"),
            idle_timeout: part.duration("httpIdleTimeout"),
            stream_idle_timeout: part.duration("httpStreamIdleTimeout"),
            limits: HttpLimits {
                max_connection_duration: part.duration("httpMaxConnectionDuration"),
                max_stream_duration: part.duration("httpMaxStreamDuration"),
                request_timeout: part.duration("httpRequestTimeout"),
                request_headers_timeout: part.duration("httpRequestHeadersTimeout"),
                drain_timeout: part.duration("httpDrainTimeout"),
                underscores: match part.text("httpHeadersWithUnderscoresAction").as_str() {
                    "HEADERS_WITH_UNDERSCORES_REJECT_REQUEST" => Some(Underscores::Reject),
                    "HEADERS_WITH_UNDERSCORES_DROP_HEADER" => Some(Underscores::Drop),
                    _ => None,
                },
            },
            http2,
            merge_slashes: part.get("httpMergeSlashes").and_then(|flag| flag.0.as_bool()),
            escaped_slashes: escaped_slashes(&part.text("httpPathWithEscapedSlashesAction")),
        }
    }

    /// Defaults of a gateway that faces strangers (`applyEdgeProfileDefaults`).
    fn over_edge(self) -> Self {
        let http2 = self.http2.unwrap_or_default();
        Self {
            buffer_limit: self.buffer_limit.or(Some(32 * 1024)),
            idle_timeout: self.idle_timeout.or(Some(3600 * SECOND)),
            stream_idle_timeout: self.stream_idle_timeout.or(Some(300 * SECOND)),
            limits: HttpLimits {
                request_timeout: self.limits.request_timeout.or(Some(300 * SECOND)),
                request_headers_timeout: self.limits.request_headers_timeout.or(Some(60 * SECOND)),
                underscores: self.limits.underscores.or(Some(Underscores::Reject)),
                ..self.limits
            },
            http2: Some(Http2Limits {
                max_concurrent_streams: http2.max_concurrent_streams.or(Some(100)),
                initial_stream_window: http2.initial_stream_window.or(Some(64 * 1024)),
                initial_connection_window: http2.initial_connection_window.or(Some(1024 * 1024)),
            }),
            merge_slashes: self.merge_slashes.or(Some(true)),
            escaped_slashes: self.escaped_slashes.or(Some(EscapedSlashes::Redirect)),
        }
    }
}

fn escaped_slashes(action: &str) -> Option<EscapedSlashes> {
    match action {
        "" | "PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED" => None,
        "REJECT_REQUEST" => Some(EscapedSlashes::Reject),
        "UNESCAPE_AND_REDIRECT" => Some(EscapedSlashes::Redirect),
        "UNESCAPE_AND_FORWARD" => Some(EscapedSlashes::Unescape),
        _ => Some(EscapedSlashes::Keep),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_profile_fills_only_what_is_not_written() {
        let value = serde_json::json!({"httpIdleTimeout": "5s", "httpMaxConcurrentStreams": 7});
        let edge = ConnectionSettings::read(Part(&value)).over_edge();
        assert_eq!((edge.idle_timeout, edge.stream_idle_timeout), (Some(5 * SECOND), Some(300 * SECOND)));
        let http2 = edge.http2.unwrap_or_default();
        assert_eq!((http2.max_concurrent_streams, http2.initial_stream_window), (Some(7), Some(65536)));
    }
}
