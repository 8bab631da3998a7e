use mp_ir::base::{At, ObjectRef};
use mp_ir::mesh::{
    Delegate, HttpMatch, HttpRoute, Mesh, Meta, RouteDestination, StringMatch, VirtualService, Visibility,
};

use super::*;

fn at<T>(value: T) -> At<T> {
    At::implied(value)
}

fn service(namespace: &str, name: &str, hosts: &[&str]) -> VirtualService {
    VirtualService {
        meta: Meta {
            object: ObjectRef {
                kind: "VirtualService".into(),
                namespace: namespace.into(),
                name: name.into(),
            },
            ..Meta::default()
        },
        hosts: hosts.iter().map(|host| at((*host).to_owned())).collect(),
        gateways: vec![at(MESH.to_owned())],
        ..VirtualService::default()
    }
}

fn prefix(path: &str) -> HttpMatch {
    HttpMatch { uri: Some(at(StringMatch::Prefix(path.into()))), ..HttpMatch::default() }
}

fn exact(path: &str) -> HttpMatch {
    HttpMatch { uri: Some(at(StringMatch::Exact(path.into()))), ..HttpMatch::default() }
}

fn to(host: &str) -> Vec<RouteDestination> {
    let mut out = RouteDestination::default();
    out.destination.host = at(host.to_owned());
    vec![out]
}

fn public(mut service: VirtualService) -> VirtualService {
    service.visibility = Visibility { written: true, ..Visibility::everyone() };
    service
}

/// A root that delegates `root` to a VirtualService with the routes `parts`.
fn merged(root: HttpRoute, parts: Vec<HttpRoute>, visibility: Visibility) -> Vec<HttpRoute> {
    let mut top = public(service("a", "top", &["x.com"]));
    let named = Delegate { name: "sub".into(), namespace: "b".into(), origin: None };
    top.http = vec![HttpRoute { delegate: Some(named), ..root }];
    let mut sub = service("b", "sub", &[]);
    sub.http = parts;
    sub.visibility = visibility;
    let mesh = Mesh { virtual_services: vec![top, sub], ..Mesh::default() };
    VirtualServices::new(&mesh).all()[0].http.clone()
}

fn everyone() -> Visibility {
    Visibility { written: true, ..Visibility::everyone() }
}

#[test]
fn a_delegate_stays_under_its_root() {
    let root = || HttpRoute { name: "r".into(), matches: vec![prefix("/a")], ..HttpRoute::default() };
    let part = |name: &str, m| HttpRoute {
        name: name.into(),
        matches: vec![m],
        route: to("h"),
        ..HttpRoute::default()
    };
    let parts = vec![
        part("in", prefix("/a/b")),
        part("out", prefix("/b")),
        part("", exact("/a")),
        part("wide", prefix("/")),
    ];
    let names: Vec<String> = merged(root(), parts, everyone()).into_iter().map(|route| route.name).collect();
    assert_eq!(names, ["r-in", "r"]);
}

#[test]
fn one_part_without_a_place_drops_the_route() {
    let root = HttpRoute { matches: vec![prefix("/a"), prefix("/c")], ..HttpRoute::default() };
    let both = HttpRoute { matches: vec![prefix("/a/x"), prefix("/c/x")], ..HttpRoute::default() };
    let one = HttpRoute { matches: vec![prefix("/a/x"), prefix("/d")], ..HttpRoute::default() };
    let out = merged(root, vec![both, one], everyone());
    assert_eq!(out.len(), 1);
    assert_eq!(out[0].matches.len(), 2);
}

#[test]
fn the_delegate_s_own_fields_win_and_holes_are_filled() {
    let header = |value: &str| at(StringMatch::Exact(value.into()));
    let mut outer = prefix("/a");
    outer.headers.insert("x-one".into(), header("1"));
    outer.headers.insert("x-two".into(), header("2"));
    let mut inner = HttpMatch::default();
    inner.headers.insert("x-two".into(), header("2"));
    let root = HttpRoute { matches: vec![outer], timeout: Some(5), retries: None, ..HttpRoute::default() };
    let part = HttpRoute { matches: vec![inner], timeout: Some(7), ..HttpRoute::default() };
    let out = merged(root.clone(), vec![part.clone()], everyone());
    assert_eq!(out[0].timeout, Some(7));
    assert_eq!(out[0].matches[0].headers.len(), 2);
    assert_eq!(out[0].matches[0].uri, prefix("/a").uri);
    let bare = HttpRoute { timeout: None, ..part };
    assert_eq!(merged(root, vec![bare], everyone())[0].timeout, Some(5));
}

#[test]
fn a_hidden_delegate_takes_its_route_away() {
    let root = HttpRoute::default();
    let only = |namespace: &str| Visibility {
        written: true,
        namespaces: vec![namespace.into()],
        ..Visibility::default()
    };
    assert_eq!(merged(root.clone(), vec![HttpRoute::default()], only("a")).len(), 1);
    assert_eq!(merged(root.clone(), vec![HttpRoute::default()], only("b")).len(), 0);
    let own = Visibility { written: true, own: true, ..Visibility::default() };
    assert_eq!(merged(root, vec![HttpRoute::default()], own).len(), 0);
}

#[test]
fn the_own_namespace_comes_first_and_strangers_see_nothing() {
    let mut private = service("b", "private", &["x.com"]);
    private.visibility = Visibility { written: true, own: true, ..Visibility::default() };
    let mut exported = service("c", "exported", &["x.com"]);
    exported.visibility = Visibility { written: true, namespaces: vec!["b".into()], ..Visibility::default() };
    let mesh = Mesh {
        virtual_services: vec![public(service("a", "public", &["x.com"])), exported, private],
        ..Mesh::default()
    };
    let index = VirtualServices::new(&mesh);
    let names = |namespace: &str| -> Vec<String> {
        index.for_gateway(namespace, MESH).iter().map(|service| service.meta.name().to_owned()).collect()
    };
    assert_eq!(names("b"), ["private", "exported", "public"]);
    assert_eq!(names("c"), ["public"]);
    assert!(index.for_gateway("b", "b/gateway").is_empty());
}

#[test]
fn destinations_of_other_callers_do_not_count() {
    let caller = |namespace: &str| HttpMatch { source_namespace: namespace.into(), ..HttpMatch::default() };
    let mut rule = service("a", "r", &["x.com"]);
    rule.http = vec![
        HttpRoute {
            matches: vec![caller("b"), HttpMatch::default()],
            route: to("one"),
            ..HttpRoute::default()
        },
        HttpRoute { matches: vec![caller("b"), caller("c")], route: to("two"), ..HttpRoute::default() },
    ];
    let hosts = |namespace: &str| destinations(&rule, namespace).into_keys().collect::<Vec<_>>();
    assert_eq!(hosts("c"), ["two"]);
    assert_eq!(hosts("b"), ["one", "two"]);
    assert_eq!(hosts(""), ["one", "two"]);
}
