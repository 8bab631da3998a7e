//! Facts to plan, one folder or file per part of the plan.

mod addresses;
pub mod ambient;
mod bind;
mod clusters;
mod dns_cache;
mod endpoints;
mod listeners;
mod locality;
mod name_table;
mod networks;
mod patches;
mod routes;
pub mod security;
mod traffic_policy;
mod tunnel;

use mp_ir::mesh::Labels;
use mp_ir::plan::{Interception, Plan};

use crate::Context;

pub use routes::unbound;

/// Listeners, route tables and clusters.
pub(crate) fn traffic(cx: &Context<'_>) -> Plan {
    let listeners = listeners::listeners(cx);
    let routes = routes::tables(cx, &listeners);
    Plan { proxy: cx.proxy.clone(), listeners, routes, clusters: clusters::all(cx), ..Plan::default() }
}

/// Everything that one proxy is told.
pub(crate) fn all(cx: &Context<'_>) -> Plan {
    let traffic = traffic(cx);
    let mut plan = Plan {
        endpoints: endpoints::all(cx, &traffic.clusters),
        modules: listeners::modules(cx),
        patches: patches::of_proxy(cx),
        gateway_ports: patches::gateway_ports(cx),
        names: name_table::table(cx),
        ..traffic
    };
    if cx.proxy.is_sidecar() && cx.proxy.interception == Interception::Bind {
        bind::all(&mut plan);
    }
    plan
}

/// Canonical service name and revision of a workload.
pub(crate) fn canonical(labels: &Labels, workload: &str) -> (String, String) {
    let (name, revision) = endpoints::canonical(labels, workload);
    (name.to_owned(), revision.to_owned())
}
