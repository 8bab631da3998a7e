//! Parts of routes that tests assert: whether they are the same, and in words.

use std::collections::BTreeMap;

use mp_ir::mesh::{HeaderOps, HttpRoute, Redirect, RouteDestination};
use mp_lower::facts::hostname;

use super::format::Part;

/// How parts are compared.
#[derive(Clone, Copy, Debug)]
pub(super) enum Measure<'a> {
    /// Text by text, lists in order, as the tool does (`reflect.DeepEqual`).
    Written,
    /// By what Istio makes of them in a VirtualService of this namespace and domain.
    Meant { namespace: &'a str, domain: &'a str },
}

/// Whether a route has the part that a test states.
pub(super) fn same(part: Part, want: &HttpRoute, route: &HttpRoute, measure: Measure<'_>) -> bool {
    match part {
        Part::Delegate => same_delegate(want, route, measure),
        Part::Route => same_destinations(&want.route, &route.route, measure),
        Part::Rewrite => want.rewrite == route.rewrite,
        Part::Fault => {
            want.fault_written == route.fault_written
                && want.fault_delay == route.fault_delay
                && want.fault_abort == route.fault_abort
        }
        Part::Headers => {
            want.headers_written == route.headers_written
                && same_headers(&want.headers, &route.headers, measure)
        }
        Part::Redirect => match (&want.redirect, &route.redirect) {
            (Some(a), Some(b)) => meaning(a, measure) == meaning(b, measure),
            (a, b) => a.is_none() && b.is_none(),
        },
    }
}

fn same_delegate(want: &HttpRoute, route: &HttpRoute, measure: Measure<'_>) -> bool {
    let (Some(a), Some(b)) = (&want.delegate, &route.delegate) else { return false };
    let namespace = |text: &str| match measure {
        Measure::Meant { namespace, .. } if text.is_empty() => namespace.to_owned(),
        _ => text.to_owned(),
    };
    a.name == b.name && namespace(&a.namespace) == namespace(&b.namespace)
}

/// Text and numbers that decide whether two redirects are the same.
fn meaning(redirect: &Redirect, measure: Measure<'_>) -> Redirect {
    let code = match (measure, redirect.code) {
        (Measure::Meant { .. }, 0) => 301,
        (_, code) => code,
    };
    Redirect { code, origin: None, ..redirect.clone() }
}

fn same_destinations(want: &[RouteDestination], route: &[RouteDestination], measure: Measure<'_>) -> bool {
    // An empty list is not the same as none to the tool, and a test that wants nothing wants something else to Istio too.
    if want.len() != route.len() || want.is_empty() {
        return false;
    }
    let single = want.len() == 1;
    let same = |a: &RouteDestination, b: &RouteDestination| {
        let (to, other) = (&a.destination, &b.destination);
        let port = |d: &mp_ir::mesh::Destination| d.port.as_ref().map(|port| port.value);
        host(&to.host.value, measure) == host(&other.host.value, measure)
            && to.subset.value == other.subset.value
            && port(to) == port(other)
            && (a.weight == b.weight || (single && matches!(measure, Measure::Meant { .. })))
            && same_headers(&a.headers, &b.headers, measure)
    };
    match measure {
        Measure::Written => want.iter().zip(route).all(|(a, b)| same(a, b)),
        Measure::Meant { .. } => {
            let mut left: Vec<&RouteDestination> = route.iter().collect();
            want.iter().all(|a| {
                let found = left.iter().position(|b| same(a, b));
                found.map(|at| left.remove(at)).is_some()
            })
        }
    }
}

fn host(text: &str, measure: Measure<'_>) -> String {
    match measure {
        Measure::Written => text.to_owned(),
        Measure::Meant { namespace, domain } => hostname(text, namespace, domain),
    }
}

/// Names of headers are the same in any case of letters to Istio.
fn same_headers(a: &HeaderOps, b: &HeaderOps, measure: Measure<'_>) -> bool {
    let Measure::Meant { .. } = measure else { return a == b };
    let map = |map: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        map.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect()
    };
    let list = |list: &[String]| {
        let mut names: Vec<String> = list.iter().map(|name| name.to_ascii_lowercase()).collect();
        names.sort();
        names
    };
    map(&a.request_set) == map(&b.request_set)
        && map(&a.request_add) == map(&b.request_add)
        && map(&a.response_set) == map(&b.response_set)
        && map(&a.response_add) == map(&b.response_add)
        && list(&a.request_remove) == list(&b.request_remove)
        && list(&a.response_remove) == list(&b.response_remove)
}

/// A part in words; `none` where it is not there.
pub(super) fn words(part: Part, route: &HttpRoute) -> String {
    let text = match part {
        Part::Delegate => route.delegate.as_ref().map(|d| [d.namespace.as_str(), d.name.as_str()].join("/")),
        Part::Route => {
            let all: Vec<String> =
                route.route.iter().map(|to| destination(to, route.route.len() > 1)).collect();
            (!all.is_empty()).then(|| all.join(", "))
        }
        Part::Rewrite => route.rewrite.as_ref().map(|r| {
            let regex = r.uri_regex.as_ref().map(|(from, to)| format!("uri `{from}` to `{to}`"));
            joined(&[named("uri", &r.uri), named("authority", &r.authority), regex])
        }),
        Part::Fault => route.fault_written.then(|| fault(route)),
        Part::Headers => route.headers_written.then(|| headers(&route.headers)),
        Part::Redirect => route.redirect.as_ref().map(|r| {
            let code = (r.code != 0).then(|| format!("code {}", r.code));
            let port = r.port.map(|port| format!("port {port}"));
            let texts = [named("scheme", &r.scheme), named("authority", &r.authority), named("uri", &r.uri)];
            joined(&[texts.as_slice(), &[port, code]].concat())
        }),
    };
    text.map(|text| text.trim_start_matches('/').to_owned()).unwrap_or_else(|| "none".to_owned())
}

fn named(name: &str, value: &str) -> Option<String> {
    (!value.is_empty()).then(|| format!("{name} `{value}`"))
}

fn joined(parts: &[Option<String>]) -> String {
    let all: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
    if all.is_empty() { "empty".to_owned() } else { all.join(" ") }
}

fn destination(to: &RouteDestination, weighted: bool) -> String {
    let d = &to.destination;
    let port = d.port.as_ref().map(|port| format!("port {}", port.value));
    let weight = (weighted || to.weight != 0).then(|| format!("weight {}", to.weight));
    joined(&[Some(d.host.value.clone()), port, named("subset", &d.subset.value), weight])
}

fn fault(route: &HttpRoute) -> String {
    let share = |share: Option<mp_ir::mesh::Percent>| share.map(|share| format!("for {} %", share.0));
    let abort = route.fault_abort.as_ref().map(|abort| {
        let http = abort.http_status.map(|status| format!("status {status}"));
        let grpc = abort.grpc_status.as_ref().map(|status| format!("gRPC status {status}"));
        format!("abort with {}", joined(&[http, grpc, share(abort.percentage)]))
    });
    let delay = route.fault_delay.as_ref().map(|delay| {
        format!(
            "delay of {}",
            joined(&[Some(format!("{} ms", delay.fixed / 1_000_000)), share(delay.percentage)])
        )
    });
    joined(&[abort, delay])
}

fn headers(ops: &HeaderOps) -> String {
    let map = |word: &str, map: &BTreeMap<String, String>| {
        let all: Vec<String> = map.iter().map(|(name, value)| format!("{name}={value}")).collect();
        named(word, &all.join(","))
    };
    joined(&[
        map("request set", &ops.request_set),
        map("request add", &ops.request_add),
        named("request remove", &ops.request_remove.join(",")),
        map("response set", &ops.response_set),
        map("response add", &ops.response_add),
        named("response remove", &ops.response_remove.join(",")),
    ])
}
