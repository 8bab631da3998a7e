//! What servers and clients do about mutual TLS.

use mp_ir::base::{At, Origin};
use mp_ir::mesh::{
    ClientTls, DestinationRule, Labels, MutualTlsMode, PeerAuthentication, Port, Service, TrafficPolicy,
};

use crate::Cx;
use crate::hosts::{carries, target};
use crate::rules::in_force;

/// The mode that all known Pods of a port agree on; `None` where they do not, where one has no proxy, or where none is known.
pub(crate) fn mode_at(
    cx: &Cx<'_>,
    service: &Service,
    port: &Port,
    labels: Option<&Labels>,
) -> Option<At<MutualTlsMode>> {
    let mut found: Option<At<MutualTlsMode>> = None;
    for workload in cx.hosts.workloads_of(service).filter(|w| labels.is_none_or(|l| carries(w.labels(), l))) {
        let modes = cx.mesh.peer_modes(workload.meta.namespace(), workload.labels());
        let mode = modes.at(target(workload, port)?);
        if !workload.has_proxy || found.is_some_and(|other| other.value != mode.value) {
            return None;
        }
        found = Some(mode);
    }
    found
}

/// What a policy says of TLS to a port; settings of the port replace all others.
pub(crate) fn tls_of<'p>(policy: &'p TrafficPolicy, port: &Port) -> Option<&'p ClientTls> {
    policy.port_level.get(&port.number).map_or(policy.tls.as_ref(), |own| own.tls.as_ref())
}

/// The rule of the clients in the service's own namespace that says something of TLS to a port, with what it says.
pub(crate) fn client_tls<'a>(
    cx: &Cx<'a>,
    service: &Service,
    port: &Port,
) -> Option<(&'a DestinationRule, &'a ClientTls)> {
    let rules = in_force(cx, service.meta.namespace(), service).into_iter();
    rules.filter(|rule| !rule.workload_selector_written).find_map(|rule| {
        let policy = rule.traffic_policy.as_ref()?;
        Some((rule, tls_of(policy, port)?))
    })
}

/// The services of a rule's host: those of the name, or those that its wildcard covers and whose clients follow it.
pub(crate) fn governed<'a>(cx: &Cx<'a>, rule: &DestinationRule) -> Vec<&'a Service> {
    if !rule.host.value.starts_with('*') {
        return match cx.hosts.services(&rule.host.value) {
            crate::Answer::Yes(services) => services,
            crate::Answer::No | crate::Answer::Unknown => Vec::new(),
        };
    }
    let covers = |s: &&Service| crate::hosts::wildcard_covers(&rule.host.value, &s.hostname.value);
    let follow = |s: &&Service| {
        let rules = in_force(cx, s.meta.namespace(), s);
        rules.iter().any(|other| std::ptr::eq(*other, rule))
    };
    cx.mesh.services.iter().filter(covers).filter(follow).collect()
}

/// The policy that states a mode.
pub(crate) fn stating<'a>(cx: &Cx<'a>, origin: Origin) -> Option<&'a PeerAuthentication> {
    let states = |policy: &&PeerAuthentication| {
        let whole = policy.mode.is_some_and(|mode| mode.origin == origin);
        whole || policy.port_level.iter().any(|(_, mode)| mode.origin == origin)
    };
    cx.mesh.peer_authentications.iter().find(states)
}
