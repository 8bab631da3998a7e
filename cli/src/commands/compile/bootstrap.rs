//! Bootstraps: one file for each proxy, with the files that stand beside it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use mp_emit::{BootstrapOptions, BootstrapText, Fault, SecretUse};
use mp_ir::plan::{Plan, ProxyView};
use mp_model::Workspace;
use serde_json::{Value, json};

use super::mesh::{Compiler, bootstrap_options};
use super::{expressions, for_all, output, substitutions, tell, why};
use crate::args::{CompileArgs, RoutesArg, WhyFormat};
use crate::failure::{Failure, Outcome};

/// What one proxy came to: what Envoy would refuse, and what was assumed.
type Made = (Vec<String>, Vec<Value>);

/// Writes the bootstraps of all proxies, then tells the faults of all of them, else what was assumed.
pub(super) fn write_all(
    args: &CompileArgs,
    compiler: &Compiler,
    views: &[ProxyView],
) -> Result<Outcome, Failure> {
    if args.output.is_none() && views.len() > 1 {
        return Err(Failure::usage("several proxies need a folder", "pass a folder with `-o DIR`"));
    }
    let one_file = writes_one_file(args, views);
    let of_mesh = compiler.assumed_of_mesh();
    let made = for_all(views, |view| {
        let path = match &args.output {
            Some(output) if one_file => Some(output.clone()),
            Some(folder) => Some(folder.join(format!("{}.json", view.name))),
            None => None,
        };
        one(args, compiler, view, path.as_deref(), of_mesh.is_empty())
    })?;
    conclude(args, of_mesh, made)
}

/// `sure` says that nothing is assumed for the mesh as a whole.
fn one(
    args: &CompileArgs,
    compiler: &Compiler,
    view: &ProxyView,
    path: Option<&Path>,
    sure: bool,
) -> Result<Made, Failure> {
    let plan = compiler.plan(view);
    let faults = compiler.faults(&plan);
    if !faults.is_empty() {
        return Ok((faults, Vec::new()));
    }
    let (options, unread) = options(args, compiler, view, path)?;
    let made = mp_emit::compile_text(&plan, &options).map_err(|e| Failure::Internal(e.to_string()))?;
    let faults = compiler.value_faults(&made);
    if !faults.is_empty() {
        return Ok((faults, Vec::new()));
    }
    let assumptions: Vec<String> = made.assumptions.iter().cloned().chain(unread).collect();
    let mut told = compiler.assumed_of(&plan, &assumptions);
    let refused = |told: &[Value]| args.strict && !(sure && told.is_empty());
    if refused(&told) {
        return Ok((Vec::new(), told));
    }
    told.extend(certificates(args, compiler, view, &made.secrets)?);
    if refused(&told) {
        return Ok((Vec::new(), told));
    }
    match &args.why {
        Some(pointer) => tell_why(args, compiler, (&plan, &options), pointer, path)?,
        None => write(&made, path)?,
    }
    Ok((Vec::new(), told))
}

/// What a bootstrap is made of, and what is left out of it.
fn options(
    args: &CompileArgs,
    compiler: &Compiler,
    view: &ProxyView,
    path: Option<&Path>,
) -> Result<(BootstrapOptions, Vec<String>), Failure> {
    let (agent, faults) = match mp_lower::agent_of_proxy(&compiler.mesh, view) {
        Ok(agent) => (Some(agent), Vec::new()),
        Err(faults) => (None, faults),
    };
    let options = BootstrapOptions { routes: routes(args, path)?, agent, ..bootstrap_options(&args.build) };
    let left_out = |fault: &String| format!("what the agent adds is left out, for it would end: {fault}");
    Ok((options, faults.iter().map(left_out).collect()))
}

impl Compiler {
    /// What must not be compiled, each with its line.
    pub(crate) fn faults(&self, plan: &Plan) -> Vec<String> {
        let mut faults = self.refused.clone();
        faults.extend(substitutions::faults(self.endpoints, &self.workspace, &self.mesh, plan));
        faults.extend(mp_emit::faults(plan).iter().map(|fault| refused(&self.workspace, fault)));
        faults
    }

    /// Values that must not be loaded, each with its line.
    fn value_faults(&self, made: &BootstrapText) -> Vec<String> {
        let expressions = expressions::faults(&self.mesh, &made.expressions);
        made.faults.iter().chain(&expressions).map(|fault| refused(&self.workspace, fault)).collect()
    }
}

/// What Envoy would refuse, with its line.
fn refused(workspace: &Workspace, fault: &Fault) -> String {
    let place = fault.origin.map(|span| format!("{}: ", workspace.sources().locate(span)));
    format!("{}{}", place.unwrap_or_default(), fault.message)
}

/// The folder of the files with routes, as a whole path: Envoy looks from where it is started.
fn routes(args: &CompileArgs, path: Option<&Path>) -> Result<Option<String>, Failure> {
    if args.rds == RoutesArg::Inline {
        return Ok(None);
    }
    let Some(path) = path else {
        return Err(Failure::usage("routes in files need a place", "pass a file or folder with `-o PATH`"));
    };
    let whole =
        std::path::absolute(path.with_extension("routes")).map_err(|e| Failure::unwritable(path, &e))?;
    Ok(Some(whole.display().to_string()))
}

/// Writes the secrets where that is asked; what is not written is assumed to be there.
fn certificates(
    args: &CompileArgs,
    compiler: &Compiler,
    view: &ProxyView,
    secrets: &[SecretUse],
) -> Result<Vec<Value>, Failure> {
    let mut told = Vec::new();
    for secret in secrets {
        let written =
            args.write_secrets && super::secrets::write(&compiler.workspace, &view.namespace, secret)?;
        if !written {
            told.push(json!({"proxy": view.name, "assumption": secret.assumption()}));
        }
    }
    Ok(told)
}

/// Writes a bootstrap and the files beside it.
fn write(made: &BootstrapText, path: Option<&Path>) -> Result<(), Failure> {
    for file in &made.files {
        output::write_json(Some(Path::new(&file.path)), &file.json)?;
    }
    output::write_bootstrap(path, made)
}

/// Writes why a piece of a bootstrap is there.
fn tell_why(
    args: &CompileArgs,
    compiler: &Compiler,
    (plan, options): (&Plan, &BootstrapOptions),
    pointer: &str,
    path: Option<&Path>,
) -> Result<(), Failure> {
    let made = mp_emit::compile(plan, options).map_err(|e| Failure::Internal(e.to_string()))?;
    let causes = mp_emit::causes(plan, &made.patched, &made.json, pointer);
    let causes = causes.ok_or_else(|| nothing_at(pointer))?;
    let parts = mp_emit::parts(plan, &made.patched, &made.json, pointer);
    match args.output_format {
        WhyFormat::Text => output::write_text(path, &why::as_text(&compiler.workspace, &causes, &parts)),
        WhyFormat::Json => {
            let [because, parts] = [causes, parts].map(|all| why::as_json(&compiler.workspace, &all));
            let answer =
                json!({"proxy": plan.proxy.name, "pointer": pointer, "because": because, "parts": parts});
            output::write_json(path, &answer)
        }
    }
}

fn nothing_at(pointer: &str) -> Failure {
    let help = "pointers look like `/staticResources/clusters/0`; `meshproof explain-config NAME` finds pieces by name";
    Failure::usage(format!("the bootstrap has nothing at `{pointer}`"), help)
}

/// Whether the output is one file: that of the one proxy that was named. A list of proxies that happens to be short still fills a folder,
/// unless the output is spelled as a file.
fn writes_one_file(args: &CompileArgs, views: &[ProxyView]) -> bool {
    let Some(output) = &args.output else { return true };
    let listed = args.proxies.proxies.is_some() || args.proxies.proxy.as_deref() == Some("all");
    let spelled = output.extension().is_some_and(|end| end == "json");
    views.len() == 1 && !output.is_dir() && (!listed || spelled)
}

/// Tells the faults of all proxies, else what was assumed for them.
fn conclude(args: &CompileArgs, of_mesh: Vec<Value>, made: Vec<Made>) -> Result<Outcome, Failure> {
    let (faults, told): (Vec<Vec<String>>, Vec<Vec<Value>>) = made.into_iter().unzip();
    let faults: BTreeSet<String> = faults.into_iter().flatten().collect();
    if !faults.is_empty() {
        tell(&faults)?;
        return Ok(Outcome::Findings);
    }
    let assumptions: Vec<Value> = of_mesh.into_iter().chain(told.into_iter().flatten()).collect();
    if let Some(file) = &args.assumptions {
        output::write_file(file, &format!("{:#}\n", json!({"version": 1, "assumptions": assumptions})))?;
    }
    let mut err = anstream::stderr();
    let word = if args.strict { "refused" } else { "assumed" };
    let mut said = BTreeSet::new();
    for one in &assumptions {
        let text = one.get("assumption").and_then(Value::as_str).unwrap_or_default();
        if said.insert(text) {
            writeln!(err, "{word}: {text}")?;
        }
    }
    Ok(if args.strict && !assumptions.is_empty() { Outcome::Findings } else { Outcome::Clean })
}
