//! What happens to one concrete request: decided over the plan, with a trace that names the YAML behind each step.
//!
//! Invariant: this crate knows nothing of z3, and shares no matching code with the prover, so that it can contradict it.

mod base64;
mod connection;
mod decide;
mod decider;
mod decision;
mod head_size;
mod header_lines;
pub mod hop;
mod http;
mod lines;
mod lua;
mod matching;
mod near_miss;
mod near_rule;
mod path;
mod patterns;
mod rbac;
mod request;
mod rewrite;
mod route;
mod rule_index;
mod target;
mod template;
mod text;
mod token;
mod virtual_host;
mod written;

pub use decide::{Surroundings, decide, decide_with_facts};
pub use decider::Decider;
pub use decision::{By, Decision, DryRun, ShadowResult, Step, Verdict};
pub use lines::{BadLine, json_lines};
pub use near_miss::{NearRoute, near_routes, taken};
pub use near_rule::{Missed, near_rule};
pub use path::{PathOutcome, application_path, normalize};
pub use rbac::{Facts, policy_matches};
pub use request::{Proto, Request, Token, TokenKind};
pub use route::{HttpCall, Routed, Routing, route};
pub use template::matches_template;
