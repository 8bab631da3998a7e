//! `meshproof graph`: who can send to whom.

mod nodes;
mod page;
mod policies;

use std::io::Write as _;

use mp_checks::graph::{Thing, TrafficGraph};
use mp_ide::Options;
use mp_lower::FactOptions;
use mp_model::Workspace;
use serde_json::json;

use crate::args::{GraphArgs, GraphFormat};
use crate::failure::{Failure, Outcome};
use crate::input;

pub(crate) fn run(args: &GraphArgs) -> Result<Outcome, Failure> {
    let read = input::read(&args.input)?;
    let workspace = Workspace::read(&read.inputs);
    let text = match args.output_format {
        GraphFormat::Html => html(workspace, read.facts)?,
        GraphFormat::Text => text(&graph(&workspace, &read.facts)),
        GraphFormat::Dot => dot(&graph(&workspace, &read.facts)),
        GraphFormat::Mermaid => mermaid(&graph(&workspace, &read.facts)),
        GraphFormat::Json => json(&graph(&workspace, &read.facts), &workspace),
    };
    anstream::stdout().write_all(text.as_bytes())?;
    Ok(Outcome::Clean)
}

fn graph(workspace: &Workspace, facts: &FactOptions) -> TrafficGraph {
    TrafficGraph::new(&mp_lower::facts(workspace, facts))
}

fn html(workspace: Workspace, facts: FactOptions) -> Result<String, Failure> {
    let analysis = mp_ide::analyse(workspace, &Options { facts, ..Options::default() });
    page::html(&nodes::page(&analysis, &TrafficGraph::new(&analysis.mesh)))
}

fn text(graph: &TrafficGraph) -> String {
    let mut out = String::new();
    let mut last: Option<&Thing> = None;
    for (from, to, _) in graph.edges() {
        if last != Some(from) {
            out.push_str(&format!("{} {}\n", from.kind(), from.label()));
            last = Some(from);
        }
        out.push_str(&format!("  -> {} {}\n", to.kind(), to.label()));
    }
    out
}

fn dot(graph: &TrafficGraph) -> String {
    let mut out = String::from("digraph mesh {\n  rankdir=LR;\n  node [shape=box];\n");
    for (from, to, _) in graph.edges() {
        out.push_str(&format!("  {:?} -> {:?};\n", name(from), name(to)));
    }
    out.push_str("}\n");
    out
}

fn mermaid(graph: &TrafficGraph) -> String {
    let mut out = String::from("flowchart LR\n");
    let place = |thing: &Thing| graph.things().iter().position(|t| t == thing).unwrap_or_default();
    for thing in graph.things() {
        out.push_str(&format!("  n{}[\"{}\"]\n", place(thing), name(thing)));
    }
    for (from, to, _) in graph.edges() {
        out.push_str(&format!("  n{} --> n{}\n", place(from), place(to)));
    }
    out
}

fn json(graph: &TrafficGraph, workspace: &Workspace) -> String {
    let node = |thing: &Thing| json!({"kind": thing.kind(), "name": thing.label()});
    let nodes: Vec<_> = graph.things().iter().map(node).collect();
    let at = |origin: mp_base::Origin| origin.map(|span| workspace.sources().locate(span));
    let edges: Vec<_> = graph
        .edges()
        .into_iter()
        .map(|(a, b, origin)| json!({"from": node(a), "to": node(b), "at": at(origin)}))
        .collect();
    format!("{:#}\n", json!({"version": 1, "nodes": nodes, "edges": edges}))
}

fn name(thing: &Thing) -> String {
    format!("{} {}", thing.kind(), thing.label())
}
