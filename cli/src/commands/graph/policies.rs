//! Which policies count at which node.

use std::collections::BTreeSet;

use mp_checks::Hosts;
use mp_ir::mesh::{AuthorizationAction, Labels, Mesh, Meta, TargetRef};
use mp_model::Workspace;
use serde::Serialize;

use super::nodes::{Node, owner_of};

/// One policy.
#[derive(Debug, Serialize)]
pub(super) struct Policy {
    kind: String,
    name: String,
    /// What it does in a word; empty where its kind says it.
    does: &'static str,
    at: String,
}

/// Gives policies to the workloads that they select and the services and gateways that they name, and lists them.
pub(super) fn attach(
    mesh: &Mesh,
    hosts: &Hosts<'_>,
    workspace: &Workspace,
    nodes: &mut [Node],
    place: &dyn Fn(&'static str, &str) -> Option<usize>,
) -> Vec<Policy> {
    let mut out = Vec::new();
    let mut add = |meta: &Meta, does: &'static str, selector: &Labels, targets: &[TargetRef]| {
        let at = meta.origin.map(|span| workspace.sources().locate(span)).unwrap_or_default();
        let name = format!("{}/{}", meta.namespace(), meta.name());
        out.push(Policy { kind: meta.object.kind.clone(), name, does, at });
        let found: BTreeSet<usize> = if targets.is_empty() {
            let workloads = hosts.selected(meta, selector).map(owner_of);
            workloads.filter_map(|name| place("workload", &name)).collect()
        } else {
            targets.iter().filter_map(|target| named(mesh, meta, target, place)).collect()
        };
        for at in found {
            if let Some(node) = nodes.get_mut(at) {
                node.policies.insert(out.len() - 1);
            }
        }
    };
    for policy in &mesh.authorization_policies {
        add(&policy.meta, word(&policy.action), &policy.selector, &policy.targets);
    }
    for policy in &mesh.request_authentications {
        add(&policy.meta, "", &policy.selector, &policy.targets);
    }
    for policy in &mesh.peer_authentications {
        add(&policy.meta, "", &policy.selector, &[]);
    }
    out
}

fn word(action: &AuthorizationAction) -> &'static str {
    match action {
        AuthorizationAction::Allow => "allow",
        AuthorizationAction::Deny => "deny",
        AuthorizationAction::Audit => "audit",
        AuthorizationAction::Custom(_) => "custom",
    }
}

/// The node that a policy is attached to by name.
fn named(
    mesh: &Mesh,
    meta: &Meta,
    target: &TargetRef,
    place: &dyn Fn(&'static str, &str) -> Option<usize>,
) -> Option<usize> {
    let namespace = if target.namespace.is_empty() { meta.namespace() } else { &target.namespace };
    match target.kind.as_str() {
        "Gateway" => place("gateway", &format!("{namespace}/{}", target.name)),
        "Service" | "ServiceEntry" => {
            let is = |own: &Meta| {
                own.object.kind == target.kind && own.namespace() == namespace && own.name() == target.name
            };
            let service = mesh.services.iter().find(|service| is(&service.meta))?;
            place("host", &service.hostname.value)
        }
        _ => None,
    }
}
