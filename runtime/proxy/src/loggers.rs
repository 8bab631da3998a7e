//! Loggers and their levels, by the names that Envoy gives them (`source/common/common/logger.h`).
use std::sync::atomic::{AtomicU8, Ordering};

/// Names, in the order in which Envoy lists them. Only scripts log here, to `lua`; tools set and read the others all the same.
const NAMES: [&str; 73] = [
    "a2a",
    "admin",
    "ai_protocol_manager",
    "alternate_protocols_cache",
    "aws",
    "assert",
    "backtrace",
    "basic_auth",
    "cache_filter",
    "client",
    "config",
    "connection",
    "conn_handler",
    "compression",
    "credential_injector",
    "decompression",
    "dns",
    "dubbo",
    "envoy_bug",
    "ext_authz",
    "ext_proc",
    "rocketmq",
    "file",
    "filter",
    "forward_proxy",
    "geolocation",
    "grpc",
    "happy_eyeballs",
    "hc",
    "health_checker",
    "http",
    "http2",
    "hystrix",
    "init",
    "io",
    "jwt",
    "json_rpc",
    "kafka",
    "key_value_store",
    "lua",
    "local_rate_limit",
    "main",
    "matcher",
    "mcp",
    "misc",
    "mongo",
    "multi_connection",
    "notification",
    "oauth2",
    "quic",
    "quic_stream",
    "pool",
    "rate_limit_quota",
    "rbac",
    "rds",
    "redis",
    "router",
    "runtime",
    "stats",
    "secret",
    "sse",
    "tap",
    "testing",
    "thrift",
    "tracing",
    "upstream",
    "udp",
    "wasm",
    "websocket",
    "golang",
    "stats_sinks",
    "dynamic_modules",
    "ip_tagging",
];

/// How grave a line must be to be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Everything.
    Trace,
    /// What helps to find a fault.
    Debug,
    /// What is worth knowing.
    Info,
    /// What may be wrong.
    Warning,
    /// What is wrong.
    Error,
    /// What ends the work.
    Critical,
    /// Nothing.
    Off,
}

impl Level {
    /// All of them, the least grave first.
    pub(crate) const ALL: [Self; 7] =
        [Self::Trace, Self::Debug, Self::Info, Self::Warning, Self::Error, Self::Critical, Self::Off];

    /// The name, as the admin interface writes and reads it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Off => "off",
        }
    }

    /// The level of a name; no other spelling is taken.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    fn stored(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Off)
    }
}

/// The level of every logger.
#[derive(Debug)]
pub(crate) struct Loggers([AtomicU8; NAMES.len()]);

impl Default for Loggers {
    /// All at `info`, as Envoy starts without `-l`.
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU8::new(Level::Info as u8)))
    }
}

impl Loggers {
    /// Names and levels.
    pub(crate) fn list(&self) -> impl Iterator<Item = (&'static str, Level)> {
        NAMES
            .into_iter()
            .zip(&self.0)
            .map(|(name, level)| (name, Level::stored(level.load(Ordering::Relaxed))))
    }

    /// The level of a logger; one that is not there logs nothing.
    pub(crate) fn level(&self, name: &str) -> Level {
        self.list().find(|(known, _)| *known == name).map_or(Level::Off, |(_, level)| level)
    }

    /// Sets all loggers.
    pub(crate) fn set_all(&self, level: Level) {
        self.0.iter().for_each(|stored| stored.store(level as u8, Ordering::Relaxed));
    }

    /// Sets some loggers, the last mention of a name counts; none of them, and `false`, when one is not there.
    pub(crate) fn set(&self, changes: &[(&str, Level)]) -> bool {
        let known = changes.iter().all(|(name, _)| NAMES.contains(name));
        for (name, level) in changes.iter().filter(|_| known) {
            let place = NAMES.iter().zip(&self.0).find(|(known, _)| *known == name);
            place.into_iter().for_each(|(_, stored)| stored.store(*level as u8, Ordering::Relaxed));
        }
        known
    }
}
