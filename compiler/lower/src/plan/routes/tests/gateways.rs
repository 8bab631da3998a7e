//! Tables of a gateway.

use super::{Case, rule, service};

fn gateway(name: &str, servers: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec: {{selector: {{istio: ingress}}, servers: [{servers}]}}\n---\n"
    )
}

fn http(hosts: &str) -> String {
    format!("{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: [{hosts}]}}")
}

const TO_WEB: &str = "http: [{route: [{destination: {host: web}}]}]";

fn mesh(servers: &str, rules: &str) -> Case {
    Case::gateway(&(service("shop", "web") + &gateway("g", servers) + rules))
}

#[test]
fn hosts_are_those_that_server_and_rule_share() {
    let rules = rule("r", &format!("hosts: ['*.x.com', a.y.com, z.com], gateways: [g], {TO_WEB}"));
    let case = mesh(&http("b.x.com, '*.y.com', '*.q.com'"), &rules);
    assert_eq!(case.names("http.80"), ["a.y.com:80"], "hosts with the same routes stand together");
    assert_eq!(case.domains("http.80", "a.y.com:80"), ["a.y.com", "b.x.com"]);
}

#[test]
fn hosts_with_a_namespace_are_for_its_rules() {
    let rules = rule("r", &format!("hosts: [x.com], gateways: [g], {TO_WEB}"));
    assert_eq!(mesh(&http("shop/x.com"), &rules).names("http.80"), ["x.com:80"]);
    assert_eq!(mesh(&http("./x.com"), &rules).names("http.80"), ["x.com:80"]);
    assert_eq!(mesh(&http("other/x.com"), &rules).names("http.80"), ["blackhole:80"]);
}

#[test]
fn a_server_without_rules_answers_nothing() {
    let case = mesh(&http("x.com"), "");
    let table = case.table("http.80");
    assert_eq!(table.virtual_hosts[0].domains, ["*"]);
    assert!(table.virtual_hosts[0].routes.is_empty());
    assert!(case.table("http.81").virtual_hosts.is_empty());
}

#[test]
fn rules_of_one_host_add_up_with_the_open_route_last() {
    let first = rule(
        "a",
        &format!("hosts: [x.com], gateways: [g], {}", TO_WEB.replace("route:", "name: open, route:")),
    );
    let second = rule(
        "b",
        "hosts: [x.com], gateways: [g], http: [{name: api, match: [{uri: {prefix: /api}}], route: [{destination: {host: web}}]}]",
    );
    let names = |yaml: &str| -> Vec<String> {
        mesh(&http("x.com"), yaml).routes("http.80", "x.com:80").into_iter().map(|route| route.name).collect()
    };
    assert_eq!(names(&(first.clone() + &second)), ["api", "open"]);
    assert_eq!(names(&first), ["open"]);
}

#[test]
fn a_redirect_to_https_needs_no_rule() {
    let server = http("x.com, y.com").replace("hosts:", "tls: {httpsRedirect: true}, hosts:");
    let rules = rule("r", &format!("hosts: [x.com], gateways: [g], {TO_WEB}"));
    let table = mesh(&server, &rules).table("http.80");
    let found: Vec<_> =
        table.virtual_hosts.iter().map(|h| (h.name.as_str(), h.require_tls, h.routes.len())).collect();
    assert_eq!(found, [("x.com:80", true, 1), ("y.com:80", true, 0)]);
    assert!(!mesh(&http("x.com"), &rules).table("http.80").virtual_hosts[0].require_tls);
}

#[test]
fn rules_for_other_gateways_do_not_count() {
    let named = |gateway: &str| rule("r", &format!("hosts: [x.com], gateways: [{gateway}], {TO_WEB}"));
    assert_eq!(mesh(&http("x.com"), &named("g")).names("http.80"), ["x.com:80"]);
    assert_eq!(mesh(&http("x.com"), &named("shop/g")).names("http.80"), ["x.com:80"]);
    assert_eq!(mesh(&http("x.com"), &named("other/g")).names("http.80"), ["blackhole:80"]);
    assert_eq!(mesh(&http("x.com"), &named("mesh")).names("http.80"), ["blackhole:80"]);
}

#[test]
fn https_servers_have_a_table_each() {
    let server = "{port: {number: 443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: c}, hosts: [x.com]}";
    let rules = rule("r", &format!("hosts: [x.com], gateways: [g], {TO_WEB}"));
    assert_eq!(mesh(server, &rules).names("https.443.https.g.shop"), ["x.com:443"]);
    assert!(mesh(server, &rules).names("http.443").is_empty());
}
