//! Findings about the text itself, as the reader of the files saw them.

use mp_ir::base::{ObjectRef, Span};
use mp_model::{Problem, ProblemKind};

use crate::{Cx, Findings};

/// Reports all problems of one kind.
pub(crate) fn report(cx: &Cx<'_>, out: &mut Findings, kind: ProblemKind, help: &str) {
    for problem in cx.workspace.problems().filter(|problem| problem.kind == kind) {
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

/// At least one character wide, so that there is something to point at; behind the end of the text, its last character.
fn visible(cx: &Cx<'_>, span: Span) -> Span {
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
