//! `--emit agent-bootstrap`: what Istio's agent would write for a node.

use std::collections::BTreeMap;
use std::path::Path;

use mp_lower::AgentNode;
use serde::Deserialize;
use serde_json::Value;

use super::output;
use crate::args::CompileArgs;
use crate::failure::{Failure, Outcome};
use crate::input;

const STATUS_PORT: i64 = 15021;
const PROMETHEUS_PORT: i64 = 15090;

/// A node in a file. What is absent has the agent's default.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stated {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    ips: Vec<String>,
    #[serde(default)]
    pod: String,
    #[serde(default)]
    ns: String,
    #[serde(default)]
    service_account: String,
    #[serde(default)]
    service_cluster: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    proxy_config: Option<Value>,
    #[serde(default)]
    mesh_config: Option<Value>,
    #[serde(default)]
    outlier_log_path: String,
    envoy_status_port: Option<i64>,
    envoy_prometheus_port: Option<i64>,
    #[serde(default)]
    envoy_secure_metrics_port: i64,
    #[serde(default)]
    envoy_secure_merged_metrics_port: i64,
    #[serde(default)]
    sts_port: i64,
    #[serde(default, rename = "logAsJSON")]
    log_as_json: bool,
    #[serde(default)]
    exit_on_zero_active_connections: bool,
    /// Taken and not used: the template asks for no root of the control plane.
    #[serde(default, rename = "xdsRootCert")]
    _xds_root_cert: String,
    #[serde(default)]
    workload_identity_socket_file: String,
    metadata_discovery: Option<bool>,
}

pub(super) fn run(args: &CompileArgs) -> Result<Outcome, Failure> {
    let Some(file) = args.node.as_deref() else {
        return Err(Failure::usage(
            "no node is named",
            "pass `--node FILE`, a JSON object of `{type, ips, pod, ns}`",
        ));
    };
    let process = input::facts(&args.input)?.env;
    let node = node(read(file)?, process);
    match mp_lower::agent_bootstrap(&node) {
        Ok((agent, notes)) => {
            super::tell_as("note", &notes)?;
            output::write_json(args.output.as_deref(), &mp_emit::agent_bootstrap(&agent))?;
            Ok(Outcome::Clean)
        }
        Err(faults) => {
            let shown = file.display();
            super::tell(&faults.iter().map(|fault| format!("{shown}: {fault}")).collect::<Vec<_>>())?;
            Ok(Outcome::Findings)
        }
    }
}

fn read(file: &Path) -> Result<Stated, Failure> {
    let text = input::read_text(file)?;
    let stated: Stated = serde_json::from_str(&text).map_err(|e| {
        Failure::usage(
            format!("{}:{}:{}: {e}", file.display(), e.line(), e.column()),
            "write a JSON object of `{type, ips, pod, ns, env, labels, annotations, proxyConfig}`",
        )
    })?;
    match stated.kind.as_str() {
        "" | "sidecar" | "router" | "waypoint" => Ok(stated),
        other => {
            let message = format!("{}: `{other}` is no type of proxy", file.display());
            Err(Failure::usage(message, "types are sidecar, router and waypoint"))
        }
    }
}

fn node(stated: Stated, process: BTreeMap<String, String>) -> AgentNode {
    let text = |value: Option<Value>| value.filter(|value| !value.is_null()).map(|value| value.to_string());
    AgentNode {
        kind: if stated.kind.is_empty() { "sidecar".to_owned() } else { stated.kind },
        ips: stated.ips,
        pod: stated.pod,
        namespace: stated.ns,
        service_account: stated.service_account,
        service_cluster: stated.service_cluster,
        env: stated.env,
        process,
        annotations: stated.annotations,
        labels: stated.labels,
        proxy_configs: text(stated.proxy_config).into_iter().collect(),
        mesh_config: text(stated.mesh_config),
        outlier_log: stated.outlier_log_path,
        status_port: stated.envoy_status_port.unwrap_or(STATUS_PORT),
        prometheus_port: stated.envoy_prometheus_port.unwrap_or(PROMETHEUS_PORT),
        secure_metrics_port: stated.envoy_secure_metrics_port,
        secure_merged_metrics_port: stated.envoy_secure_merged_metrics_port,
        sts_port: stated.sts_port,
        log_as_json: stated.log_as_json,
        exit_on_zero: stated.exit_on_zero_active_connections,
        identity_socket: stated.workload_identity_socket_file,
        metadata_discovery: stated.metadata_discovery,
    }
}
