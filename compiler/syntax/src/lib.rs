//! YAML and JSON as Kubernetes reads them, with the byte span of every token.
//!
//! The text is cut into documents as `apimachinery` does, each document is parsed to a flat tree, and plain scalars get the
//! type that `sigs.k8s.io/yaml` gives them.
//!
//! Invariant: parsing never fails. It gives a tree and the errors; what could not be read is a hole, not a guess.

mod build;
mod json;
mod parse;
mod scalar;
mod tree;

pub use mp_base as base;
pub use parse::parse;
pub use tree::{Document, Node, NodeId, ParsedFile, Problem, ProblemKind, Tree, Value};
