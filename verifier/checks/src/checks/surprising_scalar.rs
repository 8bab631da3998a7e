//! # Value that is read as another type
//!
//! Without quotes `yes`, `on`, `y` are Booleans, `0755` is 493 and `1.10` is 1.1 for Kubernetes, also as keys. Where text is meant the
//! object is refused, or carries another text than the one written.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: a}
//! data:
//!   answer: yes
//! #         ^^^ MP0004
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: a}
//! data:
//!   answer: "yes"
//! ```

use mp_ir::base::Level;
use mp_model::ProblemKind;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0004",
    name: "surprising-scalar",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("surprising_scalar.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    crate::text::report(
        cx,
        out,
        ProblemKind::SurprisingScalar,
        "put it in quotes if text is meant, else write it plainly",
    );
}
