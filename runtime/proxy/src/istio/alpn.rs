//! `istio.alpn`: the ALPN names towards endpoints follow the HTTP version, after
//! `contrib/istio/filters/http/alpn/source/alpn_filter.cc`.
use std::sync::Arc;

use crate::config::Get;
use crate::config::cluster::UpstreamProtocol;
use crate::json::Value;
use crate::server::stream::Exchange;

/// ALPN names in the order of preference.
pub(crate) type Names = Arc<[Vec<u8>]>;

/// The filter: names for HTTP/1.0, HTTP/1.1 and HTTP/2.
#[derive(Debug, Default)]
pub(crate) struct AlpnOverride([Option<Names>; 3]);

impl AlpnOverride {
    pub(crate) fn new(value: &Value) -> Self {
        let mut all = Self::default();
        let [old, h1, h2] = &mut all.0;
        for item in value.items("alpn_override") {
            let names: Names = item.texts("alpn_override").into_iter().map(String::into_bytes).collect();
            let slot = match item.text("upstream_protocol") {
                "HTTP11" => &mut *h1,
                "HTTP2" => &mut *h2,
                _ => &mut *old,
            };
            // The first entry of a protocol counts.
            if slot.is_none() {
                *slot = Some(names);
            }
        }
        all
    }

    fn names(&self, protocol: &str) -> Option<&Names> {
        let [old, h1, h2] = &self.0;
        let names = match protocol {
            "HTTP/1.0" => old,
            "HTTP/2" => h2,
            _ => h1,
        };
        names.as_ref().filter(|names| !names.is_empty())
    }
}

impl Exchange<'_> {
    /// Notes the names for connections of this request, unless the cluster wants its own.
    pub(crate) fn override_alpn(&mut self, filter: &AlpnOverride) {
        if self.matched.is_none_or(|m| m.target.is_none()) {
            return;
        }
        let Some(cluster) = self.cluster_config() else { return };
        if cluster.istio.as_deref().is_some_and(|facts| facts.own_alpn) {
            return;
        }
        let protocol = match cluster.protocol {
            UpstreamProtocol::Http1 => "HTTP/1.1",
            UpstreamProtocol::Http2 => "HTTP/2",
            UpstreamProtocol::Downstream => self.info.protocol,
        };
        if let Some(names) = filter.names(protocol) {
            self.notes.alpn = Some(names.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AlpnOverride;
    use crate::json::Value;

    #[test]
    fn names_follow_the_protocol() {
        let config = serde_json::json!({"alpn_override": [
            {"alpn_override": ["istio-http/1.0"]},
            {"upstream_protocol": "HTTP11", "alpn_override": ["istio-http/1.1", "istio", "http/1.1"]},
            {"upstream_protocol": "HTTP2"}]});
        let filter = AlpnOverride::new(&Value::from(&config));
        assert_eq!(filter.names("HTTP/1.1").unwrap().len(), 3);
        assert_eq!(filter.names("HTTP/1.0").unwrap()[0], b"istio-http/1.0");
        assert!(filter.names("HTTP/2").is_none());
    }
}
