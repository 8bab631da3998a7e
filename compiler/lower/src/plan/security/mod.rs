//! Security of one proxy: mutual TLS per port, tokens, and authorization
//! (`pilot/pkg/security/{authn,authz,trustdomain}`, `pilot/pkg/model/{authorization,authentication,policyattachment}.go`).

mod bound;
mod clause;
mod doubts;
mod ext_authz;
mod generate;
mod header_doubts;
mod jwt;
mod points;
mod rbac;
mod select;
mod trust_domain;
mod waypoint_points;

use mp_ir::base::At;
use mp_ir::mesh::{Mesh, MutualTlsMode};
use mp_ir::plan::{Dropped, HttpSecurity, ProxyKind, RbacFilter, TcpSecurity};

pub use bound::is_policy_bound;
pub(crate) use ext_authz::lookup_cluster;
pub use mp_ir::mesh::PeerModes;
pub use points::{enforcement_point, enforcement_points, is_captured, point_workloads};
pub use select::Subject;
pub(crate) use select::{attaches, selects};

use crate::Context;

/// HTTP filters of inbound and gateway chains, in the order CUSTOM, tokens, AUDIT, DENY, ALLOW.
#[must_use]
pub fn http_filters(cx: &Context<'_>) -> HttpSecurity {
    http_security(cx.mesh, &Subject::of(cx), &mut Vec::new())
}

/// Network filters of inbound TCP chains, and of the TCP chains of a gateway.
#[must_use]
pub fn tcp_filters(cx: &Context<'_>) -> TcpSecurity {
    tcp_security(cx.mesh, &Subject::of(cx), &mut Vec::new())
}

/// HTTP filters of what takes tunnels: the rules for connections of the policies that would be those of a proxy that is no waypoint, where istiod is
/// told to stack them up (`buildHCMConnectTerminateChain`, `NewWaypointTerminationBuilder`).
#[must_use]
pub fn tunnel_filters(cx: &Context<'_>) -> Vec<RbacFilter> {
    if !cx.mesh.compat.flag("ENABLE_LAYERED_WAYPOINT_AUTHORIZATION_POLICIES", false) {
        return Vec::new();
    }
    let subject = Subject { waypoint: false, ..Subject::of(cx) };
    tcp_security(cx.mesh, &subject, &mut Vec::new()).rbac
}

/// The effective modes of mutual TLS of the proxy's workload (`authn.ComposePeerAuthentication`).
#[must_use]
pub fn peer_modes(cx: &Context<'_>) -> PeerModes {
    cx.mesh.peer_modes(&cx.proxy.namespace, &cx.proxy.labels)
}

/// The effective modes of any workload.
pub(crate) fn workload_modes(mesh: &Mesh, namespace: &str, labels: &mp_ir::mesh::Labels) -> PeerModes {
    mesh.peer_modes(namespace, labels)
}

/// Mode of mutual TLS at one port of the proxy's workload.
#[must_use]
pub fn mtls_mode(cx: &Context<'_>, port: u32) -> At<MutualTlsMode> {
    peer_modes(cx).at(port)
}

/// The mode that a namespace's policy, or the mesh's, asks for; `None` where no policy speaks
/// (`AuthenticationPolicies.GetNamespaceMutualTLSMode`).
#[must_use]
pub fn namespace_mtls_mode(mesh: &Mesh, namespace: &str) -> Option<MutualTlsMode> {
    mesh.namespace_mutual_tls(namespace)
}

/// Trust domains that the handshake accepts; empty accepts any (`authn.TrustDomainsForValidation`).
#[must_use]
pub fn trust_domains_for_validation(mesh: &Mesh) -> Vec<String> {
    trust_domain::for_validation(mesh)
}

pub(crate) fn http_security(mesh: &Mesh, subject: &Subject<'_>, dropped: &mut Vec<Dropped>) -> HttpSecurity {
    let policies = select::authorization_policies(mesh, subject);
    let mut build = rbac::Build { mesh, tcp: false, dropped };
    HttpSecurity {
        custom: build.custom(&policies.custom),
        jwt: jwt::filter(mesh, subject),
        rbac: build.local(&policies),
    }
}

pub(crate) fn tcp_security(mesh: &Mesh, subject: &Subject<'_>, dropped: &mut Vec<Dropped>) -> TcpSecurity {
    let policies = select::authorization_policies(mesh, subject);
    let mut build = rbac::Build { mesh, tcp: true, dropped };
    TcpSecurity { custom: build.custom(&policies.custom), rbac: build.local(&policies) }
}

impl<'a> Subject<'a> {
    /// The proxy's own.
    pub(crate) fn of(cx: &Context<'a>) -> Self {
        Subject {
            namespace: &cx.proxy.namespace,
            labels: &cx.proxy.labels,
            waypoint: cx.proxy.kind == ProxyKind::Waypoint,
            service: None,
            router: cx.proxy.kind != ProxyKind::Sidecar,
        }
    }
}
