//! What all listeners of one proxy share.

use mp_ir::mesh::{ExtensionPhase, Service};
use mp_ir::plan::{HttpFilter, HttpSecurity, NetworkFilter, ProxyKind, TcpSecurity};

use crate::Context;
use crate::plan::security::{self, Subject};

use super::Class;
use super::connection_settings::ConnectionSettings;
use super::extensions::Extensions;
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
    /// Filters that users bring along.
    pub(super) extensions: Extensions<'a>,
}

impl<'a> Stack<'a> {
    /// Reads flags and policies.
    pub(super) fn new(cx: Context<'a>) -> Self {
        let flags = Flags::new(&cx.mesh.compat);
        let telemetry = Telemetry::new(&cx, &flags, None);
        let connections = ConnectionSettings::of(&cx);
        let mut out = Self {
            cx,
            flags,
            connections,
            telemetry,
            http: security::http_filters(&cx),
            tcp: security::tcp_filters(&cx),
            extensions: Extensions::of(&cx),
        };
        if cx.proxy.kind == ProxyKind::Waypoint {
            out.identify_by_tunnel(true);
        }
        out
    }

    /// The same for traffic of one service behind a waypoint, which policies and Telemetry may name.
    pub(super) fn of_service(&self, service: &Service) -> Self {
        let subject = Subject { service: Some(service), ..Subject::of(&self.cx) };
        let mut out = Self {
            telemetry: Telemetry::new(&self.cx, &self.flags, Some(service)),
            http: security::http_security(self.cx.mesh, &subject, &mut Vec::new()),
            tcp: security::tcp_security(self.cx.mesh, &subject, &mut Vec::new()),
            ..self.clone()
        };
        out.identify_by_tunnel(true);
        out
    }

    /// The same for what came out of a tunnel to a sidecar.
    pub(super) fn tunnelled(&self) -> Self {
        let mut out = self.clone();
        out.identify_by_tunnel(false);
        out
    }

    /// Callers are who the tunnel says they are; with `custom` for external authorisers too.
    fn identify_by_tunnel(&mut self, custom: bool) {
        let asked = self.http.custom.iter_mut().chain(&mut self.tcp.custom).filter(|_| custom);
        let asked = asked.map(|custom| &mut custom.rbac);
        for filter in self.http.rbac.iter_mut().chain(&mut self.tcp.rbac).chain(asked) {
            filter.by_tunnel = true;
        }
    }

    /// What listeners of a class tell about their traffic.
    pub(super) fn telemetry(&self, class: Class) -> &PerClass {
        self.telemetry.of(class)
    }

    /// Filters of policies and extensions in HTTP chains: CUSTOM, tokens, then AUDIT, DENY and ALLOW, the first phases of
    /// extensions between them. Outbound chains of a sidecar have no policies.
    pub(super) fn http_security(&self, class: Class, port: u32) -> Vec<HttpFilter> {
        let extensions = |phase| self.extensions.http(class, port, phase);
        let mut out = Vec::new();
        let checked = class != Class::Outbound;
        if checked {
            for custom in &self.http.custom {
                out.push(HttpFilter::Rbac(custom.rbac.clone()));
                out.extend(custom.ext_authz.clone().map(HttpFilter::ExtAuthz));
            }
        }
        out.extend(extensions(ExtensionPhase::Authn));
        out.extend(self.http.jwt.clone().filter(|_| checked).map(HttpFilter::Jwt));
        out.extend(extensions(ExtensionPhase::Authz));
        if checked {
            out.extend(self.http.rbac.iter().cloned().map(HttpFilter::Rbac));
        }
        out
    }

    /// The last phases of extensions in HTTP chains.
    pub(super) fn http_extensions(&self, class: Class, port: u32) -> Vec<HttpFilter> {
        let mut out = self.extensions.http(class, port, ExtensionPhase::Stats);
        out.extend(self.extensions.http(class, port, ExtensionPhase::Unspecified));
        out
    }

    /// Filters of policies in TCP chains: CUSTOM, and AUDIT, DENY and ALLOW.
    pub(super) fn tcp_security(&self) -> (Vec<NetworkFilter>, Vec<NetworkFilter>) {
        let custom = self.tcp.custom.iter().flat_map(|custom| {
            let ask = custom.ext_authz.clone().map(NetworkFilter::ExtAuthz);
            [Some(NetworkFilter::Rbac(custom.rbac.clone())), ask].into_iter().flatten()
        });
        (custom.collect(), self.tcp.rbac.iter().cloned().map(NetworkFilter::Rbac).collect())
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
