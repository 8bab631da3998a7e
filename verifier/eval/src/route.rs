//! Which route takes a request, and what it does with it (Envoy's `config_impl.cc`, as the plan states it).

use mp_ir::base::Origin;
use mp_ir::mesh::StringMatch;
use mp_ir::plan::{
    ClaimMatch, Forward, HeaderMatch, PathMatch, QueryMatch, Redirect, RedirectPath, Route, RouteAction,
    RouteTable, Target, VirtualHost,
};
use regex::Regex;
use serde_json::{Map, Value};

/// A request as a router sees it, after path handling.
#[derive(Clone, Debug, Default)]
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
    let missing = |host: &str| Routed {
        virtual_host: host.to_owned(),
        route: String::new(),
        outcome: Routing::NotFound,
        origin: None,
    };
    let Some(host) = virtual_host(table, &call.authority) else { return missing("") };
    let done = |route: &Route, outcome| Routed {
        virtual_host: host.name.clone(),
        route: route.name.clone(),
        outcome,
        origin: route.origin,
    };
    if host.require_tls && call.scheme != "https" {
        let location = format!("https://{}{}", without_port(&call.authority), call.path);
        let first = host.routes.first().cloned().unwrap_or_default();
        return done(&first, Routing::Redirect(301, location));
    }
    let Some(found) = host.routes.iter().find(|route| matches(route, call)) else {
        return missing(&host.name);
    };
    let outcome = match &found.action {
        RouteAction::Missing => Routing::NotFound,
        RouteAction::Redirect(redirect) => Routing::Redirect(redirect.code, location(redirect, found, call)),
        RouteAction::Direct(direct) => Routing::Direct(direct.status),
        RouteAction::Forward(forward) => forwarded(forward, found, call),
    };
    done(found, outcome)
}

/// The virtual host whose domain fits best: whole, then the longest `*suffix`, then the longest `prefix*`, then `*`.
pub(crate) fn virtual_host<'a>(table: &'a RouteTable, authority: &str) -> Option<&'a VirtualHost> {
    let lower = authority.to_ascii_lowercase();
    let host = if table.ignore_port_in_host_matching { without_port(&lower) } else { &lower };
    let mut best: Option<((u8, usize), &VirtualHost)> = None;
    for candidate in &table.virtual_hosts {
        for domain in &candidate.domains {
            let domain = domain.to_ascii_lowercase();
            let rank = if domain == host {
                (3, 0)
            } else if domain == "*" {
                (0, 0)
            } else if let Some(end) =
                domain.strip_prefix('*').filter(|end| host.ends_with(*end) && host.len() > end.len())
            {
                (2, end.len())
            } else if let Some(start) =
                domain.strip_suffix('*').filter(|s| host.starts_with(*s) && host.len() > s.len())
            {
                (1, start.len())
            } else {
                continue;
            };
            if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                best = Some((rank, candidate));
            }
        }
    }
    best.map(|(_, host)| host)
}

/// The host without a port; brackets of IPv6 addresses stay.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !host.ends_with(':') => host,
        _ => authority,
    }
}

pub(crate) fn split_query(path: &str) -> (&str, &str) {
    path.find('?').and_then(|at| path.split_at_checked(at)).unwrap_or((path, ""))
}

pub(crate) fn matches(route: &Route, call: &HttpCall) -> bool {
    let m = &route.matches;
    path_matches(&m.path, m.case_sensitive != Some(false), split_query(&call.path).0)
        && m.headers.iter().all(|header| header_matches(header, call))
        && m.query.iter().all(|query| query_matches(query, call))
        && m.claims.iter().all(|claim| claim_matches(claim, call))
}

pub(crate) fn path_matches(pattern: &PathMatch, case: bool, path: &str) -> bool {
    let fold = |text: &str| if case { text.to_owned() } else { text.to_ascii_lowercase() };
    let path = fold(path);
    match pattern {
        PathMatch::Prefix(start) => path.starts_with(&fold(start)),
        PathMatch::Exact(whole) => path == fold(whole),
        PathMatch::SeparatedPrefix(start) => {
            path.strip_prefix(&fold(start)).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        PathMatch::Regex(regex) => whole(regex, &path),
    }
}

/// A regular expression over the whole text; one that cannot be read matches nothing.
fn whole(regex: &str, text: &str) -> bool {
    Regex::new(&format!(r"\A(?:{regex})\z")).is_ok_and(|regex| regex.is_match(text))
}

fn text_matches(pattern: &StringMatch, text: &str) -> bool {
    match pattern {
        StringMatch::Exact(s) => text == s,
        StringMatch::Prefix(s) => text.starts_with(s.as_str()),
        StringMatch::Regex(regex) => whole(regex, text),
        StringMatch::Present => true,
    }
}

/// The value of a header, several lines joined by commas; pseudo headers too.
pub(crate) fn header_value(name: &str, call: &HttpCall) -> Option<String> {
    match name.to_ascii_lowercase().as_str() {
        ":method" => return Some(call.method.clone()),
        ":authority" | "host" => return Some(call.authority.clone()),
        ":path" => return Some(call.path.clone()),
        ":scheme" => return Some(call.scheme.clone()),
        _ => {}
    }
    let same = call.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let lines: Vec<&str> = same.map(|(_, value)| value.as_str()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

pub(crate) fn header_matches(test: &HeaderMatch, call: &HttpCall) -> bool {
    let value = header_value(&test.name, call);
    let Some(value) = value.or_else(|| test.missing_as_empty.then(String::new)) else {
        // A value that is absent matches only the demand for absence.
        return test.invert && test.value == StringMatch::Present;
    };
    text_matches(&test.value, &value) != test.invert
}

pub(crate) fn query_matches(test: &QueryMatch, call: &HttpCall) -> bool {
    let query = split_query(&call.path).1.strip_prefix('?').unwrap_or_default();
    let first = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(name, _)| *name == test.name);
    first.is_some_and(|(_, value)| text_matches(&test.value, value))
}

pub(crate) fn claim_matches(test: &ClaimMatch, call: &HttpCall) -> bool {
    let start = call.claims.as_ref().zip(test.path.split_first());
    let found = start
        .and_then(|(claims, (first, rest))| rest.iter().try_fold(claims.get(first)?, |at, key| at.get(key)));
    let fits = |value: &Value| value.as_str().is_some_and(|text| text_matches(&test.value, text));
    let so = match found {
        Some(Value::Array(items)) => items.iter().any(fits),
        Some(value) => fits(value),
        None => false,
    };
    so != test.invert
}

/// The matched part of the path, which rewrites replace.
fn matched_part<'a>(route: &'a Route, path: &'a str) -> &'a str {
    match &route.matches.path {
        PathMatch::Prefix(start) | PathMatch::SeparatedPrefix(start) => {
            path.get(..start.len()).unwrap_or(path)
        }
        PathMatch::Exact(_) | PathMatch::Regex(_) => path,
    }
}

fn replace_part(route: &Route, full: &str, with: &str) -> String {
    let (path, query) = split_query(full);
    let rest = path.strip_prefix(matched_part(route, path)).unwrap_or_default();
    format!("{with}{rest}{query}")
}

fn forwarded(forward: &Forward, route: &Route, call: &HttpCall) -> Routing {
    let mut path = call.path.clone();
    if let Some(with) = &forward.prefix_rewrite {
        path = replace_part(route, &path, with);
    } else if let Some((pattern, with)) = &forward.regex_rewrite {
        let (only, query) = split_query(&path);
        // Envoy writes `\1` where this library writes `${1}`.
        let with =
            (0..10).fold(with.clone(), |text, n| text.replace(&format!(r"\{n}"), &format!("${{{n}}}")));
        if let Ok(regex) = Regex::new(pattern) {
            path = format!("{}{query}", regex.replace_all(only, with.as_str()));
        }
    }
    let clusters: Vec<(String, u32)> = match &forward.target {
        Target::Cluster(one) => vec![(one.clone(), 0)],
        Target::Weighted(several) => several.iter().map(|c| (c.cluster.clone(), c.weight)).collect(),
    };
    let authority = forward.host_rewrite.clone().unwrap_or_else(|| call.authority.clone());
    Routing::Forward { clusters, path, authority }
}

/// The address of a redirect: what is not stated is kept, default ports are left out.
fn location(redirect: &Redirect, route: &Route, call: &HttpCall) -> String {
    let scheme = redirect.scheme.as_deref().unwrap_or(&call.scheme);
    let changes = redirect.scheme.is_some() || redirect.port != 0;
    let kept = if changes { without_port(&call.authority) } else { &call.authority };
    let host = if redirect.host.is_empty() { kept } else { &redirect.host };
    let usual = (scheme == "http" && redirect.port == 80) || (scheme == "https" && redirect.port == 443);
    let port = if redirect.port == 0 || usual { String::new() } else { format!(":{}", redirect.port) };
    let path = match &redirect.path {
        RedirectPath::Full(path) if path.is_empty() => call.path.clone(),
        RedirectPath::Full(path) if path.contains('?') => path.clone(),
        RedirectPath::Full(path) => format!("{path}{}", split_query(&call.path).1),
        RedirectPath::Prefix(with) => replace_part(route, &call.path, with),
    };
    format!("{scheme}://{host}{port}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mp_ir::plan::RouteMatch;

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

    #[test]
    fn redirects_keep_what_is_not_stated() {
        let redirect = |redirect: Redirect| {
            let action = RouteAction::Redirect(Redirect { code: 301, ..redirect });
            let table = RouteTable {
                virtual_hosts: vec![host("any", &["*"], vec![Route { action, ..Route::default() }])],
                ..RouteTable::default()
            };
            route(&table, &call("a.com:8080", "/x?q")).outcome
        };
        let https = Redirect { scheme: Some("https".into()), ..Redirect::default() };
        assert_eq!(redirect(https), Routing::Redirect(301, "https://a.com/x?q".into()));
        let path = Redirect { path: RedirectPath::Full("/y".into()), ..Redirect::default() };
        assert_eq!(redirect(path), Routing::Redirect(301, "http://a.com:8080/y?q".into()));
    }
}
