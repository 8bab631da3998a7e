//! `meshproof parse`: what Kubernetes reads.

use std::io::Write as _;
use std::path::Path;

use mp_base::Span;
use mp_model::syntax::ParsedFile;
use mp_model::{Problem, ProblemKind};
use serde_json::json;

use crate::args::{DocumentReader, ParseArgs};
use crate::failure::{Failure, Outcome};
use crate::input;

pub(crate) fn run(args: &ParseArgs) -> Result<Outcome, Failure> {
    if let Some(file) = &args.batch {
        return batch(file);
    }
    let reader = match args.reader {
        DocumentReader::Kubernetes => mp_syntax::Reader::Kubernetes,
        DocumentReader::Istio => mp_syntax::Reader::Istio,
    };
    let read = input::read(&args.input)?;
    let workspace = mp_model::Workspace::read(&read.inputs);
    let (mut out, mut err) = (anstream::stdout().lock(), anstream::stderr());
    let mut outcome = Outcome::Clean;
    let place = |file: &ParsedFile, at| workspace.sources().locate(Span::new(file.file, at, at));
    for file in workspace.files() {
        let bytes: Vec<_> = file.problems.iter().filter(|problem| is_of_bytes(file, problem)).collect();
        for problem in &bytes {
            outcome = Outcome::Findings;
            writeln!(err, "{}: {}", place(file, problem.span.start), problem.message)?;
        }
        if !bytes.is_empty() {
            continue;
        }
        for answer in mp_syntax::documents_json(&file.text, reader) {
            match answer {
                Ok(Some(json)) => writeln!(out, "{json}")?,
                Ok(None) => {}
                Err(refusal) => {
                    outcome = Outcome::Findings;
                    writeln!(err, "{}: {}", place(file, refusal.at), refusal.message)?;
                }
            }
        }
        for problem in file.problems.iter().filter(|p| p.kind == ProblemKind::Separator) {
            writeln!(err, "{}: {}", place(file, problem.span.start), problem.message)?;
        }
    }
    Ok(outcome)
}

/// Whether what is wrong with a file is seen in its bytes alone: the text that stands for them has nothing of it.
fn is_of_bytes(file: &ParsedFile, problem: &Problem) -> bool {
    match problem.kind {
        ProblemKind::Encoding => true,
        ProblemKind::Limit => file.text.is_empty(),
        _ => false,
    }
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
