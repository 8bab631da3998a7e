//! Which patches of EnvoyFilters a proxy gets, in order (`PushContext.EnvoyFilters`).

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::{EnvoyFilter, EnvoyPatch};
use mp_ir::plan::{Interception, ProxyView};
use regex::Regex;

use super::security::{Subject, attaches};
use crate::Context;
use crate::facts::by_age;

/// Longer expressions are not compiled and match nothing (`maxProxyVersionLen`).
const LONGEST_VERSION: usize = 1024;

/// The patches for a proxy: the root namespace's filters before those of its own namespace, within one priority.
pub(super) fn of_proxy(cx: &Context<'_>) -> Vec<EnvoyPatch> {
    let root = cx.mesh.settings.root_namespace.as_str();
    let mut filters: Vec<&EnvoyFilter> =
        cx.mesh.envoy_filters.iter().filter(|filter| is_for(cx, root, filter)).collect();
    filters.sort_by(|a, b| before(root, a, b));
    let patches = filters.iter().flat_map(|filter| &filter.patches);
    patches.filter(|patch| fits(cx.proxy, patch)).cloned().collect()
}

fn is_for(cx: &Context<'_>, root: &str, filter: &EnvoyFilter) -> bool {
    let namespace = filter.meta.namespace();
    let subject = Subject::of(cx);
    (namespace == root || namespace == cx.proxy.namespace)
        && attaches(cx.mesh, &subject, &filter.meta, &filter.selector, &filter.targets)
}

fn before(root: &str, a: &EnvoyFilter, b: &EnvoyFilter) -> Ordering {
    let own = |filter: &EnvoyFilter| filter.meta.namespace() != root;
    a.priority.cmp(&b.priority).then(own(a).cmp(&own(b))).then_with(|| by_age(&a.meta, &b.meta))
}

/// Whether a patch is for proxies of this version and metadata (`proxyMatch`).
fn fits(proxy: &ProxyView, patch: &EnvoyPatch) -> bool {
    let wanted = &patch.proxy;
    let version = wanted.version.is_empty() || version_fits(proxy, &wanted.version);
    version && wanted.metadata.iter().all(|(key, value)| metadata(proxy, key).as_ref() == Some(value))
}

/// An expression that cannot be read matches every version, as istiod drops it.
fn version_fits(proxy: &ProxyView, pattern: &str) -> bool {
    if pattern.len() > LONGEST_VERSION {
        return false;
    }
    let version = version(proxy);
    Regex::new(pattern).map_or(true, |pattern| pattern.is_match(&version))
}

fn version(proxy: &ProxyView) -> String {
    let of = proxy.istio_version;
    format!("{}.{}.{}", of.0, of.1, of.2)
}

/// What the node says under a key: what was stated, else what every proxy says of itself.
fn metadata(proxy: &ProxyView, key: &str) -> Option<String> {
    if let Some(stated) = proxy.metadata.get(key) {
        return Some(stated.clone());
    }
    Some(match key {
        "ISTIO_VERSION" => version(proxy),
        "NAMESPACE" => proxy.namespace.clone(),
        "SERVICE_ACCOUNT" => proxy.service_account.clone(),
        "NETWORK" if !proxy.network.is_empty() => proxy.network.clone(),
        "WORKLOAD_NAME" => proxy.pod.clone(),
        "INTERCEPTION_MODE" => match proxy.interception {
            Interception::Redirect => "REDIRECT".to_owned(),
            Interception::Tproxy => "TPROXY".to_owned(),
            Interception::None | Interception::Bind => "NONE".to_owned(),
        },
        _ => return None,
    })
}

/// Ports of servers by the port in the name of their route table (`getTargetPortMap`).
pub(super) fn gateway_ports(cx: &Context<'_>) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut out: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let Some(gateways) = cx.gateways else { return out };
    for (name, places) in &gateways.by_route {
        let servers = places.iter().filter_map(|place| gateways.servers.get(*place));
        out.entry(table_port(name)).or_default().extend(servers.map(|server| server.server.port.value));
    }
    out
}

/// The port in the name of a gateway's route table, 0 where it cannot be read (`ParseGatewayRDSRouteName`).
fn table_port(name: &str) -> u32 {
    let port = match (name.strip_prefix("http."), name.strip_prefix("https.")) {
        (Some(port), _) => port,
        (None, Some(rest)) if rest.matches('.').count() == 3 => rest.split('.').next().unwrap_or_default(),
        _ => "",
    };
    port.parse().unwrap_or_default()
}
