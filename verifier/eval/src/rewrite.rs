//! What a route makes of path and host: rewrites and redirects.

use mp_ir::plan::{Forward, PathMatch, Redirect, RedirectPath, Route};

use crate::matching::split_query;
use crate::patterns::Patterns;
use crate::route::HttpCall;
use crate::virtual_host::without_port;

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

/// The path that goes upstream; `None` when the route does not rewrite it.
pub(crate) fn path(forward: &Forward, route: &Route, full: &str, patterns: &Patterns) -> Option<String> {
    if let Some(with) = &forward.prefix_rewrite {
        return Some(replace_part(route, full, with));
    }
    let (pattern, with) = forward.regex_rewrite.as_ref()?;
    let (only, query) = split_query(full);
    Some(format!("{}{query}", patterns.replace(pattern, only, with)))
}

/// The address of a redirect: what is not stated is kept (`RouteEntryImplBase::newUri`).
pub(crate) fn location(redirect: &Redirect, route: &Route, call: &HttpCall) -> String {
    let scheme = redirect.scheme.as_deref().unwrap_or(&call.scheme);
    let port = if redirect.port == 0 { String::new() } else { format!(":{}", redirect.port) };
    let host = if redirect.host.is_empty() {
        kept_host(call, scheme, redirect.port != 0)
    } else {
        redirect.host.as_str()
    };
    let path = match &redirect.path {
        RedirectPath::Full(path) if path.is_empty() => call.path.clone(),
        RedirectPath::Full(path) if path.contains('?') => path.clone(),
        RedirectPath::Full(path) => format!("{path}{}", split_query(&call.path).1),
        RedirectPath::Prefix(with) => replace_part(route, &call.path, with),
    };
    format!("{scheme}://{host}{port}{path}")
}

/// The host of the request; its port goes when there is a new one, and when it is the usual one of a scheme that changes.
fn kept_host<'a>(call: &'a HttpCall, scheme: &str, new_port: bool) -> &'a str {
    let bare = without_port(&call.authority);
    let port = call.authority.strip_prefix(bare).unwrap_or_default();
    let usual = matches!((call.scheme.as_str(), port), ("http", ":80") | ("https", ":443"));
    if new_port || (scheme != call.scheme && usual) { bare } else { &call.authority }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_keep_what_is_not_stated() {
        let to = |redirect: Redirect, authority: &str| {
            let call = HttpCall {
                authority: authority.into(),
                path: "/x?q".into(),
                scheme: "http".into(),
                ..HttpCall::default()
            };
            location(&redirect, &Route::default(), &call)
        };
        let https = || Redirect { scheme: Some("https".into()), ..Redirect::default() };
        assert_eq!(to(https(), "a.com:8080"), "https://a.com:8080/x?q");
        assert_eq!(to(https(), "a.com:80"), "https://a.com/x?q");
        assert_eq!(to(Redirect { port: 8443, ..https() }, "a.com:8080"), "https://a.com:8443/x?q");
        let path = Redirect { path: RedirectPath::Full("/y".into()), ..Redirect::default() };
        assert_eq!(to(path, "a.com:80"), "http://a.com:80/y?q");
        let host = Redirect { host: "b".into(), ..Redirect::default() };
        assert_eq!(to(host, "a.com:8080"), "http://b/x?q");
    }
}
