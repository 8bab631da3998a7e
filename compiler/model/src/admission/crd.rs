//! The API server's part: the schema of the CRD, its CEL rules, and strict field names.

use super::{Review, Subject};
use crate::node::Node;

/// Adds what the API server says.
pub(super) fn review(_subject: Subject, _root: Node<'_>, _review: &mut Review) {}
