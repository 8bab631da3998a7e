//! `meshproof parse`: what Kubernetes reads.

use std::io::Write as _;
use std::path::Path;

use serde_json::json;

use crate::args::ParseArgs;
use crate::failure::{Failure, Outcome};
use crate::input;

pub(crate) fn run(args: &ParseArgs) -> Result<Outcome, Failure> {
    if let Some(file) = &args.batch {
        return batch(file);
    }
    let read = input::read(&args.input)?;
    let workspace = mp_model::Workspace::read(&read.inputs);
    let mut out = anstream::stdout().lock();
    for file in workspace.files() {
        for (_, root) in file.roots() {
            match root.to_json() {
                Ok(json) => writeln!(out, "{json}")?,
                Err(error) => {
                    writeln!(anstream::stderr(), "{}: {error}", workspace.sources().locate(root.span()))?
                }
            }
        }
    }
    let refused = workspace.problems().filter(|p| p.kind == mp_model::ProblemKind::Syntax).count();
    for problem in workspace.problems().filter(|p| p.kind == mp_model::ProblemKind::Syntax) {
        let mut err = anstream::stderr();
        writeln!(err, "{}: {}", workspace.sources().locate(problem.span), problem.message)?;
    }
    Ok(if refused == 0 { Outcome::Clean } else { Outcome::Findings })
}

/// Answers `{id, yaml}` lines with `{id, json}` or `{id, error}`.
fn batch(file: &Path) -> Result<Outcome, Failure> {
    let text = input::read_text(file)?;
    let mut out = anstream::stdout().lock();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let bad = |e: String| {
            Failure::usage(
                format!("{}:{}: {e}", file.display(), at + 1),
                "each line is an object with `id` and `yaml`",
            )
        };
        let row: serde_json::Value = serde_json::from_str(line).map_err(|e| bad(e.to_string()))?;
        let yaml =
            row.get("yaml").and_then(|y| y.as_str()).ok_or_else(|| bad("no text `yaml`".to_owned()))?;
        let id = row.get("id").cloned().unwrap_or_default();
        let answer = match mp_syntax::batch_json(yaml) {
            Ok(json) => json!({"id": id, "json": json}),
            Err(error) => json!({"id": id, "error": error}),
        };
        writeln!(out, "{answer}")?;
    }
    Ok(Outcome::Clean)
}
