//! Small rules: names, headers, retries, redirects, claims.

use std::collections::BTreeMap;

use mp_ir::mesh::{self, HeaderOps, Percent, Retries};
use mp_ir::plan::{RedirectPath, RouteAction};

use crate::plan::routes::{action, condition, domains, filters, headers, retry};

#[test]
fn short_forms_depend_on_the_namespace() {
    let forms = |host: &str, home: &str| domains::alternatives(host, None, home, false);
    assert_eq!(forms("a.x.svc.cluster.local", "x.svc.cluster.local"), ["a", "a.x.svc", "a.x"]);
    assert_eq!(forms("a.x.svc.cluster.local", "y.svc.cluster.local"), ["a.x", "a.x.svc"]);
    assert!(forms("a.x.svc.other.local", "x.svc.cluster.local").is_empty());
    assert!(forms("a.com", "x.svc.cluster.local").is_empty());
    assert_eq!(forms("foo.local.campus.net", "local.campus.net"), ["foo"]);
    assert_eq!(forms("foo.local.campus.net", "remote.campus.net"), ["foo.local", "foo.local.campus"]);
}

#[test]
fn the_dotted_form_is_not_for_addresses() {
    let forms = |host: &str, port| domains::alternatives(host, port, "x.svc.cluster.local", true);
    assert_eq!(forms("a.com", None), ["a.com."]);
    assert!(forms("1.2.3.4", None).is_empty());
    assert_eq!(forms("a.com", Some(80)), ["a.com.", "a.com.:80"]);
}

#[test]
fn ipv6_hosts_have_brackets() {
    assert_eq!(domains::with_port("2001:db8::1", 80), "[2001:db8::1]:80");
    assert_eq!(domains::with_port("a.com", 80), "a.com:80");
    assert_eq!(domains::bracketed("::1"), "[::1]");
}

#[test]
fn claims_are_named_with_dots_or_brackets() {
    let path = |name: &str| condition::claim_path(name);
    assert_eq!(path("@request.auth.claims.a.b").unwrap(), ["a", "b"]);
    assert_eq!(path("@Request.Auth.Claims[a.b][c]").unwrap(), ["a.b", "c"]);
    for name in [
        "@request.auth.claims",
        "@request.auth.claims.",
        "@request.auth.claims[]",
        "@request.auth.claimsX",
        "x-a",
    ] {
        assert_eq!(path(name), None, "{name}");
    }
}

#[test]
fn statuses_among_retry_conditions_become_codes() {
    let asked = |on: &str| Retries { attempts: 3, retry_on: on.into(), ..Retries::default() };
    let out = retry::policy(Some(&asked("503, gateway-error,999")), false).unwrap();
    assert_eq!((out.on.as_str(), out.status_codes), ("gateway-error,999,retriable-status-codes", vec![503]));
    let out = retry::policy(Some(&asked("retriable-status-codes,503")), false).unwrap();
    assert_eq!(out.on, "retriable-status-codes");
    assert!(retry::policy(Some(&Retries::default()), false).is_none(), "no attempts");
    assert_eq!(retry::policy(None, false).unwrap().attempts, 2);
}

#[test]
fn a_hash_ring_keeps_hosts_that_were_tried() {
    assert!(retry::policy(None, false).unwrap().skip_previous_hosts);
    assert!(!retry::policy(None, true).unwrap().skip_previous_hosts);
    let asked = Retries { attempts: 1, ignore_previous_hosts: Some(true), ..Retries::default() };
    assert!(retry::policy(Some(&asked), true).unwrap().skip_previous_hosts);
}

#[test]
fn a_header_named_host_rewrites_the_host() {
    let map = |entries: &[(&str, &str)]| -> BTreeMap<String, String> {
        entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    let ops = HeaderOps {
        request_set: map(&[("Host", "set"), ("x-b", "1")]),
        request_add: map(&[(":authority", "add"), ("x-a", "2")]),
        request_remove: vec!["host".into(), "x-c".into()],
        ..HeaderOps::default()
    };
    let out = headers::changes(&ops);
    assert_eq!(out.authority, "set");
    let names: Vec<_> = out.mutation.request_add.iter().map(|h| (h.name.as_str(), h.overwrite)).collect();
    assert_eq!(names, [("x-b", true), ("x-a", false)]);
    assert_eq!(out.mutation.request_remove, ["x-c"]);
}

#[test]
fn shares_are_cut_not_rounded() {
    assert_eq!(filters::millionths(Percent(12.5)).numerator, 125_000);
    assert_eq!(filters::millionths(Percent(0.000_19)).numerator, 1);
    assert_eq!(filters::millionths(Percent(0.000_01)).numerator, 0);
}

#[test]
fn a_redirect_leaves_out_the_port_of_its_scheme() {
    let port =
        |redirect: mesh::Redirect, listen: u32, tls: bool| match action::redirect(&redirect, listen, tls) {
            RouteAction::Redirect(redirect) => redirect.port,
            other => panic!("{other:?}"),
        };
    let to = |scheme: &str, port| mesh::Redirect {
        scheme: scheme.into(),
        port: Some(port),
        ..mesh::Redirect::default()
    };
    assert_eq!(port(to("https", 443), 80, false), 0);
    assert_eq!(port(to("", 443), 80, false), 443);
    assert_eq!(port(to("", 443), 443, true), 0);
    assert_eq!(port(to("http", 80), 443, true), 0);
    let derived = |how: &str| mesh::Redirect { derive_port: Some(how.into()), ..mesh::Redirect::default() };
    assert_eq!(port(derived("FROM_REQUEST_PORT"), 8080, false), 8080);
    assert_eq!(port(derived("FROM_PROTOCOL_DEFAULT"), 8080, false), 0);
}

#[test]
fn redirects_know_five_codes() {
    let with = |code| {
        action::redirect(&mesh::Redirect { code, uri: "/x".into(), ..mesh::Redirect::default() }, 80, false)
    };
    assert_eq!(with(304), RouteAction::Missing);
    for (code, means) in [(0, 301), (301, 301), (302, 302), (303, 303), (307, 307), (308, 308)] {
        let RouteAction::Redirect(redirect) = with(code) else { panic!("{code}") };
        assert_eq!((redirect.code, redirect.path), (means, RedirectPath::Full("/x".into())));
    }
}
