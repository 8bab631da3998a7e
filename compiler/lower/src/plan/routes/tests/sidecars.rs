//! Outbound tables of a sidecar.

use mp_ir::plan::{IpMode, RouteAction};

use super::{Case, cluster, forward, rule, service};

fn shop() -> String {
    service("shop", "web") + &service("other", "api")
}

#[test]
fn services_have_their_short_names_and_address() {
    let case = Case::new(&shop());
    assert_eq!(
        case.names("80"),
        ["api.other.svc.cluster.local:80", "web.shop.svc.cluster.local:80", "allow_any"]
    );
    let web = case.domains("80", "web.shop.svc.cluster.local:80");
    let full = "web.shop.svc.cluster.local";
    assert_eq!(web, [full, &format!("{full}."), "web", "web.shop.svc", "web.shop", "10.1.0.68"]);
    let api = case.domains("80", "api.other.svc.cluster.local:80");
    assert!(api.contains(&"api.other".to_owned()) && !api.contains(&"api".to_owned()));
}

#[test]
fn of_two_services_with_one_address_the_older_keeps_it() {
    let both = shop().replace("10.1.0.68", "10.1.0.64");
    let has = |host: &str| Case::new(&both).domains("80", host).contains(&"10.1.0.64".to_owned());
    assert!(has("api.other.svc.cluster.local:80") && !has("web.shop.svc.cluster.local:80"));
}

#[test]
fn a_proxy_of_both_families_calls_the_first_one_unless_told_to_call_both() {
    let yaml = shop().replace("clusterIPs: [10.1.0.68]", "clusterIPs: [10.1.0.68, '2001:db8::1']");
    let mut case = Case::new(&yaml);
    let addresses = |case: &Case| {
        let domains = case.domains("80", "web.shop.svc.cluster.local:80");
        domains.into_iter().filter(|d| d.starts_with(['1', '['])).collect::<Vec<_>>()
    };
    assert_eq!(addresses(&case), ["10.1.0.68"]);
    case.proxy.ip_mode = IpMode::V6;
    assert_eq!(addresses(&case), ["[2001:db8::1]"]);
    case.proxy.ip_mode = IpMode::Dual;
    assert_eq!(addresses(&case), ["10.1.0.68"]);
    case.env = vec![("ISTIO_DUAL_STACK", "true")];
    assert_eq!(addresses(&case), ["10.1.0.68", "[2001:db8::1]"]);
}

#[test]
fn the_dotted_form_can_be_turned_off() {
    let mut case = Case::new(&shop());
    case.env = vec![("PILOT_ENABLE_ABSOLUTE_FQDN_VHOST_DOMAIN", "false")];
    assert!(!case.domains("80", "web.shop.svc.cluster.local:80").iter().any(|domain| domain.ends_with('.')));
}

#[test]
fn only_services_with_the_port_are_there() {
    let case = Case::new(&shop());
    assert_eq!(case.names("81"), ["allow_any"]);
    assert!(case.names("no-port").is_empty());
}

#[test]
fn a_sniffed_service_has_a_table_of_its_own() {
    let yaml = shop().replace("name: http, port", "port");
    let case = Case::new(&yaml);
    let table = case.table("web.shop.svc.cluster.local:80");
    assert_eq!(table.virtual_hosts.len(), 1);
    assert_eq!(table.virtual_hosts[0].domains, ["*"]);
    assert!(case.table("nobody.shop.svc.cluster.local:80").virtual_hosts.is_empty());
}

#[test]
fn the_proxy_port_serves_all_ports_by_name() {
    let yaml = shop().replace(
        "ports: [{name: http, port: 80}]",
        "ports: [{name: http, port: 80}, {name: http-b, port: 81}]",
    );
    let case = Case::new(&yaml);
    let first = case.domains("http_proxy", "web.shop.svc.cluster.local:80");
    assert!(first.contains(&"web".to_owned()) && first.contains(&"web:80".to_owned()));
    let second = case.domains("http_proxy", "web.shop.svc.cluster.local:81");
    assert!(second.contains(&"web:81".to_owned()) && !second.contains(&"web".to_owned()));
}

#[test]
fn unknown_hosts_are_served_at_port_80_alone() {
    let yaml = shop() + &rule("out", "hosts: [google.com], http: [{route: [{destination: {host: web}}]}]");
    let case = Case::new(&yaml);
    assert_eq!(case.domains("80", "google.com:80"), ["google.com"]);
    let case = Case::new(&yaml.replace("port: 80", "port: 8080"));
    assert_eq!(
        case.names("8080"),
        ["api.other.svc.cluster.local:8080", "web.shop.svc.cluster.local:8080", "allow_any"]
    );
}

#[test]
fn unknown_hosts_are_refused_when_the_sidecar_says_so() {
    let sidecar = "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: s, namespace: shop}\n\
        spec: {outboundTrafficPolicy: {mode: MODE}}\n---\n";
    let last = |mode: &str| {
        let case = Case::new(&(shop() + &sidecar.replace("MODE", mode)));
        case.table("80").virtual_hosts.pop().unwrap()
    };
    let blocked = last("REGISTRY_ONLY");
    assert_eq!(blocked.name, "block_all");
    assert!(matches!(&blocked.routes[0].action, RouteAction::Direct(direct) if direct.status == 502));
    let allowed = last("ALLOW_ANY");
    assert_eq!(
        (allowed.name.as_str(), cluster(&allowed.routes[0]).as_str()),
        ("allow_any", "PassthroughCluster")
    );
}

#[test]
fn the_most_specific_wildcard_has_a_service() {
    let wide = rule(
        "wide",
        "hosts: ['*.svc.cluster.local'], http: [{name: wide, route: [{destination: {host: web}}]}]",
    );
    let narrow = rule(
        "narrow",
        "hosts: ['*.other.svc.cluster.local'], http: [{name: narrow, route: [{destination: {host: web}}]}]",
    );
    let case = Case::new(&(shop() + &wide + &narrow));
    let name = |host: &str| case.routes("80", host)[0].name.clone();
    assert_eq!(name("api.other.svc.cluster.local:80"), "narrow");
    assert_eq!(name("web.shop.svc.cluster.local:80"), "wide");
}

#[test]
fn a_name_is_not_taken_by_the_short_form_of_another() {
    let entry = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e, namespace: shop}\n\
        spec: {hosts: [HOST], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}\n---\n";
    let case = Case::new(&(shop() + &entry.replace("HOST", "web.shop")));
    assert!(!case.domains("80", "web.shop.svc.cluster.local:80").contains(&"web.shop".to_owned()));
    assert!(case.domains("80", "web.shop:80").contains(&"web.shop".to_owned()));
    let case = Case::new(&(shop() + &entry.replace("HOST", "web.shop.com")));
    assert!(case.domains("80", "web.shop.svc.cluster.local:80").contains(&"web.shop".to_owned()));
}

#[test]
fn headless_services_have_names_for_their_pods() {
    let case = Case::new(&shop().replace("10.1.0.68", "None"));
    let web = case.domains("80", "web.shop.svc.cluster.local:80");
    assert!(web.contains(&"*.web.shop.svc.cluster.local".to_owned()) && web.contains(&"*.web".to_owned()));
    assert!(
        !Case::new(&shop())
            .domains("80", "web.shop.svc.cluster.local:80")
            .iter()
            .any(|domain| domain.starts_with('*'))
    );
}

#[test]
fn a_hash_belongs_to_the_route_and_changes_its_retries() {
    let yaml = |port: u32| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: d, namespace: shop}}\n\
             spec: {{host: web, trafficPolicy: {{portLevelSettings: [{{port: {{number: {port}}}, \
             loadBalancer: {{consistentHash: {{httpHeaderName: x-user}}}}}}]}}}}\n---\n"
        )
    };
    let to_web = rule("r", "hosts: [web], http: [{route: [{destination: {host: web, port: {number: 80}}}]}]");
    let route = |port| {
        let case = Case::new(&(shop() + &yaml(port) + &to_web));
        forward(&case.routes("80", "web.shop.svc.cluster.local:80")[0])
    };
    assert_eq!(route(80).hash_policies.len(), 1);
    assert!(!route(80).retry.unwrap().skip_previous_hosts);
    assert!(route(81).hash_policies.is_empty());
    assert!(route(81).retry.unwrap().skip_previous_hosts);
}
