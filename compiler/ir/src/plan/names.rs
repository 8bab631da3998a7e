//! Names that the agent beside a proxy answers DNS for.

/// Addresses of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameEntry {
    /// Its addresses.
    pub ips: Vec<String>,
    /// A Kubernetes Service's, whose short forms are answered too.
    pub kubernetes: bool,
    /// Name without namespace and domain; empty for other names.
    pub short_name: String,
    /// Namespace; empty for other names.
    pub namespace: String,
}
