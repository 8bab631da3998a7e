//! The labels of Istio's metrics (`populatePeerInfo` of `istio_stats.cc`).
use super::metrics::Reporter;
use super::node::Node;
use super::peer::Peer;
use super::series::Labels;
use crate::config::cluster::Cluster;

/// Every label that a metric has by itself.
pub(crate) const STANDARD: &[&str] = &[
    "reporter",
    "source_workload",
    "source_workload_namespace",
    "source_principal",
    "source_app",
    "source_version",
    "source_canonical_service",
    "source_canonical_revision",
    "source_cluster",
    "destination_workload",
    "destination_workload_namespace",
    "destination_principal",
    "destination_app",
    "destination_version",
    "destination_service",
    "destination_service_name",
    "destination_service_namespace",
    "destination_canonical_service",
    "destination_canonical_revision",
    "destination_cluster",
    "request_protocol",
    "response_flags",
    "connection_security_policy",
    "response_code",
    "grpc_response_status",
];

/// What the labels of one request or connection are made from.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// The other side.
    pub(crate) peer: Option<&'a Peer>,
    /// The endpoint, seen from a gateway.
    pub(crate) endpoint: Option<&'a Peer>,
    /// What is called.
    pub(crate) service: Service<'a>,
    /// Identity of the other side; empty when unknown.
    pub(crate) peer_san: &'a str,
    /// Own identity; empty when unknown.
    pub(crate) own_san: &'a str,
    /// What the end of a request or connection adds.
    pub(crate) end: Option<End<'a>>,
}

/// What the end of a request or connection adds.
#[derive(Debug)]
pub(crate) struct End<'a> {
    /// `http`, `grpc` or `tcp`.
    pub(crate) protocol: &'static str,
    /// The status, of requests.
    pub(crate) status: Option<u16>,
    /// The gRPC status of gRPC requests.
    pub(crate) grpc: Option<u64>,
    /// Short names of response flags, separated by commas.
    pub(crate) flags: &'a str,
}

/// The service that is called.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Service<'a> {
    /// Its host name.
    pub(crate) host: &'a str,
    /// Its short name.
    pub(crate) name: &'a str,
    /// Its namespace.
    pub(crate) namespace: &'a str,
}

/// Clusters that stand for no service.
const NO_SERVICE: &[&str] = &[
    "BlackHoleCluster",
    "PassthroughCluster",
    "InboundPassthroughCluster",
    "InboundPassthroughClusterIpv4",
    "InboundPassthroughClusterIpv6",
];

impl<'a> Service<'a> {
    /// The service of a route and a cluster; `host` is the host header where that may stand for it.
    pub(crate) fn new(route: &str, cluster: Option<&'a Cluster>, host: &'a str) -> Self {
        let mut service = Self { host, name: host, namespace: "" };
        match (route, cluster) {
            ("block_all", _) => service.name = "BlackHoleCluster",
            ("allow_any", _) => service.name = "PassthroughCluster",
            (_, Some(cluster)) if NO_SERVICE.contains(&cluster.name.as_str()) => service.name = &cluster.name,
            (_, Some(cluster)) => {
                let Some(first) = cluster.istio.as_deref().and_then(|f| f.service.as_ref()) else {
                    return service;
                };
                if let Some(host) = &first.host {
                    service.host = host;
                }
                service.namespace = first.namespace.as_deref().unwrap_or_default();
                let short = service.host.split('.').next().unwrap_or_default();
                service.name = first.name.as_deref().unwrap_or(short);
            }
            (_, None) => {}
        }
        service
    }
}

impl Facts<'_> {
    /// Writes everything that tells one set of labels from another, for a filter.
    pub(crate) fn key(&self, filter: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&filter.to_ne_bytes());
        let mut put = |text: &str| {
            out.extend_from_slice(text.as_bytes());
            out.push(0);
        };
        for peer in [self.peer, self.endpoint] {
            let Some(peer) = peer else {
                put("\u{1}");
                continue;
            };
            let all = [
                &peer.workload,
                &peer.namespace,
                &peer.service,
                &peer.revision,
                &peer.app,
                &peer.version,
                &peer.cluster,
                &peer.identity,
            ];
            all.into_iter().for_each(|text| put(text));
        }
        let Service { host, name, namespace } = self.service;
        [host, name, namespace, self.peer_san, self.own_san].into_iter().for_each(&mut put);
        if let Some(end) = &self.end {
            put(end.protocol);
            put(end.flags);
            out.extend_from_slice(&end.status.unwrap_or_default().to_ne_bytes());
            out.extend_from_slice(&end.grpc.map_or(u64::MAX, |status| status).to_ne_bytes());
        }
    }

    /// The labels, in the order that Istio shows them.
    pub(crate) fn labels(&self, reporter: Reporter, node: &Node) -> Labels {
        let mut labels = Labels::new();
        let mut put = |name: &str, value: &str| labels.push((name.to_owned(), value.to_owned()));
        put("reporter", reporter.name());
        let namespace = namespace_of(self.peer_san);
        let namespace = namespace.or(self.peer.map(|p| p.namespace.as_str())).unwrap_or_default();
        match reporter {
            Reporter::Client => {
                own_source(node, self.own_san, &mut put);
                let service = Service { namespace: or(self.service.namespace, namespace), ..self.service };
                destination(self.peer, namespace, (self.peer_san, "latest"), service, &mut put);
            }
            Reporter::Server | Reporter::Gateway => {
                self.source(namespace, &mut put);
                if reporter == Reporter::Server {
                    self.own_destination(node, &mut put);
                } else {
                    let namespace = self.endpoint.map_or("", |p| p.namespace.as_str());
                    let identity = self.endpoint.map_or("", |p| p.identity.as_str());
                    destination(self.endpoint, namespace, (identity, "unknown"), self.service, &mut put);
                }
            }
        }
        let security = match reporter {
            Reporter::Client => "unknown",
            _ if self.peer_san.is_empty() || self.own_san.is_empty() => "none",
            _ => "mutual_tls",
        };
        if let Some(end) = &self.end {
            put("request_protocol", end.protocol);
            if let Some(status) = end.status {
                put("response_code", &status.to_string());
                put("grpc_response_status", &end.grpc.map_or_else(String::new, |status| status.to_string()));
            }
            put("response_flags", if end.flags.is_empty() { "-" } else { end.flags });
            put("connection_security_policy", security);
        }
        labels
    }

    fn source(&self, namespace: &str, put: &mut impl FnMut(&str, &str)) {
        let peer = self.peer;
        let text = |of: fn(&Peer) -> &String| peer.map_or("", |p| of(p).as_str());
        put("source_workload", or_unknown(text(|p| &p.workload)));
        put("source_canonical_service", or_unknown(text(|p| &p.service)));
        put("source_canonical_revision", or(text(|p| &p.revision), "latest"));
        put("source_workload_namespace", or_unknown(namespace));
        put("source_principal", or_unknown(self.peer_san));
        put("source_app", or_unknown(text(|p| &p.app)));
        put("source_version", or_unknown(text(|p| &p.version)));
        put("source_cluster", or_unknown(text(|p| &p.cluster)));
    }

    fn own_destination(&self, node: &Node, put: &mut impl FnMut(&str, &str)) {
        let own = &node.own;
        put("destination_workload", &own.workload);
        put("destination_workload_namespace", &own.namespace);
        put("destination_principal", or_unknown(self.own_san));
        put("destination_app", &node.app);
        put("destination_version", &node.version);
        put("destination_service", or(self.service.host, &own.service));
        put("destination_canonical_service", &own.service);
        put("destination_canonical_revision", &own.revision);
        put("destination_service_name", or(self.service.name, &own.service));
        put("destination_service_namespace", &own.namespace);
        put("destination_cluster", &own.cluster);
    }
}

/// The labels of a peer as the destination; the revision has a name of its own when it is not known.
fn destination(
    peer: Option<&Peer>,
    namespace: &str,
    (principal, no_revision): (&str, &str),
    service: Service<'_>,
    put: &mut impl FnMut(&str, &str),
) {
    let text = |of: fn(&Peer) -> &String| peer.map_or("", |p| of(p).as_str());
    put("destination_workload", or_unknown(text(|p| &p.workload)));
    put("destination_workload_namespace", or_unknown(namespace));
    put("destination_principal", or_unknown(principal));
    put("destination_app", or_unknown(text(|p| &p.app)));
    put("destination_version", or_unknown(text(|p| &p.version)));
    put("destination_service", or_unknown(service.host));
    put("destination_canonical_service", or_unknown(text(|p| &p.service)));
    put("destination_canonical_revision", or(text(|p| &p.revision), no_revision));
    put("destination_service_name", or_unknown(service.name));
    put("destination_service_namespace", or_unknown(service.namespace));
    put("destination_cluster", or_unknown(text(|p| &p.cluster)));
}

fn own_source(node: &Node, san: &str, put: &mut impl FnMut(&str, &str)) {
    let own = &node.own;
    put("source_workload", &own.workload);
    put("source_canonical_service", &own.service);
    put("source_canonical_revision", &own.revision);
    put("source_workload_namespace", &own.namespace);
    put("source_principal", or_unknown(san));
    put("source_app", &node.app);
    put("source_version", &node.version);
    put("source_cluster", &own.cluster);
}

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}

fn or_unknown(text: &str) -> &str {
    or(text, "unknown")
}

/// The namespace in `spiffe://DOMAIN/ns/NAMESPACE/sa/ACCOUNT`.
fn namespace_of(principal: &str) -> Option<&str> {
    let (_, rest) = principal.split_once("/ns/")?;
    rest.split('/').next().filter(|n| !n.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(labels: &Labels) -> String {
        labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
    }

    fn node() -> Node {
        let node = serde_json::json!({"metadata": {"WORKLOAD_NAME": "web", "NAMESPACE": "shop", "CLUSTER_ID": "c",
            "LABELS": {"app": "web", "version": "v1", "service.istio.io/canonical-name": "web-svc",
                "service.istio.io/canonical-revision": "v1"}}});
        Node::new(Some(&crate::json::Value::from(&node)))
    }

    #[test]
    fn the_server_shows_its_own_workload_as_the_destination() {
        let peer = Peer::from_endpoint("client;ns;client-svc;;c2").unwrap();
        let facts = Facts {
            peer: Some(&peer),
            peer_san: "spiffe://td/ns/other/sa/a",
            own_san: "spiffe://td/ns/shop/sa/web",
            end: Some(End { protocol: "grpc", status: Some(200), grpc: Some(14), flags: "UF,URX" }),
            ..Facts::default()
        };
        let wanted = "reporter=destination,source_workload=client,source_canonical_service=client-svc,\
            source_canonical_revision=latest,source_workload_namespace=other,\
            source_principal=spiffe://td/ns/other/sa/a,source_app=unknown,source_version=unknown,source_cluster=c2,\
            destination_workload=web,destination_workload_namespace=shop,\
            destination_principal=spiffe://td/ns/shop/sa/web,destination_app=web,destination_version=v1,\
            destination_service=web-svc,destination_canonical_service=web-svc,destination_canonical_revision=v1,\
            destination_service_name=web-svc,destination_service_namespace=shop,destination_cluster=c,\
            request_protocol=grpc,response_code=200,grpc_response_status=14,response_flags=UF,URX,\
            connection_security_policy=mutual_tls";
        assert_eq!(text(&facts.labels(Reporter::Server, &node())), wanted);
    }

    #[test]
    fn the_client_shows_the_peer_as_the_destination() {
        let facts = Facts {
            service: Service { host: "web.shop.svc", name: "web", namespace: "shop" },
            end: Some(End { protocol: "http", status: Some(503), grpc: None, flags: "" }),
            ..Facts::default()
        };
        let wanted = "reporter=source,source_workload=web,source_canonical_service=web-svc,\
            source_canonical_revision=v1,source_workload_namespace=shop,source_principal=unknown,source_app=web,\
            source_version=v1,source_cluster=c,destination_workload=unknown,destination_workload_namespace=unknown,\
            destination_principal=unknown,destination_app=unknown,destination_version=unknown,\
            destination_service=web.shop.svc,destination_canonical_service=unknown,\
            destination_canonical_revision=latest,destination_service_name=web,destination_service_namespace=shop,\
            destination_cluster=unknown,request_protocol=http,response_code=503,grpc_response_status=,\
            response_flags=-,connection_security_policy=unknown";
        assert_eq!(text(&facts.labels(Reporter::Client, &node())), wanted);
        let gateway = text(&facts.labels(Reporter::Gateway, &node()));
        assert!(gateway.contains("destination_canonical_revision=unknown"), "{gateway}");
    }

    #[test]
    fn different_facts_have_different_keys() {
        let key = |facts: Facts<'_>| {
            let mut out = Vec::new();
            facts.key(1, &mut out);
            out
        };
        let peer = Peer::from_endpoint("a;;;;").unwrap();
        let all = [
            key(Facts::default()),
            key(Facts { peer: Some(&peer), ..Facts::default() }),
            key(Facts { endpoint: Some(&peer), ..Facts::default() }),
            key(Facts { peer_san: "a", ..Facts::default() }),
            key(Facts { own_san: "a", ..Facts::default() }),
        ];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }
}
