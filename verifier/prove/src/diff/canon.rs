//! What of an enforcement point decides about access: without places in files, names of policies and their order.

use mp_ir::base::At;
use mp_ir::mesh::MutualTlsMode;
use mp_ir::plan::{
    Authorization, AuthorizationGroup, ClaimTest, ConnectionMatch, CustomFilter, Doubt, EnforcementPoint,
    HttpSecurity, JwtAuthn, JwtProvider, MetadataTest, PermissionTest, PointPort, Policy, PrincipalTest,
    RbacFilter, RbacRules, TcpSecurity, Tree,
};

/// The same point without what does not decide. Two points that are equal then admit the same requests, and rules that two points share
/// are equal texts.
pub(super) fn bare(point: &EnforcementPoint) -> EnforcementPoint {
    let rbac = |filters: &[RbacFilter]| filters.iter().map(filter).collect::<Vec<_>>();
    let custom = |filters: &[CustomFilter]| {
        let one = |c: &CustomFilter| CustomFilter { rbac: filter(&c.rbac), ext_authz: c.ext_authz.clone() };
        filters.iter().map(one).collect::<Vec<_>>()
    };
    let http = HttpSecurity {
        custom: custom(&point.http.custom),
        jwt: point.http.jwt.as_ref().map(tokens),
        rbac: rbac(&point.http.rbac),
    };
    let tcp = TcpSecurity { custom: custom(&point.tcp.custom), rbac: rbac(&point.tcp.rbac) };
    let addresses = if reads_destination(point) { point.addresses.clone() } else { Vec::new() };
    EnforcementPoint {
        namespace: point.namespace.clone(),
        name: String::new(),
        twins: Vec::new(),
        kind: point.kind,
        addresses,
        ports: point.ports.iter().map(port).collect(),
        passthrough: point.passthrough.map(implied),
        trust_domains: point.trust_domains.clone(),
        http,
        tcp,
        paths: point.paths,
        underscores: point.underscores,
        use_remote_address: point.use_remote_address,
        trusted_hops: point.trusted_hops,
        waypoints: Vec::new(),
        dropped: Vec::new(),
        connections: point.connections.iter().map(authorization).collect(),
        doubts: point.doubts.iter().map(|doubt| Doubt { origin: None, ..doubt.clone() }).collect(),
    }
}

/// A policy of ztunnel without its name and places.
fn authorization(policy: &Authorization) -> Authorization {
    let group = |group: &AuthorizationGroup| AuthorizationGroup {
        clauses: group.clauses.iter().map(|clause| clause.iter().map(connection).collect()).collect(),
        origin: None,
    };
    Authorization {
        name: String::new(),
        groups: policy.groups.iter().map(group).collect(),
        origin: None,
        ..policy.clone()
    }
}

fn connection(one: &ConnectionMatch) -> ConnectionMatch {
    ConnectionMatch {
        namespaces: without_places(&one.namespaces),
        not_namespaces: without_places(&one.not_namespaces),
        service_accounts: without_places(&one.service_accounts),
        not_service_accounts: without_places(&one.not_service_accounts),
        principals: without_places(&one.principals),
        not_principals: without_places(&one.not_principals),
        source_ips: without_places(&one.source_ips),
        not_source_ips: without_places(&one.not_source_ips),
        destination_ips: without_places(&one.destination_ips),
        not_destination_ips: without_places(&one.not_destination_ips),
        destination_ports: without_places(&one.destination_ports),
        not_destination_ports: without_places(&one.not_destination_ports),
    }
}

fn without_places<T: Clone>(list: &[At<T>]) -> Vec<At<T>> {
    list.iter().cloned().map(implied).collect()
}

/// Whether two points decide by the same words.
pub(super) fn same_words(old: &EnforcementPoint, new: &EnforcementPoint) -> bool {
    old == new || decisive(bare(old)) == decisive(bare(new))
}

/// A text that is the same for points that decide by the same words.
pub(super) fn fingerprint(point: &EnforcementPoint) -> String {
    format!("{:?}", decisive(bare(point)))
}

/// Hosts of ports are for readers only, and a namespace decides nothing.
fn decisive(mut point: EnforcementPoint) -> EnforcementPoint {
    point.namespace.clear();
    point.ports.iter_mut().for_each(|port| port.host.clear());
    point
}

fn implied<T>(at: At<T>) -> At<T> {
    At::implied(at.value)
}

fn port(port: &PointPort) -> PointPort {
    let mode: At<MutualTlsMode> = implied(port.mode);
    PointPort { mode, ..port.clone() }
}

fn tokens(filter: &JwtAuthn) -> JwtAuthn {
    let one = |p: &JwtProvider| JwtProvider {
        name: String::new(),
        issuer: At::implied(p.issuer.value.clone()),
        origin: None,
        ..p.clone()
    };
    JwtAuthn { providers: filter.providers.iter().map(one).collect(), ..filter.clone() }
}

fn filter(filter: &RbacFilter) -> RbacFilter {
    // Shadow rules of a CUSTOM filter say whom to ask; those of a dry run decide nothing, and are kept for the reader of the difference.
    RbacFilter {
        rules: filter.rules.as_ref().map(rules),
        shadow: filter.shadow.as_ref().map(rules),
        shadow_prefix: filter.shadow_prefix.clone(),
        by_tunnel: filter.by_tunnel,
    }
}

/// Rules of one action are tried in the order of their names, and which of two that match is named changes no decision.
fn rules(rules: &RbacRules) -> RbacRules {
    let mut policies: Vec<Policy> = rules.policies.iter().map(policy).collect();
    if policies.len() > 1 {
        policies.sort_by_cached_key(|policy| format!("{policy:?}"));
        policies.dedup();
    }
    RbacRules { action: rules.action, policies }
}

fn policy(policy: &Policy) -> Policy {
    Policy {
        name: String::new(),
        policy: Default::default(),
        rule: 0,
        permissions: policy.permissions.iter().map(|tree| mapped(tree, &permission)).collect(),
        principals: policy.principals.iter().map(|tree| mapped(tree, &principal)).collect(),
        origin: None,
    }
}

fn mapped<T>(tree: &Tree<T>, leaf: &impl Fn(&T) -> T) -> Tree<T> {
    match tree {
        Tree::Any => Tree::Any,
        Tree::And(all) => Tree::And(all.iter().map(|tree| mapped(tree, leaf)).collect()),
        Tree::Or(any) => Tree::Or(any.iter().map(|tree| mapped(tree, leaf)).collect()),
        Tree::Not(inner) => Tree::Not(Box::new(mapped(inner, leaf))),
        Tree::Test(test) => Tree::Test(At::implied(leaf(&test.value))),
    }
}

fn permission(test: &PermissionTest) -> PermissionTest {
    match test {
        PermissionTest::Metadata(test) => PermissionTest::Metadata(MetadataTest {
            any_of: test.any_of.iter().map(|(list, at)| (*list, At::implied(at.value.clone()))).collect(),
            ..test.clone()
        }),
        other => other.clone(),
    }
}

fn principal(test: &PrincipalTest) -> PrincipalTest {
    match test {
        PrincipalTest::Claim(test) => PrincipalTest::Claim(ClaimTest {
            any_of: test.any_of.iter().map(|at| At::implied(at.value.clone())).collect(),
            ..test.clone()
        }),
        other => other.clone(),
    }
}

/// Whether a rule of a point asks which of its addresses was called.
pub(crate) fn reads_destination(point: &EnforcementPoint) -> bool {
    let matches = point.connections.iter().flat_map(|policy| &policy.groups).flat_map(|group| &group.clauses);
    if matches.flatten().any(|one| !one.destination_ips.is_empty() || !one.not_destination_ips.is_empty()) {
        return true;
    }
    let (http, tcp) = (&point.http, &point.tcp);
    let custom = http.custom.iter().chain(&tcp.custom).map(|c| &c.rbac);
    let filters = http.rbac.iter().chain(&tcp.rbac).chain(custom);
    let mut all =
        filters.flat_map(|filter| filter.rules.iter().chain(&filter.shadow)).flat_map(|r| &r.policies);
    all.any(|policy| policy.permissions.iter().any(names_destination))
}

fn names_destination(tree: &Tree<PermissionTest>) -> bool {
    match tree {
        Tree::Any => false,
        Tree::And(parts) | Tree::Or(parts) => parts.iter().any(names_destination),
        Tree::Not(part) => names_destination(part),
        Tree::Test(test) => matches!(test.value, PermissionTest::DestinationIp(_)),
    }
}
