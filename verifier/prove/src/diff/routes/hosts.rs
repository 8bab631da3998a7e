//! Hosts that stand for all others: one of each set that the same virtual hosts take.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::StringMatch;
use mp_ir::plan::{Redirect, Route, RouteAction, RouteTable, VirtualHost};

use crate::automata::{Found, Language, search};

/// A host that no table names, and that stands for all of those.
pub(in crate::diff) const STRANGER: &str = "unknown.invalid";

/// Whole domains stand for themselves; of a wildcard, a host that no better domain takes. Hosts that routes ask for are tried too. In the
/// order of the tables, since the first domain of a virtual host is the one that people call it by.
pub(super) fn representatives(old: &RouteTable, new: &RouteTable) -> Vec<String> {
    let hosts = || old.virtual_hosts.iter().chain(&new.virtual_hosts);
    let all = || hosts().flat_map(|host| &host.domains).map(|domain| domain.to_ascii_lowercase());
    let whole: BTreeSet<String> = all().filter(|domain| !domain.contains('*')).collect();
    let free = |made: &dyn Fn(&str) -> String| {
        let names = (0..).map(|n| if n == 0 { "x".to_owned() } else { format!("x{n}") });
        names.map(|x| made(&x)).find(|host| !whole.contains(host))
    };
    let stands = |domain: String| match (domain.strip_prefix('*'), domain.strip_suffix('*')) {
        (None, None) => Some(domain),
        (Some("") | None, Some("")) => None,
        (Some(end), _) => free(&|x| format!("{x}{end}")),
        (None, Some(start)) => free(&|x| format!("{start}{x}")),
    };
    let mut seen = BTreeSet::new();
    let strangers = asked(hosts()).into_iter().chain([STRANGER.to_owned()]);
    all().filter_map(stands).chain(strangers).filter(|host| seen.insert(host.clone())).collect()
}

/// Hosts that routes themselves ask for.
fn asked<'a>(hosts: impl Iterator<Item = &'a VirtualHost>) -> BTreeSet<String> {
    let headers = hosts.flat_map(|host| &host.routes).flat_map(|route| &route.matches.headers);
    let of_host = headers.filter(|header| header.name.eq_ignore_ascii_case(":authority"));
    of_host
        .filter_map(|header| match &header.value {
            StringMatch::Exact(host) => Some(host.clone()),
            StringMatch::Prefix(start) => Some(format!("{start}x")),
            StringMatch::Regex(regex) => {
                let wanted = Language::new(regex, false, "")?;
                let hosts = Language::new("[a-z0-9.:-]+", false, "")?;
                match search(b"", &[&wanted, &hosts], &[]) {
                    Found::Text(text) => String::from_utf8(text).ok(),
                    Found::Nothing | Found::GaveUp => None,
                }
            }
            StringMatch::Present => None,
        })
        .collect()
}

/// The domains of a table: which virtual host takes which host.
pub(super) struct Domains {
    whole: BTreeMap<String, usize>,
    /// Ends and starts of hosts, the strongest first.
    wildcards: Vec<(Wildcard, usize)>,
    without_port: bool,
}

/// A domain with a `*`, in the order in which domains of one host win: the longest `*suffix`, the longest `prefix*`, `*`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wildcard {
    End(Reverse<usize>, String),
    Start(Reverse<usize>, String),
    All,
}

impl Domains {
    pub(super) fn of(table: &RouteTable) -> Self {
        let mut out = Domains {
            whole: BTreeMap::new(),
            wildcards: Vec::new(),
            without_port: table.ignore_port_in_host_matching,
        };
        for (at, host) in table.virtual_hosts.iter().enumerate() {
            for domain in host.domains.iter().map(|domain| domain.to_ascii_lowercase()) {
                let wildcard = match (domain.strip_prefix('*'), domain.strip_suffix('*')) {
                    (Some(""), _) => Wildcard::All,
                    (Some(end), _) => Wildcard::End(Reverse(end.len()), end.to_owned()),
                    (None, Some(start)) => Wildcard::Start(Reverse(start.len()), start.to_owned()),
                    (None, None) => {
                        out.whole.entry(domain).or_insert(at);
                        continue;
                    }
                };
                out.wildcards.push((wildcard, at));
            }
        }
        out.wildcards.sort();
        out
    }

    /// The place of the virtual host that takes a host.
    pub(super) fn taken(&self, authority: &str) -> Option<usize> {
        let lower = authority.to_ascii_lowercase();
        let host = match lower.rsplit_once(':') {
            Some((host, port)) if self.without_port && port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => &lower,
        };
        if let Some(at) = self.whole.get(host) {
            return Some(*at);
        }
        let fits = |wildcard: &Wildcard| match wildcard {
            Wildcard::End(_, end) => host.ends_with(end.as_str()) && host.len() > end.len(),
            Wildcard::Start(_, start) => host.starts_with(start.as_str()) && host.len() > start.len(),
            Wildcard::All => true,
        };
        self.wildcards.iter().find(|(wildcard, _)| fits(wildcard)).map(|(_, at)| *at)
    }
}

/// What a host that wants TLS does with plain text.
pub(super) fn to_https(host: &VirtualHost) -> Vec<Route> {
    let redirect = Redirect { scheme: Some("https".to_owned()), code: 301, ..Redirect::default() };
    let first = host.routes.first().cloned().unwrap_or_default();
    vec![Route {
        name: first.name,
        origin: first.origin.or(host.origin),
        action: RouteAction::Redirect(redirect),
        ..Route::default()
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(domains: &[&[&str]]) -> RouteTable {
        let host = |domains: &&[&str]| VirtualHost {
            domains: domains.iter().map(|d| (*d).to_owned()).collect(),
            ..VirtualHost::default()
        };
        RouteTable {
            virtual_hosts: domains.iter().map(host).collect(),
            ignore_port_in_host_matching: true,
            ..RouteTable::default()
        }
    }

    #[test]
    fn every_virtual_host_has_a_host() {
        let old = table(&[&["a.com", "*.a.com"], &["*"]]);
        let new = table(&[&["x.a.com"], &["*.b.a.com", "c*"]]);
        let all = representatives(&old, &new);
        assert_eq!(all, ["a.com", "x1.a.com", "x.a.com", "x.b.a.com", "cx", "unknown.invalid"]);
        let places = |table: &RouteTable| -> Vec<Option<usize>> {
            all.iter().map(|host| Domains::of(table).taken(host)).collect()
        };
        assert_eq!(places(&old), [Some(0), Some(0), Some(0), Some(0), Some(1), Some(1)]);
        assert_eq!(places(&new), [None, None, Some(0), Some(1), Some(1), None]);
        assert_eq!(Domains::of(&old).taken("A.com:80"), Some(0));
    }
}
