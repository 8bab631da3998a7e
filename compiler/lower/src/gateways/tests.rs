use mp_ir::base::{At, ObjectRef};
use mp_ir::mesh::{Gateway, Labels, Mesh, Meta, Protocol, Server, ServerTls, ServerTlsMode};
use mp_ir::plan::{ProxyView, ServiceTarget};

use super::*;

fn server(port: u32, protocol: Protocol, hosts: &[&str], mode: Option<ServerTlsMode>) -> Server {
    Server {
        port: At::implied(port),
        port_name: format!("p{port}"),
        protocol,
        hosts: hosts.iter().map(|host| At::implied((*host).to_owned())).collect(),
        tls: mode.map(|mode| ServerTls { mode, ..ServerTls::default() }),
        ..Server::default()
    }
}

fn gateway(namespace: &str, name: &str, servers: Vec<Server>) -> Gateway {
    let object = ObjectRef { kind: "Gateway".into(), namespace: namespace.into(), name: name.into() };
    Gateway { meta: Meta { object, ..Meta::default() }, servers, ..Gateway::default() }
}

fn merged(gateways: Vec<Gateway>, targets: Vec<(u32, u32)>) -> Option<MergedGateway> {
    let mesh = Mesh { gateways, ..Mesh::default() };
    let target = |(port, target_port)| ServiceTarget {
        service: 0,
        port_name: String::new(),
        port,
        protocol: Protocol::Http,
        target_port,
    };
    let labels = Labels::from([("istio".to_owned(), "ingress".to_owned())]);
    let proxy =
        ProxyView { labels, targets: targets.into_iter().map(target).collect(), ..ProxyView::default() };
    merge(&mesh, &Index::default(), &proxy)
}

fn hosts_of(merged: &MergedGateway, route: &str) -> Vec<String> {
    let servers = merged.by_route.get(route).into_iter().flatten().map(|at| &merged.servers[*at]);
    servers.flat_map(|s| s.server.hosts.iter().map(|h| h.value.clone())).collect()
}

#[test]
fn the_selector_must_fit() {
    let mut one = gateway("a", "g", vec![server(80, Protocol::Http, &["*"], None)]);
    assert!(merged(vec![one.clone()], vec![]).is_some(), "no selector takes all");
    one.selector = Labels::from([("istio".to_owned(), "ingress".to_owned())]);
    assert!(merged(vec![one.clone()], vec![]).is_some());
    one.selector.insert("zone".to_owned(), "x".to_owned());
    assert!(merged(vec![one], vec![]).is_none());
}

#[test]
fn plain_http_shares_a_port_and_takes_its_target() {
    let gateways = vec![
        gateway("a", "one", vec![server(80, Protocol::Http, &["x.com"], None)]),
        gateway("b", "two", vec![server(80, Protocol::Http2, &["./y.com", "*/z.com"], None)]),
        gateway("b", "three", vec![server(80, Protocol::Tcp, &["t.com"], None)]),
    ];
    let out = merged(gateways, vec![(80, 8080)]).unwrap();
    assert_eq!(out.ports.len(), 1);
    assert_eq!(out.ports[0].number, 8080);
    assert_eq!(hosts_of(&out, "http.8080"), ["x.com", "b/y.com", "z.com"]);
}

#[test]
fn tls_servers_stay_apart_and_hosts_are_taken_once() {
    let simple = Some(ServerTlsMode::Simple);
    let gateways = vec![
        gateway("a", "one", vec![server(443, Protocol::Https, &["x.com"], simple)]),
        gateway("a", "two", vec![server(443, Protocol::Https, &["y.com"], simple)]),
        gateway("a", "same", vec![server(443, Protocol::Https, &["x.com"], simple)]),
        gateway("a", "raw", vec![server(443, Protocol::Tls, &["r.com"], Some(ServerTlsMode::Passthrough))]),
    ];
    let out = merged(gateways, vec![]).unwrap();
    assert_eq!(out.by_route.keys().collect::<Vec<_>>(), ["https.443.p443.one.a", "https.443.p443.two.a"]);
    let ports: Vec<_> = out.ports.iter().map(|p| (p.number, p.protocol, p.servers.len())).collect();
    assert_eq!(ports, [(443, Protocol::Https, 2), (443, Protocol::Tls, 1)]);
}

#[test]
fn plain_text_and_tls_on_one_port_do_not_mix() {
    let redirect = server(80, Protocol::Http, &["x.com"], Some(ServerTlsMode::Passthrough));
    let tls = server(80, Protocol::Https, &["y.com"], Some(ServerTlsMode::Simple));
    let out = merged(vec![gateway("a", "g", vec![redirect.clone(), tls.clone()])], vec![]).unwrap();
    assert_eq!(out.by_route.keys().collect::<Vec<_>>(), ["http.80"]);
    let bound = Server { bind: "1.2.3.4".into(), ..tls };
    let out = merged(vec![gateway("a", "g", vec![redirect, bound])], vec![]).unwrap();
    assert_eq!(out.by_route.keys().collect::<Vec<_>>(), ["http.80", "https.80.p80.g.a.1.2.3.4"]);
}

#[test]
fn passthrough_has_no_route_table() {
    let https = server(443, Protocol::Https, &["x.com"], Some(ServerTlsMode::Passthrough));
    let auto = server(15443, Protocol::Tls, &["*.local"], Some(ServerTlsMode::AutoPassthrough));
    let out = merged(vec![gateway("a", "g", vec![https, auto])], vec![]).unwrap();
    assert!(out.by_route.is_empty());
    assert!(out.auto_passthrough);
    assert_eq!(out.auto_passthrough_hosts.iter().collect::<Vec<_>>(), ["*.local"]);
}
