//! Which route table of a gateway has a host, for tests that say nothing of how it is called.

use mp_eval::{HttpCall, NearRoute, PathOutcome, near_routes, normalize, taken};
use mp_ir::plan::{
    Direction, FilterChain, HttpConnectionManager, Listener, NetworkFilter, PathRules, Plan, RouteSource,
    RouteTable,
};

use crate::verdict::Note;

/// A way into a gateway that speaks HTTP.
#[derive(Clone, Copy, Debug)]
struct Door<'p> {
    table: &'p RouteTable,
    /// Port of the workload.
    port: u32,
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

/// The table of a gateway for the scheme: one at the stated port; without one that of the usual port, else the first that has a
/// virtual host for the request.
pub(crate) fn of_gateway<'p>(plan: &'p Plan, stated: Option<u32>, call: &HttpCall) -> Option<&'p RouteTable> {
    let https = call.scheme == "https";
    let wanted = stated.unwrap_or(if https { 443 } else { 80 });
    let ports = plan.proxy.arrives_at(wanted);
    let at_port = |door: &Door<'_>| ports.contains(&door.port);
    let all: Vec<Door<'p>> = doors(plan).filter(|door| door.tls == https).collect();
    let fits = |door: &&Door<'_>| stated.is_none() || at_port(door);
    let serves = |door: &&Door<'_>| taken(door.table, call).is_some();
    let served: Vec<&Door<'p>> = all.iter().filter(fits).filter(serves).collect();
    let best = served.iter().find(|door| at_port(door)).or(served.first()).copied();
    best.or_else(|| all.iter().find(fits)).map(|door| door.table)
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
    near_routes(table, call).iter().map(near_note).collect()
}

/// A route that nearly took a request.
pub(crate) fn near_note(near: &NearRoute) -> Note {
    let name = if near.route.is_empty() { "a route".to_owned() } else { format!("route `{}`", near.route) };
    Note::new(format!("{name}: {}", near.missed), near.origin)
}

fn doors(plan: &Plan) -> impl Iterator<Item = Door<'_>> {
    let listeners = plan.listeners.iter().filter(|listener| listener.direction == Direction::Outbound);
    let found = listeners.flat_map(|listener| managers(listener).map(move |found| (listener, found)));
    found.filter_map(|(listener, (chain, manager))| {
        let table = match &manager.routes {
            RouteSource::Inline(table) => table.as_ref(),
            RouteSource::Named(name) => plan.routes.iter().find(|table| table.name == *name)?,
        };
        Some(Door { table, port: listener.address.port, tls: chain.tls.is_some() })
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
    fn ports_of_authorities() {
        assert_eq!(split_port("a.b:80"), ("a.b", Some(80)));
        assert_eq!(split_port("a.b"), ("a.b", None));
        assert_eq!(split_port("[::1]:80"), ("[::1]", Some(80)));
        assert_eq!(split_port("[::1]"), ("[::1]", None));
    }
}
