//! Listeners of one proxy (`pilot/pkg/networking/core/listener.go` and its neighbours).

mod address;
mod chain;
mod connection_manager;
mod connection_settings;
mod destination;
mod downstream_tls;
mod extensions;
mod flags;
mod gateway;
mod gateway_chains;
mod headers;
mod inbound;
mod inbound_chains;
mod inspectors;
mod json;
mod log_format;
mod outbound;
mod outbound_chains;
mod outbound_listener;
mod stack;
mod tcp;
mod telemetry;
mod tunnel;
mod virtual_outbound;
mod waypoint;

use mp_ir::mesh::{ProxySettings, TrafficExtension};
use mp_ir::plan::{EscapedSlashes, Listener, ProxyKind, Underscores};

use crate::Context;

use stack::Stack;

/// Which traffic a listener is for (`networking.ListenerClass`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Calls that reach the workload of a sidecar.
    Inbound,
    /// Calls that the workload of a sidecar makes.
    Outbound,
    /// Calls that reach a gateway.
    Gateway,
}

/// All listeners of a proxy, in istiod's order where it has one.
pub(crate) fn listeners(cx: &Context<'_>) -> Vec<Listener> {
    let stack = Stack::new(*cx);
    let mut all = match cx.proxy.kind {
        ProxyKind::Sidecar if *cx.mesh.settings.outbound_listen_port > 0 => sidecar(&stack),
        ProxyKind::Sidecar => Vec::new(),
        ProxyKind::Router => gateway::listeners(&stack),
        ProxyKind::Waypoint => return waypoint::listeners(&stack),
    };
    if crate::plan::tunnel::sends(cx) {
        let class = if cx.proxy.is_sidecar() { Class::Outbound } else { Class::Gateway };
        all.push(tunnel::connect_originate(&stack, class));
    }
    all
}

/// Wasm modules of the proxy, whether or not a listener asks for them (`TrafficExtensionsByName`).
pub(crate) fn modules(cx: &Context<'_>) -> Vec<TrafficExtension> {
    extensions::Extensions::of(cx).modules()
}

/// What a proxy's settings say of paths and headers before policies read them: whether slashes are merged, what becomes of escaped ones,
/// and of headers with `_` in their names.
pub(crate) fn path_settings(
    settings: &ProxySettings,
    gateway: bool,
) -> (Option<bool>, Option<EscapedSlashes>, Option<Underscores>) {
    let stated = connection_settings::ConnectionSettings::of_proxy(settings, gateway);
    (stated.merge_slashes, stated.escaped_slashes, stated.limits.underscores)
}

fn sidecar(stack: &Stack<'_>) -> Vec<Listener> {
    let mut all = outbound::listeners(stack);
    all.extend(virtual_outbound::http_proxy(stack));
    all.extend(virtual_outbound::listener(stack));
    all.extend(inbound::listeners(stack));
    if crate::plan::tunnel::listens(&stack.cx) {
        all.push(tunnel::connect_terminate(stack));
        all.push(inbound::internal(stack));
    }
    all
}
