//! Project tasks: `cargo xtask codegen|tidy|conformance|fuzz-xds|replay|wire|bench`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an edge: reads the tree, starts programs and prints"
)]

mod bench;
mod codegen;
mod conformance;
mod dice;
mod fuzz_xds;
mod project;
mod replay;
mod tidy;
mod wire;

use std::process::ExitCode;

/// What a task answers: whether all is well, or why it could not tell.
type Outcome = Result<bool, String>;

const USAGE: &str = "usage: cargo xtask TASK

  codegen [--check]   writes the generated files (needs Go); --check only compares
  tidy                checks the house rules that rustc and clippy do not hold
  conformance [--area A,B] [--case NAME] [--bin FILE] [--json] [--update] [-v]
                      compares with the recorded answers of the real programs in ../shared/oracle
  replay [--sets N] [--seed N] [--requests N] [--policies random|recorded|questions] [--bin FILE]
                      decides boundary requests to random policies, beside real Envoy
  fuzz-xds [--meshes N] [--seed N] [--bin FILE] --xdsdump FILE
                      compiles random meshes and compares with istiod's own code; their bootstraps are loaded by Envoy
  wire [--odd | --config] [--sets N] [--seed N] [--size N] [--bin FILE] [-v]
                      sends random bytes through the proxy and through real Envoy on the same bootstrap
  bench [--bin FILE] [JOB]
                      times the commands on generated meshes";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut rest = args.iter().map(String::as_str);
    let task = rest.next().unwrap_or_default();
    let rest: Vec<&str> = rest.collect();
    match run(task, &rest) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            eprintln!("xtask {task}: {why}");
            ExitCode::from(2)
        }
    }
}

fn run(task: &str, rest: &[&str]) -> Outcome {
    match task {
        "bench" => bench::run(rest),
        "fuzz-xds" => fuzz_xds::run(rest),
        "measure" => bench::measure(rest),
        "codegen" => codegen::run(rest),
        "conformance" => conformance::run(rest),
        "replay" => replay::run(rest),
        "tidy" => tidy::run(rest),
        "wire" => wire::run(rest),
        _ => Err(USAGE.to_owned()),
    }
}
