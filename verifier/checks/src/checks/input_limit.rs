//! # Input beyond the limits
//!
//! Nesting, aliases or size go beyond what meshproof reads, to stay bounded in time and memory. What lies beyond is unknown.
//! (The examples of this check are made by its tests: they would be too long here.)
//!
//! ```yaml bad
//! x
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: a}
//! ```

use mp_ir::base::Level;
use mp_model::ProblemKind;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0007",
    name: "input-limit",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("input_limit.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    crate::text::report(cx, out, ProblemKind::Limit, "make the document smaller");
}
