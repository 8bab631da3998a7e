//! The checks: one file in `checks/` is one check with its prose, its examples (which are its tests) and its code.
//!
//! Invariant: a check sees objects and facts, never syntax; it says nothing where the input does not tell (see [`Cx::unknown`]).

mod admitted;
mod ambient;
mod check;
mod cx;
mod destinations;
mod elsewhere;
mod gateways;
pub mod graph;
mod hosts;
pub mod istioctl;
mod matches;
mod peers;
mod registry;
mod routes;
mod rules;
mod selection;
mod silence;
mod statuses;
mod text;

pub use admitted::Admitted;
pub use check::{Check, Findings};
pub use cx::{Answer, Cx, run};
pub use elsewhere::{Elsewhere, Parts};
pub use hosts::Hosts;
pub use registry::{ALL, find};
