//! `meshproof compile`: the Envoy configuration of a proxy.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use mp_emit::{BootstrapOptions, Fault, Identity, Target, XdsSnapshot};
use mp_ir::mesh::{Mesh, Unknown};
use mp_ir::plan::{Plan, ProxyView};
use mp_lower::proxy::{self, ProxyError};
use mp_lower::{EndpointChoice, Index};
use mp_model::Workspace;
use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::{substitutions, why};
use crate::args::{CompileArgs, EmitKind, EndpointsArg, TargetArg};
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::proxies;

pub(crate) fn run(args: &CompileArgs) -> Result<Outcome, Failure> {
    let mut read = input::read(&args.input)?;
    read.facts.endpoints = endpoints(args);
    let workspace = Workspace::read(&read.inputs);
    let mesh = mp_lower::facts(&workspace, &read.facts);
    let index = Index::new(&mesh);
    let views = || wanted(args, &mesh, &index);
    match args.emit {
        EmitKind::Wds => {
            let plan = mp_lower::ambient(&workspace, &mesh);
            write_json(args.output.as_deref(), &mp_emit::ambient(&plan, &mesh.settings.cluster_id))?;
        }
        EmitKind::Xds => write_xds(args, &mesh, &index, &views()?)?,
        EmitKind::Ir => views()?.iter().try_for_each(|view| {
            let plan = mp_lower::plan(&mesh, &index, view);
            write_text(args.output.as_deref(), &format!("{plan:#?}\n"))
        })?,
        EmitKind::Bootstrap => {
            let outcome = write_bootstraps(args, &workspace, &mesh, &index, &views()?)?;
            leave((read, workspace, mesh, index));
            return Ok(outcome);
        }
    }
    leave((read, workspace, mesh, index));
    Ok(Outcome::Clean)
}

/// Leaves memory to the system: the program ends, and taking large trees apart first would only cost time.
fn leave<T>(value: T) {
    std::mem::forget(value);
}

fn wanted(args: &CompileArgs, mesh: &Mesh, index: &Index) -> Result<Vec<ProxyView>, Failure> {
    if let Some(file) = &args.proxies {
        let specs = proxies::read(file)?;
        return Ok(specs.iter().map(|spec| proxy::view(mesh, index, spec)).collect());
    }
    match args.proxy.as_deref() {
        None => Err(Failure::usage(
            "no proxy is named",
            "pass `--proxy ns/pod`, `--proxy gateway:ns/name`, `--proxy all` or `--proxies FILE`",
        )),
        Some("all") => Ok(proxy::all(mesh, index)),
        Some(name) => proxy::find(mesh, index, name).map(|view| vec![view]).map_err(|e| not_found(mesh, &e)),
    }
}

/// How far endpoints may be replaced. `--emit xds` is what istiod would send, so nothing is replaced there by itself.
fn endpoints(args: &CompileArgs) -> EndpointChoice {
    match args.endpoints {
        None if args.emit != EmitKind::Bootstrap => EndpointChoice::Slices,
        None | Some(EndpointsArg::Auto) => EndpointChoice::Auto,
        Some(EndpointsArg::Slices) => EndpointChoice::Slices,
        Some(EndpointsArg::Pods) => EndpointChoice::Pods,
        Some(EndpointsArg::Dns | EndpointsArg::Error) => EndpointChoice::Dns,
    }
}

fn not_found(mesh: &Mesh, error: &ProxyError) -> Failure {
    let help = "write `ns/pod`, `ns/deployment`, `gateway:ns/name` or `all`; `meshproof graph` lists workloads and gateways";
    match error {
        ProxyError::Unknown(name) => {
            let near: Vec<String> = proxy::near(mesh, name).iter().map(|name| format!("`{name}`")).collect();
            let help = match near.as_slice() {
                [] => help.to_owned(),
                near => format!("did you mean {}?", near.join(" or ")),
            };
            Failure::usage(format!("the input has no workload or gateway `{name}`"), help)
        }
        ProxyError::Malformed(name) => Failure::usage(format!("`{name}` does not name a proxy"), help),
    }
}

fn compile(mesh: &Mesh, index: &Index, view: &ProxyView) -> Result<XdsSnapshot, Failure> {
    let plan = mp_lower::plan(mesh, index, view);
    mp_emit::xds(&plan).map_err(|e| Failure::Internal(e.to_string()))
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

fn write_xds(args: &CompileArgs, mesh: &Mesh, index: &Index, views: &[ProxyView]) -> Result<(), Failure> {
    let Some(folder) = args.output.as_deref() else {
        return Err(Failure::usage("`--emit xds` writes several files", "pass a folder with `-o DIR`"));
    };
    for_all(views, |view| {
        let snapshot = compile(mesh, index, view)?;
        for (name, resources) in snapshot.files() {
            let optional = name == "ecds" || name == "nds";
            if optional && resources.is_empty() {
                continue;
            }
            let path = folder.join(&view.name).join(format!("{name}.json"));
            write_json(Some(&path), &BTreeMap::from([("resources", resources)]))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_bootstraps(
    args: &CompileArgs,
    workspace: &Workspace,
    mesh: &Mesh,
    index: &Index,
    views: &[ProxyView],
) -> Result<Outcome, Failure> {
    let options =
        BootstrapOptions { target: target(args.target), identity: args.identity.as_deref().map(identity) };
    let one_file = writes_one_file(args, views);
    let path = |view: &ProxyView| match &args.output {
        Some(output) if one_file => Some(output.clone()),
        Some(folder) => Some(folder.join(format!("{}.json", view.name))),
        None => None,
    };
    if args.output.is_none() && views.len() > 1 {
        return Err(Failure::usage("several proxies need a folder", "pass a folder with `-o DIR`"));
    }
    let made = for_all(views, |view| {
        let plan = mp_lower::plan(mesh, index, view);
        let mut faults = substitutions::faults(args.endpoints, workspace, mesh, &plan);
        faults.extend(mp_emit::faults(&plan).iter().map(|fault| refused(workspace, fault)));
        if !faults.is_empty() {
            return Ok((faults, Vec::new()));
        }
        let snapshot = mp_emit::xds(&plan).map_err(|e| Failure::Internal(e.to_string()))?;
        let made =
            mp_emit::bootstrap(view, snapshot, &options).map_err(|e| Failure::Internal(e.to_string()))?;
        let told = view.assumed.iter().chain(&made.assumptions);
        let told = told.map(|text| json!({"proxy": view.name, "assumption": text}));
        let told = told.chain(substitutions::assumed(workspace, mesh, &plan)).collect::<Vec<Value>>();
        if !args.strict || (told.is_empty() && mesh.unknown.is_empty()) {
            write_made(args, workspace, &plan, made.json, path(view).as_deref())?;
        }
        Ok((Vec::new(), told))
    })?;
    conclude(args, workspace, mesh, made)
}

/// What one proxy came to: what Envoy would refuse, and what was assumed.
type Made = (Vec<String>, Vec<Value>);

/// Tells the faults of all proxies, else what was assumed for them.
fn conclude(
    args: &CompileArgs,
    workspace: &Workspace,
    mesh: &Mesh,
    made: Vec<Made>,
) -> Result<Outcome, Failure> {
    let (faults, told): (Vec<Vec<String>>, Vec<Vec<Value>>) = made.into_iter().unzip();
    let faults: BTreeSet<String> = faults.into_iter().flatten().collect();
    if !faults.is_empty() {
        let mut err = anstream::stderr();
        faults.iter().try_for_each(|fault| writeln!(err, "error: {fault}"))?;
        return Ok(Outcome::Findings);
    }
    let unknown = mesh.unknown.iter().map(|u| assumption(workspace, u));
    let assumptions: Vec<Value> = unknown.chain(told.into_iter().flatten()).collect();
    finish(args, &assumptions)
}

/// Writes a bootstrap, or why a piece of it is there.
fn write_made(
    args: &CompileArgs,
    workspace: &Workspace,
    plan: &Plan,
    bootstrap: Value,
    path: Option<&Path>,
) -> Result<(), Failure> {
    let Some(pointer) = &args.why else {
        write_json(path, &bootstrap)?;
        if args.proxies.is_none() && args.proxy.as_deref() != Some("all") {
            leave(bootstrap);
        }
        return Ok(());
    };
    let steps = why::why(workspace, plan, &bootstrap, pointer).ok_or_else(|| nothing_at(pointer))?;
    write_json(path, &json!({"proxy": plan.proxy.name, "pointer": pointer, "because": steps}))
}

fn nothing_at(pointer: &str) -> Failure {
    let help =
        "pointers look like `/staticResources/clusters/0`; compile without `--why` to see what is there";
    Failure::usage(format!("the bootstrap has nothing at `{pointer}`"), help)
}

/// What Envoy would refuse, with its line.
fn refused(workspace: &Workspace, fault: &Fault) -> String {
    let place = fault.origin.map(|span| format!("{}: ", workspace.sources().locate(span)));
    format!("{}{}", place.unwrap_or_default(), fault.message)
}

/// Whether the output is one file: that of the one proxy that was named. A list of proxies that happens to be short still fills a folder,
/// unless the output is spelled as a file.
fn writes_one_file(args: &CompileArgs, views: &[ProxyView]) -> bool {
    let Some(output) = &args.output else { return true };
    let listed = args.proxies.is_some() || args.proxy.as_deref() == Some("all");
    let spelled = output.extension().is_some_and(|end| end == "json");
    views.len() == 1 && !output.is_dir() && (!listed || spelled)
}

/// Tells the assumptions, or refuses them.
fn finish(args: &CompileArgs, assumptions: &[Value]) -> Result<Outcome, Failure> {
    if let Some(file) = &args.assumptions {
        write_file(file, &format!("{:#}\n", json!({"version": 1, "assumptions": assumptions})))?;
    }
    let mut err = anstream::stderr();
    let word = if args.strict { "refused" } else { "assumed" };
    for one in assumptions {
        let text = one.get("assumption").and_then(Value::as_str).unwrap_or_default();
        writeln!(err, "{word}: {text}")?;
    }
    Ok(if args.strict && !assumptions.is_empty() { Outcome::Findings } else { Outcome::Clean })
}

fn assumption(workspace: &Workspace, unknown: &Unknown) -> Value {
    let at = unknown.origin.map(|span| workspace.sources().locate(span));
    json!({"object": unknown.object.as_ref().map(ToString::to_string), "at": at, "assumption": unknown.reason})
}

fn target(target: TargetArg) -> Target {
    match target {
        TargetArg::Envoy => Target::Envoy,
        TargetArg::EnvoyContrib => Target::EnvoyContrib,
        TargetArg::IstioProxy => Target::IstioProxy,
        TargetArg::Meshproof => Target::Meshproof,
    }
}

fn identity(folder: &Path) -> Identity {
    Identity::in_folder(&folder.display().to_string())
}

fn write_text(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    match path {
        Some(path) => write_file(path, text),
        None => Ok(anstream::stdout().write_all(text.as_bytes())?),
    }
}

fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    make_folder(path)?;
    std::fs::write(path, text).map_err(|e| Failure::unwritable(path, &e))
}

/// Writes JSON as it is spelled, without holding the text.
fn write_json(path: Option<&Path>, value: &impl Serialize) -> Result<(), Failure> {
    let Some(path) = path else {
        let mut text = serde_json::to_vec_pretty(value).map_err(|e| Failure::Internal(e.to_string()))?;
        text.push(b'\n');
        return Ok(anstream::stdout().write_all(&text)?);
    };
    make_folder(path)?;
    let spell = |mut file: BufWriter<File>| {
        serde_json::to_writer_pretty(&mut file, value)?;
        file.write_all(b"\n")?;
        file.flush()
    };
    let file = File::create(path).map(|file| BufWriter::with_capacity(1 << 16, file));
    file.and_then(spell).map_err(|e| Failure::unwritable(path, &e))
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    let Some(folder) = path.parent().filter(|folder| *folder != PathBuf::new()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|e| Failure::unwritable(folder, &e))
}
