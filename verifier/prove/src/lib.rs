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
pub mod diff;
mod domain;
mod edit;
mod encode;
mod engine;
mod invariant;
mod patterns;
mod predicate;
mod question;
mod space;
mod spelling;
mod verify;
mod witness;

pub use ask::{Subject, ask};
pub use engine::Reason;
pub use invariant::{
    Document, Invariant, InvariantError, Place, Severity, Verb, parse_document, parse_lines, schema,
};
pub use predicate::{Predicate, Presence};
pub use question::{Answer, AskError, Bypass, Kind, RuleRef, Truth, ValueRef, Witness};
pub use verify::{Builtin, Options, Report, Verdict, trace, verify};
