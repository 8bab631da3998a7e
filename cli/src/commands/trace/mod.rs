//! `meshproof trace`: what happens to one request, hop by hop, with the YAML behind each decision.

mod args;
mod hops;
mod mermaid;
mod report;
mod start;
mod target;
mod text;
mod ztunnel;

use std::io::Write as _;
use std::sync::Arc;

use mp_lower::Index;
use mp_model::Workspace;

use crate::failure::{Failure, Outcome};
use crate::input;
use crate::surroundings::{Secrets, World};

pub(crate) use args::TraceArgs;
use args::TraceFormat;

pub(crate) fn run(args: &TraceArgs) -> Result<Outcome, Failure> {
    let mut read = input::read(&args.input)?;
    read.facts.endpoints = mp_lower::EndpointChoice::Auto;
    read.facts.stand_ins = true;
    read.facts.inferred = true;
    let workspace = Workspace::read(&read.inputs);
    let mesh = mp_lower::facts(&workspace, &read.facts);
    let index = Index::new(&mesh);
    let world = Arc::new(World::of(&mesh, Secrets::read(&workspace)));
    let trip = hops::Trip::new(&mesh, &index, &world);
    let target = target::read(args)?;
    let begin = start::begin(args, &trip, &target)?;
    let (hops, assumed) = trip.go(&begin);
    let report = report::Report::new(workspace.sources(), &begin, &hops, assumed);
    let text = match args.output_format {
        TraceFormat::Text => text::show(&report),
        TraceFormat::Json => {
            let json = serde_json::to_string_pretty(&report).map_err(|e| Failure::Internal(e.to_string()))?;
            format!("{json}\n")
        }
        TraceFormat::Mermaid => mermaid::show(&report),
    };
    anstream::stdout().write_all(text.as_bytes())?;
    // The program ends, and taking large trees apart first would only cost time.
    std::mem::forget((read, workspace, index, mesh));
    Ok(Outcome::Clean)
}
