//! # Bytes that are not text
//!
//! The file holds bytes that are neither UTF-8 nor a byte order mark's encoding, or characters that YAML forbids. Kubernetes refuses it.
//! (Examples cannot be shown as text here; the tests of the syntax crate hold them.)
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: "a\u{7}"}
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
    code: "MP0006",
    name: "unreadable-bytes",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("unreadable_bytes.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    crate::text::report(cx, out, ProblemKind::Encoding, "save the file as UTF-8");
}
