//! The command line of `meshproof route`.

use std::path::PathBuf;

use clap::Args;

use crate::args::InputArgs;

#[derive(Args, Debug)]
pub(crate) struct RouteArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Proxies as a JSON list of `{name, type, ns, pod}`.
    #[arg(long, value_name = "FILE")]
    pub(crate) proxy: PathBuf,
    /// Requests as JSON lines.
    #[arg(long, value_name = "FILE")]
    pub(crate) requests: PathBuf,
    /// What stands around the mesh: Pods that refuse connections, servers outside, scripted answers. Default: `case.json` beside
    /// the requests, else everything answers.
    #[arg(long, value_name = "FILE")]
    pub(crate) around: Option<PathBuf>,
}
