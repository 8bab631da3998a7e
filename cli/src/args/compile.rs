//! Arguments of `compile` and `explain-config`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::InputArgs;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EmitKind {
    /// One file to start a proxy from.
    Bootstrap,
    /// What istiod would send to a proxy, a file per type.
    Xds,
    /// What ztunnels are told of the whole mesh: policies, workloads and services; needs no proxy.
    Wds,
    /// The bootstrap that Istio's agent writes for the node of `--node`; needs no mesh.
    AgentBootstrap,
    /// The plan, for debugging.
    Ir,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TargetArg {
    /// Envoy as shipped: istio.* filters are left out and listed.
    Envoy,
    /// Envoy with its contrib extensions.
    EnvoyContrib,
    /// Istio's own build of Envoy.
    IstioProxy,
    /// The bundled proxy.
    Meshproof,
}

/// What stands for EndpointSlices that are not in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EndpointsArg {
    /// For each Service: Pods of the input, else its own name, asked of DNS. A Service without Pods and Deployments, in an input
    /// with EndpointSlices of other Services, has no endpoints.
    Auto,
    /// Nothing: without EndpointSlices there are no endpoints.
    Slices,
    /// Pods of the input.
    Pods,
    /// Pods of the input, else the Service's own name, asked of DNS.
    Dns,
    /// Nothing may: a called Service without EndpointSlices is an error.
    Error,
}

/// How traffic reaches the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CaptureArg {
    /// Not by itself: as istiod sends for `interceptionMode: NONE`.
    None,
    /// By redirection to the listeners on 15001 and 15006.
    Iptables,
    /// Clients dial it: every listener has a socket, outbound ones on the loopback interface.
    Bind,
}

/// Where route tables stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoutesArg {
    /// In the listeners.
    Inline,
    /// In files in the folder `NAME.routes` beside the bootstrap; Envoy reads them again when they are replaced.
    File,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhyFormat {
    Text,
    Json,
}

/// Which proxies.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ProxyArgs {
    /// Proxy: `ns/pod`, `ns/deployment`, `gateway:ns/name`, or `all`.
    #[arg(long, value_name = "PROXY")]
    pub(crate) proxy: Option<String>,
    /// Proxies as a JSON list of `{name, type, ns, pod}`.
    #[arg(long, value_name = "FILE", conflicts_with = "proxy")]
    pub(crate) proxies: Option<PathBuf>,
}

/// What a bootstrap is made for, and of what.
#[derive(Args, Debug)]
pub(crate) struct BuildArgs {
    /// What will run it.
    #[arg(long, default_value = "envoy", value_enum)]
    pub(crate) target: TargetArg,
    /// What stands for EndpointSlices that are not in the input; `--emit xds` takes `slices` unless told otherwise.
    #[arg(long, value_enum, value_name = "FROM")]
    pub(crate) endpoints: Option<EndpointsArg>,
    /// How traffic reaches a sidecar; without it as the proxy's metadata says, else by iptables.
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) capture: Option<CaptureArg>,
    /// Keys of token issuers (JWKS), for all that have none, or for one.
    #[arg(long, value_name = "FILE|ISSUER=FILE")]
    pub(crate) jwks: Vec<String>,
    /// Folder with the workload's `cert-chain.pem`, `key.pem` and `root-cert.pem`.
    #[arg(long, value_name = "DIR")]
    pub(crate) identity: Option<PathBuf>,
    /// Folder of the secrets that Gateways and DestinationRules name, as `NAME/tls.crt`, `NAME/tls.key` and `NAME/ca.crt`.
    #[arg(long, value_name = "DIR")]
    pub(crate) secrets: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct CompileArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) proxies: ProxyArgs,
    #[command(flatten)]
    pub(crate) build: BuildArgs,
    /// What to write.
    #[arg(long, default_value = "bootstrap", value_enum)]
    pub(crate) emit: EmitKind,
    /// Output file; a folder for several proxies and for `--emit xds`.
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// The node of `--emit agent-bootstrap`, as JSON; its environment, labels, annotations and addresses. `--env` adds to the agent's own
    /// environment.
    #[arg(long, value_name = "FILE")]
    pub(crate) node: Option<PathBuf>,
    /// Where route tables stand.
    #[arg(long, default_value = "inline", value_enum)]
    pub(crate) rds: RoutesArg,
    /// Write the secrets of the input that are used to the folder of `--secrets`, for the owner's eyes alone.
    #[arg(long, requires = "secrets")]
    pub(crate) write_secrets: bool,
    /// Write the assumptions made for want of live state to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) assumptions: Option<PathBuf>,
    /// Instead of the bootstrap: the YAML lines behind the piece at this JSON pointer of it.
    #[arg(long, value_name = "JSON-POINTER")]
    pub(crate) why: Option<String>,
    /// Form of the answer to `--why`.
    #[arg(long, default_value = "text", value_enum)]
    pub(crate) output_format: WhyFormat,
    /// Refuse to assume anything.
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainConfigArgs {
    /// Name of a cluster, listener, filter chain, route table, virtual host, route, filter or policy.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) proxies: ProxyArgs,
    #[command(flatten)]
    pub(crate) build: BuildArgs,
    /// Form of the answer.
    #[arg(long, default_value = "text", value_enum)]
    pub(crate) output_format: WhyFormat,
}
