//! # Port of the Service where the port of the Pod counts
//!
//! `ports` of a policy are ports of the workload: those that its containers listen on (`targetPort`), not those of the Service. This number is the
//! Service's, and nothing of the workload listens on it, so that the operation never matches.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart, ports: [{containerPort: 8080}]}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: p, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   rules:
//!   - to: [{operation: {ports: ['80']}}]
//! #                             ^^^^ MP3004 8080
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 9090}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart, ports: [{containerPort: 8080}]}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec: {clusterIP: 10.0.0.2, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web-0, namespace: shop, labels: {app: web}}
//! spec: {containers: [{name: app, image: web, ports: [{containerPort: 8080}, {containerPort: 80}]}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: p, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   rules:
//!   - to: [{operation: {ports: ['8080', '9090', '15020']}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: whole, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {ports: ['80']}}]
//! ```

use mp_ir::base::{At, Level};
use mp_ir::mesh::{AuthorizationPolicy, Port, Service, Workload};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3004",
    name: "policy-port-is-service-port",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("policy_port_is_service_port.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for policy in cx.mesh.authorization_policies.iter().filter(|policy| policy.targets.is_empty()) {
        let mut pods: Option<Vec<&Workload>> = None;
        for (at, rule) in policy.rules.iter().enumerate() {
            for (n, operation) in rule.to.iter().enumerate() {
                for port in operation.ports.iter().chain(&operation.not_ports) {
                    let Ok(number) = port.value.parse::<u32>() else { continue };
                    let pods = pods
                        .get_or_insert_with(|| cx.hosts.selected(&policy.meta, &policy.selector).collect());
                    if let Some(found) = mistaken(cx, pods, number) {
                        report(
                            out,
                            policy,
                            &format!("spec.rules[{at}].to[{n}].operation.ports"),
                            port,
                            found,
                        );
                    }
                }
            }
        }
    }
}

/// The Service port that was meant: no workload listens on the number, and a Service leads from it to another one.
fn mistaken<'a>(cx: &Cx<'a>, pods: &[&'a Workload], number: u32) -> Option<(&'a Service, &'a Port, u32)> {
    let mut found = None;
    for pod in pods {
        if pod.ports.iter().any(|port| port.number == number) {
            return None;
        }
        for (service, port, target) in cx.hosts.inbound(pod) {
            if target == number {
                return None;
            }
            if port.number == number {
                found = Some((service, port, target));
            }
        }
    }
    found
}

fn report(
    out: &mut Findings,
    policy: &AuthorizationPolicy,
    field: &str,
    port: &At<String>,
    (service, own, target): (&Service, &Port, u32),
) {
    out.report(
        port.origin,
        &policy.meta.object,
        field,
        format!("port {} is that of the Service; the workload listens on {target}", port.value),
    )
    .label(format!("never matches: `{}` leads from here to {target}", service.hostname.value))
    .also(own.origin, "the port of the Service")
    .help(format!("write \"{target}\""));
}
