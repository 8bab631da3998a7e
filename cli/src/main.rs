//! The `meshproof` command: reads files, asks the other crates, prints, and exits.
//!
//! Invariant: this is the only crate that prints or chooses an exit code.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the edge: files, environment and processes are met here"
)]

mod args;
mod commands;
mod failure;
mod input;
mod proxies;
mod report_target;
mod request_text;
mod revision;
mod surroundings;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::failure::Outcome;

/// Trees of small pieces are what this program makes; the system's allocator takes a third of its time for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match commands::run(cli) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(failure) => {
            failure.show();
            ExitCode::from(2)
        }
    }
}

/// Help and version go to standard output and are no failure; bad flags exit 2.
fn usage(error: &clap::Error) -> ExitCode {
    let failed = error.use_stderr();
    let shown = error.print();
    if failed || shown.is_err() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}
