//! Which route takes a request, and what it does with it (Envoy's `config_impl.cc`, as the plan states it).

use mp_ir::base::Origin;
use mp_ir::plan::{Forward, Route, RouteAction, RouteTable, Target, VirtualHost};
use serde_json::{Map, Value};

use crate::patterns::Patterns;
use crate::{matching, rewrite, virtual_host};

/// A request as a router sees it, after path handling.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpCall {
    /// Method.
    pub method: String,
    /// `Host` with its port.
    pub authority: String,
    /// Path with query.
    pub path: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Header lines in order.
    pub headers: Vec<(String, String)>,
    /// Claims of the verified token.
    pub claims: Option<Map<String, Value>>,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routing {
    /// No virtual host or no route: 404.
    NotFound,
    /// A redirect: status and location.
    Redirect(u32, String),
    /// An answer of the proxy itself: status.
    Direct(u32),
    /// Clusters with their shares (one has share 0 when it is alone), and path and host as the upstream sees them.
    Forward {
        /// Clusters and shares.
        clusters: Vec<(String, u32)>,
        /// Path with query.
        path: String,
        /// `Host`.
        authority: String,
    },
}

/// The route that took a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    /// Name of the virtual host; empty for none.
    pub virtual_host: String,
    /// Name of the route; empty for none.
    pub route: String,
    /// What happens.
    pub outcome: Routing,
    /// The YAML of the route.
    pub origin: Origin,
}

/// Routes one request through a table.
#[must_use]
pub fn route(table: &RouteTable, call: &HttpCall) -> Routed {
    let patterns = Patterns::default();
    let chosen = choose(table, call, &patterns);
    let host = chosen.host.map(|host| host.name.clone()).unwrap_or_default();
    if let Some(at) = chosen.host.filter(|_| chosen.needs_tls) {
        let outcome = Routing::Redirect(301, tls_location(call));
        return Routed { virtual_host: host, route: String::new(), outcome, origin: at.origin };
    }
    let Some(found) = chosen.route else {
        return Routed { virtual_host: host, route: String::new(), outcome: Routing::NotFound, origin: None };
    };
    let outcome = match &found.action {
        RouteAction::Missing => Routing::NotFound,
        RouteAction::Redirect(redirect) => {
            Routing::Redirect(redirect.code, rewrite::location(redirect, found, call))
        }
        RouteAction::Direct(direct) => Routing::Direct(direct.status),
        RouteAction::Forward(forward) => forwarded(forward, found, call, &patterns),
    };
    Routed { virtual_host: host, route: found.name.clone(), outcome, origin: found.origin }
}

/// What a table chose.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Chosen<'t> {
    pub(crate) host: Option<&'t VirtualHost>,
    pub(crate) route: Option<&'t Route>,
    /// The host wants TLS and the request came without: it is redirected, whatever the route.
    pub(crate) needs_tls: bool,
}

/// The virtual host and the route of a request.
pub(crate) fn choose<'t>(table: &'t RouteTable, call: &HttpCall, patterns: &Patterns) -> Chosen<'t> {
    let Some(host) = virtual_host::find(table, &call.authority) else { return Chosen::default() };
    let needs_tls = host.require_tls && forwarded_proto(call) != "https";
    let mut routes = host.routes.iter().filter(|_| !needs_tls);
    let route = routes.find(|route| matching::matches(route, call, patterns));
    Chosen { host: Some(host), route, needs_tls }
}

/// What the client spoke, by the header that says so; without one by the request itself.
fn forwarded_proto(call: &HttpCall) -> &str {
    let stated = call.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-forwarded-proto"));
    stated.map_or(call.scheme.as_str(), |(_, value)| value.as_str())
}

/// Where plain text is sent that a host takes over TLS alone (`Utility::createSslRedirectPath`).
pub(crate) fn tls_location(call: &HttpCall) -> String {
    format!("https://{}{}", call.authority, call.path)
}

fn forwarded(forward: &Forward, route: &Route, call: &HttpCall, patterns: &Patterns) -> Routing {
    let path = rewrite::path(forward, route, &call.path, patterns).unwrap_or_else(|| call.path.clone());
    let clusters: Vec<(String, u32)> = match &forward.target {
        Target::Cluster(one) => vec![(one.clone(), 0)],
        Target::Weighted(several) => several.iter().map(|c| (c.cluster.clone(), c.weight)).collect(),
    };
    let authority = forward.host_rewrite.clone().unwrap_or_else(|| call.authority.clone());
    Routing::Forward { clusters, path, authority }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mp_ir::plan::{PathMatch, RouteMatch};

    fn host(name: &str, domains: &[&str], routes: Vec<Route>) -> VirtualHost {
        let domains = domains.iter().map(|d| (*d).to_owned()).collect();
        VirtualHost { name: name.to_owned(), domains, routes, ..VirtualHost::default() }
    }

    fn to(name: &str, path: PathMatch, forward: Forward) -> Route {
        let matches = RouteMatch { path, ..RouteMatch::default() };
        Route {
            name: name.to_owned(),
            matches,
            action: RouteAction::Forward(Box::new(forward)),
            ..Route::default()
        }
    }

    fn call(authority: &str, path: &str) -> HttpCall {
        HttpCall {
            method: "GET".into(),
            authority: authority.into(),
            path: path.into(),
            scheme: "http".into(),
            ..HttpCall::default()
        }
    }

    #[test]
    fn the_best_domain_and_the_first_route_win() {
        let cluster = |name: &str| Forward { target: Target::Cluster(name.to_owned()), ..Forward::default() };
        let rewrite = Forward { prefix_rewrite: Some("/v2".to_owned()), ..cluster("two") };
        let table = RouteTable {
            virtual_hosts: vec![
                host("any", &["*"], vec![to("any", PathMatch::default(), cluster("any"))]),
                host("wild", &["*.a.com"], vec![to("wild", PathMatch::default(), cluster("wild"))]),
                host("a", &["x.a.com"], vec![to("two", PathMatch::SeparatedPrefix("/v1".into()), rewrite)]),
            ],
            ignore_port_in_host_matching: true,
            ..RouteTable::default()
        };
        let name = |authority: &str| route(&table, &call(authority, "/")).virtual_host;
        assert_eq!(
            (name("X.A.com:80"), name("y.a.com"), name("a.com")),
            ("a".into(), "wild".into(), "any".into())
        );
        let routed = route(&table, &call("x.a.com", "/v1/q?x=1"));
        let Routing::Forward { path, .. } = routed.outcome else { panic!("{routed:?}") };
        assert_eq!(path, "/v2/q?x=1");
        assert_eq!(route(&table, &call("x.a.com", "/v10")).outcome, Routing::NotFound);
    }
}
