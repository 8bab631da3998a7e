//! The RBAC filter of requests, compiled: its rules, and the names under which it counts and notes what they say.
use super::rbac::Rbac;
use super::value::{Get, Scope};
use crate::json::Value;

/// `envoy.extensions.filters.http.rbac.v3.RBAC`
#[derive(Debug)]
pub(crate) struct Policies {
    /// Its rules.
    pub(crate) own: PolicyRules,
    /// Where it notes what enforced rules say, unless the route says other names.
    pub(crate) keys: Keys,
    /// The same of shadow rules.
    pub(crate) shadow_keys: Keys,
    /// What enforced rules count.
    pub(crate) stats: Counters,
    /// What shadow rules count.
    pub(crate) shadow_stats: Counters,
}

/// Rules of the filter, or of a route in their place.
#[derive(Debug)]
pub(crate) struct PolicyRules {
    /// Rules that deny; none allows everything.
    pub(crate) rules: Option<Rbac>,
    /// Rules that only record.
    pub(crate) shadow: Option<Rbac>,
    /// Names of its own for what enforced rules say.
    pub(crate) keys: Option<Keys>,
    /// The same for shadow rules.
    pub(crate) shadow_keys: Option<Keys>,
}

/// The fields of the metadata that take an answer.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The policy that matched.
    pub(crate) policy: String,
    /// Whether the request was allowed.
    pub(crate) result: String,
}

/// Names of two counters, without `http.PREFIX.`
#[derive(Debug)]
pub(crate) struct Counters {
    allowed: String,
    denied: String,
}

impl Counters {
    fn new(value: &Value, field: &str, kind: &str) -> Self {
        let text = value.text(field);
        let dot = if text.is_empty() || text.ends_with('.') { "" } else { "." };
        let name = |verdict: &str| format!("rbac.{text}{dot}{kind}{verdict}");
        Self { allowed: name("allowed"), denied: name("denied") }
    }

    /// The counter of an answer.
    pub(crate) fn of(&self, allowed: bool) -> &str {
        if allowed { &self.allowed } else { &self.denied }
    }
}

impl Keys {
    fn new(prefix: &str, kind: &str) -> Self {
        let name = |what: &str| format!("{prefix}{kind}{what}");
        Self { policy: name("_effective_policy_id"), result: name("_engine_result") }
    }
}

impl PolicyRules {
    pub(super) fn new(value: Option<&Value>, scope: &Scope<'_>) -> Self {
        let rules = |field| value.and_then(|value| Rbac::new(value, field, scope));
        Self {
            rules: rules("rules"),
            shadow: rules("shadow_rules"),
            keys: value.opt_text("rules_stat_prefix").map(|prefix| Keys::new(prefix, "enforced")),
            shadow_keys: value.opt_text("shadow_rules_stat_prefix").map(|prefix| Keys::new(prefix, "shadow")),
        }
    }
}

impl Policies {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        Self {
            own: PolicyRules::new(Some(value), scope),
            keys: Keys::new(value.text("rules_stat_prefix"), "enforced"),
            shadow_keys: Keys::new(value.text("shadow_rules_stat_prefix"), "shadow"),
            stats: Counters::new(value, "rules_stat_prefix", ""),
            shadow_stats: Counters::new(value, "shadow_rules_stat_prefix", "shadow_"),
        }
    }
}
