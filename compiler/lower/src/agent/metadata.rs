//! Metadata of a node (`GetNodeMetaData`, and `BootstrapNodeMetadata` of `pkg/model/proxy.go`): known fields have types, all others pass as
//! they are.

use std::collections::BTreeMap;

use mp_model::admission::{go_number, message::Message};
use serde_json::{Map, Value, json};

use super::AgentNode;

const PLAIN: &str = "ISTIO_META_";
const JSON: &str = "ISTIO_METAJSON_";
/// Labels that tell where a workload is; the second is what the first is kept as.
const LOCALITY: [&str; 2] = ["topology.istio.io/locality", "istio-locality"];

/// Kinds of known fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    /// Texts with commas between them.
    Commas,
    Texts,
    Map,
    /// A truth value as text.
    Flag,
    Number,
    /// Ports of a Pod, as the text of a JSON list.
    Ports,
    /// Set by the agent alone.
    Own,
}

/// The known fields of a node's metadata.
const FIELDS: &[(&str, Kind)] = &[
    ("ANNOTATIONS", Kind::Map),
    ("APP_CONTAINERS", Kind::Text),
    ("AUTO_REGISTER_GROUP", Kind::Text),
    ("BASE", Kind::Text),
    ("CLOUDRUN_ADDR", Kind::Text),
    ("CLUSTER_ID", Kind::Text),
    ("DISABLE_HBONE_SEND", Kind::Flag),
    ("DNS_AUTO_ALLOCATE", Kind::Flag),
    ("DNS_CAPTURE", Kind::Flag),
    ("DNS_PROXY_ADDR", Kind::Text),
    ("ENABLE_HBONE", Kind::Flag),
    ("ENABLE_SELF_DISCOVERY", Kind::Flag),
    ("ENVOY_PROMETHEUS_PORT", Kind::Number),
    ("ENVOY_SECURE_MERGED_METRICS_PORT", Kind::Number),
    ("ENVOY_SECURE_METRICS_PORT", Kind::Number),
    ("ENVOY_SKIP_DEPRECATED_LOGS", Kind::Flag),
    ("ENVOY_STATUS_PORT", Kind::Number),
    ("EXIT_ON_ZERO_ACTIVE_CONNECTIONS", Kind::Flag),
    ("GENERATOR", Kind::Text),
    ("HTTP10", Kind::Text),
    ("HTTP_PROXY_PORT", Kind::Text),
    ("IDLE_TIMEOUT", Kind::Text),
    ("INBOUND_LISTENER_EXACT_BALANCE", Kind::Flag),
    ("INSTANCE_IPS", Kind::Commas),
    ("INTERCEPTION_MODE", Kind::Text),
    ("ISTIO_PROXY_SHA", Kind::Text),
    ("ISTIO_REVISION", Kind::Text),
    ("ISTIO_VERSION", Kind::Text),
    ("LABELS", Kind::Map),
    ("MESH_ID", Kind::Text),
    ("METADATA_DISCOVERY", Kind::Flag),
    ("NAME", Kind::Text),
    ("NAMESPACE", Kind::Text),
    ("NETWORK", Kind::Text),
    ("NODE_NAME", Kind::Text),
    ("OUTBOUND_LISTENER_EXACT_BALANCE", Kind::Flag),
    ("OUTLIER_LOG_PATH", Kind::Text),
    ("OWNER", Kind::Text),
    ("PILOT_SAN", Kind::Texts),
    ("PLATFORM_METADATA", Kind::Map),
    ("POD_PORTS", Kind::Ports),
    ("PROXY_CONFIG", Kind::Own),
    ("REQUESTED_NETWORK_VIEW", Kind::Commas),
    ("SERVICE_ACCOUNT", Kind::Text),
    ("STATIC_LABELS", Kind::Map),
    ("STS_PORT", Kind::Text),
    ("TLS_CLIENT_CERT_CHAIN", Kind::Text),
    ("TLS_CLIENT_KEY", Kind::Text),
    ("TLS_CLIENT_ROOT_CERT", Kind::Text),
    ("TLS_SERVER_CERT_CHAIN", Kind::Text),
    ("TLS_SERVER_KEY", Kind::Text),
    ("TLS_SERVER_ROOT_CERT", Kind::Text),
    ("UNPRIVILEGED_POD", Kind::Text),
    ("WORKLOAD_ENTRY", Kind::Text),
    ("WORKLOAD_IDENTITY_SOCKET_FILE", Kind::Text),
    ("WORKLOAD_NAME", Kind::Text),
];

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

/// Known fields by their types; names count without case, as in Go.
fn typed(raw: &BTreeMap<String, Value>) -> Result<BTreeMap<&'static str, Value>, String> {
    let mut out: BTreeMap<&'static str, Value> = BTreeMap::new();
    for (key, value) in raw {
        let exact = FIELDS.iter().find(|(name, _)| name == key);
        let Some((name, kind)) =
            exact.or_else(|| FIELDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)))
        else {
            continue;
        };
        let wrong = || format!("{key}: `{value}` is not what the metadata `{name}` may hold");
        match (kind, value) {
            (Kind::Own, _) | (Kind::Text | Kind::Number | Kind::Map | Kind::Texts, Value::Null) => {}
            _ => {
                let older = out.remove(name);
                let read = field(*kind, value, older.as_ref()).ok_or_else(wrong)?;
                if read != Value::Null {
                    out.insert(name, read);
                }
            }
        }
    }
    Ok(out)
}

/// A value of a field; null for one that says nothing, `None` for a wrong one.
fn field(kind: Kind, value: &Value, older: Option<&Value>) -> Option<Value> {
    let or_null = |said: bool, value: Value| if said { value } else { Value::Null };
    match kind {
        Kind::Text => value.as_str().map(|text| or_null(!text.is_empty(), json!(text))),
        Kind::Commas => {
            let text = if value.is_null() { "" } else { value.as_str()? };
            Some(or_null(!text.is_empty(), json!(text)))
        }
        Kind::Flag => match value.as_str()? {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(json!("true")),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(Value::Null),
            _ => None,
        },
        Kind::Number => value.as_i64().map(|number| or_null(number != 0, json!(number))),
        Kind::Texts => {
            let items = value.as_array()?;
            let known = items.iter().all(|item| item.is_string() || item.is_null());
            known.then(|| or_null(!items.is_empty(), value.clone()))
        }
        Kind::Map => {
            let mut all = map(older);
            for (key, value) in value.as_object()? {
                let text = if value.is_null() { "" } else { value.as_str()? };
                all.insert(key.clone(), text.to_owned());
            }
            Some(or_null(!all.is_empty(), json!(all)))
        }
        Kind::Ports => ports(value.as_str()?),
        Kind::Own => Some(Value::Null),
    }
}

fn ports(text: &str) -> Option<Value> {
    let items = match serde_json::from_str::<Value>(text).ok()? {
        Value::Null => return Some(Value::Null),
        Value::Array(items) => items,
        _ => return None,
    };
    let mut out = Vec::new();
    for item in &items {
        let (mut name, mut number, mut protocol) = (String::new(), 0, String::new());
        let nothing = Map::new();
        let fields = if item.is_null() { &nothing } else { item.as_object()? };
        for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            match key.to_ascii_lowercase().as_str() {
                "name" => value.as_str()?.clone_into(&mut name),
                "containerport" => number = value.as_i64()?,
                "protocol" => value.as_str()?.clone_into(&mut protocol),
                _ => {}
            }
        }
        let mut port = Map::new();
        if !name.is_empty() {
            port.insert("name".to_owned(), json!(name));
        }
        port.insert("containerPort".to_owned(), json!(number));
        port.insert("protocol".to_owned(), json!(protocol));
        out.push(Value::Object(port));
    }
    Some(if out.is_empty() { Value::Null } else { json!(Value::Array(out).to_string()) })
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

    fn known(key: &str, value: Value) -> Result<Option<Value>, String> {
        typed(&BTreeMap::from([(key.to_owned(), value)])).map(|fields| fields.into_values().next())
    }

    #[test]
    fn known_fields_have_types() {
        assert_eq!(known("DNS_CAPTURE", json!("1")), Ok(Some(json!("true"))));
        assert_eq!(known("DNS_CAPTURE", json!("false")), Ok(None));
        assert!(known("DNS_CAPTURE", json!("yes")).is_err());
        assert!(known("ENVOY_STATUS_PORT", json!("1")).is_err());
        assert_eq!(known("owner", json!("o")), Ok(Some(json!("o"))));
        assert_eq!(known("OTHER", json!(1)), Ok(None));
    }

    #[test]
    fn ports_are_written_again() {
        let text = r#"[{"containerPort":80,"protocol":"TCP","hostPort":1}]"#;
        let again = r#"[{"containerPort":80,"protocol":"TCP"}]"#;
        assert_eq!(known("POD_PORTS", json!(text)), Ok(Some(json!(again))));
        assert_eq!(known("POD_PORTS", json!("[]")), Ok(None));
        assert!(known("POD_PORTS", json!("")).is_err());
    }

    #[test]
    fn labels_that_are_no_texts_are_empty() {
        let read = texts(r#"{"a":1,"b":"c"}"#).unwrap_or_default();
        assert_eq!(read, [("a", ""), ("b", "c")].map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        assert_eq!(texts("x"), None);
    }
}
