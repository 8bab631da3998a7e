//! # Text that Kubernetes drops
//!
//! After the first root node of a document more text follows. Kubernetes reads the first node and drops the rest silently; most
//! often a line is indented by mistake.
//!
//! ```yaml bad
//!  apiVersion: v1
//! kind: Service
//! #^^^^^^^^^^^^ MP0003
//! metadata: {name: a}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a}
//! ```
//! ```yaml good
//! {rating: 5}
//! {rating: 4}
//! ```

use mp_ir::base::Level;
use mp_model::ProblemKind;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0003",
    name: "trailing-content",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("trailing_content.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    crate::text::report_if(
        cx,
        out,
        ProblemKind::TrailingContent,
        "align the indentation, or separate the documents with `---`",
        |problem| crate::text::is_for_kubernetes(cx, problem),
    );
}
