//! # Suppression without effect
//!
//! A comment `# meshproof: ignore[CODE] reason` (or `disable[CODE] reason` … `enable[CODE]`), or the annotation
//! `meshproof.dev/ignore: "CODE=reason"`, silences nothing: there is no such finding any more, the code does not exist, or the
//! reason is missing. Stale suppressions hide the next mistake.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec:
//!   ports: [{port: 80, name: http}] # meshproof: ignore[MP1010] the name is older than the convention
//! #                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP9001 MP1010
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec:
//!   ports: [{port: 80, name: web}] # meshproof: ignore[MP1010] the name is older than the convention
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: api
//!   namespace: shop
//!   annotations: {meshproof.dev/ignore: "MP1010=the name is older than the convention"}
//! spec:
//!   ports: [{port: 80, name: api}]
//! ```

use mp_ir::base::Level;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP9001",
    name: "unused-suppression",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("unused_suppression.rs"),
    run,
};

/// Known only when all other checks have run: see `silence.rs`.
fn run(_cx: &Cx<'_>, _out: &mut Findings) {}
