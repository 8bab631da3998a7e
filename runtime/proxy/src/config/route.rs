//! Route configurations: virtual hosts and routes, compiled.
use std::collections::HashMap;
use std::sync::Arc;

use crate::json::Value;

use super::action::{Action, Fraction};
use super::header_ops::HeaderOps;
use super::matcher::{HeaderMatcher, MetadataMatcher, QueryMatcher};
use super::named::{self, Named};
use super::path_match::PathMatch;
use super::per_route::PerRoute;
use super::rate_limit::RateLimitActions;
use super::tracing::RouteTracing;
use super::value::{Get, Scope};
use crate::http::Head;

/// When a virtual host demands TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequireTls {
    /// Never.
    None,
    /// For requests from outside of the mesh.
    External,
    /// Always.
    All,
}

/// A route configuration.
#[derive(Debug)]
pub(crate) struct RouteConfig {
    exact: HashMap<Vec<u8>, usize>,
    suffixes: Vec<(Vec<u8>, usize)>,
    prefixes: Vec<(Vec<u8>, usize)>,
    default: Option<usize>,
    hosts: Vec<VirtualHost>,
    ignore_port: bool,
    /// Header operations of the whole configuration.
    pub(crate) level: Level,
    /// Whether the most specific level is written last.
    pub(crate) most_specific_wins: bool,
    /// Clusters that must exist.
    pub(crate) named: Vec<Named>,
    /// Headers that only internal requests may carry.
    pub(crate) internal_only: Vec<Vec<u8>>,
}

/// Header operations and filter overrides of one level.
#[derive(Debug, Default)]
pub(crate) struct Level {
    /// Operations on requests.
    pub(crate) request: HeaderOps,
    /// Operations on responses.
    pub(crate) response: HeaderOps,
    /// Filter settings.
    pub(crate) filters: PerRoute,
}

impl Level {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        Self {
            request: HeaderOps::new(value, "request", scope),
            response: HeaderOps::new(value, "response", scope),
            filters: PerRoute::new(value, scope),
        }
    }
}

/// A virtual host.
#[derive(Debug)]
pub(crate) struct VirtualHost {
    /// Its routes, in order.
    pub(crate) routes: Vec<Route>,
    /// When it demands TLS.
    pub(crate) require_tls: RequireTls,
    /// Its header operations.
    pub(crate) level: Level,
    /// Its rate limit actions.
    pub(crate) rate_limits: Vec<RateLimitActions>,
    /// Its virtual clusters: what requests look like, and a name.
    virtual_clusters: Vec<(Vec<HeaderMatcher>, Arc<str>)>,
    /// Its metadata.
    pub(crate) own_metadata: Option<Arc<serde_json::Value>>,
    /// Whether upstream sees the attempt count.
    pub(crate) attempt_count: bool,
    /// Whether downstream sees the attempt count.
    pub(crate) response_attempt_count: bool,
}

/// One route.
#[derive(Debug)]
pub(crate) struct Route {
    /// Its name, for logs.
    pub(crate) name: String,
    path: PathMatch,
    headers: Vec<HeaderMatcher>,
    query: Vec<QueryMatcher>,
    metadata: Vec<MetadataMatcher>,
    fraction: Option<Fraction>,
    grpc: bool,
    /// Its own metadata.
    pub(crate) own_metadata: Option<Arc<serde_json::Value>>,
    /// Name of its spans.
    pub(crate) operation: String,
    /// Whether the other side is told that name.
    pub(crate) tells_operation: bool,
    /// What it says of its traces.
    pub(crate) tracing: Option<Box<RouteTracing>>,
    /// What to do.
    pub(crate) action: Action,
    /// Its header operations.
    pub(crate) level: Level,
}

impl RouteConfig {
    /// Compiles a route configuration.
    pub(crate) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let mut config = Self {
            exact: HashMap::new(),
            suffixes: Vec::new(),
            prefixes: Vec::new(),
            default: None,
            hosts: Vec::new(),
            ignore_port: value.flag("ignore_port_in_host_matching"),
            level: Level::new(value, scope),
            most_specific_wins: value.flag("most_specific_header_mutations_wins"),
            named: named::checked(value, scope),
            internal_only: value
                .texts("internal_only_headers")
                .into_iter()
                .map(|h| h.to_lowercase().into())
                .collect(),
        };
        for (index, host) in value.items("virtual_hosts").iter().enumerate() {
            let scope = scope.item("virtual_hosts", index);
            config.add_domains(host, index, &scope);
            config.hosts.push(VirtualHost::new(host, &scope));
        }
        config.suffixes.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        config.prefixes.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        config
    }

    fn add_domains(&mut self, host: &Value, index: usize, scope: &Scope<'_>) {
        for domain in host.texts("domains") {
            let domain = domain.to_ascii_lowercase();
            let fresh = if domain == "*" {
                self.default.replace(index).is_none()
            } else if let Some(suffix) = domain.strip_prefix('*') {
                insert(&mut self.suffixes, suffix, index)
            } else if let Some(prefix) = domain.strip_suffix('*') {
                insert(&mut self.prefixes, prefix, index)
            } else {
                self.exact.insert(domain.clone().into_bytes(), index).is_none()
            };
            if !fresh {
                scope.field("domains").refuse(format!("the domain {domain} stands in two virtual hosts"));
            }
        }
    }

    /// The virtual host for a host header: exact, longest suffix, longest prefix, then `*`.
    pub(crate) fn host(&self, authority: &[u8]) -> Option<&VirtualHost> {
        let mut name = authority.to_ascii_lowercase();
        if self.ignore_port {
            let length = without_port(&name).len();
            name.truncate(length);
        }
        let wild = |list: &[(Vec<u8>, usize)], fits: fn(&[u8], &[u8]) -> bool| {
            list.iter()
                .find(|(text, _)| name.len() > text.len() && fits(&name, text))
                .map(|(_, index)| *index)
        };
        let index = self
            .exact
            .get(&name)
            .copied()
            .or_else(|| wild(&self.suffixes, |n, t| n.ends_with(t)))
            .or_else(|| wild(&self.prefixes, |n, t| n.starts_with(t)))
            .or(self.default)?;
        self.hosts.get(index)
    }
}

fn insert(list: &mut Vec<(Vec<u8>, usize)>, text: &str, index: usize) -> bool {
    let fresh = !list.iter().any(|(known, _)| known == text.as_bytes());
    list.push((text.as_bytes().to_vec(), index));
    fresh
}

/// A host header without its port; IPv6 literals keep their brackets.
pub(crate) fn without_port(host: &[u8]) -> &[u8] {
    match memchr::memrchr(b':', host) {
        Some(at) if host.get(at + 1..).is_some_and(|p| p.iter().all(u8::is_ascii_digit)) => {
            let name = host.get(..at).unwrap_or_default();
            let bracket = name.first() == Some(&b'[');
            if bracket == (name.last() == Some(&b']')) && (bracket || !name.contains(&b':')) {
                name
            } else {
                host
            }
        }
        _ => host,
    }
}

/// The metadata of a route or a virtual host, by namespace.
fn own_metadata(value: &Value) -> Option<Arc<serde_json::Value>> {
    value.get_field("metadata").get_field("filter_metadata").map(|m| Arc::new(m.to_json()))
}

impl VirtualHost {
    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let routes = value.items("routes").iter().enumerate();
        Self {
            routes: routes.map(|(i, route)| Route::new(route, value, &scope.item("routes", i))).collect(),
            require_tls: match value.text("require_tls") {
                "EXTERNAL_ONLY" => RequireTls::External,
                "ALL" => RequireTls::All,
                _ => RequireTls::None,
            },
            level: Level::new(value, scope),
            rate_limits: RateLimitActions::list(value, scope),
            virtual_clusters: virtual_clusters(value, scope),
            own_metadata: own_metadata(value),
            attempt_count: value.flag("include_request_attempt_count"),
            response_attempt_count: value.flag("include_attempt_count_in_response"),
        }
    }

    /// The name of the first virtual cluster whose headers a request has.
    pub(crate) fn virtual_cluster(&self, head: &Head) -> Option<Arc<str>> {
        let has = |matchers: &[HeaderMatcher]| matchers.iter().all(|matcher| matcher.matches(head));
        self.virtual_clusters.iter().find(|(matchers, _)| has(matchers)).map(|(_, name)| name.clone())
    }

    /// The first route that matches.
    pub(crate) fn route(
        &self,
        head: &Head,
        metadata: &serde_json::Map<String, serde_json::Value>,
        random: u64,
    ) -> Option<&Route> {
        let path = head.path_only();
        let path = path.get(..memchr::memchr(b'#', path).unwrap_or(path.len())).unwrap_or_default();
        self.routes.iter().find(|route| route.matches(path, head, metadata, random))
    }
}

fn virtual_clusters(value: &Value, scope: &Scope<'_>) -> Vec<(Vec<HeaderMatcher>, Arc<str>)> {
    let clusters = value.items("virtual_clusters").iter().enumerate();
    let one = |(at, cluster): (usize, &Value)| {
        let headers = HeaderMatcher::list(cluster, "headers", &scope.item("virtual_clusters", at));
        (headers, Arc::from(cluster.text("name")))
    };
    clusters.map(one).collect()
}

impl Route {
    fn new(value: &Value, host: &Value, scope: &Scope<'_>) -> Self {
        let empty = Value::Null;
        let matching = value.get_field("match").unwrap_or(&empty);
        let match_scope = scope.field("match");
        let query = matching.items("query_parameters").iter().enumerate();
        let metadata = matching.items("dynamic_metadata").iter().enumerate();
        Self {
            name: value.text("name").to_owned(),
            path: PathMatch::new(matching, &match_scope),
            headers: HeaderMatcher::list(matching, "headers", &match_scope),
            query: query
                .map(|(i, q)| QueryMatcher::new(q, &match_scope.item("query_parameters", i)))
                .collect(),
            metadata: metadata
                .map(|(i, m)| MetadataMatcher::new(m, &match_scope.item("dynamic_metadata", i)))
                .collect(),
            fraction: matching.get_field("runtime_fraction").map(Fraction::runtime),
            grpc: matching.get_field("grpc").is_some(),
            own_metadata: own_metadata(value),
            operation: value.get_field("decorator").text("operation").to_owned(),
            tells_operation: value.get_field("decorator").opt_flag("propagate").unwrap_or(true),
            tracing: RouteTracing::new(value, scope),
            action: Action::new(value, host, scope),
            level: Level::new(value, scope),
        }
    }

    /// How this route matches paths.
    pub(crate) fn path(&self) -> &PathMatch {
        &self.path
    }

    /// Whether a request matches; also used by JWT rules.
    pub(crate) fn matches(
        &self,
        path: &[u8],
        head: &Head,
        metadata: &serde_json::Map<String, serde_json::Value>,
        random: u64,
    ) -> bool {
        head.path.is_empty() == matches!(self.path, PathMatch::Connect)
            && self.path.matches(path)
            && self.fraction.is_none_or(|f| f.includes(random))
            && (!self.grpc || head.is_grpc())
            && self.headers.iter().all(|m| m.matches(head))
            && self.query.iter().all(|m| m.matches(head.query()))
            && self.metadata.iter().all(|m| m.matches(metadata))
    }

    /// Compiles a bare `RouteMatch`, as JWT rules hold.
    pub(crate) fn bare(matching: &Value, scope: &Scope<'_>) -> Self {
        let answer = Value::Map(vec![("status".into(), Value::Int(200))]);
        let route = Value::Map(vec![("match".into(), matching.clone()), ("direct_response".into(), answer)]);
        Self::new(&route, &Value::Null, scope)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn config(value: serde_json::Value) -> RouteConfig {
        let refusals = RefCell::new(Vec::new());
        let config = RouteConfig::new(&Value::from(&value), &Scope::root(&refusals));
        assert!(refusals.borrow().is_empty());
        config
    }

    #[test]
    fn the_most_specific_domain_wins() {
        let host = |domain: &str| {
            serde_json::json!({"domains": [domain], "routes": [
            {"name": domain, "match": {"prefix": "/"}, "direct_response": {"status": 200}}]})
        };
        let hosts = ["a.example", "*.example", "*.b.example", "a.*", "a.b.*", "*"].map(host);
        let config =
            config(serde_json::json!({"virtual_hosts": hosts, "ignore_port_in_host_matching": true}));
        for (name, wanted) in [
            ("A.example:80", "a.example"),
            ("x.example", "*.example"),
            ("y.b.example", "*.b.example"),
            (".example", "*"),
            ("a.b.c", "a.b.*"),
            ("a.c", "a.*"),
            ("[::1]:80", "*"),
        ] {
            assert_eq!(config.host(name.as_bytes()).unwrap().routes[0].name, wanted, "{name}");
        }
    }

    #[test]
    fn ports_are_told_from_addresses() {
        for (host, wanted) in
            [("a:80", "a"), ("a", "a"), ("[::1]:8", "[::1]"), ("::1", "::1"), ("a:b", "a:b")]
        {
            assert_eq!(without_port(host.as_bytes()), wanted.as_bytes(), "{host}");
        }
    }
}
