//! Questions about enforcement points, and their answers.

use std::collections::BTreeMap;

use mp_eval::Request;
use mp_ir::base::Origin;
use mp_ir::plan::{Doubt, EnforcementPoint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::Reason;
use crate::predicate::Predicate;

/// A rule by policy (`namespace/name`) and place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleRef {
    /// `namespace/name` of the AuthorizationPolicy.
    pub policy: String,
    /// Place in its rules, from 0.
    #[serde(default)]
    pub rule: usize,
}

/// A value by rule, list and text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueRef {
    /// `namespace/name` of the AuthorizationPolicy.
    pub policy: String,
    /// Place in its rules, from 0.
    #[serde(default)]
    pub rule: usize,
    /// The list, such as `from/0/namespaces`.
    pub field: String,
    /// The value.
    pub value: String,
}

/// What an application makes of a path, and what must not come out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bypass {
    /// Paths that nobody may reach by another spelling.
    pub protected: Vec<String>,
    /// How the application reads paths; `decode-merge-dots` is the only way known.
    #[serde(default)]
    pub app: String,
}

/// An invariant, as a line of an `*.inv` file without its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Such as `only sa:shop/web may GET /v1/**`.
    pub line: String,
}

/// What is asked. Two-set kinds compare the first set (old) with the second (new).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "params", rename_all = "kebab-case")]
pub enum Kind {
    /// No request that new admits is refused by old.
    NoNewAccess,
    /// No request that old admits is refused by new.
    NoLostAccess,
    /// Both admit the same requests.
    Equivalent,
    /// No such request is admitted.
    Never(Predicate),
    /// Every such request that connects and has no bad token is admitted.
    Always(Predicate),
    /// No HTTP request matches the rule.
    DeadRule(RuleRef),
    /// No HTTP request that matches the ALLOW rule is admitted.
    ShadowedRule(RuleRef),
    /// Without the rule nothing changes.
    RedundantRule(RuleRef),
    /// Without the value nothing changes.
    RedundantValue(ValueRef),
    /// No HTTP request is admitted.
    AllowNothing,
    /// Every HTTP request that connects and has no bad token is admitted.
    AllowAll,
    /// No admitted path becomes a protected one in the application.
    PathBypass(Bypass),
    /// A port behind the host changes nothing.
    HostPortStable,
    /// Another `x-forwarded-for` changes nothing.
    XffStable,
    /// One more line of a header that is there changes nothing.
    HeaderAppendStable,
    /// Nobody who is refused gets in by plain text.
    PlaintextDrop,
    /// Nobody who is refused gets in by leaving out the token.
    TokenDrop,
    /// The invariant holds; one that compares is about two sets, the first being the old one.
    Invariant(Line),
}

impl Kind {
    /// A kind by name with its parameters as JSON; an empty object is no parameters.
    ///
    /// # Errors
    /// When the kind does not exist or the parameters do not fit it, as a sentence.
    pub fn parse(kind: &str, params: &serde_json::Value) -> Result<Self, String> {
        let named = serde_json::json!({"kind": kind});
        let full = serde_json::json!({"kind": kind, "params": params});
        let empty = params.as_object().is_none_or(serde_json::Map::is_empty);
        if empty && let Ok(known) = serde_json::from_value(named) {
            return Ok(known);
        }
        serde_json::from_value(full).map_err(|e| format!("{kind}: {e}"))
    }

    /// How many sets it is about: the second is the newer one.
    #[must_use]
    pub fn sets(&self) -> usize {
        if matches!(self, Kind::NoNewAccess | Kind::NoLostAccess | Kind::Equivalent) { 2 } else { 1 }
    }
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// Proved.
    Holds,
    /// Refuted, with a witness.
    Violated,
    /// Neither.
    Unknown,
}

/// A request that refutes, with its other copy where the question is about two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Witness {
    /// The request.
    pub request: Request,
    /// The other copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<Request>,
    /// What external authorisers answer, by provider, where the point may ask one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub consents: BTreeMap<String, bool>,
}

/// An answer with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Whether it holds.
    pub answer: Truth,
    /// What refutes it.
    pub witness: Option<Box<Witness>>,
    /// Facts that the answer rests on: of a proof, or of the witness's way.
    pub because: Vec<Reason>,
    /// Why there is no answer.
    pub unknown: Option<String>,
}

impl Answer {
    /// That there is no answer at points where something else may decide otherwise; `None` where nothing does.
    pub(crate) fn doubtful(points: &[&EnforcementPoint]) -> Option<Self> {
        let doubts: Vec<&Doubt> = points.iter().flat_map(|point| &point.doubts).collect();
        let first = doubts.first()?;
        let because = doubts.iter().map(|d| Reason { text: d.text.clone(), origin: d.origin }).collect();
        let unknown = Some(format!("it may decide otherwise than the policies say: {}", first.text));
        Some(Self { answer: Truth::Unknown, witness: None, because, unknown })
    }

    /// The line that decided: of the last policy on the way of the witness, else the last line at all.
    #[must_use]
    pub fn deciding(&self) -> Origin {
        let policy = |reason: &&Reason| {
            ["allow:", "deny:", "custom:"].iter().any(|stage| reason.text.starts_with(stage))
                && reason.origin.is_some()
        };
        let found = self.because.iter().rev().find(policy);
        found.or_else(|| self.because.iter().rev().find(|reason| reason.origin.is_some()))?.origin
    }
}

/// Why a question cannot be asked, or that this program contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskError {
    /// The question names something that is not there.
    NotThere(String),
    /// The evaluator does not confirm what the solver claims: a mistake of this program.
    Mismatch(String),
}

impl std::fmt::Display for AskError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AskError::NotThere(what) => write!(f, "{what}"),
            AskError::Mismatch(what) => {
                write!(f, "internal error: the evaluator contradicts the solver: {what}")
            }
        }
    }
}

impl std::error::Error for AskError {}
