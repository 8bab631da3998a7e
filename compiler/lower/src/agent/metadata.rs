//! Metadata of a node (`GetNodeMetaData`, and `BootstrapNodeMetadata` of `pkg/model/proxy.go`): known fields have types, all others pass as
//! they are.

mod fields;

use std::collections::BTreeMap;

use mp_model::admission::{go_number, message::Message};
use serde_json::{Map, Value, json};

use super::AgentNode;
use fields::typed;

const PLAIN: &str = "ISTIO_META_";
const JSON: &str = "ISTIO_METAJSON_";
/// Labels that tell where a workload is; the second is what the first is kept as.
const LOCALITY: [&str; 2] = ["topology.istio.io/locality", "istio-locality"];

/// The metadata of a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Metadata {
    /// The node's id.
    pub(super) id: String,
    /// What stands in the environment, untyped.
    pub(super) raw: BTreeMap<String, Value>,
    /// Known fields that say something.
    typed: BTreeMap<&'static str, Value>,
    /// `NAMESPACE`.
    pub(super) namespace: String,
    /// `LABELS`.
    pub(super) labels: BTreeMap<String, String>,
    /// `ANNOTATIONS`.
    pub(super) annotations: BTreeMap<String, String>,
    /// `INSTANCE_IPS`.
    pub(super) ips: Vec<String>,
    /// `METADATA_DISCOVERY`.
    pub(super) discovery: bool,
    /// Where the node is, with slashes.
    pub(super) locality: String,
}

impl Metadata {
    /// # Errors
    /// A known field of another type, at which the agent stops.
    pub(super) fn new(node: &AgentNode, config: &Message) -> Result<Self, String> {
        let primary = node.ips.first().map_or("", String::as_str);
        let AgentNode { kind, pod, namespace, .. } = node;
        let id = format!("{kind}~{primary}~{pod}.{namespace}~{namespace}.svc.cluster.local");
        let raw = raw(node, config);
        let mut out = Self { id, typed: typed(&raw)?, raw, ..Self::default() };
        out.ports(node);
        out.identity(node, config);
        out.of_pod(node);
        out.discovery = node.metadata_discovery.unwrap_or_else(|| out.flag("ENABLE_HBONE"));
        out.typed.insert("METADATA_DISCOVERY", json!(out.discovery.to_string()));
        Ok(out)
    }

    fn ports(&mut self, node: &AgentNode) {
        for (key, port) in [
            ("ENVOY_STATUS_PORT", node.status_port),
            ("ENVOY_PROMETHEUS_PORT", node.prometheus_port),
            ("ENVOY_SECURE_METRICS_PORT", node.secure_metrics_port),
            ("ENVOY_SECURE_MERGED_METRICS_PORT", node.secure_merged_metrics_port),
        ] {
            self.say(key, port != 0, json!(port));
        }
        if node.sts_port != 0 {
            self.typed.insert("STS_PORT", json!(node.sts_port.to_string()));
        }
    }

    fn identity(&mut self, node: &AgentNode, config: &Message) {
        for (key, variable, text) in [
            ("NAME", "POD_NAME", &node.pod),
            ("NAMESPACE", "POD_NAMESPACE", &node.namespace),
            ("SERVICE_ACCOUNT", "SERVICE_ACCOUNT", &node.service_account),
        ] {
            let text = node.env.get(variable).unwrap_or(text);
            self.say(key, !text.is_empty(), json!(text));
        }
        self.namespace = self.text("NAMESPACE").to_owned();
        for ip in &node.ips {
            if !self.ips.contains(ip) {
                self.ips.push(ip.clone());
            }
        }
        self.say("INSTANCE_IPS", !self.ips.is_empty(), json!(self.ips.join(",")));
        if self.text("ISTIO_VERSION").is_empty() {
            self.typed.insert("ISTIO_VERSION", json!("1.31.0"));
        }
        self.say("EXIT_ON_ZERO_ACTIVE_CONNECTIONS", node.exit_on_zero, json!("true"));
        self.say("ENVOY_SKIP_DEPRECATED_LOGS", false, Value::Null);
        let socket = &node.identity_socket;
        self.say("WORKLOAD_IDENTITY_SOCKET_FILE", !socket.is_empty(), json!(socket));
        self.say("OUTLIER_LOG_PATH", !node.outlier_log.is_empty(), json!(node.outlier_log));
        let mutual = config.number("controlPlaneAuthPolicy") == 1;
        self.say("PILOT_SAN", mutual, json!([istiod(config.text("discoveryAddress"))]));
    }

    /// Labels, annotations and place.
    fn of_pod(&mut self, node: &AgentNode) {
        let fixed = node.env.get("ISTIO_METAJSON_LABELS").and_then(|text| texts(text)).unwrap_or_default();
        if !fixed.is_empty() {
            self.typed.insert("STATIC_LABELS", json!(fixed));
        }
        self.labels = map(self.typed.get("STATIC_LABELS"));
        let own = node.labels.iter().filter(|(key, _)| key.as_str() != "pod-template-hash");
        self.labels.extend(own.map(|(key, value)| (key.clone(), value.clone())));
        let place = LOCALITY.iter().find_map(|key| self.labels.get(*key)).cloned().unwrap_or_default();
        self.locality = if place.contains('/') { place } else { place.replace('.', "/") };
        if let [_, kept] = LOCALITY
            && !self.locality.is_empty()
        {
            self.labels.insert(kept.to_owned(), self.locality.clone());
        }
        self.say("LABELS", !self.labels.is_empty(), json!(self.labels));
        self.annotations = map(self.typed.get("ANNOTATIONS"));
        self.annotations.extend(node.annotations.clone());
        self.say("ANNOTATIONS", !self.annotations.is_empty(), json!(self.annotations));
    }

    fn say(&mut self, key: &'static str, said: bool, value: Value) {
        if said {
            self.typed.insert(key, value);
        } else {
            self.typed.remove(key);
        }
    }

    /// A known text; empty when absent.
    pub(super) fn text(&self, key: &str) -> &str {
        self.typed.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// A known truth value.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.text(key) == "true"
    }

    /// Configuration of load reports, which stands in the file as it was written.
    pub(super) fn load_stats(&self) -> Result<String, String> {
        let text = self.raw.get("LOAD_STATS_CONFIG_JSON").and_then(Value::as_str).unwrap_or_default();
        match serde_json::from_str::<Value>(text) {
            Err(why) if !text.is_empty() => Err(format!("LOAD_STATS_CONFIG_JSON is no JSON: {why}")),
            _ => Ok(text.to_owned()),
        }
    }

    /// All of it, as `node.metadata` says it.
    pub(super) fn json(&self, config: &Message) -> String {
        let mut out: BTreeMap<&str, Value> = BTreeMap::new();
        out.extend(self.raw.iter().map(|(key, value)| (key.as_str(), value.clone())));
        out.extend(self.typed.iter().map(|(key, value)| (*key, value.clone())));
        out.insert("PROXY_CONFIG", config.to_json());
        json!(out).to_string()
    }
}

/// `GetPilotSan`.
fn istiod(address: &str) -> &str {
    match address.split(':').next().unwrap_or_default() {
        "localhost" => "istiod.istio-system.svc",
        host => host,
    }
}

/// `proxyMetadata`, then the environment: texts, then objects of JSON.
fn raw(node: &AgentNode, config: &Message) -> BTreeMap<String, Value> {
    let mut out = BTreeMap::new();
    let stated = config.entries("proxyMetadata").iter().map(|(key, item)| (key.as_str(), item.text()));
    let env = node.env.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    for (key, value) in stated.chain(env) {
        if let Some(key) = key.strip_prefix(PLAIN) {
            out.insert(key.to_owned(), json!(value));
        }
    }
    for (_, text) in node.env.iter().filter(|(key, _)| key.starts_with(JSON)) {
        if let Ok(fields) = serde_json::from_str::<Map<String, Value>>(text) {
            out.extend(fields.into_iter().map(|(key, value)| (key, as_go(value))));
        }
    }
    if let Some(address) = node.process.get("DNS_PROXY_ADDR").filter(|text| !text.is_empty()) {
        out.insert("DNS_PROXY_ADDR".to_owned(), json!(address));
    }
    out
}

/// Go holds every number as a float.
fn as_go(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Null, go_number),
        Value::Array(items) => items.into_iter().map(as_go).collect(),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key, as_go(value))).collect())
        }
        other => other,
    }
}

fn map(value: Option<&Value>) -> BTreeMap<String, String> {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    fields.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// An object of texts; Go leaves what is none empty and goes on.
fn texts(text: &str) -> Option<BTreeMap<String, String>> {
    let fields: Map<String, Value> = serde_json::from_str(text).ok()?;
    let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
    Some(fields.into_iter().map(|(key, value)| (key, text(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_are_no_texts_are_empty() {
        let read = texts(r#"{"a":1,"b":"c"}"#).unwrap_or_default();
        assert_eq!(read, [("a", ""), ("b", "c")].map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        assert_eq!(texts("x"), None);
    }
}
