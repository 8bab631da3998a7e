//! What one workload tells another about itself, after `contrib/istio/filters/common/source/metadata_object.cc`.
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use crate::proto;

const CANONICAL_NAME: &str = "service.istio.io/canonical-name";
const CANONICAL_REVISION: &str = "service.istio.io/canonical-revision";
const OWNER_PREFIX: &str = "kubernetes://apis/apps/v1/namespaces/";
const KINDS: &[&str] = &["pod", "deployment", "job", "cronjob"];

/// A workload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Name of the instance: of the pod.
    pub(crate) instance: String,
    /// Cluster that it runs in.
    pub(crate) cluster: String,
    /// Namespace.
    pub(crate) namespace: String,
    /// Name of the workload.
    pub(crate) workload: String,
    /// Canonical service.
    pub(crate) service: String,
    /// Canonical revision.
    pub(crate) revision: String,
    /// Label for the application.
    pub(crate) app: String,
    /// Label for the version.
    pub(crate) version: String,
    /// What kind of workload it is: `deployment`; `None` when unknown.
    pub(crate) kind: Option<&'static str>,
    /// Identity, when it is told.
    pub(crate) identity: String,
    /// Region.
    pub(crate) region: String,
    /// Zone.
    pub(crate) zone: String,
    /// Further labels that the configuration asks for.
    pub(crate) labels: Vec<(String, String)>,
    shown: OnceLock<Value>,
}

impl Peer {
    /// Reads node metadata, or what another workload has sent; `additional` names labels that are kept beyond the usual.
    pub(crate) fn from_metadata(metadata: &Value, additional: &[String]) -> Self {
        let text = |name: &str| metadata.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let empty = Map::new();
        let labels = metadata.get("LABELS").and_then(Value::as_object).unwrap_or(&empty);
        let label = |name: &str| labels.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let either = |qualified: &str, plain: &str| {
            if labels.contains_key(qualified) { label(qualified) } else { label(plain) }
        };
        let workload = text("WORKLOAD_NAME");
        Self {
            kind: kind_of(&text("OWNER"), &workload),
            workload,
            instance: text("NAME"),
            cluster: text("CLUSTER_ID"),
            namespace: text("NAMESPACE"),
            service: label(CANONICAL_NAME),
            revision: label(CANONICAL_REVISION),
            app: either("app.kubernetes.io/name", "app"),
            version: either("app.kubernetes.io/version", "version"),
            identity: text("IDENTITY"),
            region: text("REGION"),
            zone: text("AVAILABILITY_ZONE"),
            labels: labels
                .iter()
                .filter(|(name, _)| additional.contains(name) && !is_usual(name))
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
            shown: OnceLock::new(),
        }
    }

    /// Reads what the control plane writes on endpoints: `workload;namespace;service;revision;cluster`.
    pub(crate) fn from_endpoint(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::to_owned);
        Some(Self {
            workload: parts.next()?,
            namespace: parts.next()?,
            service: parts.next()?,
            revision: parts.next()?,
            cluster: parts.next()?,
            ..Self::default()
        })
    }

    /// What is sent to others.
    pub(crate) fn to_struct(&self) -> proto::Struct {
        let labels = [
            (CANONICAL_NAME, &self.service),
            (CANONICAL_REVISION, &self.revision),
            ("app", &self.app),
            ("version", &self.version),
        ];
        let labels = fields(labels.into_iter().chain(self.labels.iter().map(|(n, v)| (n.as_str(), v))));
        let owner = self.kind.map_or_else(String::new, |kind| {
            format!("{OWNER_PREFIX}{}/{kind}s/{}", self.namespace, self.workload)
        });
        let mut all = fields([
            ("NAME", &self.instance),
            ("NAMESPACE", &self.namespace),
            ("WORKLOAD_NAME", &self.workload),
            ("CLUSTER_ID", &self.cluster),
            ("IDENTITY", &self.identity),
            ("OWNER", &owner),
            ("REGION", &self.region),
            ("AVAILABILITY_ZONE", &self.zone),
        ]);
        let labels = proto::Kind::Fields(proto::Struct { fields: labels });
        all.insert("LABELS".to_owned(), proto::Value { kind: Some(labels) });
        proto::Struct { fields: all }
    }

    /// How expressions see it (`serializeAsProto`).
    pub(crate) fn attributes(&self) -> &Value {
        self.shown.get_or_init(|| self.show())
    }

    /// One field of it as text.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.attributes().get(name).and_then(Value::as_str)
    }

    fn show(&self) -> Value {
        let texts = [
            ("type", self.kind.unwrap_or_default()),
            ("workload", &self.workload),
            ("name", &self.instance),
            ("cluster", &self.cluster),
            ("namespace", &self.namespace),
            ("service", &self.service),
            ("revision", &self.revision),
            ("app", &self.app),
            ("version", &self.version),
            ("identity", &self.identity),
            ("region", &self.region),
            ("availability_zone", &self.zone),
        ];
        let texts = texts.into_iter().filter(|(_, value)| !value.is_empty());
        let mut all: Map<String, Value> = texts.map(|(n, v)| (n.to_owned(), json!(v))).collect();
        if !self.labels.is_empty() {
            let labels: Map<String, Value> = self.labels.iter().map(|(n, v)| (n.clone(), json!(v))).collect();
            all.insert("labels".to_owned(), Value::Object(labels));
        }
        Value::Object(all)
    }
}

fn is_usual(label: &str) -> bool {
    let usual = [
        CANONICAL_NAME,
        CANONICAL_REVISION,
        "app.kubernetes.io/name",
        "app",
        "app.kubernetes.io/version",
        "version",
    ];
    usual.contains(&label)
}

/// The texts that are not empty.
fn fields<'a>(texts: impl IntoIterator<Item = (&'a str, &'a String)>) -> BTreeMap<String, proto::Value> {
    let texts = texts.into_iter().filter(|(_, value)| !value.is_empty());
    let value = |text: &String| proto::Value { kind: Some(proto::Kind::Text(text.clone())) };
    texts.map(|(name, text)| (name.to_owned(), value(text))).collect()
}

/// The kind in `.../deployments/NAME`; the end is cut off by its length, whatever it says.
fn kind_of(owner: &str, workload: &str) -> Option<&'static str> {
    let length = owner.len().checked_sub(workload.len() + 2).filter(|length| *length > 0)?;
    let (_, kind) = owner.get(..length)?.rsplit_once('/')?;
    KINDS.iter().find(|known| **known == kind).copied()
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    fn metadata() -> Value {
        json!({"NAME": "web-1", "NAMESPACE": "shop", "WORKLOAD_NAME": "web", "CLUSTER_ID": "c1",
            "OWNER": "kubernetes://apis/apps/v1/namespaces/shop/deployments/web", "OTHER": 1,
            "LABELS": {"app": "a", "app.kubernetes.io/name": "b", "version": "v1", "role": "x", "other": "y",
                "service.istio.io/canonical-name": "web", "service.istio.io/canonical-revision": "v1"}})
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let peer = Peer::from_metadata(&metadata(), &["role".to_owned()]);
        assert_eq!((peer.app.as_str(), peer.version.as_str(), peer.kind), ("b", "v1", Some("deployment")));
        assert_eq!(peer.labels, [("role".to_owned(), "x".to_owned())]);
        let bytes = peer.to_struct().encode_to_vec();
        let read = proto::Struct::decode(bytes.as_slice()).unwrap().to_json();
        assert_eq!(Peer::from_metadata(&read, &["role".to_owned()]), peer);
        assert_eq!(peer.attributes()["labels"]["role"], "x");
        assert_eq!(peer.attributes()["type"], "deployment");
    }

    #[test]
    fn endpoints_say_less() {
        let peer = Peer::from_endpoint("web;shop;web-svc;v2;c1").unwrap();
        assert_eq!((peer.workload.as_str(), peer.service.as_str()), ("web", "web-svc"));
        assert_eq!(Peer::from_endpoint("web;shop;web-svc;v2"), None);
    }

    #[test]
    fn owners_name_the_kind() {
        for (owner, workload, kind) in [
            ("kubernetes://apis/batch/v1/namespaces/a/cronjobs/c", "c", Some("cronjob")),
            ("kubernetes://apis/apps/v1/namespaces/a/replicasets/c", "c", None),
            ("s/c", "c", None),
            ("", "", None),
        ] {
            assert_eq!(kind_of(owner, workload), kind, "{owner}");
        }
    }
}
