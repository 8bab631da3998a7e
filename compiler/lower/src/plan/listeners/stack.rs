//! What all listeners of one proxy share.

use mp_ir::plan::{HttpFilter, HttpSecurity, NetworkFilter, TcpSecurity};

use crate::Context;
use crate::plan::security;

use super::Class;
use super::connection_settings::ConnectionSettings;
use super::flags::Flags;
use super::telemetry::{PerClass, Telemetry};

/// The proxy with all that is computed once for it.
#[derive(Clone, Debug)]
pub(super) struct Stack<'a> {
    /// The mesh and the proxy.
    pub(super) cx: Context<'a>,
    /// Feature flags.
    pub(super) flags: Flags,
    /// Limits of connections.
    pub(super) connections: ConnectionSettings,
    telemetry: Telemetry,
    http: HttpSecurity,
    tcp: TcpSecurity,
}

impl<'a> Stack<'a> {
    /// Reads flags and policies.
    pub(super) fn new(cx: Context<'a>) -> Self {
        let flags = Flags::new(&cx.mesh.compat);
        let telemetry = Telemetry::new(&cx, &flags);
        let connections = ConnectionSettings::of(&cx);
        Self {
            cx,
            flags,
            connections,
            telemetry,
            http: security::http_filters(&cx),
            tcp: security::tcp_filters(&cx),
        }
    }

    /// What listeners of a class tell about their traffic.
    pub(super) fn telemetry(&self, class: Class) -> &PerClass {
        self.telemetry.of(class)
    }

    /// Filters of policies in HTTP chains: CUSTOM, tokens, then AUDIT, DENY and ALLOW. Outbound chains of a sidecar have none.
    pub(super) fn http_security(&self, class: Class) -> Vec<HttpFilter> {
        if class == Class::Outbound {
            return Vec::new();
        }
        let custom = self.http.custom.iter().flat_map(|custom| {
            let ask = custom.ext_authz.clone().map(HttpFilter::ExtAuthz);
            [Some(HttpFilter::Rbac(custom.rbac.clone())), ask].into_iter().flatten()
        });
        let jwt = self.http.jwt.clone().map(HttpFilter::Jwt);
        custom.chain(jwt).chain(self.http.rbac.iter().cloned().map(HttpFilter::Rbac)).collect()
    }

    /// Filters of policies in TCP chains: CUSTOM, then AUDIT, DENY and ALLOW.
    pub(super) fn tcp_security(&self) -> Vec<NetworkFilter> {
        let custom = self.tcp.custom.iter().flat_map(|custom| {
            let ask = custom.ext_authz.clone().map(NetworkFilter::ExtAuthz);
            [Some(NetworkFilter::Rbac(custom.rbac.clone())), ask].into_iter().flatten()
        });
        custom.chain(self.tcp.rbac.iter().cloned().map(NetworkFilter::Rbac)).collect()
    }

    /// HTTP/1.0 is spoken: everywhere by flag, or by this proxy (`HTTP10` in its metadata).
    pub(super) fn http10(&self) -> bool {
        self.flags.http10 || self.cx.proxy.metadata.get("HTTP10").is_some_and(|v| v == "1")
    }

    /// Idle timeout that the proxy's metadata state, in nanoseconds.
    pub(super) fn idle_timeout(&self) -> Option<i128> {
        self.cx.proxy.metadata.get("IDLE_TIMEOUT").and_then(|text| super::flags::go_duration(text))
    }
}
