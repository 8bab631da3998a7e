//! Reads a bootstrap strictly: what the tables do not name is refused, all of it at once.
mod check;
mod cluster_table;
mod coding_table;
mod dns_table;
mod filter_table;
mod hcm_table;
mod istio_table;
mod listener_table;
mod log_table;
mod reasons;
mod refusal;
mod runtime;
mod stream;
mod support;
mod table;
#[cfg(test)]
mod walk_tests;

pub(crate) use check::{Checked, Part, check, check_item, check_secret, parse_duration};
pub use refusal::Refusal;
pub(crate) use runtime::{Runtime, Settings};
pub(crate) use stream::{Element, outline};
pub use support::support_markdown;
