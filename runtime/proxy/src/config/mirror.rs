//! Mirrors of requests, compiled.
use crate::json::Value;

use super::action::Fraction;
use super::value::Get;

/// A mirror.
#[derive(Debug)]
pub(crate) struct Mirror {
    /// The cluster's name.
    pub(crate) cluster: String,
    /// The share of requests.
    pub(crate) fraction: Fraction,
    /// Whether the host gets `-shadow`.
    pub(crate) suffix: bool,
}

impl Mirror {
    pub(super) fn new(value: &Value) -> Self {
        Self {
            cluster: value.text("cluster").to_owned(),
            fraction: value.get_field("runtime_fraction").map_or(Fraction::ALL, Fraction::runtime),
            suffix: !value.flag("disable_shadow_host_suffix_append"),
        }
    }
}
