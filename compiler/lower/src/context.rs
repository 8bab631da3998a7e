//! What every plan function sees.

use mp_ir::mesh::Mesh;
use mp_ir::plan::ProxyView;

use crate::gateways::MergedGateway;
use crate::{Index, Scope};

/// The mesh, its indices, and one proxy with what it sees.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// All facts.
    pub mesh: &'a Mesh,
    /// Look-ups over the facts, the same for all proxies.
    pub index: &'a Index,
    /// The proxy.
    pub proxy: &'a ProxyView,
    /// What the proxy imports.
    pub scope: &'a Scope,
    /// The gateways that select it; `None` when none does.
    pub gateways: Option<&'a MergedGateway>,
}
