//! Invariants that people write: `kind: Invariant` in YAML, or one line each in `*.inv` files. Both forms are read into the same type, and
//! each can be printed.

mod assume;
mod clause;
mod date;
mod document;
mod line;
mod many;
mod meaning;
mod phrase;
mod print;
mod words;

use mp_ir::base::Origin;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::caller::Callers;
use crate::condition::Condition;
use crate::place::Place;

pub use assume::Assumptions;
pub use date::Date;
pub use document::{Document, schema};
pub use line::parse_lines;

pub use phrase::Fault;
pub(crate) use phrase::callers;

/// How bad a violation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Fails a gate.
    #[default]
    Error,
    /// Shown.
    Warning,
    /// Shown on request.
    Info,
}

impl Severity {
    /// `error`, `warning` or `info`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// Requests: those that meet a condition and none of the exceptions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// What they meet.
    pub of: Condition,
    /// What they do not meet.
    pub unless: Vec<Condition>,
}

/// What is demanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// No such request is admitted.
    Never(Scope),
    /// Every such request is admitted, as far as handshake and token filter let it pass.
    Always(Scope),
    /// Some such request is admitted.
    Some(Scope),
    /// No such request is admitted from anybody else.
    Only(Callers, Scope),
    /// Nothing is admitted that the baseline refuses, leaving out requests that meet the exceptions.
    NoNew(Change),
    /// Nothing is refused that the baseline admits.
    NoLost(Change),
    /// Both: the baseline decides alike.
    Same(Change),
    /// Two meshes decide alike: the names of their inputs.
    Equal(String, String),
}

/// A comparison with a baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Requests that are compared.
    pub of: Condition,
    /// Requests that may be decided differently.
    pub except: Vec<Condition>,
    /// Name of the baseline; empty for the one that the command is given.
    pub since: String,
}

/// Requests that may break an invariant for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The requests, or those of the waivers of another invariant.
    pub of: Waived,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// Where it is discussed.
    pub ticket: Option<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// What a waiver covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waived {
    /// Requests that meet a condition.
    Requests(Box<Condition>),
    /// Whatever the waivers of this invariant cover.
    Like(String),
}

/// One invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Its name.
    pub name: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// Why it is demanded.
    pub because: Option<String>,
    /// Where it is asked.
    pub at: Place,
    /// What is demanded.
    pub demand: Demand,
    /// What is taken for granted.
    pub assume: Assumptions,
    /// What may break it.
    pub waivers: Vec<Waiver>,
    /// Its name in the file.
    pub origin: Origin,
}

impl Invariant {
    /// The names of the meshes that it compares with; empty text is the baseline that the command is given.
    #[must_use]
    pub fn sources(&self) -> Vec<&str> {
        match &self.demand {
            Demand::NoNew(change) | Demand::NoLost(change) | Demand::Same(change) => vec![&change.since],
            Demand::Equal(old, new) => vec![old, new],
            Demand::Never(_) | Demand::Always(_) | Demand::Some(_) | Demand::Only(..) => Vec::new(),
        }
    }

    /// The ports that it is about by name.
    pub(crate) fn ports(&self) -> Vec<u32> {
        let of = match &self.demand {
            Demand::Never(scope) | Demand::Always(scope) | Demand::Some(scope) | Demand::Only(_, scope) => {
                &scope.of.ports[..]
            }
            Demand::NoNew(change) | Demand::NoLost(change) | Demand::Same(change) => &change.of.ports[..],
            Demand::Equal(..) => &[],
        };
        let assumed = self.assume.requests.iter().flat_map(|condition| &condition.ports);
        of.iter().chain(assumed).copied().collect()
    }

    /// The same without places in files, for comparisons.
    #[must_use]
    pub fn without_origins(mut self) -> Self {
        self.origin = None;
        self.waivers.iter_mut().for_each(|waiver| waiver.origin = None);
        self
    }
}
