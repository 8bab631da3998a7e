//! Findings about the text itself, as the reader of the files saw them.

use mp_ir::base::{FileId, ObjectRef, Span};
use mp_model::{Problem, ProblemKind};

use crate::{Cx, Findings};

/// Reports all problems of one kind.
pub(crate) fn report(cx: &Cx<'_>, out: &mut Findings, kind: ProblemKind, help: &str) {
    report_if(cx, out, kind, help, |_| true);
}

/// Reports the problems of one kind that a rule does not wave through.
pub(crate) fn report_if(
    cx: &Cx<'_>,
    out: &mut Findings,
    kind: ProblemKind,
    help: &str,
    wanted: impl Fn(&Problem) -> bool,
) {
    for problem in cx.workspace.problems().filter(|problem| problem.kind == kind && wanted(problem)) {
        let object = object_of(cx, problem);
        let beside = match kind {
            ProblemKind::Syntax => "it begins here, or this was left out to read the rest",
            _ => "the other one",
        };
        out.at(visible(cx, problem.span), object.as_ref(), "", problem.message.clone())
            .also(problem.other, beside)
            .help(help);
    }
}

/// Whether a problem lies in a document that Kubernetes is to read; other data may stand beside it.
pub(crate) fn is_for_kubernetes(cx: &Cx<'_>, problem: &Problem) -> bool {
    let Some(file) = cx.workspace.files().get(problem.span.file.0 as usize) else { return true };
    let mut roots = file.roots().filter(|(document, _)| {
        file.documents.get(*document).is_some_and(|document| document.span.touches(problem.span.start))
    });
    roots.next().is_none_or(|(_, root)| root.get("apiVersion").is_some() || root.get("kind").is_some())
}

/// The document of a problem, by file and place, if template text in it was masked.
pub(crate) fn masked(cx: &Cx<'_>, problem: &Problem) -> Option<(FileId, usize)> {
    let file = cx.workspace.files().get(problem.span.file.0 as usize)?;
    let at = file.documents.iter().position(|document| document.span.touches(problem.span.start))?;
    let document = file.documents.get(at)?;
    let is_mask = |p: &Problem| p.kind == ProblemKind::Template && document.span.touches(p.span.start);
    file.problems.iter().any(is_mask).then_some((file.file, at))
}

/// At least one character wide, so that there is something to point at; behind the end of the text, its last character.
pub(crate) fn visible(cx: &Cx<'_>, span: Span) -> Span {
    let text = cx.workspace.sources().get(span.file).map(mp_ir::base::SourceFile::text).unwrap_or_default();
    let written = text.trim_end();
    let start = (span.start as usize).min(written.char_indices().next_back().map_or(0, |(at, _)| at));
    let next = text.get(start..).and_then(|rest| rest.chars().next());
    match next {
        Some(c) if span.start == span.end && c != '\n' && c != '\r' => {
            let offset = |at: usize| u32::try_from(at).unwrap_or(span.start);
            Span { start: offset(start), end: offset(start + c.len_utf8()), ..span }
        }
        _ => span,
    }
}

fn object_of(cx: &Cx<'_>, problem: &Problem) -> Option<ObjectRef> {
    cx.workspace.object_at(problem.span.file, problem.span.start).map(mp_model::Object::reference)
}
