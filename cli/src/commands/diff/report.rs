//! The report of `meshproof diff`, as it goes out in JSON and as every other form reads it.

use std::collections::BTreeMap;

use mp_eval::{Request, Verdict as Decision};
use schemars::JsonSchema;
use serde::Serialize;

/// What changed in meaning between two meshes.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// Version of this form: 1.
    pub(crate) version: u32,
    /// What was compared, as named on the command line.
    pub(crate) old: String,
    /// What it was compared with.
    pub(crate) new: String,
    /// Who may reach what.
    pub(crate) access: Access,
    /// Modes of mutual TLS that changed.
    pub(crate) mtls: Vec<MtlsChange>,
    /// Requests that are routed in another way.
    pub(crate) routes: Routes,
    /// The order in which the changes may be applied; with `--plan` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Plan>,
}

/// Who may reach what.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Access {
    /// Enforcement points whose policies changed, each kind of change once.
    pub(crate) points: Vec<Point>,
    /// Workloads of the new side alone.
    pub(crate) added: Vec<String>,
    /// Workloads of the old side alone.
    pub(crate) removed: Vec<String>,
    /// How many points decide by the same rules as before.
    pub(crate) same: usize,
    /// Policies that changed and are for no workload of the input, so that what they change is not known.
    pub(crate) unbound: Vec<Unbound>,
    /// How many points decide by other rules that are proved to admit the same requests.
    pub(crate) proved: usize,
}

/// A policy that changed and is for no workload of the input.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Unbound {
    /// Kind, namespace and name.
    pub(crate) object: String,
    /// Where it stood.
    pub(crate) old_at: Option<String>,
    /// Where it stands.
    pub(crate) new_at: Option<String>,
}

/// What became of the access to a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PointVerdict {
    /// The same requests are admitted; proved.
    Same,
    /// More is admitted.
    Wider,
    /// Less is admitted.
    Narrower,
    /// Some requests are admitted that were not, and some are no more.
    Changed,
    /// No difference was found, and its absence is not proved.
    Unknown,
}

/// One enforcement point.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Point {
    /// Namespace and name of the workload.
    pub(crate) workload: String,
    /// Workloads that changed in the same way.
    pub(crate) like: Vec<String>,
    /// `sidecar`, `gateway`, `ztunnel` or `waypoint`.
    pub(crate) kind: &'static str,
    /// What became of it.
    pub(crate) verdict: PointVerdict,
    /// Requests that the new side alone admits.
    pub(crate) gained: Vec<Delta>,
    /// Requests that the old side alone admits.
    pub(crate) lost: Vec<Delta>,
    /// Why the lists may not be complete; empty when they are proved to be.
    pub(crate) open: Vec<String>,
    /// What else a reader should know.
    pub(crate) notes: Vec<Note>,
}

/// Requests that one side alone admits.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Delta {
    /// All of them, as a sentence.
    pub(crate) requests: String,
    /// All of them by property; a property that is absent is free. `null` where only the witness is known.
    pub(crate) scope: Option<Scope>,
    /// One of them.
    pub(crate) witness: Witness,
    /// The same as a command line.
    pub(crate) curl: String,
    /// The answer of the old side.
    pub(crate) before: Decider,
    /// The answer of the new side.
    pub(crate) after: Decider,
}

/// A set of requests.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Scope {
    /// `http`, or `tcp` for bytes.
    pub(crate) protocol: &'static str,
    /// By property, alternatives of which one holds.
    pub(crate) conditions: BTreeMap<String, Vec<Condition>>,
}

/// Conditions on one property.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Condition {
    /// Patterns that all match.
    pub(crate) only: Vec<String>,
    /// Patterns of which none matches.
    pub(crate) but: Vec<String>,
}

/// A request that shows a difference; `meshproof replay` sends it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Witness {
    /// The workload that answers.
    pub(crate) workload: String,
    /// The request, in the fields of `meshproof decide`.
    #[schemars(with = "serde_json::Value")]
    pub(crate) request: Request,
    /// What external authorisers say of it, by provider: whether they consent.
    pub(crate) consents: BTreeMap<String, bool>,
}

/// How one side answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Decider {
    /// `allow`, `deny` or `reject`.
    #[schemars(with = "String")]
    pub(crate) decision: Decision,
    /// The reason as a sentence.
    pub(crate) text: String,
    /// Namespace, name and place of the rule that decides.
    pub(crate) rule: Option<String>,
    /// File, line and column of what decides.
    pub(crate) at: Option<String>,
}

/// A remark.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Note {
    /// A sentence.
    pub(crate) text: String,
    /// Where it stood.
    pub(crate) old_at: Option<String>,
    /// Where it stands.
    pub(crate) new_at: Option<String>,
}

/// A mode of mutual TLS that changed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MtlsChange {
    /// Namespaces and names of the workloads.
    pub(crate) workloads: Vec<String>,
    /// Port of the workload; `null` for all that no service declares.
    pub(crate) port: Option<u32>,
    /// Mode before: `strict`, `permissive` or `disable`.
    pub(crate) old: String,
    /// Mode now.
    pub(crate) new: String,
    /// Where it stood.
    pub(crate) old_at: Option<String>,
    /// Where it stands.
    pub(crate) new_at: Option<String>,
}

/// What became of routes.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Routes {
    /// Requests that are routed in another way.
    pub(crate) changed: Vec<RouteChange>,
    /// Why the list may not be complete.
    pub(crate) open: Vec<String>,
    /// How many kinds of clients and gateways were compared; 0 when nothing that routes depend on changed.
    pub(crate) clients: usize,
}

/// Requests that are routed in another way.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RouteChange {
    /// Who sends them: proxies by name, the first of each kind.
    pub(crate) clients: Vec<String>,
    /// Route table of the proxy: a port, or a gateway's; `null` where no HTTP route is meant.
    pub(crate) table: Option<String>,
    /// All such requests, as a sentence.
    pub(crate) requests: String,
    /// One of them; `null` where no HTTP route is meant.
    pub(crate) witness: Option<RouteWitness>,
    /// Whether they reach another destination, rather than the same one in another way.
    pub(crate) elsewhere: bool,
    /// What changes: field, before, now.
    pub(crate) changes: Vec<FieldChange>,
    /// Where the old route stood.
    pub(crate) old_at: Option<String>,
    /// Where the new route stands.
    pub(crate) new_at: Option<String>,
}

/// A request as a router sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RouteWitness {
    /// Method.
    pub(crate) method: String,
    /// `Host`.
    pub(crate) authority: String,
    /// Path with query.
    pub(crate) path: String,
    /// Headers in order.
    pub(crate) headers: Vec<(String, String)>,
}

/// One field of a route.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FieldChange {
    /// Its name.
    pub(crate) field: String,
    /// Before.
    pub(crate) old: String,
    /// Now.
    pub(crate) new: String,
}

/// An order in which the changes may be applied.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Plan {
    /// Steps one after another; what is in one step may go together.
    pub(crate) waves: Vec<Vec<Step>>,
    /// Changes that wait for each other, so that no order is safe.
    pub(crate) cycles: Vec<Vec<Edge>>,
    /// The changed policies one by one; `null` where fewer than two changed.
    pub(crate) access: Option<Gradual>,
}

/// Whether changed policies can be applied one by one so that what is admitted in between stays between the ends.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Gradual {
    /// Whether there is such an order.
    pub(crate) answer: GradualAnswer,
    /// That order, or as much of it as is safe: kinds, namespaces and names.
    pub(crate) order: Vec<String>,
    /// What each next step would do then; empty where there is an order.
    pub(crate) strays: Vec<Stray>,
    /// Why nothing is known, or what the answer does not cover.
    pub(crate) reason: Option<String>,
}

/// Whether there is an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GradualAnswer {
    /// After each step every workload admits what both ends admit, and nothing that neither does; proved.
    Safe,
    /// In every order some step does not.
    Unsafe,
    /// Not known.
    Unknown,
}

/// A request that a step lets in or keeps out although neither end does.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Stray {
    /// The step.
    pub(crate) step: String,
    /// `opened` or `lost`.
    pub(crate) effect: &'static str,
    /// One request, and where.
    pub(crate) witness: Witness,
    /// The same as a command line.
    pub(crate) curl: String,
}

/// One object to apply or remove.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Step {
    /// `add`, `change` or `remove`.
    pub(crate) action: &'static str,
    /// Kind, namespace and name.
    pub(crate) object: String,
    /// Where it stands; of a removal, where it stood.
    pub(crate) at: Option<String>,
    /// What it must wait for, and why.
    pub(crate) after: Vec<Edge>,
}

/// A reason to wait.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Edge {
    /// The change that comes first.
    pub(crate) first: String,
    /// The change that waits.
    pub(crate) then: String,
    /// Why.
    pub(crate) reason: String,
}

impl Report {
    /// Whether anything changed that counts: access, routes or modes.
    pub(crate) fn differs(&self) -> bool {
        let access = &self.access;
        !(access.points.iter().all(|point| point.verdict == PointVerdict::Same)
            && access.unbound.is_empty()
            && access.added.is_empty()
            && access.removed.is_empty()
            && self.mtls.is_empty()
            && self.routes.changed.is_empty()
            && self.routes.open.is_empty())
    }
}

/// The JSON Schema of the report.
pub(crate) fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).to_value()
}
