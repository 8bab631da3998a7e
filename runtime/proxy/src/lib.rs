//! The data plane of meshproof: executes an Envoy v3 static bootstrap.
//!
//! The bootstrap is read strictly, compiled into a flat program, and run by share-nothing worker threads, each with
//! its own runtime, listeners, connection pools and balancers. Nothing here prints or exits: [`run`] blocks until the
//! process is told to stop and reports what went wrong as a value.
#![deny(unsafe_code)]
#![expect(
    clippy::disallowed_methods,
    reason = "the proxy is an edge: it reads files, clocks and sockets by purpose"
)]
mod access;
mod admin;
mod cel;
mod cluster;
mod config;
mod filter;
mod fleet;
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod istio;
mod json;
mod load;
mod loggers;
mod lua;
mod net;
mod notice;
mod otlp;
mod proto;
mod run;
mod server;
mod side;
mod stats;
mod sys;
mod tls;
mod trace;
mod watch;

pub use load::{Refusal, support_markdown};
pub use notice::Notice;
pub use run::{Options, RunError, run, validate};
