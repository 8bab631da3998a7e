//! TLS towards the services of a bootstrap (`pkg/bootstrap/option/convert.go`), with secrets that the agent serves.

use mp_ir::plan::AgentTls;
use serde_json::{Map, Value, json};

use super::extension;

/// A transport socket.
pub(super) fn socket(tls: &AgentTls) -> Value {
    let mut common = Map::new();
    if let Some(name) = &tls.certificate {
        common.insert("tls_certificate_sds_secret_configs".to_owned(), json!([secret(name)]));
    }
    let names: Vec<Value> = tls.names.iter().map(|name| json!({"exact": name})).collect();
    let default = if names.is_empty() { json!({}) } else { json!({"match_subject_alt_names": names}) };
    let mut combined = Map::from_iter([("default_validation_context".to_owned(), default)]);
    if let Some(name) = &tls.roots {
        combined.insert("validation_context_sds_secret_config".to_owned(), secret(name));
    }
    common.insert("combined_validation_context".to_owned(), Value::Object(combined));
    if !tls.alpn.is_empty() {
        common.insert("alpn_protocols".to_owned(), json!(tls.alpn));
    }
    let mut fields = Map::from_iter([("common_tls_context".to_owned(), Value::Object(common))]);
    if !tls.sni.is_empty() {
        fields.insert("sni".to_owned(), json!(tls.sni));
    }
    let message = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
    extension("envoy.transport_sockets.tls", message, Value::Object(fields))
}

/// A secret by its name. The workload's own are waited for without end.
fn secret(name: &str) -> Value {
    let mut source = served();
    if let Some(fields) = source.as_object_mut().filter(|_| matches!(name, "default" | "ROOTCA")) {
        fields.insert("initial_fetch_timeout".to_owned(), json!("0s"));
    }
    json!({"name": name, "sds_config": source})
}

/// The agent as a source of secrets.
pub(super) fn served() -> Value {
    json!({
        "api_config_source": {
            "api_type": "GRPC",
            "grpc_services": [{"envoy_grpc": {"cluster_name": "sds-grpc"}}],
            "set_node_on_first_message_only": true,
            "transport_api_version": "V3",
        },
        "resource_api_version": "V3",
    })
}
