//! Clusters at work: hosts, balancing, connections.
pub(crate) mod balance;
mod connect;
pub(crate) mod dns;
mod edf;
pub(crate) mod h2_pool;
mod h2_stream;
mod hashing;
pub(crate) mod health;
mod hosts;
mod life;
mod listing;
mod outlier;
mod permit;
pub(crate) mod pool;
mod priority;
pub(crate) mod resolver;
pub(crate) mod shared;

pub(crate) use connect::Way;
pub(crate) use h2_pool::H2Connection;
pub(crate) use h2_stream::{Asking, Heard};
pub(crate) use life::{Carries, Life};
pub(crate) use outlier::Outcome;
pub(crate) use pool::{ClusterRuntime, ConnectFailure, Connection, key};
