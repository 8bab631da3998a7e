//! The list of all checks, made from the files in `checks/` by the build script.

use crate::Check;

include!(concat!(env!("OUT_DIR"), "/all.rs"));

/// The check with a code (`MP1001`) or a name (`destination-host-not-found`).
#[must_use]
pub fn find(code_or_name: &str) -> Option<&'static Check> {
    ALL.iter()
        .copied()
        .find(|check| check.code.eq_ignore_ascii_case(code_or_name) || check.name == code_or_name)
}
