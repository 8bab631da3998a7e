//! What Istio's filters read of clusters, compiled.
use super::value::Get;
use crate::json::Value;

/// What Istio's filters read of a cluster's metadata (`istio`).
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct IstioFacts {
    /// The first service.
    pub(crate) service: Option<IstioService>,
    /// Whether its endpoints are outside of the mesh.
    pub(crate) external: bool,
    /// Whether its endpoints are not told who this proxy is.
    pub(crate) no_exchange: bool,
    /// Whether its own ALPN names stand.
    pub(crate) own_alpn: bool,
}

/// A service as a cluster's metadata names it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct IstioService {
    /// Host name.
    pub(crate) host: Option<String>,
    /// Short name.
    pub(crate) name: Option<String>,
    /// Namespace.
    pub(crate) namespace: Option<String>,
}

impl IstioFacts {
    pub(super) fn new(value: &Value) -> Option<Box<Self>> {
        let metadata = value.get_field("metadata").get_field("filter_metadata").get_field("istio")?;
        let service = metadata.items("services").first().map(|service| {
            let text = |name: &str| service.get_field(name).and_then(Value::as_str).map(str::to_owned);
            IstioService { host: text("host"), name: text("name"), namespace: text("namespace") }
        });
        let facts = Self {
            service,
            external: metadata.flag("external"),
            no_exchange: metadata.flag("disable_mx"),
            own_alpn: metadata.text("alpn_override") == "false",
        };
        (facts != Self::default()).then(|| Box::new(facts))
    }
}
