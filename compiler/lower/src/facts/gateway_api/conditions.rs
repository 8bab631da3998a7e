//! Conditions in the making: each says success until a fault is put in its place.

use mp_ir::base::Span;
use mp_ir::mesh::{ConditionKind, StatusCondition};

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
        self.put(StatusCondition {
            kind,
            holds: true,
            reason,
            message: message.to_owned(),
            origin: Some(at),
        });
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
        self.put(StatusCondition {
            kind,
            holds: false,
            reason,
            message: message.to_owned(),
            origin: Some(at),
        });
        self
    }

    /// Sets one, in the place of what was.
    pub(super) fn put(&mut self, condition: StatusCondition) {
        self.0.retain(|other| other.kind != condition.kind);
        self.0.push(condition);
    }

    /// Says that one does not hold.
    pub(super) fn fails(&mut self, kind: ConditionKind, fault: &Fault) {
        let Fault { reason, message, place } = fault.clone();
        self.put(StatusCondition { kind, holds: false, reason, message, origin: Some(place) });
    }

    /// Sorted by kind, as istiod writes them.
    pub(super) fn finish(mut self) -> Vec<StatusCondition> {
        self.0.sort_by_key(|condition| condition.kind.as_str());
        self.0
    }
}
