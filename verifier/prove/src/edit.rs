//! Policies with one part taken out, for questions of the kind "what if this were not there".

use mp_ir::mesh::{AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Mesh, Values};

/// A policy of the mesh by `namespace/name`.
fn policy_at(mesh: &Mesh, name: &str) -> Option<usize> {
    let (namespace, name) = name.split_once('/')?;
    mesh.authorization_policies.iter().position(|p| p.meta.namespace() == namespace && p.meta.name() == name)
}

/// The mesh without one rule, and without the policy if that was its last rule.
pub(crate) fn without_rule(mesh: &Mesh, policy: &str, rule: usize) -> Option<Mesh> {
    let at = policy_at(mesh, policy)?;
    let mut out = mesh.clone();
    let target = out.authorization_policies.get_mut(at)?;
    if rule >= target.rules.len() {
        return None;
    }
    target.rules.remove(rule);
    if target.rules.is_empty() {
        out.authorization_policies.remove(at);
    }
    Some(out)
}

/// The mesh with one rule as its only authorization, admitting.
pub(crate) fn only_rule(mesh: &Mesh, policy: &str, rule: usize) -> Option<Mesh> {
    let at = policy_at(mesh, policy)?;
    let source = mesh.authorization_policies.get(at)?;
    let rule = source.rules.get(rule)?.clone();
    let alone = AuthorizationPolicy {
        action: AuthorizationAction::Allow,
        rules: vec![rule],
        dry_run: false,
        ..source.clone()
    };
    let mut out = mesh.clone();
    out.authorization_policies = vec![alone];
    Some(out)
}

/// The mesh with one value taken off a list, such as `from/0/namespaces`.
pub(crate) fn without_value(
    mesh: &Mesh,
    policy: &str,
    rule: usize,
    field: &str,
    value: &str,
) -> Option<Mesh> {
    let at = policy_at(mesh, policy)?;
    let mut out = mesh.clone();
    let rule = out.authorization_policies.get_mut(at)?.rules.get_mut(rule)?;
    let list = list_at(rule, field)?;
    let place = list.iter().position(|known| known.value == value)?;
    list.remove(place);
    Some(out)
}

fn list_at<'a>(rule: &'a mut AuthorizationRule, field: &str) -> Option<&'a mut Values> {
    let parts: Vec<&str> = field.split('/').collect();
    let [section, index, name] = parts.as_slice() else { return None };
    let index: usize = index.parse().ok()?;
    match *section {
        "from" => source_list(rule, index, name),
        "to" => operation_list(rule, index, name),
        "when" => {
            let condition = rule.when.get_mut(index)?;
            match *name {
                "values" => Some(&mut condition.values),
                "notValues" => Some(&mut condition.not_values),
                _ => None,
            }
        }
        _ => None,
    }
}

fn source_list<'a>(rule: &'a mut AuthorizationRule, index: usize, name: &str) -> Option<&'a mut Values> {
    let s = rule.from.get_mut(index)?;
    Some(match name {
        "principals" => &mut s.principals,
        "notPrincipals" => &mut s.not_principals,
        "requestPrincipals" => &mut s.request_principals,
        "notRequestPrincipals" => &mut s.not_request_principals,
        "namespaces" => &mut s.namespaces,
        "notNamespaces" => &mut s.not_namespaces,
        "serviceAccounts" => &mut s.service_accounts,
        "notServiceAccounts" => &mut s.not_service_accounts,
        "trustDomains" => &mut s.trust_domains,
        "notTrustDomains" => &mut s.not_trust_domains,
        "ipBlocks" => &mut s.ip_blocks,
        "notIpBlocks" => &mut s.not_ip_blocks,
        "remoteIpBlocks" => &mut s.remote_ip_blocks,
        "notRemoteIpBlocks" => &mut s.not_remote_ip_blocks,
        _ => return None,
    })
}

fn operation_list<'a>(rule: &'a mut AuthorizationRule, index: usize, name: &str) -> Option<&'a mut Values> {
    let o = rule.to.get_mut(index)?;
    Some(match name {
        "hosts" => &mut o.hosts,
        "notHosts" => &mut o.not_hosts,
        "ports" => &mut o.ports,
        "notPorts" => &mut o.not_ports,
        "methods" => &mut o.methods,
        "notMethods" => &mut o.not_methods,
        "paths" => &mut o.paths,
        "notPaths" => &mut o.not_paths,
        _ => return None,
    })
}
