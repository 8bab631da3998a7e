//! AuthorizationPolicy: who may do what (`pilot/pkg/model/authorization.go`).

use mp_ir::base::{At, Origin};
use mp_ir::mesh::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Condition, Mesh, Operation, Source, Unknown,
    Values,
};
use mp_model::node::{Node, field};
use mp_model::{Kind, Object, Workspace};

use super::earlier::Kept;
use super::request_authentication::{label_map, selector_place, target_refs, text};
use super::{by_age, meta};

/// Reads all policies, oldest first. A policy that istiod could not read is left out and stands in [`Mesh::unknown`].
pub(super) fn read(ws: &Workspace, mesh: &mut Mesh, kept: &mut Kept) {
    for object in ws.of_kind(Kind::AuthorizationPolicy) {
        match kept.authorization_policy(object).map_or_else(|| policy(ws, object), Ok) {
            Ok(policy) => mesh.authorization_policies.push(policy),
            Err((reason, origin)) => {
                mesh.unknown.push(Unknown { object: Some(object.reference()), reason, origin });
            }
        }
    }
    mesh.authorization_policies.sort_by(|a, b| by_age(&a.meta, &b.meta));
}

fn policy(ws: &Workspace, object: &Object) -> Result<AuthorizationPolicy, (String, Origin)> {
    let meta = meta(object);
    let dry_run = matches!(
        object.annotations.get("istio.io/dry-run").map(String::as_str),
        Some("1" | "t" | "T" | "true" | "TRUE" | "True")
    );
    let mut out = AuthorizationPolicy { meta, dry_run, ..AuthorizationPolicy::default() };
    let Some(spec) = ws.root(object).and_then(|root| root.get("spec")) else { return Ok(out) };
    out.selector = label_map(spec);
    out.selector_origin = selector_place(spec);
    out.selector_written = field(spec, "selector", "selector").is_some();
    out.targets = target_refs(spec);
    out.action = action(spec)?;
    let rules = field(spec, "rules", "rules").into_iter().flat_map(Node::items);
    out.rules = rules.map(rule).collect();
    Ok(out)
}

fn action(spec: Node<'_>) -> Result<AuthorizationAction, (String, Origin)> {
    let Some(node) = field(spec, "action", "action") else { return Ok(AuthorizationAction::Allow) };
    let provider = || {
        let name = field(spec, "provider", "provider").and_then(|p| field(p, "name", "name"));
        name.and_then(Node::as_str).unwrap_or_default().to_owned()
    };
    match text(node).as_str() {
        "ALLOW" | "0" => Ok(AuthorizationAction::Allow),
        "DENY" | "1" => Ok(AuthorizationAction::Deny),
        "AUDIT" | "2" => Ok(AuthorizationAction::Audit),
        "CUSTOM" | "3" => Ok(AuthorizationAction::Custom(provider())),
        other => Err((format!("the action {other:?} does not exist"), Some(node.span()))),
    }
}

fn rule(node: Node<'_>) -> AuthorizationRule {
    let list = |name: &str| field(node, name, name).into_iter().flat_map(Node::items);
    AuthorizationRule {
        from: list("from")
            .map(|item| field(item, "source", "source").map(source).unwrap_or_default())
            .collect(),
        to: list("to")
            .map(|item| field(item, "operation", "operation").map(operation).unwrap_or_default())
            .collect(),
        when: list("when").map(condition).collect(),
        origin: Some(node.span()),
    }
}

fn source(node: Node<'_>) -> Source {
    let list = |json: &str, proto: &str| values(field(node, json, proto));
    Source {
        principals: list("principals", "principals"),
        not_principals: list("notPrincipals", "not_principals"),
        request_principals: list("requestPrincipals", "request_principals"),
        not_request_principals: list("notRequestPrincipals", "not_request_principals"),
        namespaces: list("namespaces", "namespaces"),
        not_namespaces: list("notNamespaces", "not_namespaces"),
        service_accounts: list("serviceAccounts", "service_accounts"),
        not_service_accounts: list("notServiceAccounts", "not_service_accounts"),
        trust_domains: list("trustDomains", "trust_domains"),
        not_trust_domains: list("notTrustDomains", "not_trust_domains"),
        ip_blocks: list("ipBlocks", "ip_blocks"),
        not_ip_blocks: list("notIpBlocks", "not_ip_blocks"),
        remote_ip_blocks: list("remoteIpBlocks", "remote_ip_blocks"),
        not_remote_ip_blocks: list("notRemoteIpBlocks", "not_remote_ip_blocks"),
        origin: Some(node.span()),
    }
}

fn operation(node: Node<'_>) -> Operation {
    let list = |json: &str, proto: &str| values(field(node, json, proto));
    Operation {
        hosts: list("hosts", "hosts"),
        not_hosts: list("notHosts", "not_hosts"),
        ports: list("ports", "ports"),
        not_ports: list("notPorts", "not_ports"),
        methods: list("methods", "methods"),
        not_methods: list("notMethods", "not_methods"),
        paths: list("paths", "paths"),
        not_paths: list("notPaths", "not_paths"),
        origin: Some(node.span()),
    }
}

fn condition(node: Node<'_>) -> Condition {
    let key = field(node, "key", "key");
    Condition {
        key: At {
            value: key.map(text).unwrap_or_default(),
            origin: Some(key.map_or(node.span(), Node::span)),
        },
        values: values(field(node, "values", "values")),
        not_values: values(field(node, "notValues", "not_values")),
    }
}

fn values(node: Option<Node<'_>>) -> Values {
    node.into_iter().flat_map(Node::items).map(|item| At::new(text(item), item.span())).collect()
}
