//! # Text that Kubernetes refuses
//!
//! The document is not YAML as the API server reads it, so `kubectl apply` refuses it. What stands before and after the broken part
//! is still checked; the broken part itself is unknown.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a}
//! spec: [1, 2}
//! #          ^ MP0001
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a}
//! ```

use mp_ir::base::Level;
use mp_model::ProblemKind;

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
    crate::text::report(
        cx,
        out,
        ProblemKind::Syntax,
        "correct the text; the rest of the file is checked all the same",
    );
}
