//! The generated views read what Istio and Kubernetes would.

use mp_model::base::FileId;
use mp_model::syntax::{ParsedFile, parse};
use mp_model::views::{gateway, k8s, mesh, networking, security};
use mp_model::{FromNode, IntOrString};

fn read(text: &str) -> ParsedFile {
    parse(FileId(0), text.into())
}

#[test]
fn both_spellings_of_istio_names_are_read() {
    let file = read(
        "trafficPolicy: {connection_pool: {tcp: {connectTimeout: 1.5s, max_connections: 7}}}\nhost: a\n",
    );
    let rule = file.root(0).and_then(networking::DestinationRule::from_node).expect("a mapping");
    let tcp = rule.traffic_policy().and_then(|p| p.connection_pool()).and_then(|p| p.tcp()).expect("tcp");
    assert_eq!(tcp.max_connections(), Some(7));
    assert_eq!(tcp.connect_timeout().map(|d| d.nanos), Some(1_500_000_000));
    assert_eq!(rule.host().expect("host"), "a");
    assert!(rule.export_to().is_empty() && rule.workload_selector().is_none());
}

#[test]
fn kubernetes_names_are_read_as_they_are() {
    let text = "ports: [{port: 80, targetPort: web}, {port: 81, targetPort: 8081, app_protocol: http}]\nclusterIPs: [10.0.0.1]\n";
    let file = read(text);
    let spec = file.root(0).and_then(k8s::ServiceSpec::from_node).expect("a mapping");
    let ports: Vec<k8s::ServicePort<'_>> = spec.ports().iter().collect();
    assert!(matches!(ports[0].target_port(), Some(IntOrString::Text(name)) if name == "web"));
    assert!(matches!(ports[1].target_port(), Some(IntOrString::Int(8081))));
    assert!(ports[1].app_protocol().is_none());
    assert_eq!(spec.cluster_ips().first().expect("an address"), "10.0.0.1");
}

#[test]
fn enums_by_name_and_for_protobuf_by_number() {
    use security::PeerAuthenticationMutualTLSMode as Mode;
    for (written, mode) in
        [("STRICT", Some(Mode::Strict)), ("3", Some(Mode::Strict)), ("strict", None), ("9", None)]
    {
        let file = read(&format!("mtls: {{mode: {written}}}\n"));
        let spec = file.root(0).and_then(security::PeerAuthentication::from_node).expect("a mapping");
        assert_eq!(spec.mtls().expect("mtls").mode(), mode, "{written}");
    }
    let file = read("type: URLRewrite\nurlRewrite: {path: {type: 1}}\n");
    let filter = file.root(0).and_then(gateway::HTTPRouteFilter::from_node).expect("a mapping");
    assert_eq!(filter.type_(), Some(gateway::HTTPRouteFilterType::URLRewrite));
    assert_eq!(filter.type_().map(gateway::HTTPRouteFilterType::name), Some("URLRewrite"));
    assert_eq!(filter.url_rewrite().and_then(|u| u.path()).expect("a path").type_(), None);
}

#[test]
fn maps_keep_their_order_and_read_number_keys_as_text() {
    let file = read("portLevelMtls: {9090: {mode: DISABLE}, '8080': {mode: STRICT}}\n");
    let spec = file.root(0).and_then(security::PeerAuthentication::from_node).expect("a mapping");
    let ports: Vec<&str> = spec.port_level_mtls().iter().map(|(port, _)| port.value).collect();
    assert_eq!(ports, ["9090", "8080"]);
}

#[test]
fn other_shapes_read_as_absent() {
    let file =
        read("defaultConfig: text\nenableAutoMtls: 'true'\nextensionProviders: {}\nrootNamespace: null\n");
    let config = file.root(0).and_then(mesh::MeshConfig::from_node).expect("a mapping");
    assert!(config.default_config().is_none() && config.enable_auto_mtls().is_none());
    assert!(config.extension_providers().is_empty() && config.root_namespace().is_none());
    assert!(read("- a\n").root(0).and_then(mesh::MeshConfig::from_node).is_none());
}
