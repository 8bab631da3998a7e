//! YAML and JSON as Kubernetes reads them, with the byte span of every token.
//!
//! The text is cut into documents as `apimachinery` does, each document is parsed to a flat tree, and plain scalars get the
//! type that `sigs.k8s.io/yaml` gives them.
//!
//! Invariant: parsing never fails. It gives a tree and the errors; what could not be read is a hole, not a guess.

mod batch;
mod build;
mod characters;
mod document;
mod embedded;
mod events;
mod float;
mod forget;
mod holes;
mod json;
mod merge;
mod parse;
mod problem;
mod recover;
mod scalar;
mod scan;
mod shared;
mod split;
mod suppress;
mod surprise;
mod tagged;
mod template;
mod tree;
mod value;

pub use batch::{Refusal, batch_json, documents_json};
pub use embedded::{Embedded, embedded};
pub use json::write_text;
pub use mp_base as base;
pub use parse::{FILE_LIMIT, parse, parse_bytes, parse_bytes_as, parse_template};
pub use problem::{Problem, ProblemKind};
pub use split::{Piece, Reader, split};
pub use suppress::{SuppressedCode, Suppression, suppressions};
pub use tagged::decode_base64;
pub use tree::{Document, Node, NodeId, ParsedFile, Tree, Value};
