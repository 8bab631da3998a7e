//! The mesh as plain facts ([`mesh`]) and what one proxy makes of it ([`plan`]).
//!
//! Facts are what the YAML says, with names resolved and defaults of the API applied, free of the dialect they were written in.
//! A plan is what one proxy is told: listeners, routes, clusters, endpoints and policies.
//!
//! Invariant: no parsing and no Envoy message here. Everything is public data; every part that a line of YAML caused carries that line.

pub mod mesh;
pub mod plan;

pub use mp_base as base;
