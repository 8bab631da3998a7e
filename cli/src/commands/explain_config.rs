//! `meshproof explain-config`: a piece of a proxy's configuration by its name, with the YAML lines that made it.

use std::io::Write as _;

use mp_emit::{Bootstrap, Cause};
use mp_ir::plan::{Plan, ProxyView};
use mp_model::base::edit_distance;
use serde_json::{Value, json};

use super::compile::{Compiler, as_json, as_text, bootstrap_options};
use crate::args::{ExplainConfigArgs, WhyFormat};
use crate::failure::{Failure, Outcome};

/// Names that are shown when none fits.
const NEAR: usize = 3;

/// One proxy's pieces of the name: pointers, the outermost place of each.
struct Found {
    plan: Plan,
    made: Bootstrap,
    pointers: Vec<String>,
}

pub(crate) fn run(args: &ExplainConfigArgs) -> Result<Outcome, Failure> {
    let compiler = Compiler::read(&args.input, &args.build, false)?;
    let views = compiler.views(&args.proxies, true)?;
    if views.is_empty() {
        let help = "name one with `--proxy ns/pod`";
        return Err(Failure::usage("the input has no workload with a proxy beside it, and no gateway", help));
    }
    let mut names = Vec::new();
    for view in &views {
        let found = find(args, &compiler, view)?;
        if !found.pointers.is_empty() {
            show(args, &compiler, &found)?;
            return Ok(Outcome::Clean);
        }
        names_of(&found.made.json, &mut names);
    }
    Err(unknown(&args.name, names))
}

fn find(args: &ExplainConfigArgs, compiler: &Compiler, view: &ProxyView) -> Result<Found, Failure> {
    let plan = compiler.plan(view);
    let faults = compiler.faults(&plan);
    if let Some(fault) = faults.first() {
        return Err(Failure::usage(fault.clone(), "`meshproof compile` lists all that Envoy would refuse"));
    }
    let made = mp_emit::compile(&plan, &bootstrap_options(&args.build));
    let made = made.map_err(|e| Failure::Internal(e.to_string()))?;
    let mut pointers = Vec::new();
    if let Some(resources) = made.json.get("staticResources") {
        search(resources, &args.name, "/staticResources", &mut pointers);
    }
    Ok(Found { plan, made, pointers })
}

/// Pointers of the objects of a name, the outermost ones alone. Policies and issuers of tokens have their names as keys.
fn search(value: &Value, name: &str, pointer: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) if fields.get("name").and_then(Value::as_str) == Some(name) => {
            out.push(pointer.to_owned());
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                let path = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                if key == name && field.is_object() {
                    out.push(path);
                } else {
                    search(field, name, &path, out);
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                search(item, name, &format!("{pointer}/{at}"), out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A piece, why it is there and what it is made of, and all places of it.
struct Shown<'f> {
    piece: &'f Value,
    causes: Vec<Cause>,
    parts: Vec<Cause>,
    places: Vec<&'f str>,
}

/// Each piece once, with all its places.
fn shown(found: &Found) -> Vec<Shown<'_>> {
    let mut groups: Vec<Shown<'_>> = Vec::new();
    let Found { plan, made, pointers } = found;
    for pointer in pointers {
        let Some(piece) = made.json.pointer(pointer) else { continue };
        if let Some(known) = groups.iter_mut().find(|known| known.piece == piece) {
            known.places.push(pointer.as_str());
            continue;
        }
        let causes = mp_emit::causes(plan, &made.patched, &made.json, pointer).unwrap_or_default();
        let parts = mp_emit::parts(plan, &made.patched, &made.json, pointer);
        groups.push(Shown { piece, causes, parts, places: vec![pointer.as_str()] });
    }
    groups
}

/// Shows each piece once; where equal ones stand elsewhere, that is said.
fn show(args: &ExplainConfigArgs, compiler: &Compiler, found: &Found) -> Result<(), Failure> {
    let groups = shown(found);
    let mut out = anstream::stdout().lock();
    if args.output_format == WhyFormat::Json {
        let rows = groups.iter().map(|one| {
            let [because, parts] = [&one.causes, &one.parts].map(|all| as_json(&compiler.workspace, all));
            json!({"pointers": one.places, "because": because, "parts": parts, "config": one.piece})
        });
        let rows: Vec<Value> = rows.collect();
        writeln!(out, "{:#}", json!({"proxy": found.plan.proxy.name, "pieces": rows}))?;
        return Ok(());
    }
    for Shown { piece, causes, parts, places } in groups {
        let place = places.first().copied().unwrap_or_default();
        let more = match places.len() {
            0 | 1 => String::new(),
            several => format!(", and the same at {} more", several - 1),
        };
        writeln!(out, "# proxy {}, {place}{more}", found.plan.proxy.name)?;
        write!(out, "{}", as_text(&compiler.workspace, &causes, &parts))?;
        writeln!(out, "{piece:#}\n")?;
    }
    Ok(())
}

/// All names of a configuration.
fn names_of(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            out.extend(fields.get("name").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| names_of(field, out));
        }
        Value::Array(items) => items.iter().for_each(|item| names_of(item, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn unknown(name: &str, mut names: Vec<String>) -> Failure {
    names.sort();
    names.dedup();
    let part = |known: &&String| known.contains(name);
    let mut near: Vec<&String> = names.iter().filter(part).take(NEAR).collect();
    if near.is_empty() {
        near = names.iter().collect();
        near.sort_by_cached_key(|known| edit_distance(known, name));
        near.truncate(NEAR);
    }
    let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    let help = match near.as_slice() {
        [] => "the configuration has no names".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    };
    Failure::usage(format!("no proxy asked for has anything named `{name}`"), help)
}
