//! Network filters that let connections in or not, compiled.
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::json::Value;

use super::local_limit::Bucket;
use super::matcher::MetadataMatcher;
use super::rbac::Rbac;
use super::value::{Get, Scope};
use crate::server::grpc::GrpcService;

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

/// `envoy.extensions.filters.network.ext_authz.v3.ExtAuthz`
#[derive(Debug)]
pub(crate) struct NetworkAuthz {
    /// Who is asked.
    pub(crate) service: GrpcService,
    /// Its counters begin with `ext_authz.PREFIX`.
    pub(crate) prefix: String,
    /// Whether connections pass when the authorizer fails.
    pub(crate) open: bool,
    /// Only connections with this metadata are asked about.
    pub(crate) metadata: Option<MetadataMatcher>,
    /// Whether the client's certificate is part of a check.
    pub(crate) certificate: bool,
    /// Whether the server name is part of a check.
    pub(crate) tls_session: bool,
}

impl NetworkAuthz {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let Some(service) = value.get_field("grpc_service") else {
            scope.refuse("an authorizer of connections needs a grpc_service");
            return None;
        };
        // Without a timeout a check may take 200 ms.
        let time = Duration::from_millis(200);
        let wanted = value.get_field("filter_enabled_metadata");
        Some(Self {
            service: GrpcService::new(service, time, &scope.field("grpc_service")),
            prefix: value.text("stat_prefix").to_owned(),
            open: value.flag("failure_mode_allow"),
            metadata: wanted.map(|m| MetadataMatcher::new(m, &scope.field("filter_enabled_metadata"))),
            certificate: value.flag("include_peer_certificate"),
            tls_session: value.flag("include_tls_session"),
        })
    }
}

/// Rules for connections.
#[derive(Debug)]
pub(crate) struct NetworkRbac {
    /// Rules that are enforced.
    pub(crate) rules: Option<Rbac>,
    /// Rules whose verdict becomes metadata.
    pub(crate) shadow: Option<Rbac>,
    /// Names in that metadata begin with it.
    pub(crate) prefix: String,
}

impl NetworkRbac {
    pub(super) fn new(config: &Value, scope: &Scope<'_>) -> Self {
        Self {
            rules: Rbac::new(config, "rules", scope),
            shadow: Rbac::new(config, "shadow_rules", scope),
            prefix: config.text("shadow_rules_stat_prefix").to_owned(),
        }
    }
}
