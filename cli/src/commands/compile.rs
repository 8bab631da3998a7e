//! `meshproof compile`: the Envoy configuration of a proxy.

mod agent;
mod assumptions;
mod bootstrap;
mod expressions;
mod key_sets;
mod mesh;
mod output;
mod secrets;
mod settings;
mod substitutions;
mod why;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use mp_ir::plan::ProxyView;
use rayon::prelude::*;

use crate::args::{CompileArgs, EmitKind};
use crate::failure::{Failure, Outcome};

pub(super) use mesh::{Compiler, bootstrap_options};
pub(super) use why::{as_json, as_text};

pub(crate) fn run(args: &CompileArgs) -> Result<Outcome, Failure> {
    if args.emit == EmitKind::AgentBootstrap {
        return agent::run(args);
    }
    let compiler = Compiler::read(&args.input, &args.build, args.emit != EmitKind::Bootstrap)?;
    if !compiler.refused.is_empty() {
        tell(&compiler.refused)?;
        return Ok(Outcome::Findings);
    }
    let views = || compiler.views(&args.proxies, false);
    let outcome = match args.emit {
        EmitKind::Xds => write_xds(args, &compiler, &views()?),
        EmitKind::Wds => {
            let (mesh, plan) = (&compiler.mesh, mp_lower::ambient(&compiler.workspace, &compiler.mesh));
            output::write_json(args.output.as_deref(), &mp_emit::ambient(&plan, &mesh.settings.cluster_id))
        }
        // Answered above, for it needs no mesh.
        EmitKind::AgentBootstrap => Ok(()),
        EmitKind::Ir => views()?.iter().try_for_each(|view| {
            output::write_text(args.output.as_deref(), &format!("{:#?}\n", compiler.plan(view)))
        }),
        EmitKind::Bootstrap => {
            let outcome = bootstrap::write_all(args, &compiler, &views()?)?;
            leave(compiler);
            return Ok(outcome);
        }
    };
    leave(compiler);
    outcome.map(|()| Outcome::Clean)
}

/// Tells what must be corrected before anything is compiled.
fn tell<'f>(faults: impl IntoIterator<Item = &'f String>) -> Result<(), Failure> {
    tell_as("error", faults)
}

fn tell_as<'f>(word: &str, lines: impl IntoIterator<Item = &'f String>) -> Result<(), Failure> {
    let mut err = anstream::stderr();
    lines.into_iter().try_for_each(|line| writeln!(err, "{word}: {line}"))?;
    Ok(())
}

/// Leaves memory to the system: the program ends, and taking large trees apart first would only cost time.
fn leave<T>(value: T) {
    std::mem::forget(value);
}

/// Does something for every proxy, on all threads; the first failure in the order of the proxies counts. What a proxy
/// needed is gone before the next one is begun on the same thread.
fn for_all<P: Sync, T: Send>(
    views: &[P],
    one: impl Fn(&P) -> Result<T, Failure> + Send + Sync,
) -> Result<Vec<T>, Failure> {
    let done: Vec<Result<T, Failure>> = views.par_iter().map(one).collect();
    done.into_iter().collect()
}

fn write_xds(args: &CompileArgs, compiler: &Compiler, views: &[ProxyView]) -> Result<(), Failure> {
    let Some(folder) = args.output.as_deref() else {
        return Err(Failure::usage("`--emit xds` writes several files", "pass a folder with `-o DIR`"));
    };
    for_all(views, |view| one_xds(folder, compiler, view))?;
    Ok(())
}

fn one_xds(folder: &Path, compiler: &Compiler, view: &ProxyView) -> Result<(), Failure> {
    let plan = compiler.plan(view);
    let snapshot = mp_emit::xds(&plan).map_err(|e| Failure::Internal(e.to_string()))?;
    for (name, resources) in snapshot.files() {
        let optional = name == "ecds" || name == "nds";
        if optional && resources.is_empty() {
            continue;
        }
        let path = folder.join(&view.name).join(format!("{name}.json"));
        output::write_json(Some(&path), &BTreeMap::from([("resources", resources)]))?;
    }
    Ok(())
}
