//! The rules of a point: as the proxy has them, and as they are written.

use std::collections::BTreeMap;

use mp_ir::base::{At, Origin};
use mp_ir::mesh::{AuthorizationPolicy, AuthorizationRule, Mesh};
use mp_ir::plan::{
    EnforcementPoint, HttpSecurity, PermissionTest, Policy, PrincipalTest, RbacAction, RbacFilter, RbacRules,
    TcpSecurity, Tree,
};

use crate::edit;

/// One enforced rule of a point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule<'a> {
    /// What a match means.
    pub(crate) action: RbacAction,
    /// `ns[NS]-policy[NAME]-rule[I]`.
    pub(crate) name: &'a str,
    /// On HTTP chains.
    pub(crate) http: Option<&'a Policy>,
    /// On TCP chains.
    pub(crate) tcp: Option<&'a Policy>,
    /// The rule as written, and its policy.
    pub(crate) written: Option<(&'a AuthorizationPolicy, &'a AuthorizationRule)>,
}

/// A value of a list of a rule.
#[derive(Clone, Debug)]
pub(crate) struct Value<'a> {
    /// The list, as in `from[0].namespaces`.
    pub(crate) list: String,
    /// The value.
    pub(crate) value: &'a At<String>,
    /// How many values the list has.
    pub(crate) beside: usize,
    /// The list says what must not be.
    pub(crate) negated: bool,
}

impl Rule<'_> {
    /// As people say it: `rule 0 of pay/ledger`.
    pub(crate) fn shown(&self) -> String {
        let policy = self.http.or(self.tcp);
        policy.map_or_else(String::new, |p| format!("rule {} of `{}/{}`", p.rule, p.policy.0, p.policy.1))
    }

    pub(crate) fn origin(&self) -> Origin {
        self.http.or(self.tcp).and_then(|policy| policy.origin)
    }

    /// Whether the rule as written asks for nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.written
            .is_some_and(|(_, rule)| rule.from.is_empty() && rule.to.is_empty() && rule.when.is_empty())
    }
}

impl<'a> Rule<'a> {
    /// All values of all lists.
    pub(crate) fn values(&self) -> Vec<Value<'a>> {
        let Some((_, rule)) = self.written else { return Vec::new() };
        let lists = edit::lists(rule).into_iter().filter(|(_, values)| !values.is_empty());
        lists
            .flat_map(|(list, values)| {
                let negated = list.rsplit('.').next().is_some_and(|name| name.starts_with("not"));
                let beside = values.len();
                values.iter().map(move |value| Value { list: list.clone(), value, beside, negated })
            })
            .collect()
    }
}

/// A rule whose policies were changed.
#[derive(Clone, Debug)]
pub(crate) struct Changed<'a> {
    like: Rule<'a>,
    http: Option<Policy>,
    tcp: Option<Policy>,
}

impl Changed<'_> {
    pub(crate) fn rule(&self) -> Rule<'_> {
        Rule { http: self.http.as_ref(), tcp: self.tcp.as_ref(), ..self.like }
    }
}

impl<'a> Rule<'a> {
    /// The rule with both of its policies changed; `None` where nothing is left of either.
    pub(crate) fn changed(&self, change: impl Fn(&Policy) -> Option<Policy>) -> Option<Changed<'a>> {
        let (http, tcp) = (self.http.and_then(&change), self.tcp.and_then(&change));
        (http.is_some() || tcp.is_some()).then_some(Changed { like: *self, http, tcp })
    }
}

impl Value<'_> {
    /// Whether it is a port.
    pub(crate) fn is_of_ports(&self, rule: &Rule<'_>) -> bool {
        let of_port = |policy: &Policy| {
            value_alone(policy, self.value.origin).is_some_and(|alone| {
                any_permission(&alone, |test| matches!(test, PermissionTest::DestinationPort(_)))
            })
        };
        rule.http.or(rule.tcp).is_some_and(of_port)
    }
}

/// The enforced rules of a point by name; stand-ins for policies without rules are left out.
pub(crate) fn rules<'a>(point: &'a EnforcementPoint, mesh: &'a Mesh) -> Vec<Rule<'a>> {
    let mut by_name: BTreeMap<(&str, &str), Vec<&AuthorizationPolicy>> = BTreeMap::new();
    for policy in &mesh.authorization_policies {
        by_name.entry((policy.meta.namespace(), policy.meta.name())).or_default().push(policy);
    }
    let written = |made: &Policy| {
        let named = by_name.get(&(made.policy.0.as_str(), made.policy.1.as_str())).into_iter().flatten();
        let mut rules = named.filter_map(|policy| Some((*policy, policy.rules.get(made.rule)?)));
        rules.find(|(_, rule)| rule.origin == made.origin)
    };
    let mut out: BTreeMap<&str, Rule<'a>> = BTreeMap::new();
    let chains = [(false, &point.http.rbac), (true, &point.tcp.rbac)];
    for (tcp, filter) in chains.into_iter().flat_map(|(tcp, list)| list.iter().map(move |f| (tcp, f))) {
        let Some(rules) = &filter.rules else { continue };
        for policy in rules.policies.iter().filter(|policy| !is_never(policy)) {
            let rule = out.entry(&policy.name).or_insert_with(|| Rule {
                action: rules.action,
                name: &policy.name,
                http: None,
                tcp: None,
                written: written(policy),
            });
            *(if tcp { &mut rule.tcp } else { &mut rule.http }) = Some(policy);
        }
    }
    out.into_values().collect()
}

/// All rules of a point, be they enforced or not.
pub(crate) fn all(point: &EnforcementPoint) -> impl Iterator<Item = &Policy> {
    let custom = point.http.custom.iter().chain(&point.tcp.custom).map(|custom| &custom.rbac);
    let filters = point.http.rbac.iter().chain(&point.tcp.rbac).chain(custom);
    filters.flat_map(|filter| filter.rules.iter().chain(&filter.shadow)).flat_map(|rules| &rules.policies)
}

/// Stands for a policy without rules, which refuses everything on purpose.
pub(crate) fn is_never(policy: &Policy) -> bool {
    policy.permissions.iter().all(|tree| *tree == Tree::Not(Box::new(Tree::Any)))
}

/// Rules of one action that are enforced on HTTP chains.
pub(crate) fn enforced(point: &EnforcementPoint, action: RbacAction) -> impl Iterator<Item = &RbacRules> {
    let all = point.http.rbac.iter().filter_map(|filter| filter.rules.as_ref());
    all.filter(move |rules| rules.action == action)
}

/// The point with one rule as its only authorization, admitting.
pub(crate) fn only(point: &EnforcementPoint, rule: &Rule<'_>) -> EnforcementPoint {
    let admitting = |policy: Option<&Policy>| {
        let rules = RbacRules { action: RbacAction::Allow, policies: policy.into_iter().cloned().collect() };
        vec![RbacFilter { rules: Some(rules), shadow: None, shadow_prefix: String::new(), by_tunnel: false }]
    };
    let http = HttpSecurity { custom: Vec::new(), jwt: point.http.jwt.clone(), rbac: admitting(rule.http) };
    let tcp = TcpSecurity { custom: Vec::new(), rbac: admitting(rule.tcp) };
    // Not the whole point is copied: it may have thousands of rules.
    EnforcementPoint {
        namespace: point.namespace.clone(),
        name: point.name.clone(),
        kind: point.kind,
        addresses: point.addresses.clone(),
        ports: point.ports.clone(),
        passthrough: point.passthrough,
        trust_domains: point.trust_domains.clone(),
        http,
        tcp,
        paths: point.paths,
        use_remote_address: point.use_remote_address,
        trusted_hops: point.trusted_hops,
        ..EnforcementPoint::default()
    }
}

/// The rule without the tests that a value of the file caused; `None` where a whole list would be gone.
pub(crate) fn without_value(policy: &Policy, value: Origin) -> Option<Policy> {
    let permission = |test: &At<PermissionTest>| match &test.value {
        PermissionTest::Metadata(_) => Some(test.clone()),
        _ => (test.origin != value).then(|| test.clone()),
    };
    let principal = |test: &At<PrincipalTest>| match &test.value {
        PrincipalTest::Claim(claim) => {
            let mut claim = claim.clone();
            claim.any_of.retain(|text| text.origin != value);
            let left = !claim.any_of.is_empty();
            left.then_some(At { value: PrincipalTest::Claim(claim), origin: test.origin })
        }
        _ => (test.origin != value).then(|| test.clone()),
    };
    let permissions = policy.permissions.iter().map(|tree| pruned(tree, &permission));
    let principals = policy.principals.iter().map(|tree| pruned(tree, &principal));
    Some(Policy {
        permissions: permissions.collect::<Option<_>>()?,
        principals: principals.collect::<Option<_>>()?,
        ..blank(policy)
    })
}

/// A rule of the same name and place that says nothing yet.
fn blank(policy: &Policy) -> Policy {
    Policy {
        name: policy.name.clone(),
        policy: policy.policy.clone(),
        rule: policy.rule,
        permissions: Vec::new(),
        principals: Vec::new(),
        origin: policy.origin,
    }
}

fn pruned<T: Clone>(tree: &Tree<T>, leaf: &impl Fn(&At<T>) -> Option<At<T>>) -> Option<Tree<T>> {
    Some(match tree {
        Tree::Any => Tree::Any,
        Tree::And(all) => Tree::And(all.iter().map(|part| pruned(part, leaf)).collect::<Option<_>>()?),
        Tree::Or(any) => {
            let left: Vec<Tree<T>> = any.iter().filter_map(|part| pruned(part, leaf)).collect();
            if left.is_empty() {
                return None;
            }
            Tree::Or(left)
        }
        Tree::Not(inner) => Tree::Not(Box::new(pruned(inner, leaf)?)),
        Tree::Test(test) => Tree::Test(leaf(test)?),
    })
}

/// Whether a rule asks who calls, by the identity of the mesh.
pub(crate) fn names_peers(policy: &Policy) -> bool {
    any_principal(policy, |test| matches!(test, PrincipalTest::Peer(_)))
}

/// Whether a rule asks for a token.
pub(crate) fn names_tokens(policy: &Policy) -> bool {
    any_principal(policy, |test| matches!(test, PrincipalTest::Claim(_)))
}

/// Whether some test of the caller is so.
pub(crate) fn any_principal(policy: &Policy, wanted: impl FnMut(&PrincipalTest) -> bool) -> bool {
    any_test(&policy.principals, wanted)
}

/// Whether some test of the operation is so.
pub(crate) fn any_permission(policy: &Policy, wanted: impl FnMut(&PermissionTest) -> bool) -> bool {
    any_test(&policy.permissions, wanted)
}

fn any_test<T>(trees: &[Tree<T>], mut wanted: impl FnMut(&T) -> bool) -> bool {
    let mut todo: Vec<&Tree<T>> = trees.iter().collect();
    while let Some(tree) = todo.pop() {
        match tree {
            Tree::Any => {}
            Tree::And(parts) | Tree::Or(parts) => todo.extend(parts),
            Tree::Not(part) => todo.push(part),
            Tree::Test(test) if wanted(&test.value) => return true,
            Tree::Test(_) => {}
        }
    }
    false
}

/// Ports that enforced rules name.
pub(crate) fn named_ports(point: &EnforcementPoint) -> Vec<u32> {
    let filters = point.http.rbac.iter().chain(&point.tcp.rbac);
    let mut out = Vec::new();
    for policy in filters.filter_map(|filter| filter.rules.as_ref()).flat_map(|rules| &rules.policies) {
        any_permission(policy, |test| {
            if let PermissionTest::DestinationPort(port) = test {
                out.push(*port);
            }
            false
        });
    }
    out
}

/// The rule as if a value of the file always fitted.
pub(crate) fn with_any_value(policy: &Policy, value: Origin) -> Policy {
    Policy {
        permissions: policy.permissions.iter().map(|tree| freed(tree, value)).collect(),
        principals: policy.principals.iter().map(|tree| freed(tree, value)).collect(),
        ..blank(policy)
    }
}

fn freed<T: Clone>(tree: &Tree<T>, value: Origin) -> Tree<T> {
    match tree {
        Tree::Any => Tree::Any,
        Tree::And(all) => Tree::And(all.iter().map(|part| freed(part, value)).collect()),
        Tree::Or(any) => Tree::Or(any.iter().map(|part| freed(part, value)).collect()),
        Tree::Not(inner) => Tree::Not(Box::new(freed(inner, value))),
        Tree::Test(test) if test.origin == value => Tree::Any,
        Tree::Test(test) => Tree::Test(test.clone()),
    }
}

/// A rule that asks for one value of the file and nothing else; `None` where the proxy has no test for it.
pub(crate) fn value_alone(policy: &Policy, value: Origin) -> Option<Policy> {
    let permission = |test: &At<PermissionTest>| (test.origin == value).then(|| test.clone());
    let principal = |test: &At<PrincipalTest>| match &test.value {
        PrincipalTest::Claim(claim) => {
            let mut claim = claim.clone();
            claim.any_of.retain(|text| text.origin == value);
            let there = !claim.any_of.is_empty();
            there.then_some(At { value: PrincipalTest::Claim(claim), origin: test.origin })
        }
        _ => (test.origin == value).then(|| test.clone()),
    };
    let permissions: Vec<_> =
        policy.permissions.iter().filter_map(|tree| picked(tree, &permission)).collect();
    let principals: Vec<_> = policy.principals.iter().filter_map(|tree| picked(tree, &principal)).collect();
    if permissions.is_empty() && principals.is_empty() {
        return None;
    }
    let or_any = |list: Vec<_>| if list.is_empty() { vec![Tree::Any] } else { list };
    let principals = if principals.is_empty() { vec![Tree::Any] } else { principals };
    Some(Policy { permissions: or_any(permissions), principals, ..blank(policy) })
}

fn picked<T: Clone>(tree: &Tree<T>, leaf: &impl Fn(&At<T>) -> Option<At<T>>) -> Option<Tree<T>> {
    let all = |parts: &[Tree<T>]| {
        let found: Vec<Tree<T>> = parts.iter().filter_map(|part| picked(part, leaf)).collect();
        (!found.is_empty()).then_some(found)
    };
    match tree {
        Tree::Any => None,
        Tree::And(parts) => all(parts).map(Tree::And),
        Tree::Or(parts) => all(parts).map(Tree::Or),
        Tree::Not(inner) => picked(inner, leaf),
        Tree::Test(test) => leaf(test).map(Tree::Test),
    }
}

/// The point without the filters of one action.
pub(crate) fn without_action(point: &EnforcementPoint, action: RbacAction) -> EnforcementPoint {
    let mut out = point.clone();
    let keep = |filter: &RbacFilter| filter.rules.as_ref().is_none_or(|rules| rules.action != action);
    out.http.rbac.retain(keep);
    out.tcp.rbac.retain(keep);
    out
}
