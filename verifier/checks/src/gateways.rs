//! Which servers of a gateway a VirtualService is for, and what they read of it.

use mp_ir::mesh::{Gateway, Mesh, Protocol, Server, ServerTlsMode, VirtualService};

use crate::hosts::wildcard_covers;

/// The kind of routes that a server reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// `http`.
    Http,
    /// `tls`: connections are told apart by server name and passed on as they are.
    Tls,
    /// `tcp`.
    Tcp,
}

/// What a server reads (`pilot/pkg/networking/core/gateway.go`, `buildGatewayListeners` and `createGatewayTCPFilterChainOpts`).
pub(crate) fn reads(server: &Server) -> Reads {
    let passes = server
        .tls
        .as_ref()
        .is_some_and(|tls| matches!(tls.mode, ServerTlsMode::Passthrough | ServerTlsMode::AutoPassthrough));
    match server.protocol {
        protocol if protocol.is_http() => Reads::Http,
        Protocol::Https if !passes => Reads::Http,
        protocol if protocol.is_tls() && passes => Reads::Tls,
        _ => Reads::Tcp,
    }
}

/// The gateways of the input that a VirtualService names.
pub(crate) fn bound<'a>(mesh: &'a Mesh, service: &'a VirtualService) -> impl Iterator<Item = &'a Gateway> {
    mesh.gateways.iter().filter(|gateway| {
        let is_it =
            |name: &str| name.split_once('/') == Some((gateway.meta.namespace(), gateway.meta.name()));
        service.gateways.iter().any(|named| is_it(&named.value))
    })
}

/// Whether a server takes some host of a VirtualService.
pub(crate) fn serves(gateway: &Gateway, server: &Server, service: &VirtualService) -> bool {
    server.hosts.iter().any(|host| {
        let (namespace, host) = host.value.split_once('/').unwrap_or(("*", &host.value));
        let admitted = match namespace {
            "*" => true,
            "." => gateway.meta.namespace() == service.meta.namespace(),
            named => named == service.meta.namespace(),
        };
        let meets = |own: &str| wildcard_covers(host, own) || wildcard_covers(own, host);
        admitted && service.hosts.iter().any(|own| meets(&own.value))
    })
}
