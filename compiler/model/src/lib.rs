//! The objects of the input: kinds, schema, typed views with spans, and the index over all files.
//!
//! Invariant: this crate keeps every value's place in the file, and never decides what Istio would do with it.

pub mod admission;
pub mod conform;
mod duration;
mod file_source;
pub mod generated;
mod go_types;
mod input;
mod kind;
mod kustomize;
mod mend;
mod mesh_config;
pub mod node;
mod object;
mod path;
mod placeholder;
pub mod references;
mod remains;
pub mod schema;
mod source_kind;
mod timestamp;
mod unserved;
mod workspace;

pub use duration::{duration_text, parse_duration};
pub use file_source::{FileSource, Instance, Instances, ReadFault};
pub use generated as views;
pub use go_types::{is_quantity, wrong_status, wrong_type};
pub use input::Input;
pub use kind::{KINDS, Kind, KindInfo, Scope};
pub use kustomize::FileSet;
pub use mesh_config::{MeshConfigKind, MeshConfigSource};
pub use mp_base as base;
pub use mp_syntax as syntax;
pub use mp_syntax::{Problem, ProblemKind, Suppression};
pub use node::{DurationValue, Entries, FromNode, IntOrString, List, Node, Text, Value};
pub use object::{Object, ObjectId};
pub use placeholder::{is_release_namespace, openings, read_file};
pub use remains::Remains;
pub use source_kind::SourceKind;
pub use unserved::Unserved;
pub use workspace::Workspace;
