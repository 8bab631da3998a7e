//! One file is one command.

mod ask;
mod catalog;
mod check;
mod check_fix;
mod check_istioctl;
mod compile;
mod decide;
mod describe;
mod diff;
mod explain;
mod explain_config;
mod graph;
mod lsp;
mod parse;
mod render;
mod replay;
mod route;
mod run;
mod status;
mod test;
mod trace;
mod validate;
mod verify;
mod verify_report;

pub(crate) use diff::DiffArgs;
pub(crate) use render::{ArgocdArgs, KrmArgs, PostRenderArgs, RenderArgs};
pub(crate) use replay::ReplayArgs;
pub(crate) use route::RouteArgs;
pub(crate) use status::StatusArgs;
pub(crate) use test::TestArgs;
pub(crate) use trace::TraceArgs;
pub(crate) use validate::ValidateArgs;

use crate::args::{Cli, Color, Command};
use crate::failure::{Failure, Outcome};

/// Runs the command that was asked for.
pub(crate) fn run(cli: Cli) -> Result<Outcome, Failure> {
    choose_color(cli.color);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(cli.jobs).build_global();
    pool.map_err(|e| Failure::Internal(format!("the thread pool cannot start: {e}")))?;
    match cli.command {
        Command::Check(args) => check::run(&args),
        Command::Compile(args) => compile::run(&args),
        Command::ExplainConfig(args) => explain_config::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Ask(args) => ask::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Decide(args) => decide::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Route(args) => route::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Parse(args) => parse::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Krm(args) => render::krm(&args),
        Command::PostRender(args) => render::post_render(&args),
        Command::Argocd(args) => render::argocd(&args),
        Command::Run(args) => run::run(&args),
        Command::Lsp => lsp::run(),
        Command::Explain(args) => explain::run(&args),
        Command::Schema(args) => describe::schema(&args),
        Command::Completions(args) => describe::completions(&args),
        Command::Man => describe::man(),
        Command::Version => describe::version(),
    }
}

fn choose_color(color: Color) {
    let choice = match color {
        Color::Auto => return,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Whether standard output shows colours.
fn shows_color() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}
