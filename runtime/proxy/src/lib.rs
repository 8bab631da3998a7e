//! The data plane of meshproof: executes an Envoy v3 static bootstrap.
//!
//! The bootstrap is read strictly ([`load`]), compiled into a flat program, and run by share-nothing worker
//! threads, each with its own runtime, listeners, connection pools and counters. Nothing here prints or exits.
#![deny(unsafe_code)]
#![expect(
    clippy::disallowed_methods,
    reason = "the proxy is an edge: it reads files, clocks and sockets by purpose"
)]
mod access;
mod cluster;
mod config;
mod filter;
mod http;
mod load;
mod net;
mod server;
mod tls;

pub use load::{Refusal, support_markdown};
