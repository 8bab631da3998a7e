//! AuthorizationPolicies as ztunnel gets them (`ambient/authorization.go`, `convertAuthorizationPolicy`).

use std::collections::BTreeSet;

use mp_ir::base::At;
use mp_ir::mesh::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Condition, Mesh, Operation, Source, Values,
};
use mp_ir::plan::{
    AmbientCondition, Authorization, AuthorizationGroup, AuthorizationScope, Cidr, ConnectionMatch,
    RbacAction, TextMatch,
};

/// The policy as ztunnel gets it, if it gets it, and what it cannot express.
pub(super) fn convert(
    mesh: &Mesh,
    policy: &AuthorizationPolicy,
) -> (Option<Authorization>, Option<AmbientCondition>) {
    let refuse = |why: &str| {
        let message = format!("ztunnel does not get this policy: {why}");
        (None, Some(AmbientCondition { message, bound: false, origin: policy.meta.origin }))
    };
    if policy.dry_run && !mesh.compat.flag("AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY", false) {
        return refuse("it is a dry run");
    }
    if !policy.targets.is_empty() {
        return (None, None);
    }
    let action = match policy.action {
        AuthorizationAction::Allow => RbacAction::Allow,
        AuthorizationAction::Deny => RbacAction::Deny,
        AuthorizationAction::Audit => return refuse("it has no AUDIT"),
        AuthorizationAction::Custom(_) => return refuse("it has no CUSTOM"),
    };
    let mut unread = BTreeSet::new();
    let namespace = policy.meta.namespace();
    let groups = policy.rules.iter().filter_map(|rule| group(action, rule, namespace, &mut unread));
    let made = Authorization {
        namespace: namespace.to_owned(),
        name: policy.meta.name().to_owned(),
        scope: scope(mesh, policy),
        action,
        groups: groups.collect(),
        dry_run: policy.dry_run,
        origin: policy.meta.origin,
    };
    let condition = (!unread.is_empty()).then(|| AmbientCondition {
        message: told(&made, &unread),
        bound: true,
        origin: policy.meta.origin,
    });
    (Some(made), condition)
}

fn scope(mesh: &Mesh, policy: &AuthorizationPolicy) -> AuthorizationScope {
    match (policy.selector_written, policy.meta.namespace() == mesh.settings.root_namespace) {
        (true, _) => AuthorizationScope::Workload,
        (false, true) => AuthorizationScope::Global,
        (false, false) => AuthorizationScope::Namespace,
    }
}

/// What becomes of a policy that names attributes of requests.
fn told(made: &Authorization, unread: &BTreeSet<String>) -> String {
    let names = unread.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let result = match (made.action, matches_ever(made)) {
        (RbacAction::Allow, _) => "rules that name them are left out, so it admits less",
        (_, true) => "it refuses without looking at them, so it refuses more",
        (_, false) => "nothing is left to match, so it refuses nothing",
    };
    format!("ztunnel reads no attributes of requests ({names}): {result}")
}

/// Whether a connection can match at all: clauses that ask nothing never hold (`hasEffectiveRules`).
fn matches_ever(made: &Authorization) -> bool {
    let holds = |clause: &Vec<ConnectionMatch>| clause.iter().any(|m| !m.is_empty());
    made.groups.iter().any(|group| group.clauses.iter().all(holds))
}

/// A rule; `None` for one of an ALLOW policy that names an attribute of requests (`handleRule`).
fn group(
    action: RbacAction,
    rule: &AuthorizationRule,
    namespace: &str,
    unread: &mut BTreeSet<String>,
) -> Option<AuthorizationGroup> {
    let mut found: Vec<String> = Vec::new();
    let mut clauses = Vec::new();
    if !rule.to.is_empty() {
        found.extend(rule.to.iter().flat_map(of_requests));
        clauses.push(rule.to.iter().map(operation).collect());
    }
    if !rule.from.is_empty() {
        found.extend(rule.from.iter().flat_map(of_callers));
        clauses.push(rule.from.iter().map(|source| caller(source, namespace)).collect());
    }
    for when in &rule.when {
        match condition(when) {
            Some(made) => clauses.push(vec![made]),
            None => {
                found.push(when.key.value.clone());
                clauses.push(vec![ConnectionMatch::default()]);
            }
        }
    }
    let spoilt = action == RbacAction::Allow && !found.is_empty();
    unread.extend(found);
    (!spoilt).then_some(AuthorizationGroup { clauses, origin: rule.origin })
}

fn of_requests(o: &Operation) -> Vec<String> {
    let all = [
        ("hosts", &o.hosts),
        ("notHosts", &o.not_hosts),
        ("methods", &o.methods),
        ("notMethods", &o.not_methods),
        ("paths", &o.paths),
        ("notPaths", &o.not_paths),
    ];
    written(&all)
}

fn of_callers(s: &Source) -> Vec<String> {
    let all = [
        ("remoteIpBlocks", &s.remote_ip_blocks),
        ("notRemoteIpBlocks", &s.not_remote_ip_blocks),
        ("requestPrincipals", &s.request_principals),
        ("notRequestPrincipals", &s.not_request_principals),
    ];
    written(&all)
}

fn written(lists: &[(&str, &Values)]) -> Vec<String> {
    lists.iter().filter(|(_, list)| !list.is_empty()).map(|(name, _)| (*name).to_owned()).collect()
}

fn operation(operation: &Operation) -> ConnectionMatch {
    ConnectionMatch {
        destination_ports: ports(&operation.ports),
        not_destination_ports: ports(&operation.not_ports),
        ..ConnectionMatch::default()
    }
}

/// Trust domains are not read at all, and principals keep theirs as written.
fn caller(s: &Source, namespace: &str) -> ConnectionMatch {
    ConnectionMatch {
        source_ips: blocks(&s.ip_blocks),
        not_source_ips: blocks(&s.not_ip_blocks),
        namespaces: texts(&s.namespaces),
        not_namespaces: texts(&s.not_namespaces),
        service_accounts: accounts(&s.service_accounts, namespace),
        not_service_accounts: accounts(&s.not_service_accounts, namespace),
        principals: texts(&s.principals),
        not_principals: texts(&s.not_principals),
        ..ConnectionMatch::default()
    }
}

/// `None` for an attribute that ztunnel does not read.
fn condition(when: &Condition) -> Option<ConnectionMatch> {
    let (yes, no) = (&when.values, &when.not_values);
    let none = ConnectionMatch::default();
    Some(match when.key.value.as_str() {
        "source.namespace" => ConnectionMatch { namespaces: texts(yes), not_namespaces: texts(no), ..none },
        "source.principal" => ConnectionMatch { principals: texts(yes), not_principals: texts(no), ..none },
        "source.ip" => ConnectionMatch { source_ips: blocks(yes), not_source_ips: blocks(no), ..none },
        "destination.ip" => {
            ConnectionMatch { destination_ips: blocks(yes), not_destination_ips: blocks(no), ..none }
        }
        "destination.port" => {
            ConnectionMatch { destination_ports: ports(yes), not_destination_ports: ports(no), ..none }
        }
        _ => return None,
    })
}

fn texts(values: &Values) -> Vec<At<TextMatch>> {
    let one = |v: &At<String>| At { value: TextMatch::from_wildcard(&v.value), origin: v.origin };
    values.iter().map(one).collect()
}

/// `namespace/name`, or a name in the policy's namespace.
fn accounts(values: &Values, namespace: &str) -> Vec<At<(String, String)>> {
    let one = |v: &At<String>| {
        let (namespace, name) = v.value.split_once('/').unwrap_or((namespace, &v.value));
        At { value: (namespace.to_owned(), name.to_owned()), origin: v.origin }
    };
    values.iter().map(one).collect()
}

/// Numbers up to 65535; everything else is skipped (`stringToPort`).
fn ports(values: &Values) -> Vec<At<u32>> {
    let one = |v: &At<String>| {
        let digits = v.value.bytes().all(|b| b.is_ascii_digit());
        let port = v.value.parse::<u32>().ok().filter(|port| digits && *port <= 65535)?;
        Some(At { value: port, origin: v.origin })
    };
    values.iter().filter_map(one).collect()
}

/// Addresses and blocks; everything else is skipped (`stringToIP`).
fn blocks(values: &Values) -> Vec<At<Cidr>> {
    values.iter().filter_map(|v| Some(At { value: Cidr::parse(&v.value)?, origin: v.origin })).collect()
}
