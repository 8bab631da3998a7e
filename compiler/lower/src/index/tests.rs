use mp_model::{Input, Workspace};

use super::*;
use crate::FactOptions;

fn mesh(yaml: &str) -> Mesh {
    crate::facts(&Workspace::read(&[Input::new("a.yaml", yaml)]), &FactOptions::default())
}

fn hosts(mesh: &Mesh, index: &Index, namespace: &str) -> Vec<String> {
    index.visible(namespace).map(|id| mesh.services[id].hostname.value.clone()).collect()
}

const ENTRY: &str = "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\n";
const SERVICE: &str = "---\napiVersion: v1\nkind: Service\n";

#[test]
fn exported_services_come_before_public_ones() {
    let mesh = mesh(&format!(
        "{ENTRY}metadata: {{name: p, namespace: a}}\nspec: {{hosts: [public.x]}}\n\
         {ENTRY}metadata: {{name: o, namespace: a}}\nspec: {{hosts: [own.x], exportTo: [.]}}\n\
         {ENTRY}metadata: {{name: n, namespace: a}}\nspec: {{hosts: [named.x], exportTo: [b, a]}}\n\
         {ENTRY}metadata: {{name: z, namespace: a}}\nspec: {{hosts: [nobody.x], exportTo: [\"~\"]}}\n"
    ));
    let index = Index::new(&mesh);
    assert_eq!(hosts(&mesh, &index, "a"), ["own.x", "named.x", "public.x"]);
    assert_eq!(hosts(&mesh, &index, "b"), ["named.x", "public.x"]);
    assert_eq!(hosts(&mesh, &index, "c"), ["public.x"]);
}

#[test]
fn a_kubernetes_service_has_its_host_before_an_entry() {
    let mesh = mesh(&format!(
        "{ENTRY}metadata: {{name: e, namespace: a, creationTimestamp: \"2020-01-01T00:00:00Z\"}}\n\
         spec: {{hosts: [web.a.svc.cluster.local]}}\n\
         {SERVICE}metadata: {{name: web, namespace: a, creationTimestamp: \"2021-01-01T00:00:00Z\"}}\nspec: {{}}\n"
    ));
    let index = Index::new(&mesh);
    let id = index.find("web.a.svc.cluster.local", "a").unwrap();
    assert_eq!(mesh.services[id].registry, Registry::Kubernetes);
    assert_eq!(mesh.services[0].registry, Registry::External, "the entry is the older one");
}

#[test]
fn services_of_one_host_share_endpoints() {
    let mesh = mesh(&format!(
        "{ENTRY}metadata: {{name: e, namespace: a}}\n\
         spec: {{hosts: [web.a.svc.cluster.local], resolution: STATIC, ports: [{{number: 80, name: http, protocol: HTTP}}],\n\
         endpoints: [{{address: 1.1.1.1}}]}}\n\
         {SERVICE}metadata: {{name: web, namespace: a}}\nspec: {{ports: [{{name: http, port: 80}}]}}\n"
    ));
    let index = Index::new(&mesh);
    assert_eq!(index.endpoints(&mesh, "web.a.svc.cluster.local", "a").count(), 1);
    assert_eq!(index.endpoints(&mesh, "web.a.svc.cluster.local", "b").count(), 0);
}
