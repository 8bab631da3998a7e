//! How HTTP/2 is spoken (`envoy.config.core.v3.Http2ProtocolOptions`), towards clients or endpoints.
use std::sync::Arc;
use std::time::Duration;

use super::value::Get;
use crate::json::Value;

/// Bytes of a stream's window, unless stated.
const WINDOW: u32 = 16 << 20;
/// Bytes of a connection's window, unless stated.
const CONNECTION_WINDOW: u32 = 24 << 20;
/// Streams at once, unless stated.
const STREAMS: u32 = 1024;

/// Settings of connections.
#[derive(Debug, Clone)]
pub(crate) struct Http2 {
    /// How many streams the peer may have open.
    pub(crate) streams: u32,
    /// Bytes of a stream's window.
    pub(crate) window: u32,
    /// Bytes of a connection's window.
    pub(crate) connection_window: u32,
    /// Whether clients may send CONNECT, and learn that upgrades work.
    pub(crate) connect: bool,
    /// How it is found out that a peer is gone.
    pub(crate) keepalive: Option<Arc<Keepalive>>,
}

/// Pings that have to be answered (`envoy.config.core.v3.KeepaliveSettings`).
#[derive(Debug)]
pub(crate) struct Keepalive {
    /// Time between an answer and the next ping; zero for none.
    pub(crate) interval: Duration,
    /// Longest silence behind a ping.
    pub(crate) timeout: Duration,
    /// How much longer an interval may be, in percent of it.
    pub(crate) jitter: f64,
    /// A request behind a silence that is longer than this brings a ping; zero for none.
    pub(crate) idle: Duration,
}

impl Http2 {
    pub(super) fn new(options: Option<&Value>) -> Self {
        let number = |field: &str| options.int(field).and_then(|n| u32::try_from(n).ok());
        Self {
            streams: number("max_concurrent_streams").unwrap_or(STREAMS),
            window: number("initial_stream_window_size").unwrap_or(WINDOW),
            connection_window: number("initial_connection_window_size").unwrap_or(CONNECTION_WINDOW),
            connect: options.flag("allow_connect"),
            keepalive: options.get_field("connection_keepalive").map(|value| Arc::new(Keepalive::new(value))),
        }
    }

    /// Of an endpoint: the options of a cluster stand in one of several places.
    pub(super) fn of_cluster(cluster: &Value, options: Option<&Value>) -> Self {
        let holders = ["explicit_http_config", "use_downstream_protocol_config"];
        let mut stated = holders.iter().filter_map(|holder| options.get_field(holder)).chain([cluster]);
        Self::new(stated.find_map(|holder| holder.get_field("http2_protocol_options")))
    }
}

impl Default for Http2 {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Keepalive {
    fn new(value: &Value) -> Self {
        let time = |field: &str| value.duration(field).unwrap_or_default();
        let jitter = value.get_field("interval_jitter");
        Self {
            interval: time("interval"),
            timeout: time("timeout"),
            jitter: jitter
                .map_or(15.0, |percent| percent.get_field("value").and_then(Value::as_f64).unwrap_or(0.0)),
            idle: time("connection_idle_interval"),
        }
    }
}
