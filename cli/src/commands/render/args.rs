//! Flags of `render` and its adapters.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::args::{FailOn, InputArgs};

#[derive(Args, Debug)]
pub(crate) struct RenderArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Lowest level that stops the stream.
    #[arg(long, default_value = "error", value_enum)]
    pub(crate) fail_on: FailOn,
    /// Give each object the annotation `argocd.argoproj.io/sync-wave` of the order of `diff --plan`; waves that are written stay.
    #[arg(long)]
    pub(crate) sync_waves: bool,
    /// Write a folder for each wave, with a kustomization.yaml in it.
    #[arg(long, value_enum, requires = "output")]
    pub(crate) split_by: Option<SplitBy>,
    /// Where the folders go; must be empty or absent.
    #[arg(short, long, value_name = "DIR", requires = "split_by")]
    pub(crate) output: Option<PathBuf>,
    /// Write flux.yaml too: a Kustomization of Flux for each wave, which waits for the one before; the source is `KIND/NAME`.
    #[arg(long, value_name = "KIND/NAME", requires = "split_by")]
    pub(crate) flux_source: Option<String>,
    /// The folder in that source that DIR becomes.
    #[arg(long, value_name = "PATH", default_value = ".", requires = "flux_source")]
    pub(crate) flux_path: String,
}

impl RenderArgs {
    /// What an adapter asks for.
    pub(super) fn of_stdin(input: &InputArgs, fail_on: FailOn, sync_waves: bool) -> Self {
        Self {
            input: input.clone(),
            fail_on,
            sync_waves,
            split_by: None,
            output: None,
            flux_source: None,
            flux_path: ".".to_owned(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitBy {
    /// What may be applied together stands together.
    Wave,
}

#[derive(Args, Debug)]
pub(crate) struct PostRenderArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Lowest level that stops the release.
    #[arg(long, default_value = "error", value_enum)]
    pub(crate) fail_on: FailOn,
    /// Give each object the annotation `argocd.argoproj.io/sync-wave`.
    #[arg(long)]
    pub(crate) sync_waves: bool,
}

#[derive(Args, Debug)]
pub(crate) struct KrmArgs {
    /// Lowest level that fails the function; `failOn` of the functionConfig counts more.
    #[arg(long, default_value = "error", value_enum)]
    pub(crate) fail_on: FailOn,
    /// Give each object the annotation `argocd.argoproj.io/sync-wave`; `syncWaves` of the functionConfig counts more.
    #[arg(long)]
    pub(crate) sync_waves: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ArgocdArgs {
    #[command(subcommand)]
    pub(crate) command: ArgocdCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ArgocdCommand {
    /// Print the objects of an application, checked and with their waves.
    Generate(GenerateArgs),
    /// Print the files with objects of Istio or the Gateway API; nothing where there are none.
    Discover(DiscoverArgs),
    /// Print the plugin.yaml of the config management plugin.
    Plugin,
}

#[derive(Args, Debug)]
pub(crate) struct GenerateArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
}

#[derive(Args, Debug)]
pub(crate) struct DiscoverArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
}
