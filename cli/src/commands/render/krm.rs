//! `meshproof krm`: a KRM function for kustomize and kpt. A ResourceList (or a plain List) comes in on standard input and goes out with the results
//! of the checks; items keep their bytes but for the wave, if that is asked for.
//!
//! The form is that of kustomize's `functions-spec.md`: `results` with message, severity, object, field and file, and a failing exit code
//! where the function fails.

use std::io::{Read as _, Write as _};

use mp_base::Diagnostic;
use mp_ide::{Analysis, Options};
use mp_model::syntax::ParsedFile;
use mp_model::{Input, Node, Object, Workspace};
use serde_json::{Map, Value, json};

use super::annotate::{self, Edit};
use super::args::KrmArgs;
use super::checked::Checked;
use super::{tell, waves};
use crate::args::{FailOn, Format};
use crate::commands::check;
use crate::failure::{Failure, Outcome};

/// What the function is told.
struct Wishes {
    fail_on: FailOn,
    sync_waves: bool,
}

pub(crate) fn run(args: &KrmArgs) -> Result<Outcome, Failure> {
    let input = stdin()?;
    let workspace = Workspace::read(std::slice::from_ref(&input));
    let (wishes, results) = {
        let file = workspace.files().first();
        let root = file.and_then(|file| file.root(0)).ok_or_else(no_list)?;
        let kind = root.get("kind").and_then(Node::as_str).unwrap_or_default();
        if !matches!(kind, "ResourceList" | "List") || file.is_some_and(|file| file.documents.len() != 1) {
            return Err(no_list());
        }
        (wishes(root, args)?, kind == "ResourceList")
    };
    let analysis = mp_ide::analyse(workspace, &Options::default());
    let outcome = check::outcome(&analysis, wishes.fail_on);
    let checked = Checked { inputs: vec![input], analysis };
    let mut edits = Vec::new();
    if wishes.sync_waves && outcome == Outcome::Clean {
        let waves = waves::of(&checked.analysis);
        tell(&waves)?;
        edits = annotate::edits(&checked, &waves, 0)?;
    }
    if results {
        edits.extend(told(&checked.analysis)?);
    } else if !checked.analysis.findings.is_empty() {
        let report = check::render(&checked.analysis, Format::Full, false);
        std::io::stderr().write_all(report.as_bytes())?;
    }
    if results && outcome == Outcome::Findings {
        // kustomize shows what a failing function says here, and not its results.
        let report = check::render(&checked.analysis, Format::Concise, false);
        std::io::stderr().write_all(report.as_bytes())?;
    }
    if let (Some(input), Some(file)) = (checked.inputs.first(), checked.analysis.workspace.files().first()) {
        std::io::stdout().write_all(&annotate::applied(input, file, edits)?)?;
    }
    Ok(outcome)
}

fn stdin() -> Result<Input, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|e| Failure::Unreadable { path: "<stdin>".to_owned(), reason: e.to_string() })?;
    Ok(Input { path: "<stdin>".to_owned(), bytes: bytes.into() })
}

fn no_list() -> Failure {
    Failure::usage(
        "standard input is no ResourceList and no List",
        "this command is for kustomize and kpt; `meshproof render` takes plain objects",
    )
}

/// `failOn` and `syncWaves` in the `data` of a ConfigMap or in the `spec` of any other functionConfig.
fn wishes(root: Node<'_>, args: &KrmArgs) -> Result<Wishes, Failure> {
    let mut out = Wishes { fail_on: args.fail_on, sync_waves: args.sync_waves };
    let config = root.get("functionConfig");
    for (key, value) in ["spec", "data"].iter().filter_map(|part| config?.get(part)).flat_map(Node::entries) {
        let text = value.source().trim_matches(['"', '\'']);
        let wrong = |words: &str| {
            let message = format!("functionConfig: `{}` cannot be `{text}`", key.source());
            Failure::usage(message, format!("one of {words}"))
        };
        match key.as_str() {
            Some("failOn") => {
                let level = <FailOn as clap::ValueEnum>::from_str(text, false);
                out.fail_on = level.map_err(|_| wrong("info, warning, error, never"))?;
            }
            Some("syncWaves") => out.sync_waves = text.parse().map_err(|_| wrong("true, false"))?,
            _ => {
                let message = format!("functionConfig: there is no option `{}`", key.source());
                return Err(Failure::usage(message, "the options are failOn and syncWaves"));
            }
        }
    }
    Ok(out)
}

/// The change that puts the results in: a new last field, or new ones for old ones.
fn told(analysis: &Analysis) -> Result<Vec<Edit>, Failure> {
    let Some(file) = analysis.workspace.files().first() else { return Ok(Vec::new()) };
    let Some(root) = file.root(0) else { return Ok(Vec::new()) };
    let results: Vec<Value> = analysis.findings.iter().map(|finding| result(analysis, finding)).collect();
    let flow = root.source().starts_with('{');
    let old =
        root.entry("results").map(|(key, value)| (key.span().start as usize, value.span().end as usize));
    if results.is_empty() && old.is_none() {
        return Ok(Vec::new());
    }
    let text = if flow { format!("\"results\": {}", Value::from(results)) } else { lines(&results) };
    Ok(vec![match old {
        Some((start, end)) => Edit { start, end, text },
        None if flow => {
            let end = root.span().end as usize - 1;
            Edit { start: end, end, text: format!(", {text}") }
        }
        None => at_the_end(file, &text),
    }])
}

fn lines(results: &[Value]) -> String {
    if results.is_empty() {
        return "results: []".to_owned();
    }
    let items: String = results.iter().map(|one| format!("\n- {one}")).collect();
    format!("results:{items}")
}

fn at_the_end(file: &ParsedFile, text: &str) -> Edit {
    let end = file.documents.first().map_or(0, |document| document.span.range().end);
    let open = file.text.get(..end).is_some_and(|before| !before.ends_with('\n'));
    Edit { start: end, end, text: format!("{}{text}\n", if open { "\n" } else { "" }) }
}

fn result(analysis: &Analysis, finding: &Diagnostic) -> Value {
    let object = finding.object.as_ref().and_then(|object| analysis.workspace.named(object));
    let help = finding.help.iter().map(|help| format!("; {help}"));
    let mut out = Map::new();
    out.insert("message".into(), format!("{}{}", finding.message, help.collect::<String>()).into());
    out.insert("severity".into(), finding.level.as_str().into());
    if let Some(object) = object {
        let mut reference =
            json!({"apiVersion": object.api_version, "kind": object.kind.name(), "name": object.name});
        if let Some(fields) = reference.as_object_mut().filter(|_| !object.namespace.is_empty()) {
            fields.insert("namespace".into(), object.namespace.clone().into());
        }
        out.insert("resourceRef".into(), reference);
        out.extend(file(object).map(|file| ("file".to_owned(), file)));
    }
    if !finding.field.is_empty() {
        out.insert("field".into(), json!({"path": finding.field}));
    }
    out.insert("tags".into(), json!({"code": finding.code, "name": finding.name}));
    Value::Object(out)
}

/// Where the tool says that the object came from.
fn file(object: &Object) -> Option<Value> {
    let note = |name: &str| {
        let known = ["internal.config.kubernetes.io", "config.kubernetes.io"];
        known.iter().find_map(|group| object.annotations.get(&format!("{group}/{name}")))
    };
    let mut out = json!({"path": note("path")?});
    if let Some((fields, index)) = out.as_object_mut().zip(note("index").and_then(|i| i.parse::<u32>().ok()))
    {
        fields.insert("index".into(), index.into());
    }
    Some(out)
}
