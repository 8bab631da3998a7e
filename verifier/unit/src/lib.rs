//! Unit tests of a mesh: requests, and what must become of them.
//!
//! Two formats are read: `kind: MeshTest`, and that of istio-config-validator. Requests are decided by `mp-eval` over what `mp-lower`
//! makes of the objects; a test that nobody can decide never passes.
//!
//! Invariant: nothing here reads files or prints.

mod coverage;
mod doors;
mod own;
pub mod reader;
pub mod report;
mod suite;
mod validator;
mod verdict;
mod world;

pub use coverage::{Coverage, Reached, Share};
pub use own::format::{Document, schema};
pub use reader::ReadError;
pub use suite::{Run, Suite, Tests, read_tests, run, run_as_validator};
pub use validator::TestCase;
pub use verdict::{Mismatch, Note, TestResult};
pub use world::World;
