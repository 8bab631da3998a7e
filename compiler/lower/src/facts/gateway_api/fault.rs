//! Why something in an object is not taken, as the conditions of its status say it (`gateway/conditions.go`).

use mp_ir::base::Span;
use mp_ir::mesh::Evidence;

/// A reason not to take something, and the place that gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// `reason` of a condition.
    pub(super) reason: &'static str,
    /// In the words of istiod.
    pub(super) message: String,
    /// What it speaks of.
    pub(super) place: Span,
    /// What it rests on.
    pub(super) evidence: Evidence,
}

impl Fault {
    pub(super) fn new(reason: &'static str, message: impl Into<String>, place: Span) -> Self {
        Self { reason, message: message.into(), place, evidence: Evidence::Written }
    }

    /// One that says that something is not there.
    pub(super) fn absent(reason: &'static str, message: impl Into<String>, place: Span) -> Self {
        Self { evidence: Evidence::Absence, ..Self::new(reason, message, place) }
    }

    /// Both as one: the first gives the reason (`joinErrors`).
    pub(super) fn joined(first: Option<Self>, second: Option<Self>) -> Option<Self> {
        match (first, second) {
            (Some(mut first), Some(second)) => {
                first.message = format!("{}; {}", first.message, second.message);
                if first.evidence == Evidence::Written {
                    first.evidence = second.evidence;
                }
                Some(first)
            }
            (first, second) => first.or(second),
        }
    }
}

/// Routes that were made of an object, and the fault that its status tells: the last one, unless one takes all routes.
#[derive(Clone, Debug)]
pub(super) struct Made<T> {
    /// The routes; none when the fault takes them.
    pub(super) routes: Vec<T>,
    /// What is wrong.
    pub(super) fault: Option<Fault>,
}

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self { routes: Vec::new(), fault: None }
    }
}

impl<T> From<Result<Self, Fault>> for Made<T> {
    fn from(made: Result<Self, Fault>) -> Self {
        made.unwrap_or_else(|fault| Self { routes: Vec::new(), fault: Some(fault) })
    }
}

impl<T> Made<T> {
    /// Adds a route and what is wrong with it.
    pub(super) fn push(&mut self, route: T, fault: Option<&Fault>) {
        self.routes.push(route);
        if let Some(fault) = fault {
            self.fault = Some(fault.clone());
        }
    }
}
