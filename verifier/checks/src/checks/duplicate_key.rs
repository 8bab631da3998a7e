//! # Duplicate key
//!
//! The same key stands twice in one mapping. Kubernetes takes the last value and drops the first without a word; strict readers refuse
//! the document.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: a
//!   name: b
//! # ^^^^ MP0002
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a, labels: {name: b}}
//! ```

use mp_ir::base::Level;
use mp_model::ProblemKind;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0002",
    name: "duplicate-key",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("duplicate_key.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    crate::text::report(cx, out, ProblemKind::DuplicateKey, "remove one of the two");
}
