//! `meshproof route`: what becomes of requests at proxies, by the evaluator.

mod args;
mod row;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use mp_eval::hop::{Choices, Outcome, Proxy, Row, every_way, read_rows, visit};
use mp_ir::mesh::Mesh;
use mp_ir::plan::Plan;
use mp_lower::{EndpointChoice, Index};
use mp_model::Workspace;
use serde_json::Value;

use crate::failure::{Failure, Outcome as Exit};
use crate::surroundings::{self, Secrets, Surroundings, World};
use crate::{input, proxies};

pub(crate) use args::RouteArgs;

pub(crate) fn run(args: &RouteArgs) -> Result<Exit, Failure> {
    let mut read = input::read(&args.input)?;
    read.facts.endpoints = EndpointChoice::Slices;
    let workspace = Workspace::read(&read.inputs);
    let mesh = mp_lower::facts(&workspace, &read.facts);
    let index = Index::new(&mesh);
    let plans = plans(args, &mesh, &index)?;
    let ready: Vec<Proxy<'_>> = plans.iter().map(|(_, plan)| Proxy::new(plan)).collect();
    let world = Arc::new(world(args, &workspace, &mesh, &ready)?);
    let names = plans.iter().map(|(name, _)| name.as_str());
    let proxies: BTreeMap<&str, &Proxy<'_>> = names.zip(&ready).collect();
    let rows = read_rows(&input::read_text(&args.requests)?).map_err(|bad| {
        Failure::usage(
            format!("{}:{bad}", args.requests.display()),
            "each line is one request as a JSON object with `id`, `proxy`, `listener`, `dst`, and `http` or `tcp`",
        )
    })?;
    let first = plans.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let mut out = anstream::stdout().lock();
    let mut before: Option<Surroundings> = None;
    for row in &rows {
        let name = if row.proxy.is_empty() { &first } else { &row.proxy };
        let Some(proxy) = proxies.get(name.as_str()) else {
            let message = format!("request `{}` names the proxy `{name}`, which is not listed", row.id);
            return Err(Failure::usage(message, "give it the name of an entry of `--proxy`"));
        };
        // Upstreams remember what they were asked, whoever asked.
        let mut here = match &before {
            Some(before) => before.beside(proxy),
            None => Surroundings::new(&world, proxy),
        };
        let answer = answer(proxy, row, &mut here);
        before = Some(here);
        writeln!(out, "{answer}")?;
    }
    Ok(Exit::Clean)
}

fn plans(args: &RouteArgs, mesh: &Mesh, index: &Index) -> Result<Vec<(String, Plan)>, Failure> {
    let specs = proxies::read(&args.proxy)?;
    let one = |spec: &mp_lower::ProxySpec| {
        let view = mp_lower::proxy::view(mesh, index, spec);
        (spec.name.clone(), mp_eval::hop::follow(mp_lower::plan(mesh, index, &view)))
    };
    Ok(specs.iter().map(one).collect())
}

/// What stands around the proxies: the named file, else `case.json` beside the requests, else the mesh alone.
fn world(
    args: &RouteArgs,
    workspace: &Workspace,
    mesh: &Mesh,
    proxies: &[Proxy<'_>],
) -> Result<World, Failure> {
    let mut world = World::of(mesh, Secrets::read(workspace));
    let beside: Option<PathBuf> = args.requests.parent().map(|folder| folder.join("case.json"));
    let file = args.around.clone().or(beside.filter(|file| file.is_file()));
    if let Some(file) = file {
        surroundings::read_file(&file, &mut world)?;
    }
    world.listen_at_endpoints(proxies);
    Ok(world)
}

/// Every way of a request with what it leaves behind.
type Ways = Vec<(f64, (Outcome, Surroundings))>;

fn answer(proxy: &Proxy<'_>, row: &Row, around: &mut Surroundings) -> Value {
    if row.repeat < 2 {
        let (outcome, pods) = likely(walk(proxy, row, 0, around), around);
        return row::single(proxy, row, &outcome, &pods);
    }
    let mut counts = row::Counts::default();
    for turn in 0..row.repeat {
        let ways = walk(proxy, row, turn, around);
        for (probability, (outcome, _)) in &ways {
            counts.add(proxy, row, outcome, *probability, around);
        }
        likely(ways, around);
    }
    counts.row(proxy, row, around)
}

fn walk(proxy: &Proxy<'_>, row: &Row, turn: u32, around: &Surroundings) -> Ways {
    let arrival = row.arrival(turn);
    every_way(|chance: &mut Choices| {
        let mut here = around.clone();
        let outcome = visit(proxy, &arrival, &mut here, chance, false);
        (outcome, here)
    })
}

/// The most likely way; what it leaves behind stays.
fn likely(ways: Ways, around: &mut Surroundings) -> (Outcome, Surroundings) {
    let best = ways.into_iter().reduce(|best, way| if way.0 > best.0 { way } else { best });
    let (outcome, after) = best.map_or_else(|| (Outcome::default(), around.clone()), |(_, way)| way);
    around.clone_from(&after);
    (outcome, after)
}
