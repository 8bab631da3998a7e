//! Findings about the text itself, as the reader of the files saw them.

use mp_ir::base::ObjectRef;
use mp_model::{Problem, ProblemKind};

use crate::{Cx, Findings};

/// Reports all problems of one kind.
pub(crate) fn report(cx: &Cx<'_>, out: &mut Findings, kind: ProblemKind, help: &str) {
    for problem in cx.workspace.problems().filter(|problem| problem.kind == kind) {
        let object = object_of(cx, problem);
        out.at(problem.span, object.as_ref(), "", problem.message.clone())
            .also(problem.other, "the other one")
            .help(help);
    }
}

fn object_of(cx: &Cx<'_>, problem: &Problem) -> Option<ObjectRef> {
    cx.workspace.object_at(problem.span.file, problem.span.start).map(mp_model::Object::reference)
}
