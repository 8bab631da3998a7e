//! `meshproof argocd`: a config management plugin of Argo CD. It runs beside the repository server in the folder of an application, and what it
//! prints is applied.
//!
//! What users set arrives as JSON in `ARGOCD_APP_PARAMETERS`, and their environment with the prefix `ARGOCD_ENV_`
//! (`docs/operator-manual/config-management-plugins.md`).

use std::io::Write as _;

use mp_model::{KINDS, Workspace};
use serde::Deserialize;

use super::args::{ArgocdArgs, ArgocdCommand, GenerateArgs, RenderArgs};
use super::checked::is_for_cluster;
use crate::args::{FailOn, InputArgs};
use crate::failure::{Failure, Outcome};
use crate::input;

/// What a plugin must say of itself, with the parameters that the user interface shows.
const PLUGIN: &str = include_str!("plugin.yaml");

/// Files by which a folder says that another tool makes its objects.
const OTHERS: [(&str, &str); 3] = [
    ("kustomization.yaml", "kustomize build . | meshproof argocd generate -"),
    ("kustomization.yml", "kustomize build . | meshproof argocd generate -"),
    ("Chart.yaml", "helm template . | meshproof argocd generate -"),
];

/// One parameter of an application.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Parameter {
    name: String,
    string: Option<String>,
    array: Option<Vec<String>>,
}

pub(crate) fn run(args: &ArgocdArgs) -> Result<Outcome, Failure> {
    match &args.command {
        ArgocdCommand::Generate(args) => generate(args),
        ArgocdCommand::Discover(args) => discover(&args.input),
        ArgocdCommand::Plugin => {
            std::io::stdout().write_all(PLUGIN.as_bytes())?;
            Ok(Outcome::Clean)
        }
    }
}

fn generate(args: &GenerateArgs) -> Result<Outcome, Failure> {
    let parameters = parameters()?;
    let find = |name: &str| parameters.iter().find(|parameter| parameter.name == name);
    let wish = |name: &str, env: &str| -> Option<String> {
        let set = std::env::var(format!("ARGOCD_ENV_{env}")).ok();
        find(name).and_then(|parameter| parameter.string.clone()).or(set).filter(|text| !text.is_empty())
    };
    let mut input = args.input.clone();
    if input.paths.is_empty() {
        let paths = find("paths").and_then(|parameter| parameter.array.clone()).unwrap_or_default();
        input.paths.extend(paths.into_iter().map(Into::into));
    }
    if input.paths.is_empty() {
        made_by_others()?;
        input.paths.push(".".into());
    }
    let fail_on = wish("fail-on", "MESHPROOF_FAIL_ON").map(|text| {
        let level = <FailOn as clap::ValueEnum>::from_str(&text, false);
        level.map_err(|_| no_value("fail-on", &text, "info, warning, error, never"))
    });
    let sync_waves = wish("sync-waves", "MESHPROOF_SYNC_WAVES")
        .map(|text| text.parse::<bool>().map_err(|_| no_value("sync-waves", &text, "true, false")));
    let fail_on = fail_on.transpose()?.unwrap_or(FailOn::Error);
    super::run(&RenderArgs::of_stdin(&input, fail_on, sync_waves.transpose()?.unwrap_or(true)))
}

fn parameters() -> Result<Vec<Parameter>, Failure> {
    let Ok(text) = std::env::var("ARGOCD_APP_PARAMETERS") else { return Ok(Vec::new()) };
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let found: Option<Vec<Parameter>> = serde_json::from_str(&text).map_err(|e| {
        let message = format!("ARGOCD_APP_PARAMETERS cannot be read: {e}");
        Failure::usage(message, "Argo CD sets it; look at `spec.source.plugin.parameters` of the Application")
    })?;
    Ok(found.unwrap_or_default())
}

fn no_value(name: &str, text: &str, words: &str) -> Failure {
    Failure::usage(format!("the parameter `{name}` cannot be `{text}`"), format!("one of {words}"))
}

/// Sources of another tool are not what would be applied.
fn made_by_others() -> Result<(), Failure> {
    match OTHERS.iter().find(|(file, _)| std::path::Path::new(file).exists()) {
        Some((file, command)) => Err(Failure::usage(
            format!("the folder holds a {file}: its files are not what is applied"),
            format!(
                "let the plugin's generate command be `{command}`, or name files in the parameter `paths`"
            ),
        )),
        None => Ok(()),
    }
}

fn discover(wanted: &InputArgs) -> Result<Outcome, Failure> {
    let read = input::read(&InputArgs { allow_empty: true, ..wanted.clone() })?;
    let workspace = Workspace::read(&read.inputs);
    let of_mesh = |group: &str| group.ends_with(".istio.io") || group == "gateway.networking.k8s.io";
    let mut out = std::io::stdout().lock();
    for (place, (input, file)) in read.inputs.iter().zip(workspace.files()).enumerate() {
        let mut own = workspace.objects().iter().filter(|object| object.file.0 as usize == place);
        let is_of_mesh = |kind| KINDS.iter().any(|row| row.kind == kind && of_mesh(row.group));
        if is_for_cluster(file) && own.any(|object| is_of_mesh(object.kind)) {
            writeln!(out, "{}", input.path)?;
        }
    }
    Ok(Outcome::Clean)
}
