//! WasmPlugins and TrafficExtensions: filters that users bring along.

use crate::base::Origin;

use super::{Labels, Meta, TargetRef};

/// A TrafficExtension, or a WasmPlugin as one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrafficExtension {
    /// Head.
    pub meta: Meta,
    /// Name of its filters, `extensions.istio.io/trafficextension/<namespace>.<name>`.
    pub resource: String,
    /// `selector`; empty selects everything.
    pub selector: Labels,
    /// `targetRefs`.
    pub targets: Vec<TargetRef>,
    /// Where it stands among the filters.
    pub phase: ExtensionPhase,
    /// Higher ones come first within a phase; `None` is lower than all numbers.
    pub priority: Option<i64>,
    /// Which listeners; none means all.
    pub matches: Vec<ExtensionMatch>,
    /// What it does.
    pub kind: ExtensionKind,
}

/// Where an extension stands among the filters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExtensionPhase {
    /// Before tokens are checked.
    Authn,
    /// Before policies.
    Authz,
    /// Before statistics.
    Stats,
    /// Behind the other phases.
    #[default]
    Unspecified,
}

/// One entry of `match`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExtensionMatch {
    /// Which side: true for calls that are received, false for calls that are made or reach a gateway; `None` for both.
    pub server: Option<bool>,
    /// Ports; none means all.
    pub ports: Vec<u32>,
}

/// What an extension does.
#[derive(Clone, Debug, PartialEq)]
pub enum ExtensionKind {
    /// Lua code for HTTP.
    Lua(String),
    /// A Wasm module.
    Wasm(Box<WasmModule>),
}

impl Default for ExtensionKind {
    fn default() -> Self {
        Self::Lua(String::new())
    }
}

/// A Wasm module and how it is run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WasmModule {
    /// It filters bytes instead of HTTP.
    pub network: bool,
    /// Where the module is; a scheme is always there.
    pub url: String,
    /// Its checksum; empty for none.
    pub sha256: String,
    /// `pluginName`.
    pub root_id: String,
    /// `pluginConfig` as compact JSON with sorted keys; `None` where it is empty.
    pub config: Option<String>,
    /// `imagePullPolicy` where it is stated.
    pub pull_policy: Option<String>,
    /// A pull secret is named.
    pub pull_secret: bool,
    /// `failStrategy` in Envoy's words.
    pub failure: WasmFailure,
    /// Variables with values, in written order.
    pub env: Vec<(String, String)>,
    /// Variables of the host, in written order.
    pub host_env: Vec<String>,
    /// `metadata.resourceVersion`, `1` where the file has none.
    pub version: String,
    /// The module in the file.
    pub origin: Origin,
}

/// What happens to traffic when the module fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WasmFailure {
    /// It is refused.
    #[default]
    Closed,
    /// It passes.
    Open,
    /// The module is loaded again.
    Reload,
}
