//! Who decides on a request at a point, and which rule of the other side has its counterpart where.

use mp_eval::{By, Decision, Verdict};
use mp_ir::base::Origin;
use mp_ir::plan::{EnforcementPoint, Policy, PrincipalTest, RbacAction, RbacRules};

/// How one side answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decider {
    /// What happens.
    pub decision: Verdict,
    /// Which layer says so.
    pub by: By,
    /// The rule that decides; `None` where it is the absence of one.
    pub rule: Option<RuleName>,
    /// The reason as a sentence in lower case.
    pub text: String,
    /// The YAML of the rule or setting.
    pub origin: Origin,
}

/// A rule of an AuthorizationPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleName {
    /// Namespace of the policy.
    pub namespace: String,
    /// Name of the policy.
    pub name: String,
    /// Place in its rules, from 0.
    pub rule: usize,
}

impl std::fmt::Display for RuleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "rule {} of {}/{}", self.rule, self.namespace, self.name)
    }
}

/// Both sides of a difference; each names the rule of the other side when it has none of its own.
pub(super) fn both(
    old: (&EnforcementPoint, &Decision),
    new: (&EnforcementPoint, &Decision),
) -> (Decider, Decider) {
    let (mut before, mut after) = (decider(old.0, old.1), decider(new.0, new.1));
    let (rule_before, rule_after) = (before.rule.clone(), after.rule.clone());
    if before.rule.is_none() {
        relate(&mut before, old.0, rule_after.as_ref(), "does not exist yet");
    }
    if after.rule.is_none() {
        relate(&mut after, new.0, rule_before.as_ref(), "is gone");
    }
    (before, after)
}

fn decider(point: &EnforcementPoint, decision: &Decision) -> Decider {
    let refused = !decision.admitted();
    let last = decision.trace.iter().rev().find(|step| refused || step.stage == "allow");
    let named = last.filter(|step| step.origin.is_some()).and_then(|step| {
        policies(point).find(|policy| policy.origin == step.origin && step.text.starts_with(&policy.name))
    });
    let rule = named.map(rule_name);
    let text = match (&rule, last) {
        (Some(rule), Some(step)) => match step.text.split_once(" matches") {
            Some((_, rest)) => format!("{rule} matches{rest}"),
            None => rule.to_string(),
        },
        (None, Some(step)) if step.stage == "allow" => "no ALLOW rule matches".to_owned(),
        (None, Some(step)) => step.text.clone(),
        (_, None) => "nothing refuses it, and no ALLOW policy applies".to_owned(),
    };
    // A refused handshake is the doing of the mode that the step before tells.
    let place = last.and_then(|step| step.origin).or_else(|| {
        let about = |step: &&mp_eval::Step| last.is_some_and(|last| last.stage == step.stage);
        decision.trace.iter().rev().filter(about).find_map(|step| step.origin)
    });
    let origin = place.filter(|_| last.is_some_and(|step| step.stage != "allow" || rule.is_some()));
    Decider { decision: decision.decision, by: decision.by, rule, text, origin }
}

/// Says what became of a rule that decides on the other side.
fn relate(side: &mut Decider, point: &EnforcementPoint, other: Option<&RuleName>, absent: &str) {
    let Some(other) = other.filter(|_| side.origin.is_none()) else { return };
    let same_policy = |policy: &&Policy| policy.policy.0 == other.namespace && policy.policy.1 == other.name;
    let same = policies(point).find(|policy| same_policy(policy) && policy.rule == other.rule);
    let (what, origin) = match same.or_else(|| policies(point).find(same_policy)) {
        Some(policy) if policy.rule == other.rule => (format!("{other} does not match"), policy.origin),
        Some(policy) => {
            (format!("{}/{} has no rule {}", other.namespace, other.name, other.rule), policy.origin)
        }
        None => (format!("{}/{} {absent}", other.namespace, other.name), None),
    };
    side.text = format!("{}: {what}", side.text);
    side.origin = origin;
}

fn rule_name(policy: &Policy) -> RuleName {
    let (namespace, name) = policy.policy.clone();
    RuleName { namespace, name, rule: policy.rule }
}

/// Every rule of a point that decides or marks.
pub(super) fn policies(point: &EnforcementPoint) -> impl Iterator<Item = &Policy> {
    let custom = point.http.custom.iter().chain(&point.tcp.custom).map(|custom| &custom.rbac);
    let filters = point.http.rbac.iter().chain(&point.tcp.rbac).chain(custom);
    filters.flat_map(|filter| filter.rules.iter().chain(&filter.shadow)).flat_map(|rules| &rules.policies)
}

/// Whether some rule reads the address that a connection comes from.
#[must_use]
pub fn reads_source(point: &EnforcementPoint) -> bool {
    let mut found = false;
    let direct = point.use_remote_address && point.trusted_hops == 0;
    crate::spelling::each(point, &mut |_| {}, &mut |test| {
        found |= matches!(test, PrincipalTest::DirectIp(_));
        found |= matches!(test, PrincipalTest::RemoteIp(_)) && direct;
    });
    found
}

/// Whether HTTP requests need an ALLOW rule.
pub(super) fn has_allow(point: &EnforcementPoint) -> bool {
    let allows = |rules: &RbacRules| rules.action == RbacAction::Allow;
    point.http.rbac.iter().filter_map(|filter| filter.rules.as_ref()).any(allows)
}
