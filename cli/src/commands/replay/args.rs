//! What `meshproof replay` is told.

use std::path::PathBuf;

use clap::Args;

use crate::args::InputArgs;

#[derive(Args, Debug)]
pub(crate) struct ReplayArgs {
    /// Report of `diff`, `verify` or `ask` as JSON, or one request as JSON.
    #[arg(value_name = "WITNESS")]
    pub(crate) witness: PathBuf,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Workload of requests that name none, `NS/NAME`.
    #[arg(long, value_name = "NS/NAME")]
    pub(crate) workload: Option<String>,
    /// Ask a real Envoy too, which runs the compiled bootstrap on this machine; without a path, the one that `MESHPROOF_ENVOY` names.
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = "", require_equals = true)]
    pub(crate) envoy: Option<String>,
    /// As JSON lines.
    #[arg(long)]
    pub(crate) json: bool,
}
