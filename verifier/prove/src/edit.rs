//! Policies with one part taken out, for questions of the kind "what if this were not there".

use mp_ir::mesh::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Mesh, Operation, Source, Values,
};

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

/// All lists of a rule with their places, as in `from[0].namespaces`.
pub(crate) fn lists(rule: &AuthorizationRule) -> Vec<(String, &Values)> {
    let mut out = Vec::new();
    for (at, source) in rule.from.iter().enumerate() {
        let named = SOURCE_LISTS.iter().map(|(name, list, _)| (format!("from[{at}].{name}"), list(source)));
        out.extend(named);
    }
    for (at, operation) in rule.to.iter().enumerate() {
        let named =
            OPERATION_LISTS.iter().map(|(name, list, _)| (format!("to[{at}].{name}"), list(operation)));
        out.extend(named);
    }
    for (at, condition) in rule.when.iter().enumerate() {
        out.push((format!("when[{at}].values"), &condition.values));
        out.push((format!("when[{at}].notValues"), &condition.not_values));
    }
    out
}

/// A list by name: to read it, and to change it.
type Named<T> = (&'static str, fn(&T) -> &Values, fn(&mut T) -> &mut Values);

/// A row for each field of a type.
macro_rules! lists {
    ($of:ty: $($name:literal $field:ident,)*) => {
        &[$(($name, |it: &$of| &it.$field, |it: &mut $of| &mut it.$field),)*]
    };
}

const SOURCE_LISTS: &[Named<Source>] = lists! { Source:
    "principals" principals,
    "notPrincipals" not_principals,
    "requestPrincipals" request_principals,
    "notRequestPrincipals" not_request_principals,
    "namespaces" namespaces,
    "notNamespaces" not_namespaces,
    "serviceAccounts" service_accounts,
    "notServiceAccounts" not_service_accounts,
    "trustDomains" trust_domains,
    "notTrustDomains" not_trust_domains,
    "ipBlocks" ip_blocks,
    "notIpBlocks" not_ip_blocks,
    "remoteIpBlocks" remote_ip_blocks,
    "notRemoteIpBlocks" not_remote_ip_blocks,
};

const OPERATION_LISTS: &[Named<Operation>] = lists! { Operation:
    "hosts" hosts,
    "notHosts" not_hosts,
    "ports" ports,
    "notPorts" not_ports,
    "methods" methods,
    "notMethods" not_methods,
    "paths" paths,
    "notPaths" not_paths,
};

fn list_at<'a>(rule: &'a mut AuthorizationRule, field: &str) -> Option<&'a mut Values> {
    let parts: Vec<&str> = field.split('/').collect();
    let [section, index, name] = parts.as_slice() else { return None };
    let index: usize = index.parse().ok()?;
    match *section {
        "from" => named(SOURCE_LISTS, rule.from.get_mut(index)?, name),
        "to" => named(OPERATION_LISTS, rule.to.get_mut(index)?, name),
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

fn named<'a, T>(lists: &[Named<T>], of: &'a mut T, name: &str) -> Option<&'a mut Values> {
    let (_, _, change) = lists.iter().find(|(known, ..)| *known == name)?;
    Some(change(of))
}
