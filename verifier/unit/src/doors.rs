//! Which route table a request meets at a proxy.

use mp_eval::{HttpCall, NearRoute, PathOutcome, near_routes, normalize, taken};
use mp_ir::plan::{
    Direction, FilterChain, HttpConnectionManager, Listener, NetworkFilter, PathRules, Plan, RouteSource,
    RouteTable,
};

use crate::verdict::Note;

/// A way into the proxy that speaks HTTP.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Door<'p> {
    /// Its routes.
    pub(crate) table: &'p RouteTable,
    /// Port of the workload.
    pub(crate) port: u32,
    /// What is done to paths.
    pub(crate) paths: PathRules,
    /// The listener, and its connection manager.
    pub(crate) listener: &'p Listener,
    pub(crate) manager: &'p HttpConnectionManager,
    tls: bool,
}

/// Host and port of an authority.
pub(crate) fn split_port(authority: &str) -> (&str, Option<u32>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') => match port.parse::<u16>() {
            Ok(port) => (host, Some(u32::from(port))),
            Err(_) => (authority, None),
        },
        _ => (authority, None),
    }
}

/// The door of a gateway that speaks the scheme: one at the stated port; without one that of the usual port, else the first that has a
/// virtual host for the request.
pub(crate) fn of_gateway<'p>(plan: &'p Plan, stated: Option<u32>, call: &HttpCall) -> Option<Door<'p>> {
    let https = call.scheme == "https";
    let wanted = stated.unwrap_or(if https { 443 } else { 80 });
    let ports = plan.proxy.arrives_at(wanted);
    let at_port = |door: &Door<'_>| ports.contains(&door.port);
    let all: Vec<Door<'p>> = doors(plan).map(|(door, _)| door).filter(|door| door.tls == https).collect();
    let fits = |door: &&Door<'_>| stated.is_none() || at_port(door);
    let serves = |door: &&Door<'_>| taken(door.table, call).is_some();
    let served: Vec<&Door<'p>> = all.iter().filter(fits).filter(serves).collect();
    let best = served.iter().find(|door| at_port(door)).or(served.first()).copied();
    best.or_else(|| all.iter().find(fits)).copied()
}

/// The door of a sidecar for calls of its workload: the table of the port, or that of the called service alone where the protocol of
/// the port is found out.
pub(crate) fn of_sidecar<'p>(plan: &'p Plan, port: u32, host: &str, domain: &str) -> Option<Door<'p>> {
    let mut general = None;
    for (door, name) in doors(plan).filter(|(door, _)| door.port == port) {
        match name.rsplit_once(':') {
            Some((service, _)) if means(host, service, &plan.proxy.namespace, domain) => return Some(door),
            Some(_) => {}
            None => general = general.or(Some(door)),
        }
    }
    general
}

/// Whether a caller in a namespace means this service by a name.
fn means(name: &str, service: &str, namespace: &str, domain: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let forms = [
        name.clone(),
        format!("{name}.{domain}"),
        format!("{name}.svc.{domain}"),
        format!("{name}.{namespace}.svc.{domain}"),
    ];
    forms.iter().any(|form| form == service)
}

/// The path as routes see it, or the status by which the proxy refuses it.
pub(crate) fn path_at(paths: PathRules, path: &str) -> Result<String, u32> {
    match normalize(path.as_bytes(), paths) {
        PathOutcome::Path(path) => Ok(String::from_utf8_lossy(&path).into_owned()),
        PathOutcome::Refused(status) => Err(u32::from(status)),
        PathOutcome::Redirected => Err(307),
    }
}

/// The routes that nearly took a request.
pub(crate) fn near_notes(table: &RouteTable, call: &HttpCall) -> Vec<Note> {
    let one = |near: NearRoute| {
        let name =
            if near.route.is_empty() { "a route".to_owned() } else { format!("route `{}`", near.route) };
        Note::new(format!("{name}: {}", near.missed), near.origin)
    };
    near_routes(table, call).into_iter().map(one).collect()
}

fn doors(plan: &Plan) -> impl Iterator<Item = (Door<'_>, &str)> {
    let listeners = plan.listeners.iter().filter(|listener| listener.direction == Direction::Outbound);
    let found = listeners.flat_map(|listener| managers(listener).map(move |found| (listener, found)));
    found.filter_map(|(listener, (chain, manager))| {
        let table = match &manager.routes {
            RouteSource::Inline(table) => table.as_ref(),
            RouteSource::Named(name) => plan.routes.iter().find(|table| table.name == *name)?,
        };
        let (port, tls) = (listener.address.port, chain.tls.is_some());
        let door = Door { table, port, paths: manager.paths, listener, manager, tls };
        Some((door, table.name.as_str()))
    })
}

/// The connection managers of a listener with their chains.
pub(crate) fn managers(listener: &Listener) -> impl Iterator<Item = (&FilterChain, &HttpConnectionManager)> {
    let chains = listener.chains.iter().chain(&listener.default_chain);
    chains.flat_map(|chain| {
        chain.filters.iter().filter_map(move |filter| match filter {
            NetworkFilter::Http(manager) => Some((chain, manager.as_ref())),
            _ => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_mean_services_of_the_own_namespace() {
        let full = "cart.shop.svc.cluster.local";
        let means = |name: &str, namespace: &str| means(name, full, namespace, "cluster.local");
        assert!(means("cart", "shop") && means("cart.shop", "pay") && means("cart.shop.svc", "pay"));
        assert!(
            means("Cart.shop.svc.cluster.local.", "pay") && !means("cart", "pay") && !means("car", "shop")
        );
    }

    #[test]
    fn ports_of_authorities() {
        assert_eq!(split_port("a.b:80"), ("a.b", Some(80)));
        assert_eq!(split_port("a.b"), ("a.b", None));
        assert_eq!(split_port("[::1]:80"), ("[::1]", Some(80)));
        assert_eq!(split_port("[::1]"), ("[::1]", None));
    }
}
