//! # Text that Kubernetes refuses
//!
//! The document is not YAML as the API server reads it, so `kubectl apply` refuses it. What stands before and after the broken part
//! is still checked; the broken part itself is unknown. Templates are no YAML before they are rendered; for them it is said as information.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a}
//! spec: [1, 2}
//! #          ^ MP0001
//! ```
//! ```yaml bad
//! {{- range .Values.names }}
//! apiVersion: v1
//! kind: Service
//! metadata:
//! {{- include "head" . }}
//!   labels: {a: b}
//!     app: c
//! #   ^ MP0001 before it is rendered
//! {{- end }}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a}
//! ```

use std::collections::BTreeMap;

use mp_ir::base::Level;
use mp_model::ProblemKind;

use crate::text::{masked, visible};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0001",
    name: "syntax-error",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("syntax_error.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    crate::text::report_if(
        cx,
        out,
        ProblemKind::Syntax,
        "correct the text; the rest of the file is checked all the same",
        |problem| masked(cx, problem).is_none(),
    );
    let problems = cx.workspace.problems().filter(|problem| problem.kind == ProblemKind::Syntax);
    let mut templates = BTreeMap::new();
    for problem in problems {
        if let Some(document) = masked(cx, problem) {
            templates.entry(document).or_insert(problem.span);
        }
    }
    for span in templates.into_values() {
        out.at(
            visible(cx, span),
            None,
            "",
            "this template is no YAML before it is rendered: parts of it are not checked",
        )
        .level(Level::Info)
        .help("`helm template . | meshproof check -` checks what comes of it");
    }
}
