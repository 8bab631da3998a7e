//! What istiod's gateway controller writes into the status of Gateway API objects.

use crate::base::{ObjectRef, Origin};

/// The status of an object, or of a part of it that has conditions of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayStatus {
    /// The object.
    pub object: ObjectRef,
    /// Which part of it.
    pub part: StatusPart,
    /// Its conditions, sorted by kind.
    pub conditions: Vec<StatusCondition>,
    /// What stands beside the conditions.
    pub extra: StatusExtra,
}

/// A part of an object that has conditions of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusPart {
    /// The object itself.
    Whole,
    /// A listener, by name.
    Listener(String),
    /// A parent of a route.
    Parent(StatusReference),
    /// An ancestor of a policy.
    Ancestor(StatusReference),
}

/// A reference with the defaults of its schema, as a status repeats it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusReference {
    /// Who writes the conditions.
    pub controller: String,
    /// `group`; empty for Kubernetes' own.
    pub group: String,
    /// `kind`.
    pub kind: String,
    /// `namespace`, where it is stated.
    pub namespace: Option<String>,
    /// `name`.
    pub name: String,
    /// `sectionName`, where it is stated.
    pub section: Option<String>,
    /// `port`, where it is stated.
    pub port: Option<i64>,
}

/// What stands in a status beside the conditions of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusExtra {
    /// Nothing.
    Nothing,
    /// Of a listener.
    Listener {
        /// Routes that are attached.
        attached: usize,
        /// Kinds of routes that it takes.
        kinds: Vec<&'static str>,
    },
    /// Of a Gateway.
    Gateway {
        /// Kinds and values of addresses.
        addresses: Vec<(&'static str, String)>,
        /// ListenerSets with a listener that is programmed; `None` where there are none.
        listener_sets: Option<usize>,
    },
}

/// Kinds of conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum ConditionKind {
    Accepted,
    Conflicted,
    InsecureFrontendValidationMode,
    Programmed,
    ResolvedRefs,
    ResolvedWaypoints,
}

impl ConditionKind {
    /// As `type` spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Conflicted => "Conflicted",
            Self::InsecureFrontendValidationMode => "InsecureFrontendValidationMode",
            Self::Programmed => "Programmed",
            Self::ResolvedRefs => "ResolvedRefs",
            Self::ResolvedWaypoints => "ResolvedWaypoints",
        }
    }
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusCondition {
    /// Its kind.
    pub kind: ConditionKind,
    /// `status`.
    pub holds: bool,
    /// `reason`, as the API spells it.
    pub reason: &'static str,
    /// In the words of istiod.
    pub message: String,
    /// What it speaks of in the file.
    pub origin: Origin,
    /// What it rests on.
    pub evidence: Evidence,
}

/// What a condition rests on: whether it holds in a cluster too, which has more than the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// What is written in the objects that it speaks of.
    Written,
    /// The labels of a namespace.
    Labels(String),
    /// That something is absent which the input need not have: Secrets, Services, grants, endpoints.
    Absence,
}

impl StatusCondition {
    /// Whether it says that something is not as it was asked for.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        match self.kind {
            ConditionKind::Conflicted => self.holds,
            ConditionKind::InsecureFrontendValidationMode => false,
            ConditionKind::Accepted
            | ConditionKind::Programmed
            | ConditionKind::ResolvedRefs
            | ConditionKind::ResolvedWaypoints => !self.holds,
        }
    }
}
