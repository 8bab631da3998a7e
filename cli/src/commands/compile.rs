//! `meshproof compile`: the Envoy configuration of a proxy.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use mp_emit::{BootstrapOptions, Identity, Target, XdsSnapshot};
use mp_ir::mesh::{Mesh, Unknown};
use mp_ir::plan::{Plan, ProxyView};
use mp_lower::Index;
use mp_lower::proxy::{self, ProxyError};
use mp_model::Workspace;
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::args::{CompileArgs, EmitKind, TargetArg};
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::proxies;

/// A proxy and where its files go.
struct Compiled {
    name: String,
    plan: Plan,
    snapshot: XdsSnapshot,
}

pub(crate) fn run(args: &CompileArgs) -> Result<Outcome, Failure> {
    let read = input::read(&args.input)?;
    let workspace = Workspace::read(&read.inputs);
    let mesh = mp_lower::facts(&workspace, &read.facts);
    let index = Index::new(&mesh);
    let views = wanted(args, &mesh, &index)?;
    let compiled: Vec<Result<Compiled, Failure>> =
        views.par_iter().map(|view| compile(&mesh, &index, view)).collect();
    let compiled = compiled.into_iter().collect::<Result<Vec<_>, _>>()?;
    match args.emit {
        EmitKind::Xds => write_xds(args, &compiled)?,
        EmitKind::Ir => compiled
            .iter()
            .try_for_each(|c| write_text(args.output.as_deref(), &format!("{:#?}\n", c.plan)))?,
        EmitKind::Bootstrap => return write_bootstraps(args, &workspace, &mesh, &compiled),
    }
    Ok(Outcome::Clean)
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
        Some(name) => proxy::find(mesh, index, name).map(|view| vec![view]).map_err(|e| not_found(&e)),
    }
}

fn not_found(error: &ProxyError) -> Failure {
    let help = "write `ns/pod`, `ns/deployment`, `gateway:ns/name` or `all`; `meshproof graph` lists workloads and gateways";
    match error {
        ProxyError::Unknown(name) => {
            Failure::usage(format!("the input has no workload or gateway `{name}`"), help)
        }
        ProxyError::Malformed(name) => Failure::usage(format!("`{name}` does not name a proxy"), help),
    }
}

fn compile(mesh: &Mesh, index: &Index, view: &ProxyView) -> Result<Compiled, Failure> {
    let plan = mp_lower::plan(mesh, index, view);
    let snapshot = mp_emit::xds(&plan).map_err(|e| Failure::Internal(e.to_string()))?;
    Ok(Compiled { name: view.name.clone(), plan, snapshot })
}

fn write_xds(args: &CompileArgs, compiled: &[Compiled]) -> Result<(), Failure> {
    let Some(folder) = args.output.as_deref() else {
        return Err(Failure::usage("`--emit xds` writes several files", "pass a folder with `-o DIR`"));
    };
    for one in compiled {
        for (name, resources) in one.snapshot.files() {
            let optional = name == "ecds" || name == "nds";
            if optional && resources.is_empty() {
                continue;
            }
            let text = format!("{:#}\n", json!({ "resources": resources }));
            write_file(&folder.join(&one.name).join(format!("{name}.json")), &text)?;
        }
    }
    Ok(())
}

fn write_bootstraps(
    args: &CompileArgs,
    workspace: &Workspace,
    mesh: &Mesh,
    compiled: &[Compiled],
) -> Result<Outcome, Failure> {
    let options =
        BootstrapOptions { target: target(args.target), identity: args.identity.as_deref().map(identity) };
    let mut assumptions: Vec<Value> = mesh.unknown.iter().map(|u| assumption(workspace, u)).collect();
    for one in compiled {
        let made = mp_emit::bootstrap(&one.plan.proxy, &one.snapshot, &options)
            .map_err(|e| Failure::Internal(e.to_string()))?;
        assumptions
            .extend(made.assumptions.iter().map(|text| json!({"proxy": one.name, "assumption": text})));
        let path = match (&args.output, compiled.len()) {
            (Some(output), 1) => Some(output.clone()),
            (Some(folder), _) => Some(folder.join(format!("{}.json", one.name))),
            (None, 1) => None,
            (None, _) => {
                return Err(Failure::usage("several proxies need a folder", "pass a folder with `-o DIR`"));
            }
        };
        write_text(path.as_deref(), &format!("{:#}\n", made.json))?;
    }
    finish(args, &assumptions)
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
    if let Some(folder) = path.parent().filter(|folder| *folder != PathBuf::new()) {
        std::fs::create_dir_all(folder).map_err(|e| Failure::unwritable(folder, &e))?;
    }
    std::fs::write(path, text).map_err(|e| Failure::unwritable(path, &e))
}
