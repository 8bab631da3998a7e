//! Network filters that let connections in or not, compiled.
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::json::Value;

use super::local_limit::Bucket;
use super::value::Get;

/// A filter that lets connections in or not.
#[derive(Debug)]
pub(crate) enum Gate {
    /// `envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit`
    Rate {
        /// Its counters begin with `local_rate_limit.PREFIX.`
        prefix: String,
        /// A token for each connection.
        bucket: Bucket,
        /// Whether it is on.
        enabled: bool,
    },
    /// `envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit`
    Number {
        /// Its counters begin with `connection_limit.PREFIX.`
        prefix: String,
        /// The most connections at a time.
        most: u64,
        /// Connections now.
        now: Arc<AtomicU64>,
        /// How long a refused connection stays open.
        delay: Duration,
        /// Whether it is on.
        enabled: bool,
    },
}

impl Gate {
    /// Compiles a filter of this type; `None` for any other one.
    pub(super) fn new(kind: &str, value: &Value) -> Option<Self> {
        let prefix = value.text("stat_prefix").to_owned();
        let enabled = value.get_field("runtime_enabled").opt_flag("default_value").unwrap_or(true);
        match kind {
            "LocalRateLimit" => {
                Some(Self::Rate { prefix, bucket: Bucket::new(value.get_field("token_bucket")?), enabled })
            }
            "ConnectionLimit" => Some(Self::Number {
                prefix,
                most: value.int("max_connections").unwrap_or(0),
                now: Arc::default(),
                delay: value.duration("delay").unwrap_or_default(),
                enabled,
            }),
            _ => None,
        }
    }
}
