//! Istio's own extensions: who the peer is, ALPN by protocol, and the metrics `istio_requests_total` and its family.
//!
//! They are in Istio's build of Envoy and in Envoy's contrib build (`contrib/istio`); the control plane puts them on
//! every listener.
pub(crate) mod alpn;
pub(crate) mod exchange;
pub(crate) mod headers;
pub(crate) mod labels;
pub(crate) mod metrics;
pub(crate) mod node;
pub(crate) mod peer;
mod report;
pub(crate) mod series;
pub(crate) mod tcp;

pub(crate) use node::Node;
pub(crate) use peer::Peer;
pub(crate) use report::Known as KnownSeries;
