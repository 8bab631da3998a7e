//! gRPC services that the proxy calls, compiled.
use std::time::Duration;

use crate::json::Value;

use super::value::{Get, Scope};
use crate::server::grpc::GrpcService;

impl GrpcService {
    /// Reads `envoy.config.core.v3.GrpcService`; `time` is for calls without a limit of their own.
    pub(super) fn new(value: &Value, time: Duration, scope: &Scope<'_>) -> Self {
        let envoy = value.get_field("envoy_grpc");
        if envoy.is_none() {
            scope.refuse("only envoy_grpc services are called; replace google_grpc");
        }
        let metadata = value.items("initial_metadata").iter();
        Self {
            cluster: envoy.text("cluster_name").to_owned(),
            authority: envoy.text("authority").to_owned(),
            timeout: value.duration("timeout").unwrap_or(time),
            metadata: metadata
                .map(|h| (h.text("key").to_ascii_lowercase(), h.text("value").to_owned()))
                .collect(),
        }
    }
}
