//! Reads a bootstrap strictly: what the tables do not name is refused, all of it at once.
mod check;
mod cluster_table;
mod filter_table;
mod hcm_table;
mod listener_table;
mod support;
mod table;

pub use check::Refusal;
pub(crate) use check::{check, check_secret, parse_duration};
pub use support::support_markdown;
