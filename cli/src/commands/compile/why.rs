//! Which lines of YAML made a piece of a bootstrap, for people and for programs.

use std::fmt::Write as _;

use mp_emit::Cause;
use mp_ir::base::Span;
use mp_model::Workspace;
use serde_json::{Value, json};

/// Characters of a line of YAML that are shown.
const WIDTH: usize = 100;

/// The causes as JSON: pieces with their places, the outermost first.
pub(crate) fn as_json(workspace: &Workspace, causes: &[Cause]) -> Vec<Value> {
    let shown = |cause: &Cause| {
        let at: Vec<String> = cause.origins.iter().map(|span| workspace.sources().locate(*span)).collect();
        json!({"piece": cause.piece, "pointer": cause.pointer, "at": at})
    };
    causes.iter().map(shown).collect()
}

/// The causes as text, the nearest piece last, each with its lines; then what that piece is made of.
pub(crate) fn as_text(workspace: &Workspace, causes: &[Cause], parts: &[Cause]) -> String {
    let mut out = String::new();
    pieces(&mut out, workspace, causes, "");
    if causes.iter().all(|cause| cause.origins.is_empty()) {
        let _ = writeln!(out, "no line of the input asks for it: Istio itself does");
    }
    if !parts.is_empty() {
        let _ = writeln!(out, "made of");
        pieces(&mut out, workspace, parts, "  ");
    }
    out
}

fn pieces(out: &mut String, workspace: &Workspace, causes: &[Cause], indent: &str) {
    for cause in causes {
        let _ = writeln!(out, "{indent}{}", cause.piece);
        for span in &cause.origins {
            let (at, line) = (workspace.sources().locate(*span), line(workspace, *span));
            let _ = writeln!(out, "{indent}  {at}  {line}");
        }
    }
}

/// The line of a place without its indentation, cut to a width.
fn line(workspace: &Workspace, span: Span) -> String {
    let Some(file) = workspace.sources().get(span.file) else { return String::new() };
    let number = file.line_col(span.start).line;
    let start = file.lines().line_start(number) as usize;
    let rest = file.text().get(start..).unwrap_or_default();
    let whole = rest.lines().next().unwrap_or_default().trim();
    let shown: String = whole.chars().filter(|c| !c.is_control()).take(WIDTH).collect();
    if shown.len() < whole.len() { shown + "…" } else { shown }
}
