//! What every other crate stands on: positions in source text, findings, and how findings are shown.
//!
//! Invariant: this crate knows nothing of YAML, Kubernetes, Istio or Envoy, and reads no files.

mod diagnostic;
pub mod docs;
mod line_index;
mod mend;
mod nearest;
pub mod render;
mod sources;
mod span;
mod system;

pub use diagnostic::{Applicability, Diagnostic, Edit, Fix, Label, Level, ObjectRef};
pub use line_index::{Encoding, LineCol, LineIndex};
pub use mend::mended;
pub use nearest::{edit_distance, nearest, slip};
pub use sources::{SourceFile, Sources};
pub use span::{At, FileId, Origin, Span};
pub use system::{MemorySystem, System, SystemError};
