use mp_model::{Input, Workspace};

use super::*;
use crate::{FactOptions, proxy};

const BASE: &str = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
status: {podIP: 10.0.0.7}
";

fn found(more: &str, name: &str) -> Vec<(String, String, String)> {
    let ws = Workspace::read(&[Input::new("a.yaml", &format!("{BASE}{more}"))]);
    let mesh = crate::facts(&ws, &FactOptions::default());
    let index = Index::new(&mesh);
    let proxy = proxy::find(&mesh, &index, name).unwrap();
    let all = ties(&mesh, &index, &proxy);
    assert!(all.iter().all(|tie| tie.older_origin.is_some() && tie.younger_origin.is_some()));
    all.into_iter().map(|tie| (tie.older.name, tie.younger.name, tie.both)).collect()
}

fn object(kind: &str, name: &str, meta: &str, spec: &str) -> String {
    let group = match kind {
        "PeerAuthentication" => "security",
        "Telemetry" => "telemetry",
        _ => "networking",
    };
    format!(
        "---\napiVersion: {group}.istio.io/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop{meta}}}\nspec: {spec}\n"
    )
}

/// The same two objects, once without age and once with it.
fn pair(kind: &str, spec: &str) -> [String; 2] {
    let made = |name: &str, year: Option<u32>| {
        let meta = year.map(|year| format!(", creationTimestamp: '{year}-01-01T00:00:00Z'"));
        object(kind, name, &meta.unwrap_or_default(), spec)
    };
    [made("b", None) + &made("a", None), made("b", Some(2020)) + &made("a", Some(2021))]
}

#[test]
fn the_earlier_one_is_older_unless_age_is_written() {
    let cases = [
        (
            "VirtualService",
            "{hosts: [web], http: [{route: [{destination: {host: web}}]}]}",
            "routes for host",
        ),
        ("DestinationRule", "{host: web, trafficPolicy: {tls: {mode: DISABLE}}}", "a policy for host"),
        ("Sidecar", "{egress: [{hosts: ['*/*']}]}", "the imports"),
        ("PeerAuthentication", "{mtls: {mode: STRICT}}", "mutual TLS"),
        ("Telemetry", "{tracing: [{randomSamplingPercentage: 1}]}", "telemetry"),
        (
            "ServiceEntry",
            "{hosts: [x.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}",
            "host `x.com`",
        ),
    ];
    for (kind, spec, both) in cases {
        let [without, with] = pair(kind, spec);
        let ties = found(&without, "shop/web-1");
        let [(older, younger, said)] = ties.as_slice() else { panic!("{kind}: {ties:?}") };
        assert_eq!((older.as_str(), younger.as_str()), ("b", "a"), "{kind}");
        assert!(said.starts_with(both), "{kind}: {said}");
        assert_eq!(found(&with, "shop/web-1"), [], "{kind}");
    }
}

#[test]
fn gateways_tie_at_one_port_and_host() {
    let spec = |host: &str, port: u32| {
        format!(
            "{{selector: {{app: web}}, servers: [{{port: {{number: {port}, name: http, protocol: HTTP}}, hosts: ['{host}']}}]}}"
        )
    };
    let gateway = |name: &str, host: &str, port| object("Gateway", name, "", &spec(host, port));
    let same = gateway("b", "x.com", 80) + &gateway("a", "x.com", 80);
    assert_eq!(found(&same, "shop/web-1").len(), 1);
    for twin in [gateway("a", "y.com", 80), gateway("a", "x.com", 81)] {
        assert_eq!(found(&(gateway("b", "x.com", 80) + &twin), "shop/web-1"), []);
    }
}

#[test]
fn different_hosts_and_unseen_objects_do_not_tie() {
    let rule = |name: &str, host: &str| {
        object(
            "VirtualService",
            name,
            "",
            &format!("{{hosts: [{host}], http: [{{route: [{{destination: {{host: web}}}}]}}]}}"),
        )
    };
    assert_eq!(found(&(rule("b", "web") + &rule("a", "other")), "shop/web-1"), []);
    let hidden = object(
        "VirtualService",
        "a",
        "",
        "{hosts: [web], exportTo: ['~'], http: [{route: [{destination: {host: web}}]}]}",
    );
    assert_eq!(found(&(rule("b", "web") + &hidden), "shop/web-1"), []);
}
