//! Clusters at work: hosts, balancing, connections.
mod balance;
pub(crate) mod dns;
mod h2_pool;
mod hashing;
pub(crate) mod pool;
pub(crate) mod shared;

pub(crate) use h2_pool::H2Connection;
pub(crate) use pool::{ClusterRuntime, ConnectFailure, Connection};
