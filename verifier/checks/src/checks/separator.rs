//! # Separator that tools read differently
//!
//! A line that begins with `---` ends a document. Kubernetes allows a comment after it and refuses anything else; Istio's own tools
//! do not split at such a line and swallow what follows.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: a}
//! --- # second
//! #^^^^^^^^^^^ MP0005
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: b}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: a}
//! ---
//! # second
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: b}
//! ```

use mp_ir::base::Level;
use mp_model::ProblemKind;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0005",
    name: "document-separator",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("separator.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    crate::text::report(cx, out, ProblemKind::Separator, "write `---` alone on its line");
}
