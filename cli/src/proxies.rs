//! Reading `proxies.json`: the proxies to compile for.

use std::collections::BTreeMap;
use std::path::Path;

use mp_ir::plan::ProxyKind;
use mp_lower::ProxySpec;
use serde::Deserialize;

use crate::failure::Failure;
use crate::input;

/// One entry. What is absent is taken from the Pod.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    ns: String,
    #[serde(default)]
    pod: String,
    #[serde(default)]
    ips: Vec<String>,
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
    #[serde(default)]
    service_account: String,
    #[serde(default)]
    locality: String,
    #[serde(default)]
    network: String,
    #[serde(default)]
    istio_version: String,
    #[serde(default)]
    dns_capture: bool,
    #[serde(default)]
    metadata: BTreeMap<String, serde_json::Value>,
}

/// Reads a list of proxies.
pub(crate) fn read(file: &Path) -> Result<Vec<ProxySpec>, Failure> {
    let text = input::read_text(file)?;
    let entries: Vec<Entry> = serde_json::from_str(&text).map_err(|e| {
        Failure::usage(
            format!("{}:{}:{}: {e}", file.display(), e.line(), e.column()),
            "write a JSON list of `{name, type, ns, pod}`",
        )
    })?;
    entries.into_iter().map(|entry| spec(file, entry)).collect()
}

fn spec(file: &Path, entry: Entry) -> Result<ProxySpec, Failure> {
    let kind = match entry.kind.as_str() {
        "" | "sidecar" => ProxyKind::Sidecar,
        "router" | "gateway" => ProxyKind::Router,
        "waypoint" => ProxyKind::Waypoint,
        other => {
            let message = format!("{}: `{other}` is no type of proxy", file.display());
            return Err(Failure::usage(message, "types are sidecar, router and waypoint"));
        }
    };
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(ProxySpec {
        name: entry.name,
        kind,
        namespace: entry.ns,
        pod: entry.pod,
        ips: entry.ips,
        labels: entry.labels,
        annotations: entry.annotations,
        service_account: entry.service_account,
        locality: entry.locality,
        network: entry.network,
        istio_version: entry.istio_version,
        dns_capture: entry.dns_capture,
        metadata: entry.metadata.into_iter().map(|(k, v)| (k, text(v))).collect(),
    })
}
