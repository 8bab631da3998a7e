use mp_model::{Input, Workspace};

use super::*;
use crate::{FactOptions, ProxySpec, proxy};

const SERVICES: &str = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: a}
spec: {ports: [{name: http, port: 80}, {name: tcp, port: 90}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: b}
spec: {ports: [{name: tcp, port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: secret, namespace: b, annotations: {networking.istio.io/exportTo: .}}
spec: {ports: [{name: http, port: 80}]}
";

fn scope(sidecars: &str, labels: &[(&str, &str)]) -> Scope {
    let yaml = format!("{SERVICES}{sidecars}");
    let mesh = crate::facts(&Workspace::read(&[Input::new("a.yaml", &yaml)]), &FactOptions::default());
    let index = Index::new(&mesh);
    let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let spec = ProxySpec { namespace: "a".into(), labels: Some(labels), ..ProxySpec::default() };
    Scope::new(&mesh, &index, &proxy::view(&mesh, &index, &spec))
}

fn sidecar(name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

fn hosts(scope: &Scope) -> Vec<&str> {
    scope.services.iter().map(|s| s.meta.name()).collect()
}

#[test]
fn without_a_sidecar_all_visible_services_are_imported() {
    assert_eq!(hosts(&scope("", &[])), ["db", "web"]);
}

#[test]
fn a_selector_comes_before_the_namespace_and_that_before_the_root() {
    let root = sidecar("root", "istio-system", "{egress: [{hosts: [\"b/*\"]}]}");
    let own = sidecar("own", "a", "{egress: [{hosts: [\"./*\"]}]}");
    let selected =
        sidecar("chosen", "a", "{workloadSelector: {labels: {app: x}}, egress: [{hosts: [\"~/*\"]}]}");
    assert_eq!(hosts(&scope(&root, &[])), ["db"]);
    assert_eq!(hosts(&scope(&format!("{root}{own}"), &[])), ["web"]);
    let all = format!("{root}{own}{selected}");
    assert_eq!(scope(&all, &[("app", "x")]).name, "chosen");
    assert_eq!(scope(&all, &[("app", "y")]).name, "own");
}

#[test]
fn a_port_leaves_services_with_that_port_alone() {
    let http =
        sidecar("own", "a", "{egress: [{port: {number: 90, protocol: TCP, name: t}, hosts: [\"*/*\"]}]}");
    let found = scope(&http, &[]);
    assert_eq!(hosts(&found), ["web"]);
    let ports: Vec<u32> = found.services[0].ports.iter().map(|p| p.number).collect();
    assert_eq!(ports, [90]);
    let proxy = sidecar(
        "own",
        "a",
        "{egress: [{port: {number: 90, protocol: HTTP_PROXY, name: t}, hosts: [\"*/*\"]}]}",
    );
    assert_eq!(hosts(&scope(&proxy, &[])), ["db", "web"]);
}

#[test]
fn exact_hosts_must_stand_in_their_namespace() {
    let at =
        |ns: &str| sidecar("own", "a", &format!("{{egress: [{{hosts: [{ns}/db.b.svc.cluster.local]}}]}}"));
    assert_eq!(hosts(&scope(&at("b"), &[])), ["db"]);
    assert_eq!(hosts(&scope(&at("a"), &[])), [""; 0]);
}
