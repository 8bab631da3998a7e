//! Networks of the mesh: who reaches whom directly, and through which gateways others are reached.

use crate::base::Origin;

/// A gateway to a network (`model.NetworkGateway`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkGateway {
    /// IP address or host name.
    pub address: String,
    /// Port that takes mutual TLS and passes it on by its server name; 0 for none.
    pub port: u32,
    /// The network behind it.
    pub network: String,
    /// Its cluster; empty where it is not stated.
    pub cluster: String,
    /// The line that names it.
    pub origin: Origin,
}
