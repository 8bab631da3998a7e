//! Routes of delegates put in the place of the routes that name them (`pilot/pkg/model/virtualservice.go` MergeHTTPRoutes).

use std::collections::{BTreeMap, HashMap};

use mp_ir::mesh::{HttpMatch, HttpRoute, Mesh, VirtualService};

use super::{Semantics, visibility};

/// All VirtualServices with hosts, their delegates merged. A delegate that is absent, not visible or in conflict takes away
/// only the routes that would have come from it.
pub(super) fn merge_all(mesh: &Mesh) -> Vec<VirtualService> {
    let is_delegate = |service: &&VirtualService| service.hosts.is_empty();
    let delegates: HashMap<(&str, &str), &VirtualService> = mesh
        .virtual_services
        .iter()
        .filter(is_delegate)
        .map(|service| ((service.meta.namespace(), service.meta.name()), service))
        .collect();
    let roots = mesh.virtual_services.iter().filter(|service| !is_delegate(service));
    roots.map(|root| if is_root(root) { merge(mesh, root, &delegates) } else { root.clone() }).collect()
}

fn is_root(service: &VirtualService) -> bool {
    Semantics::of(service) == Semantics::Istio && service.http.iter().any(|route| route.delegate.is_some())
}

fn merge(
    mesh: &Mesh,
    root: &VirtualService,
    delegates: &HashMap<(&str, &str), &VirtualService>,
) -> VirtualService {
    let mut out = root.clone();
    out.http.clear();
    for route in &root.http {
        let Some(named) = &route.delegate else {
            out.http.push(route.clone());
            continue;
        };
        let home = root.meta.namespace();
        let namespace = if named.namespace.is_empty() { home } else { &named.namespace };
        let Some(delegate) = delegates.get(&(namespace, named.name.as_str())) else { continue };
        let seen = visibility(mesh, delegate);
        let own = seen.own && delegate.meta.namespace() == home;
        if seen.everyone || own || seen.namespaces.iter().any(|ns| ns == home) {
            out.http.extend(delegate.http.iter().filter_map(|part| merge_route(route, part)));
        }
    }
    out
}

/// A delegate's route under its root; `None` when their matches exclude each other.
fn merge_route(root: &HttpRoute, part: &HttpRoute) -> Option<HttpRoute> {
    let mut out = part.clone();
    out.matches = merge_matches(&root.matches, &part.matches)?;
    out.name = joined(&root.name, &part.name);
    let listed = if part.listed_mirrors().is_empty() { root.listed_mirrors() } else { part.listed_mirrors() };
    let listed = listed.to_vec();
    fill(&mut out.rewrite, &root.rewrite);
    fill(&mut out.direct_response, &root.direct_response);
    fill(&mut out.timeout, &root.timeout);
    fill(&mut out.retries, &root.retries);
    fill(&mut out.mirror, &root.mirror);
    fill(&mut out.mirror_percent, &root.mirror_percent);
    fill(&mut out.mirror_percentage, &root.mirror_percentage);
    fill(&mut out.cors, &root.cors);
    out.set_mirrors(listed);
    if !out.fault_written {
        out.fault_written = root.fault_written;
        out.fault_delay.clone_from(&root.fault_delay);
        out.fault_abort.clone_from(&root.fault_abort);
    }
    if !out.headers_written {
        out.headers_written = root.headers_written;
        out.headers.clone_from(&root.headers);
    }
    Some(out)
}

fn fill<T: Clone>(field: &mut Option<T>, root: &Option<T>) {
    if field.is_none() {
        field.clone_from(root);
    }
}

fn joined(root: &str, part: &str) -> String {
    match (root.is_empty(), part.is_empty()) {
        (_, true) => root.to_owned(),
        (true, false) => part.to_owned(),
        (false, false) => format!("{root}-{part}"),
    }
}

/// Each match of the delegate under every match of the root that it does not contradict (`mergeHTTPMatchRequests`).
fn merge_matches(root: &[HttpMatch], part: &[HttpMatch]) -> Option<Vec<HttpMatch>> {
    if root.is_empty() {
        return Some(part.to_vec());
    }
    if part.is_empty() {
        return Some(root.to_vec());
    }
    let mut out = Vec::new();
    for inner in part {
        let before = out.len();
        out.extend(root.iter().filter(|outer| !inner.leaves(outer)).map(|outer| merge_match(outer, inner)));
        if out.len() == before {
            return None;
        }
    }
    Some(out)
}

fn merge_match(root: &HttpMatch, part: &HttpMatch) -> HttpMatch {
    let mut out = part.clone();
    out.name = joined(&root.name, &part.name);
    fill(&mut out.uri, &root.uri);
    fill(&mut out.scheme, &root.scheme);
    fill(&mut out.method, &root.method);
    fill(&mut out.authority, &root.authority);
    under(&mut out.headers, &root.headers);
    under(&mut out.without_headers, &root.without_headers);
    under(&mut out.query_params, &root.query_params);
    under(&mut out.source_labels, &root.source_labels);
    if out.port == 0 {
        out.port = root.port;
    }
    if out.source_namespace.is_empty() {
        out.source_namespace.clone_from(&root.source_namespace);
    }
    if out.gateways.is_empty() {
        out.gateways.clone_from(&root.gateways);
    }
    if out.stat_prefix.is_empty() {
        out.stat_prefix.clone_from(&root.stat_prefix);
    }
    out
}

/// Adds the root's entries that the part does not have.
fn under<V: Clone>(part: &mut BTreeMap<String, V>, root: &BTreeMap<String, V>) {
    for (key, value) in root {
        part.entry(key.clone()).or_insert_with(|| value.clone());
    }
}
