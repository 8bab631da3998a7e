//! What `meshproof diff` is told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    Full,
    Json,
    /// For merge requests.
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOnChange {
    /// Access that was refused before, or may be.
    Gained,
    /// Access that is refused now, or may be.
    Lost,
    /// Any difference.
    Any,
}

#[derive(Args, Debug)]
pub(crate) struct DiffArgs {
    /// A file or folder, a git revision, or a part of one: `REV:PATH`.
    pub(crate) old: String,
    /// The same.
    pub(crate) new: String,
    /// Form of the report.
    #[arg(long, default_value = "full", value_enum)]
    pub(crate) output_format: DiffFormat,
    /// Which differences make the exit code 1.
    #[arg(long, default_value = "any", value_enum)]
    pub(crate) fail_on: FailOnChange,
    /// Tell a safe order to apply the changes.
    #[arg(long)]
    pub(crate) plan: bool,
    /// Body of MeshConfig for both sides; without it the ConfigMap `istio` of the root namespace counts.
    #[arg(long, value_name = "FILE")]
    pub(crate) mesh_config: Option<PathBuf>,
    /// Body of MeshNetworks for both sides.
    #[arg(long, value_name = "FILE")]
    pub(crate) mesh_networks: Option<PathBuf>,
    /// A feature flag of istiod.
    #[arg(long = "env", value_name = "KEY=VALUE")]
    pub(crate) env: Vec<String>,
    /// A side without files is an empty mesh.
    #[arg(long)]
    pub(crate) allow_empty: bool,
}
