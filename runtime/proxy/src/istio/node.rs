//! The proxy's own workload, as the bootstrap's `node` has it.
use serde_json::Value;

use super::peer::Peer;
use crate::config::Get;
use crate::json;

/// Who this proxy is.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Its id.
    pub(crate) id: String,
    /// What it tells others, without labels that only some filters add.
    pub(crate) own: Peer,
    /// The plain labels `app` and `version`, which are what metrics show of the own workload.
    pub(crate) app: String,
    /// See `app`.
    pub(crate) version: String,
    /// Version of Istio.
    pub(crate) istio_version: String,
    metadata: Value,
    region: String,
    zone: String,
}

impl Node {
    /// Reads `envoy.config.core.v3.Node`.
    pub(crate) fn new(node: Option<&json::Value<'_>>) -> Self {
        let metadata = node.get_field("metadata").map(json::Value::to_json).unwrap_or_default();
        let locality = node.get_field("locality");
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let label = |name: &str| text(metadata.get("LABELS").and_then(|labels| labels.get(name)));
        let mut all = Self {
            id: node.text("id").to_owned(),
            app: label("app"),
            version: label("version"),
            istio_version: text(metadata.get("ISTIO_VERSION")),
            region: locality.text("region").to_owned(),
            zone: locality.text("zone").to_owned(),
            own: Peer::default(),
            metadata,
        };
        all.own = all.peer(&[]);
        all
    }

    /// Its zone.
    pub(crate) fn zone(&self) -> &str {
        &self.zone
    }

    /// What this workload tells others, with these labels too.
    pub(crate) fn peer(&self, additional: &[String]) -> Peer {
        let mut peer = Peer::from_metadata(&self.metadata, additional);
        if peer.region.is_empty() {
            peer.region.clone_from(&self.region);
        }
        if peer.zone.is_empty() {
            peer.zone.clone_from(&self.zone);
        }
        peer
    }
}

#[cfg(test)]
mod tests {
    use super::Node;

    #[test]
    fn the_locality_of_the_node_is_told() {
        let node = serde_json::json!({"id": "sidecar~1", "locality": {"region": "r", "zone": "z"}, "metadata": {
            "WORKLOAD_NAME": "w", "ISTIO_VERSION": "1.31.0", "LABELS": {"app": "a", "role": "x"}}});
        let node = Node::new(Some(&crate::json::Value::from(&node)));
        assert_eq!(
            (node.id.as_str(), node.istio_version.as_str(), node.app.as_str()),
            ("sidecar~1", "1.31.0", "a")
        );
        assert_eq!((node.own.region.as_str(), node.own.workload.as_str()), ("r", "w"));
        assert!(node.own.labels.is_empty());
        assert_eq!(node.peer(&["role".to_owned()]).labels.len(), 1);
    }
}
