//! Properties of policies: proved, or refuted by a request that can be sent.
//!
//! Each pattern that a policy mentions is one proposition; axioms say how patterns relate, and automata check every model, so that the
//! solver only ever sees propositional logic. Each witness is replayed by `mp-eval` before anybody sees it.
//!
//! Invariant: no text goes into the solver as a string, and nothing is shown that the evaluator does not confirm.

mod ask;
mod assignment;
mod automata;
mod axioms;
mod bypass;
mod caller;
mod condition;
mod covered;
pub mod diff;
mod domain;
mod edit;
mod encode;
mod engine;
mod formula;
mod invariant;
mod patterns;
mod place;
mod predicate;
mod property;
mod question;
mod registry;
mod requests;
mod rules;
mod scene;
mod space;
mod spelling;
mod spoken;
mod texts;
mod trial;
mod verify;
mod witness;

pub use ask::{Subject, ask};
pub use caller::{Callers, Who};
pub use condition::{Condition, HostPattern, Target};
pub use engine::{Reason, limit_time};
pub use invariant::{
    Assumptions, Change, Date, Demand, Document, Fault, Invariant, Scope, Severity, Waived, Waiver,
    parse_lines, schema,
};
pub use place::Place;
pub use predicate::{Predicate, Presence};
pub use property::{Group, Property};
pub use question::{Answer, AskError, Bypass, Kind, Line, RuleRef, Truth, ValueRef, Witness};
pub use registry::{ALL, find, select};
pub use verify::{Baseline, NOTICES, Notice, Options, Report, Verdict, findings, trace, verify};
