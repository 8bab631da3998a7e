//! The fields of a node's metadata that istiod and the agent know, and their types (`BootstrapNodeMetadata` of `pkg/model/proxy.go`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::map;

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

/// Known fields by their types; names count without case, as in Go.
pub(super) fn typed(raw: &BTreeMap<String, Value>) -> Result<BTreeMap<&'static str, Value>, String> {
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
}
