//! Commands that print what meshproof says of itself: schemas, completions, manual page, version.

use std::io::Write as _;

use clap::CommandFactory as _;

use crate::args::{Cli, CompletionsArgs, SchemaArgs, SchemaName};
use crate::failure::{Failure, Outcome};

pub(crate) fn schema(args: &SchemaArgs) -> Result<Outcome, Failure> {
    let schema = match args.name {
        SchemaName::Report => mp_base::render::json_schema(),
        SchemaName::Invariant => mp_prove::schema(),
        SchemaName::MeshTest => mp_unit::schema(),
    };
    writeln!(anstream::stdout(), "{schema:#}")?;
    Ok(Outcome::Clean)
}

pub(crate) fn completions(args: &CompletionsArgs) -> Result<Outcome, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "meshproof", &mut text);
    std::io::stdout().write_all(&text)?;
    Ok(Outcome::Clean)
}

pub(crate) fn man() -> Result<Outcome, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    std::io::stdout().write_all(&text)?;
    Ok(Outcome::Clean)
}

pub(crate) fn version() -> Result<Outcome, Failure> {
    writeln!(anstream::stdout(), "meshproof {}\nfollows Istio 1.31, Envoy 1.40", env!("CARGO_PKG_VERSION"))?;
    Ok(Outcome::Clean)
}
