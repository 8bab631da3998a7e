//! Tables out of YAML, each with a twin that nearly does the same.

mod gateways;
mod matches;
mod sidecars;
mod units;

use mp_ir::mesh::Labels;
use mp_ir::plan::{Forward, ProxyKind, ProxyView, Route, RouteAction, RouteTable, Target};
use mp_model::{Input, Workspace};

use crate::{Context, FactOptions, Index, Scope, gateways as merged};

/// A mesh in YAML and who asks.
struct Case {
    yaml: String,
    proxy: ProxyView,
    env: Vec<(&'static str, &'static str)>,
}

impl Case {
    fn new(yaml: &str) -> Self {
        let labels = Labels::from([("app".to_owned(), "client".to_owned())]);
        let proxy = ProxyView {
            namespace: "shop".into(),
            ips: vec!["10.0.0.1".into()],
            labels,
            ..ProxyView::default()
        };
        Self { yaml: yaml.to_owned(), proxy, env: Vec::new() }
    }

    fn gateway(yaml: &str) -> Self {
        let mut case = Self::new(yaml);
        case.proxy.kind = ProxyKind::Router;
        case.proxy.namespace = "istio-system".into();
        case.proxy.labels = Labels::from([("istio".to_owned(), "ingress".to_owned())]);
        case
    }

    fn table(&self, name: &str) -> RouteTable {
        let workspace = Workspace::read(&[Input::new("mesh.yaml", &self.yaml)]);
        let env = self.env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let mesh = crate::facts(&workspace, &FactOptions { env, ..FactOptions::default() });
        let index = Index::new(&mesh);
        let scope = Scope::new(&mesh, &index, &self.proxy);
        let gateways = merged::merge(&mesh, &index, &self.proxy);
        let cx = Context {
            mesh: &mesh,
            index: &index,
            proxy: &self.proxy,
            scope: &scope,
            gateways: gateways.as_ref(),
        };
        super::table(&cx, name)
    }

    fn names(&self, name: &str) -> Vec<String> {
        self.table(name).virtual_hosts.into_iter().map(|host| host.name).collect()
    }

    fn domains(&self, table: &str, host: &str) -> Vec<String> {
        let found = self.table(table).virtual_hosts.into_iter().find(|found| found.name == host);
        found.map(|host| host.domains).unwrap_or_default()
    }

    fn routes(&self, table: &str, host: &str) -> Vec<Route> {
        let found = self.table(table).virtual_hosts.into_iter().find(|found| found.name == host);
        found.map(|host| host.routes).unwrap_or_default()
    }
}

/// A Service with HTTP at port 80.
fn service(namespace: &str, name: &str) -> String {
    let ip = format!("10.1.0.{}", name.bytes().map(u32::from).sum::<u32>() % 250);
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{clusterIP: {ip}, clusterIPs: [{ip}], ports: [{{name: http, port: 80}}]}}\n---\n"
    )
}

/// A VirtualService of namespace `shop`; `spec` is flow YAML without braces.
fn rule(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec: {{{spec}}}\n---\n"
    )
}

fn forward(route: &Route) -> Forward {
    match &route.action {
        RouteAction::Forward(forward) => forward.as_ref().clone(),
        other => panic!("not forwarded: {other:?}"),
    }
}

fn cluster(route: &Route) -> String {
    match forward(route).target {
        Target::Cluster(cluster) => cluster,
        Target::Weighted(clusters) => {
            clusters.iter().map(|c| format!("{}={} ", c.cluster, c.weight)).collect()
        }
    }
}
