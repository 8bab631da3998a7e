//! Routes that nearly took a request, and the one condition that each of them missed.

use mp_ir::base::Origin;
use mp_ir::mesh::StringMatch;
use mp_ir::plan::{
    ClaimMatch, HeaderMatch, PathMatch, QueryMatch, Route, RouteMatch, RouteTable, VirtualHost,
};

use crate::matching::{
    claim_matches, header_lines, header_matches, matches, path_matches, query_matches, split_query,
};
use crate::patterns::Patterns;
use crate::route::HttpCall;
use crate::virtual_host;

/// How many routes are named.
const MOST: usize = 3;

/// A route that nearly took a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearRoute {
    /// Its name; empty for none.
    pub route: String,
    /// The condition that does not hold, or that another route comes first, in lower case.
    pub missed: String,
    /// The YAML of the route.
    pub origin: Origin,
}

/// The virtual host and the route that take a request; `None` for either when there is none.
#[must_use]
pub fn taken<'t>(table: &'t RouteTable, call: &HttpCall) -> Option<(&'t VirtualHost, Option<&'t Route>)> {
    let patterns = Patterns::default();
    let host = virtual_host::find(table, &call.authority)?;
    Some((host, host.routes.iter().find(|route| matches(route, call, &patterns))))
}

/// Routes of the request's virtual host of which a single condition does not hold, and those with conditions that all hold but stand
/// behind the one that is taken. A path counts when it is alike. Conditions beside the path come first, and what stands before the
/// taken route.
#[must_use]
pub fn near_routes(table: &RouteTable, call: &HttpCall) -> Vec<NearRoute> {
    let patterns = Patterns::default();
    let Some(host) = virtual_host::find(table, &call.authority) else { return Vec::new() };
    let winner = host.routes.iter().position(|route| matches(route, call, &patterns));
    let mut found: Vec<(u8, NearRoute)> = Vec::new();
    for (at, route) in host.routes.iter().enumerate().filter(|(at, _)| Some(*at) != winner) {
        let Some((rank, missed)) = missed(&route.matches, call, &patterns) else { continue };
        let near = NearRoute { route: route.name.clone(), missed, origin: route.origin };
        let behind = winner.is_some_and(|winner| winner < at);
        found.push((if behind { rank + 2 } else { rank }, near));
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(MOST).map(|(_, near)| near).collect()
}

/// The only condition that fails with its rank, lower is nearer; `None` when several fail.
fn missed(m: &RouteMatch, call: &HttpCall, patterns: &Patterns) -> Option<(u8, String)> {
    let path = split_query(&call.path).0;
    let rank = |condition: &Failing| match condition {
        Failing::Path(_) if !alike(&m.path, path) => None,
        Failing::Path(words) => Some((1, words.clone())),
        Failing::Other(words) => Some((0, words.clone())),
    };
    match failing(m, call, patterns).as_slice() {
        [] if *m == RouteMatch { case_sensitive: m.case_sensitive, ..RouteMatch::default() } => None,
        [] => Some((0, "it matches too, but another route comes first".to_owned())),
        [only] => rank(only),
        _ => None,
    }
}

/// A condition that does not hold, in words.
enum Failing {
    Path(String),
    Other(String),
}

fn failing(m: &RouteMatch, call: &HttpCall, patterns: &Patterns) -> Vec<Failing> {
    let mut failing = Vec::new();
    let path = split_query(&call.path).0;
    let case = m.case_sensitive != Some(false);
    if !path_matches(&m.path, case, path, patterns) {
        failing.push(Failing::Path(format!("path `{path}` {}", path_wish(&m.path, case))));
    }
    let header = |test: &&HeaderMatch| !header_matches(test, call, patterns);
    failing.extend(m.headers.iter().filter(header).map(|test| Failing::Other(header_words(test, call))));
    let query = |test: &&QueryMatch| !query_matches(test, call, patterns);
    failing.extend(m.query.iter().filter(query).map(|test| Failing::Other(query_words(test))));
    let claim = |test: &&ClaimMatch| !claim_matches(test, call, patterns);
    failing.extend(m.claims.iter().filter(claim).map(|test| Failing::Other(claim_words(test))));
    failing
}

/// The first condition of a route that does not hold, in words; `None` when all do.
pub(crate) fn first_failing(route: &Route, call: &HttpCall, patterns: &Patterns) -> Option<String> {
    failing(&route.matches, call, patterns).into_iter().next().map(|condition| match condition {
        Failing::Path(words) | Failing::Other(words) => words,
    })
}

/// Whether a slip of the pen may be all that parts a path from a pattern: the case of letters, a slash at the end, or what follows the
/// first segment.
fn alike(pattern: &PathMatch, path: &str) -> bool {
    let text = match pattern {
        PathMatch::Prefix(text) | PathMatch::SeparatedPrefix(text) | PathMatch::Exact(text) => text,
        PathMatch::Regex(text) => text,
    };
    let bare = |text: &str| text.trim_matches('/').to_ascii_lowercase();
    let (text, path) = (bare(text), bare(path));
    let first = |text: &str| text.split('/').next().unwrap_or_default().to_owned();
    text == path || (!first(&text).is_empty() && first(&text) == first(&path))
}

fn path_wish(pattern: &PathMatch, case: bool) -> String {
    let case = if case { "" } else { ", in any case of letters" };
    match pattern {
        PathMatch::Prefix(start) => format!("does not begin with `{start}`{case}"),
        PathMatch::SeparatedPrefix(start) => format!("is not `{start}` or below it{case}"),
        PathMatch::Exact(whole) => format!("is not `{whole}`{case}"),
        PathMatch::Regex(regex) => format!("is not matched as a whole by `{regex}`"),
    }
}

fn wish(value: &StringMatch, invert: bool) -> String {
    let not = if invert { "must not" } else { "must" };
    match value {
        StringMatch::Exact(text) => format!("{not} be `{text}`"),
        StringMatch::Prefix(text) => format!("{not} begin with `{text}`"),
        StringMatch::Regex(text) => format!("{not} be matched as a whole by `{text}`"),
        StringMatch::Present => format!("{not} be there"),
    }
}

fn header_words(test: &HeaderMatch, call: &HttpCall) -> String {
    let what = match test.name.as_str() {
        ":method" => "the method".to_owned(),
        ":authority" => "the authority".to_owned(),
        ":scheme" => "the scheme".to_owned(),
        name => format!("header `{name}`"),
    };
    let wish = wish(&test.value, test.invert);
    match header_lines(&test.name, call).as_slice() {
        [] => format!("{what} is absent and {wish}"),
        lines => format!("{what} is `{}` and {wish}", lines.join("`, `")),
    }
}

fn query_words(test: &QueryMatch) -> String {
    format!("query parameter `{}` {}", test.name, wish(&test.value, false))
}

fn claim_words(test: &ClaimMatch) -> String {
    format!("claim `{}` {}", test.path.join("."), wish(&test.value, test.invert))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(name: &str, path: &str, headers: &[(&str, &str)]) -> Route {
        let header = |(name, value): &(&str, &str)| HeaderMatch {
            name: (*name).to_owned(),
            value: StringMatch::Exact((*value).to_owned()),
            invert: false,
            missing_as_empty: false,
        };
        let path = PathMatch::Prefix(path.to_owned());
        let matches =
            RouteMatch { path, headers: headers.iter().map(header).collect(), ..RouteMatch::default() };
        Route { name: name.to_owned(), matches, ..Route::default() }
    }

    fn near(path: &str, headers: &[(&str, &str)]) -> Vec<(String, String)> {
        let routes = vec![
            to("beta", "/cart", &[("x-beta", "yes")]),
            to("two", "/cart", &[("x-a", "1"), ("x-b", "2")]),
            to("cart", "/cart", &[]),
            to("other", "/other", &[]),
            to("rest", "/", &[]),
        ];
        let host = VirtualHost { domains: vec!["*".into()], routes, ..VirtualHost::default() };
        let table = RouteTable { virtual_hosts: vec![host], ..RouteTable::default() };
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let call = HttpCall { authority: "a".into(), path: path.into(), headers, ..HttpCall::default() };
        near_routes(&table, &call).into_iter().map(|near| (near.route, near.missed)).collect()
    }

    #[test]
    fn one_condition_is_near_and_two_are_far() {
        let found = near("/cart/7", &[("x-beta", "no")]);
        let beta = ("beta".to_owned(), "header `x-beta` is `no` and must be `yes`".to_owned());
        assert_eq!(found.first(), Some(&beta), "{found:?}");
        assert!(!found.iter().any(|(name, _)| name == "two" || name == "other"), "{found:?}");
        assert!(
            !found.iter().any(|(name, _)| name == "rest"),
            "what takes everything is no near miss: {found:?}"
        );
    }

    #[test]
    fn a_route_behind_the_winner_is_near() {
        let found = near("/cart/7", &[("x-beta", "yes")]);
        let cart = ("cart".to_owned(), "it matches too, but another route comes first".to_owned());
        assert!(found.contains(&cart), "{found:?}");
    }

    #[test]
    fn a_path_is_near_when_it_is_alike() {
        let found = near("/Cart", &[]);
        assert!(found.iter().any(|(name, why)| name == "cart" && why.contains("`/Cart`")), "{found:?}");
        assert!(!near("/else", &[]).iter().any(|(name, _)| name == "cart" || name == "other"));
    }
}
