//! Findings about the text itself, as the reader of the files saw them.

use mp_ir::base::{ObjectRef, Span};
use mp_model::{Problem, ProblemKind};

use crate::{Cx, Findings};

/// Reports all problems of one kind.
pub(crate) fn report(cx: &Cx<'_>, out: &mut Findings, kind: ProblemKind, help: &str) {
    for problem in cx.workspace.problems().filter(|problem| problem.kind == kind) {
        let object = object_of(cx, problem);
        out.at(visible(cx, problem.span), object.as_ref(), "", problem.message.clone())
            .also(problem.other, "the other one")
            .help(help);
    }
}

/// At least one character wide, so that there is something to point at; the end of a file has nothing.
fn visible(cx: &Cx<'_>, span: Span) -> Span {
    let file = cx.workspace.sources().get(span.file);
    let next = file.and_then(|file| file.text().get(span.start as usize..)?.chars().next());
    match next {
        Some(c) if span.start == span.end && c != '\n' && c != '\r' => {
            Span { end: span.start + u32::try_from(c.len_utf8()).unwrap_or(1), ..span }
        }
        _ => span,
    }
}

fn object_of(cx: &Cx<'_>, problem: &Problem) -> Option<ObjectRef> {
    cx.workspace.object_at(problem.span.file, problem.span.start).map(mp_model::Object::reference)
}
