//! Finding the first policy that matches without asking all of them.
//!
//! Every policy is filed under things of which a request must have one: a path, a caller, a host. Only those filed under what the
//! request has, and those that cannot be filed, are asked; the order stays that of the names.

use std::collections::BTreeMap;

use mp_ir::plan::{HeaderTest, PeerMatch, PermissionTest, Policy, PrincipalTest, RbacRules, TextMatch, Tree};

use crate::rbac::{Facts, policy_matches};

/// Something that a request must have for a policy to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Anchor<'r> {
    Path(&'r str),
    PathStart(&'r str),
    Peer(&'r str),
    Account(&'r str, &'r str),
    Host(&'r str),
    Namespace(&'r str),
    Port(u32),
    Method(&'r str),
}

impl Anchor<'_> {
    /// Lower ones leave fewer policies.
    fn rank(&self) -> u8 {
        match self {
            Anchor::Path(_) => 0,
            Anchor::Peer(_) | Anchor::Account(..) => 1,
            Anchor::PathStart(_) => 2,
            Anchor::Host(_) => 3,
            Anchor::Namespace(_) => 4,
            Anchor::Port(_) => 5,
            Anchor::Method(_) => 6,
        }
    }
}

/// Anchors of which one must be there; `None` when nothing can be said.
type Anchors<'r> = Option<Vec<Anchor<'r>>>;

/// How well a set of anchors narrows down: its worst rank, then its size.
fn worth(anchors: &[Anchor<'_>]) -> (u8, usize) {
    (anchors.iter().map(Anchor::rank).max().unwrap_or_default(), anchors.len())
}

fn better<'r>(a: Anchors<'r>, b: Anchors<'r>) -> Anchors<'r> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if worth(&b) < worth(&a) { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn any_of<'r, T>(trees: &'r [Tree<T>], leaf: &impl Fn(&'r T) -> Anchors<'r>) -> Anchors<'r> {
    let mut all = Vec::new();
    for tree in trees {
        all.extend(of_tree(tree, leaf)?);
    }
    Some(all)
}

fn of_tree<'r, T>(tree: &'r Tree<T>, leaf: &impl Fn(&'r T) -> Anchors<'r>) -> Anchors<'r> {
    match tree {
        Tree::Any | Tree::Not(_) => None,
        Tree::And(all) => all.iter().map(|tree| of_tree(tree, leaf)).fold(None, better),
        Tree::Or(any) => any_of(any, leaf),
        Tree::Test(test) => leaf(&test.value),
    }
}

fn permission(test: &PermissionTest) -> Anchors<'_> {
    let anchor = match test {
        PermissionTest::Path(TextMatch::Exact(path)) => Anchor::Path(path),
        PermissionTest::Path(TextMatch::Prefix(start)) => Anchor::PathStart(start),
        PermissionTest::Host(HeaderTest::Value(TextMatch::Exact(host)))
            if !host.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            Anchor::Host(host)
        }
        PermissionTest::Method(HeaderTest::Value(TextMatch::Exact(method))) => Anchor::Method(method),
        PermissionTest::DestinationPort(port) => Anchor::Port(*port),
        _ => return None,
    };
    Some(vec![anchor])
}

fn principal(test: &PrincipalTest) -> Anchors<'_> {
    let PrincipalTest::Peer(peer) = test else { return None };
    let anchor = match peer {
        PeerMatch::Exact(id) => Anchor::Peer(id),
        PeerMatch::ServiceAccount { namespace, name } => Anchor::Account(namespace, name),
        PeerMatch::Namespace(parts) => match parts.as_slice() {
            [whole] => Anchor::Namespace(whole),
            _ => return None,
        },
        _ => return None,
    };
    Some(vec![anchor])
}

/// The policies of one filter, filed.
#[derive(Debug)]
pub(crate) struct RuleIndex<'r> {
    pub(crate) rules: &'r RbacRules,
    filed: BTreeMap<Anchor<'r>, Vec<usize>>,
    /// Lengths of the starts of paths, ascending.
    starts: Vec<usize>,
    rest: Vec<usize>,
}

impl<'r> RuleIndex<'r> {
    pub(crate) fn new(rules: &'r RbacRules) -> Self {
        let mut out = Self { rules, filed: BTreeMap::new(), starts: Vec::new(), rest: Vec::new() };
        for (at, policy) in rules.policies.iter().enumerate() {
            let may = any_of(&policy.permissions, &permission);
            match better(any_of(&policy.principals, &principal), may) {
                Some(anchors) => anchors.into_iter().for_each(|anchor| out.file(anchor, at)),
                None => out.rest.push(at),
            }
        }
        out.starts.sort_unstable();
        out.starts.dedup();
        out
    }

    fn file(&mut self, anchor: Anchor<'r>, at: usize) {
        if let Anchor::PathStart(start) = anchor {
            self.starts.push(start.len());
        }
        let list = self.filed.entry(anchor).or_default();
        if list.last() != Some(&at) {
            list.push(at);
        }
    }

    /// The first policy, by name, that matches.
    pub(crate) fn first_match(&self, facts: &Facts) -> Option<&'r Policy> {
        let Some(peer) = Peer::of(facts) else {
            return self.rules.policies.iter().find(|policy| policy_matches(policy, facts));
        };
        let mut candidates: Vec<usize> = self.rest.clone();
        let mut look = |anchor: Anchor<'_>| candidates.extend(self.filed.get(&anchor).into_iter().flatten());
        look(Anchor::Port(facts.destination_port));
        if let Some(id) = peer.id {
            look(Anchor::Peer(id));
            look(Anchor::Account(peer.namespace, peer.account));
            look(Anchor::Namespace(peer.namespace));
        }
        if let Some(view) = &facts.http {
            let host = view.authority.to_ascii_lowercase();
            look(Anchor::Host(&host));
            look(Anchor::Method(&view.method));
            // A path that is no text equals no text of a policy, but may begin with one.
            let path = view.path_alone();
            let text = path.utf8_chunks().next().map(|chunk| chunk.valid()).unwrap_or_default();
            if text.len() == path.len() {
                look(Anchor::Path(text));
            }
            for length in self.starts.iter().take_while(|length| **length <= text.len()) {
                text.get(..*length).into_iter().for_each(|start| look(Anchor::PathStart(start)));
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        let asked = candidates.into_iter().filter_map(|at| self.rules.policies.get(at));
        asked.into_iter().find(|policy| policy_matches(policy, facts))
    }
}

/// A caller's id in parts.
struct Peer<'f> {
    id: Option<&'f str>,
    namespace: &'f str,
    account: &'f str,
}

impl<'f> Peer<'f> {
    /// `None` for an id that names several namespaces or accounts, of which policies may mean any.
    fn of(facts: &'f Facts) -> Option<Self> {
        let Some(id) = facts.peer.as_deref() else {
            return Some(Self { id: None, namespace: "", account: "" });
        };
        let mut parts = id.strip_prefix("spiffe://")?.split('/').skip(1);
        let (ns, namespace, sa, account) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let plain = ns == "ns" && sa == "sa" && parts.next().is_none();
        plain.then_some(Self { id: Some(id), namespace, account })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::HttpView;
    use mp_ir::base::At;
    use mp_ir::plan::RbacAction;

    fn policy(name: usize, permission: PermissionTest, principal: PrincipalTest) -> Policy {
        let at = |value| At { value, origin: None };
        Policy {
            name: format!("{name:04}"),
            policy: ("ns".into(), name.to_string()),
            rule: 0,
            permissions: vec![Tree::And(vec![Tree::Any, Tree::Test(at(permission))])],
            principals: vec![Tree::Test(At { value: principal, origin: None })],
            origin: None,
        }
    }

    const PEERS: [&str; 3] =
        ["spiffe://td/ns/one/sa/x", "spiffe://td/ns/two/sa/y", "spiffe://td/ns/two/sa/x/ns/one/sa/x"];

    /// Policies of all kinds, mixed.
    fn mixed() -> Vec<Policy> {
        let paths = ["/a", "/a/b", "/c", "/é"];
        let one = |n: usize| {
            let text = paths[n % 4].to_owned();
            let what = match n % 5 {
                0 => PermissionTest::Path(TextMatch::Exact(text)),
                1 => PermissionTest::Path(TextMatch::Prefix(paths[n / 2 % 4].to_owned())),
                2 => PermissionTest::Path(TextMatch::Suffix("b".into())),
                3 => PermissionTest::DestinationPort(80),
                _ => PermissionTest::Method(HeaderTest::Value(TextMatch::Exact("GET".into()))),
            };
            let who = match n % 3 {
                0 => PeerMatch::Namespace(vec!["one".into()]),
                1 => PeerMatch::ServiceAccount { namespace: "two".into(), name: "y".into() },
                _ => PeerMatch::Exact(PEERS[2].to_owned()),
            };
            policy(n, what, PrincipalTest::Peer(who))
        };
        (0..60).map(one).collect()
    }

    #[test]
    fn the_index_finds_what_asking_all_finds() {
        let all = mixed();
        for skip in 0..all.len() {
            let rules = RbacRules { action: RbacAction::Allow, policies: all[skip..].to_vec() };
            let index = RuleIndex::new(&rules);
            for path in ["/a", "/a/b", "/a/bb", "/", "/é", "/éb"] {
                for (peer, port) in
                    PEERS.iter().map(|p| (Some(*p), 80)).chain([(None, 80), (Some(PEERS[0]), 81)])
                {
                    let view = HttpView { method: "GET".into(), path: path.into(), ..HttpView::default() };
                    let facts = Facts {
                        peer: peer.map(str::to_owned),
                        destination_port: port,
                        http: Some(view),
                        ..Facts::default()
                    };
                    let plain = rules.policies.iter().find(|policy| policy_matches(policy, &facts));
                    let found = index.first_match(&facts);
                    assert_eq!(found.map(|p| &p.name), plain.map(|p| &p.name), "{path} {peer:?}");
                }
            }
        }
    }
}
