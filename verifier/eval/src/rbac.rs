//! RBAC: which policy a request matches.

use std::net::IpAddr;

use mp_ir::plan::{ClaimTest, PermissionTest, Policy, PrincipalTest, RbacAction, RbacRules, TextMatch, Tree};
use serde_json::{Map, Value};

use crate::hop::{Loser, Note, Stage};
use crate::http::HttpView;
use crate::near_rule;
use crate::template::matches_template;
use crate::text;

/// What policies can ask about one request or connection.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// SPIFFE id of the caller.
    pub peer: Option<String>,
    /// Server name of the TLS hello in lower case; empty without one.
    pub server_name: String,
    /// Address of the TCP peer.
    pub direct_ip: Option<IpAddr>,
    /// Address of the client behind trusted proxies.
    pub remote_ip: Option<IpAddr>,
    /// Destination address.
    pub destination_ip: Option<IpAddr>,
    /// Destination port.
    pub destination_port: u32,
    /// The request; `None` for bytes.
    pub(crate) http: Option<HttpView>,
    /// Claims of the token.
    pub(crate) claims: Option<Map<String, Value>>,
}

impl Facts {
    /// Whether there is a route at a workload, which has one for everything that can be routed.
    pub(crate) fn has_route(&self) -> bool {
        self.http.as_ref().is_none_or(HttpView::has_route)
    }

    /// Claims of the token, where there is one and it is good.
    #[must_use]
    pub fn claims(&self) -> Option<&Map<String, Value>> {
        self.claims.as_ref()
    }
}

/// The first policy, by name, that matches.
pub(crate) fn first_match<'a>(rules: &'a RbacRules, facts: &Facts) -> Option<&'a Policy> {
    rules.policies.iter().find(|policy| policy_matches(policy, facts))
}

/// Whether rules let something pass whose first match is known.
pub(crate) fn allows(rules: &RbacRules, matched: Option<&Policy>) -> bool {
    match rules.action {
        RbacAction::Allow => matched.is_some(),
        RbacAction::Deny => matched.is_none(),
        RbacAction::Log => true,
    }
}

/// What the log says of a refusal.
pub(crate) fn details(matched: Option<&Policy>) -> String {
    format!("rbac_access_denied_matched_policy[{}]", matched.map_or("none", |policy| policy.name.as_str()))
}

/// Most rules without a match that are told one by one.
const MOST_LOSERS: usize = 8;

/// What rules said, as a step of the way.
pub(crate) fn note(rules: &RbacRules, matched: Option<&Policy>, facts: &Facts) -> Note {
    let kind = match rules.action {
        RbacAction::Allow => "ALLOW",
        RbacAction::Deny => "DENY",
        RbacAction::Log => "AUDIT",
    };
    let word = if allows(rules, matched) { "passes" } else { "is refused" };
    let text = match matched {
        Some(policy) => {
            let (namespace, name) = &policy.policy;
            format!(
                "{kind} rule {} of AuthorizationPolicy `{namespace}/{name}` matches: it {word}",
                policy.rule
            )
        }
        None if rules.policies.is_empty() => format!("there is no {kind} rule: it {word}"),
        None => format!("no {kind} rule of {} matches: it {word}", rules.policies.len()),
    };
    let others = rules.policies.iter().filter(|policy| matched.is_none_or(|m| m.name > policy.name));
    let losers = others.take(MOST_LOSERS).map(|policy| Loser {
        name: format!("rule {} of `{}/{}`", policy.rule, policy.policy.0, policy.policy.1),
        why: near_rule::why_not(policy, facts),
        origin: policy.origin,
    });
    Note {
        stage: Stage::Policy,
        text,
        origin: matched.and_then(|policy| policy.origin),
        losers: losers.collect(),
        decides: matched.is_some() || !allows(rules, matched),
    }
}

/// The policies that decide: that of the rule that matched, or all ALLOW policies where none did.
pub(crate) fn deciding(rules: &RbacRules, matched: Option<&Policy>) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = match matched {
        Some(policy) => vec![policy.policy.clone()],
        None => rules.policies.iter().map(|policy| policy.policy.clone()).collect(),
    };
    out.dedup();
    out
}

/// All rules that match.
pub(crate) fn met(rules: &RbacRules, facts: &Facts) -> Vec<(String, String, usize)> {
    let matching = rules.policies.iter().filter(|policy| policy_matches(policy, facts));
    matching.map(|policy| (policy.policy.0.clone(), policy.policy.1.clone(), policy.rule)).collect()
}

/// Rules that miss by one question.
pub(crate) fn near(rules: &RbacRules, facts: &Facts) -> Vec<Loser> {
    let one = |policy: &Policy| {
        let missed = near_rule::near_rule(policy, facts)?;
        let (namespace, name) = &policy.policy;
        let name = format!("rule {} of policy {namespace}/{name}", policy.rule);
        Some(Loser { name, why: missed.text, origin: missed.origin.or(policy.origin) })
    };
    rules.policies.iter().filter_map(one).collect()
}

/// Whether one permission and one principal hold.
#[must_use]
pub fn policy_matches(policy: &Policy, facts: &Facts) -> bool {
    let may = policy.permissions.iter().any(|tree| holds(tree, &|test| permission(test, facts)));
    may && policy.principals.iter().any(|tree| holds(tree, &|test| principal(test, facts)))
}

fn holds<T>(tree: &Tree<T>, leaf: &impl Fn(&T) -> bool) -> bool {
    match tree {
        Tree::Any => true,
        Tree::And(all) => all.iter().all(|tree| holds(tree, leaf)),
        Tree::Or(any) => any.iter().any(|tree| holds(tree, leaf)),
        Tree::Not(inner) => !holds(inner, leaf),
        Tree::Test(test) => leaf(&test.value),
    }
}

pub(crate) fn permission(test: &PermissionTest, facts: &Facts) -> bool {
    let http = facts.http.as_ref();
    match test {
        PermissionTest::Host(value) => http.is_some_and(|view| match value {
            mp_ir::plan::HeaderTest::Present => true,
            mp_ir::plan::HeaderTest::Value(pattern) => text::matches_any_case(pattern, &view.authority),
        }),
        PermissionTest::Method(value) => {
            http.is_some_and(|view| text::header_matches(value, &[&view.method]))
        }
        PermissionTest::Path(pattern) => http.is_some_and(|view| text::matches(pattern, view.path_alone())),
        PermissionTest::PathTemplate(template) => {
            http.is_some_and(|view| matches_template(template, view.path_alone()))
        }
        PermissionTest::DestinationIp(block) => facts.destination_ip.is_some_and(|ip| block.contains(ip)),
        PermissionTest::DestinationPort(port) => facts.destination_port == *port,
        PermissionTest::ServerName(pattern) => text::matches(pattern, facts.server_name.as_bytes()),
        // No filter before this one leaves metadata behind but those that are modelled otherwise.
        PermissionTest::Metadata(_) => false,
    }
}

pub(crate) fn principal(test: &PrincipalTest, facts: &Facts) -> bool {
    match test {
        PrincipalTest::Peer(peer) => facts.peer.as_ref().is_some_and(|id| text::peer_matches(peer, id)),
        PrincipalTest::DirectIp(block) => facts.direct_ip.is_some_and(|ip| block.contains(ip)),
        PrincipalTest::RemoteIp(block) => facts.remote_ip.is_some_and(|ip| block.contains(ip)),
        PrincipalTest::Claim(claim) => {
            facts.claims.as_ref().is_some_and(|claims| claim_matches(claim, claims))
        }
        PrincipalTest::Header(name, value) => {
            facts.http.as_ref().is_some_and(|view| text::header_matches(value, &view.lines(name)))
        }
    }
}

fn claim_matches(test: &ClaimTest, claims: &Map<String, Value>) -> bool {
    let [first, rest @ ..] = test.path.as_slice() else { return false };
    let found = rest.iter().try_fold(claims.get(first), |at, key| at.map(|value| value.get(key)));
    let fits =
        |value: &Value| value.as_str().is_some_and(|s| test.any_of.iter().any(|p| text_matches(&p.value, s)));
    match found.flatten() {
        Some(Value::Array(items)) if test.in_lists => items.iter().any(fits),
        Some(value) => fits(value),
        None => false,
    }
}

fn text_matches(pattern: &TextMatch, text: &str) -> bool {
    text::matches(pattern, text.as_bytes())
}
