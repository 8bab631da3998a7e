//! # A DENY rule that closes a TCP port
//!
//! On a port that speaks bytes there are no paths, methods or hosts. istiod leaves these conditions out of a DENY rule, so what is left refuses
//! more than it says: with nothing left, every connection. ALLOW rules lose the whole rule instead, which never admits too much.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: db, namespace: shop, labels: {app: db}}
//! spec: {containers: [{name: a}, {name: istio-proxy}]}
//! status: {podIP: 10.20.0.6}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: db, namespace: shop}
//! spec: {selector: {app: db}, ports: [{name: http, port: 8080}, {name: tcp-sql, port: 5432}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin*"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7401 refuses connections
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: db, namespace: shop, labels: {app: db}}
//! spec: {containers: [{name: a}, {name: istio-proxy}]}
//! status: {podIP: 10.20.0.6}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: db, namespace: shop}
//! spec: {selector: {app: db}, ports: [{name: http, port: 8080}, {name: tcp-sql, port: 5432}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin*"], ports: ["8080"]}}]
//! ```

use crate::formula::Bool;
use mp_ir::plan::{PortChain, RbacAction};

use crate::condition::Condition;
use crate::engine::Need;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::{Rule, only};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7401",
    name: "l7-rule-on-tcp",
    group: Group::Planes,
    severity: Severity::Warning,
    source: include_str!("l7_rule_on_tcp.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let point = scene.point;
    let tcp = point.ports.iter().filter(|port| port.chain == PortChain::Tcp);
    let ports: Vec<u32> = tcp.map(|port| port.number).collect();
    let mut out = Vec::new();
    let lost = |rule: &Rule<'_>| point.dropped.iter().any(|d| d.tcp && !d.whole_rule && d.rule == rule.name);
    for rule in scene.rules().iter().copied().filter(|rule| rule.action == RbacAction::Deny && lost(rule)) {
        if ports.is_empty() || rule.tcp.is_none() {
            continue;
        }
        let there =
            Condition { ports: ports.clone(), proto: Some(mp_eval::Proto::Tcp), ..Condition::default() };
        let this = only(point, &rule);
        let found = scene.seek(
            Need::Witness,
            |parts| {
                let (place, matches) = (there.formula(parts.engine, point), parts.matches(&rule));
                Bool::and(&[parts.feasible(), place, matches])
            },
            |witness| {
                let so =
                    there.holds(point, &witness.request) && crate::ask::admitted(&this, witness).admitted();
                let refused = crate::ask::admitted(point, witness);
                (so && !refused.admitted())
                    .then(|| vec![refused])
                    .ok_or_else(|| "the rule should refuse it".to_owned())
            },
        )?;
        let message = format!(
            "{} refuses connections to a TCP port, which has no paths, methods or hosts",
            rule.shown()
        );
        let help = "name the ports that speak HTTP in the rule";
        out.push(Finding::of(found, message).at(rule.origin()).help(help));
    }
    Ok(out)
}
