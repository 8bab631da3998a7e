//! Conditions in the making: each says success until a fault is put in its place.

use mp_ir::base::Span;
use mp_ir::mesh::{ConditionKind, Evidence, StatusCondition};

use super::fault::Fault;

/// The conditions of one part of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions(Vec<StatusCondition>);

impl Conditions {
    /// Adds one that holds.
    pub(super) fn holds(
        mut self,
        kind: ConditionKind,
        reason: &'static str,
        message: &str,
        at: Span,
    ) -> Self {
        self.put(written(kind, true, (reason, message), at));
        self
    }

    /// Adds one that does not hold, as is right for it.
    pub(super) fn holds_not(
        mut self,
        kind: ConditionKind,
        reason: &'static str,
        message: &str,
        at: Span,
    ) -> Self {
        self.put(written(kind, false, (reason, message), at));
        self
    }

    /// Sets one, in the place of what was.
    pub(super) fn put(&mut self, condition: StatusCondition) {
        self.0.retain(|other| other.kind != condition.kind);
        self.0.push(condition);
    }

    /// Says that one does not hold.
    pub(super) fn fails(&mut self, kind: ConditionKind, fault: &Fault) {
        let Fault { reason, message, place, evidence } = fault.clone();
        self.put(StatusCondition { kind, holds: false, reason, message, origin: Some(place), evidence });
    }

    /// Sorted by kind, as istiod writes them.
    pub(super) fn finish(mut self) -> Vec<StatusCondition> {
        self.0.sort_by_key(|condition| condition.kind.as_str());
        self.0
    }
}

/// A condition that what is written decides.
pub(super) fn written(
    kind: ConditionKind,
    holds: bool,
    (reason, message): (&'static str, &str),
    at: Span,
) -> StatusCondition {
    let message = message.to_owned();
    StatusCondition { kind, holds, reason, message, origin: Some(at), evidence: Evidence::Written }
}
