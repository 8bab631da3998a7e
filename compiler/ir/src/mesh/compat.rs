//! Version gates and feature flags: all that depends on the Istio version stands here.

use std::collections::BTreeMap;

/// An Istio version, major and minor and patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IstioVersion(pub u32, pub u32, pub u32);

impl IstioVersion {
    /// Reads `1.31.0`, `1.31-alpha.…` or `1.31`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(['.', '-']);
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?.parse().ok()?;
        let patch = parts.next().and_then(|p| p.parse().ok()).unwrap_or(0);
        Some(Self(major, minor, patch))
    }
}

/// What istiod is: its version and its environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Compat {
    /// istiod's version.
    pub version: IstioVersion,
    /// Environment of istiod as given; flags that are absent have Istio's default.
    pub env: BTreeMap<String, String>,
}

impl Default for Compat {
    fn default() -> Self {
        Self { version: IstioVersion(1, 31, 0), env: BTreeMap::new() }
    }
}

impl Compat {
    /// A Boolean flag, read as Go's `strconv.ParseBool` does (`pkg/env/var.go`); bad text gives the default.
    #[must_use]
    pub fn flag(&self, name: &str, default: bool) -> bool {
        match self.env.get(name).map(String::as_str) {
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => true,
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => false,
            _ => default,
        }
    }
}
