//! # HTTP conditions in an ALLOW policy for a TCP port
//!
//! On a port whose protocol is TCP the proxy sees no method, path, host or token. istiod drops rules with such conditions there. When no other ALLOW rule of the
//! workload is left for the port, the policies allow nothing, and every connection is closed.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: tcp-bin, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: read, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   rules:
//!   - to: [{operation: {methods: [GET]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP3001 port 80
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp-bin, port: 90, targetPort: 9090}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: read, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   rules:
//!   - to: [{operation: {methods: [GET], ports: ["8080"]}}]
//!   - from: [{source: {namespaces: [shop]}}]
//!     to: [{operation: {ports: ["9090"]}}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Mesh, Operation, Port, Workload,
};

use crate::hosts::workloads_of_mesh;
use crate::selection::{needs_http, picks};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3001",
    name: "http-rule-on-tcp-port",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("http_rule_on_tcp_port.rs"),
    run,
};

type Rule<'a> = (&'a AuthorizationPolicy, usize, &'a AuthorizationRule);

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut told = Vec::new();
    for workload in workloads_of_mesh(cx.mesh).filter(|workload| workload.has_proxy) {
        let rules = rules(cx.mesh, workload);
        if !rules.iter().any(|(_, _, rule)| needs_http(rule)) {
            continue;
        }
        for (service, port, target) in cx.hosts.inbound(workload) {
            let raw = port.protocol.is_tcp();
            let here =
                |rule: &AuthorizationRule| rule.to.is_empty() || rule.to.iter().any(|to| takes(to, target));
            if !raw || rules.iter().any(|(_, _, rule)| here(rule) && !needs_http(rule)) {
                continue;
            }
            for rule in rules.iter().filter(|(_, _, rule)| here(rule)) {
                let key = (&rule.0.meta.object, rule.1, port.origin);
                if !told.contains(&key) {
                    told.push(key);
                    report(out, rule, &service.hostname.value, port);
                }
            }
        }
    }
}

/// The ALLOW rules of a workload.
fn rules<'a>(mesh: &'a Mesh, workload: &Workload) -> Vec<Rule<'a>> {
    let allows = |policy: &&AuthorizationPolicy| {
        policy.action == AuthorizationAction::Allow
            && !policy.dry_run
            && policy.targets.is_empty()
            && picks(mesh, &policy.meta, &policy.selector, workload)
    };
    let root = mesh.settings.root_namespace.as_str();
    let near =
        |policy: &&AuthorizationPolicy| [workload.meta.namespace(), root].contains(&policy.meta.namespace());
    let policies = mesh.authorization_policies.iter().filter(near).filter(allows);
    policies
        .flat_map(|policy| policy.rules.iter().enumerate().map(move |(at, rule)| (policy, at, rule)))
        .collect()
}

fn takes(operation: &Operation, port: u32) -> bool {
    operation.ports.is_empty() || operation.ports.iter().any(|own| own.value == port.to_string())
}

fn report(out: &mut Findings, (policy, at, rule): &Rule<'_>, host: &str, port: &Port) {
    out.report(
        rule.origin,
        &policy.meta.object,
        format!("spec.rules[{at}]"),
        format!("rule {at} has HTTP conditions, but port {} of `{host}` speaks {}", port.number, port.protocol.as_str()),
    )
    .label("dropped on the TCP port: nothing is allowed there")
    .also(port.origin, "the protocol of this port")
    .help("name the port `http-…` if it speaks HTTP, or limit the rule with `ports` and add one for the TCP port");
}
