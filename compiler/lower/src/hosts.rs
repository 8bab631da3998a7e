//! Host names with wildcards, as Istio compares them (`pkg/config/host/name.go`). Bytes are compared, case counts.

use std::collections::HashMap;

/// Whether a name begins with `*`.
#[must_use]
pub fn is_wildcard(host: &str) -> bool {
    host.starts_with('*')
}

/// A wildcard without its star: `*.a` gives `.a`; other names as they are.
fn suffix(host: &str) -> &str {
    host.strip_prefix('*').unwrap_or(host)
}

/// Whether two names have a host in common (`Name.Matches`).
#[must_use]
pub fn overlap(a: &str, b: &str) -> bool {
    match (is_wildcard(a), is_wildcard(b)) {
        (true, true) if a.len() < b.len() => suffix(b).ends_with(suffix(a)),
        (true, true) => suffix(a).ends_with(suffix(b)),
        (true, false) => b.ends_with(suffix(a)),
        (false, true) => a.ends_with(suffix(b)),
        (false, false) => a == b,
    }
}

/// Whether all hosts of `part` belong to `whole` (`Name.SubsetOf`).
#[must_use]
pub fn subset_of(part: &str, whole: &str) -> bool {
    match (is_wildcard(part), is_wildcard(whole)) {
        (true, true) => part.len() >= whole.len() && suffix(part).ends_with(suffix(whole)),
        (true, false) => false,
        (false, true) => part.ends_with(suffix(whole)),
        (false, false) => part == whole,
    }
}

/// Values by host, looked up by the most specific host that covers a name (`MostSpecificHostMatch` in
/// `pilot/pkg/model/config.go`). A name with a wildcard never finds a host without one.
#[derive(Clone, Debug)]
pub struct HostTable<V> {
    exact: HashMap<String, V>,
    /// By what follows the star.
    wildcard: HashMap<String, V>,
}

impl<V> Default for HostTable<V> {
    fn default() -> Self {
        Self { exact: HashMap::new(), wildcard: HashMap::new() }
    }
}

impl<V> HostTable<V> {
    /// The value of exactly this host, made when absent.
    pub fn entry(&mut self, host: &str) -> std::collections::hash_map::Entry<'_, String, V> {
        match host.strip_prefix('*') {
            Some(rest) => self.wildcard.entry(rest.to_owned()),
            None => self.exact.entry(host.to_owned()),
        }
    }

    /// The value of exactly this host.
    #[must_use]
    pub fn get(&self, host: &str) -> Option<&V> {
        match host.strip_prefix('*') {
            Some(rest) => self.wildcard.get(rest),
            None => self.exact.get(host),
        }
    }

    /// The value of the most specific host that covers `host`.
    #[must_use]
    pub fn most_specific(&self, host: &str) -> Option<&V> {
        if let Some(found) = self.get(host) {
            return Some(found);
        }
        let rest = suffix(host);
        let starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        starts.filter_map(|at| rest.get(at..)).find_map(|tail| self.wildcard.get(tail))
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.wildcard.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_needs_a_common_host() {
        for (a, b, yes) in [
            ("a.b", "a.b", true),
            ("a.b", "a.c", false),
            ("*.b", "a.b", true),
            ("*.b", "b", false),
            ("a.b", "*.b", true),
            ("*.x.b", "*.b", true),
            ("*.b", "*.x.b", true),
            ("*.c", "*.x.b", false),
            ("*", "a", true),
        ] {
            assert_eq!(overlap(a, b), yes, "{a} {b}");
        }
    }

    #[test]
    fn subset_is_one_way() {
        assert!(subset_of("*.x.b", "*.b"));
        assert!(!subset_of("*.b", "*.x.b"));
        assert!(!subset_of("*.b", "a.b"));
        assert!(subset_of("a.b", "*.b"));
        assert!(!subset_of("b", "*.b"));
    }

    #[test]
    fn the_longest_wildcard_wins_and_wildcards_find_no_plain_host() {
        let mut table = HostTable::default();
        for host in ["*", "*.b", "*.a.b", "c.a.b"] {
            table.entry(host).or_insert(host);
        }
        let found = |host: &str| table.most_specific(host).copied();
        assert_eq!(found("c.a.b"), Some("c.a.b"));
        assert_eq!(found("d.a.b"), Some("*.a.b"));
        assert_eq!(found("a.b"), Some("*.b"));
        assert_eq!(found("*.a.b"), Some("*.a.b"));
        assert_eq!(found("*.c.a.b"), Some("*.a.b"));
        assert_eq!(found("z"), Some("*"));
    }
}
