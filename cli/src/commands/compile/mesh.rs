//! The mesh of the input and the proxies of it that are asked for.

use mp_emit::{BootstrapOptions, Identity, Target};
use mp_ir::mesh::Mesh;
use mp_ir::plan::{Interception, Plan, ProxyView};
use mp_lower::proxy::{self, ProxyError};
use mp_lower::{EndpointChoice, Index};
use mp_model::Workspace;

use super::{key_sets, settings};
use crate::args::{BuildArgs, CaptureArg, EndpointsArg, InputArgs, ProxyArgs, TargetArg};
use crate::failure::Failure;
use crate::input;
use crate::proxies;

/// Everything that was read and is the same for all proxies.
#[derive(Debug)]
pub(crate) struct Compiler {
    pub(crate) workspace: Workspace,
    pub(crate) mesh: Mesh,
    pub(crate) index: Index,
    pub(crate) endpoints: Option<EndpointsArg>,
    /// What keeps istiod from taking the mesh's own configuration, each with its line.
    pub(crate) refused: Vec<String>,
    capture: Option<CaptureArg>,
}

impl Compiler {
    /// Reads the input. `as_sent` is for what istiod would send: nothing stands for live state unless it is asked for.
    pub(crate) fn read(input: &InputArgs, build: &BuildArgs, as_sent: bool) -> Result<Self, Failure> {
        let mut read = input::read(input)?;
        read.facts.endpoints = endpoints(build.endpoints, as_sent);
        read.facts.allocate_addresses = !as_sent;
        read.facts.key_sets = key_sets::read(&build.jwks)?;
        // The settings are files as well: what is wrong with them has a line.
        let settings = (read.facts.mesh_config.as_ref(), read.facts.mesh_networks.as_ref());
        let workspace = Workspace::read(&read.inputs).with_settings(settings.0, settings.1);
        // The workspace has its own text.
        drop(read.inputs);
        let mesh = mp_lower::facts(&workspace, &read.facts);
        key_sets::all_used(&read.facts.key_sets, &mesh)?;
        let index = Index::new(&mesh);
        let refused = settings::faults(&workspace);
        Ok(Self { workspace, mesh, index, refused, endpoints: build.endpoints, capture: build.capture })
    }

    /// The proxies that are named; all of the mesh where none is and `all` says so.
    pub(crate) fn views(&self, args: &ProxyArgs, all: bool) -> Result<Vec<ProxyView>, Failure> {
        let (mesh, index) = (&self.mesh, &self.index);
        let mut views = match (&args.proxies, args.proxy.as_deref()) {
            (Some(file), _) => {
                let specs = proxies::read(file)?;
                specs.iter().map(|spec| proxy::view(mesh, index, spec)).collect()
            }
            (None, None) if !all => {
                return Err(Failure::usage(
                    "no proxy is named",
                    "pass `--proxy ns/pod`, `--proxy gateway:ns/name`, `--proxy all` or `--proxies FILE`",
                ));
            }
            (None, None | Some("all")) => proxy::all(mesh, index),
            (None, Some(name)) => {
                vec![proxy::find(mesh, index, name).map_err(|e| not_found(mesh, &e))?]
            }
        };
        let named = args.proxies.is_some() || args.proxy.as_deref().is_some_and(|name| name != "all");
        if let Some(view) = views.iter().find(|view| named && proxy::is_beyond(view)) {
            let help = "it is a part of the ambient mesh that is not compiled yet; sidecars, gateways and waypoints are";
            let message = format!("`{}` is a gateway between networks of the ambient mesh", view.name);
            return Err(Failure::usage(message, help));
        }
        // Where all are meant, what cannot be compiled is no reason to compile nothing.
        views.retain(|view| !proxy::is_beyond(view));
        if let Some(capture) = self.capture {
            views.iter_mut().for_each(|view| view.interception = interception(capture));
        }
        Ok(views)
    }

    /// The plan of one proxy.
    pub(crate) fn plan(&self, view: &ProxyView) -> Plan {
        mp_lower::plan(&self.mesh, &self.index, view)
    }
}

fn interception(capture: CaptureArg) -> Interception {
    match capture {
        CaptureArg::None => Interception::None,
        CaptureArg::Iptables => Interception::Redirect,
        CaptureArg::Bind => Interception::Bind,
    }
}

/// How far endpoints may be replaced. What istiod would send has nothing replaced by itself.
fn endpoints(stated: Option<EndpointsArg>, as_sent: bool) -> EndpointChoice {
    match stated {
        None if as_sent => EndpointChoice::Slices,
        None | Some(EndpointsArg::Auto) => EndpointChoice::Auto,
        Some(EndpointsArg::Slices) => EndpointChoice::Slices,
        Some(EndpointsArg::Pods) => EndpointChoice::Pods,
        Some(EndpointsArg::Dns | EndpointsArg::Error) => EndpointChoice::Dns,
    }
}

/// What the arguments say of the bootstrap.
pub(crate) fn bootstrap_options(build: &BuildArgs) -> BootstrapOptions {
    BootstrapOptions {
        target: match build.target {
            TargetArg::Envoy => Target::Envoy,
            TargetArg::EnvoyContrib => Target::EnvoyContrib,
            TargetArg::IstioProxy => Target::IstioProxy,
            TargetArg::Meshproof => Target::Meshproof,
        },
        identity: build.identity.as_deref().map(|folder| Identity::in_folder(&folder.display().to_string())),
        secrets: build.secrets.as_ref().map(|folder| folder.display().to_string()),
        routes: None,
        agent: None,
    }
}

fn not_found(mesh: &Mesh, error: &ProxyError) -> Failure {
    let help = "write `ns/pod`, `ns/deployment`, `gateway:ns/name` or `all`; `meshproof graph` lists workloads and gateways";
    match error {
        ProxyError::Unknown(name) => {
            let near: Vec<String> = proxy::near(mesh, name).iter().map(|name| format!("`{name}`")).collect();
            let help = match near.as_slice() {
                [] => help.to_owned(),
                near => format!("did you mean {}?", near.join(" or ")),
            };
            Failure::usage(format!("the input has no workload or gateway `{name}`"), help)
        }
        ProxyError::Malformed(name) => Failure::usage(format!("`{name}` does not name a proxy"), help),
    }
}
