//! Rules of policies that nearly matched a request, and the one question that was answered otherwise.

use mp_ir::base::Origin;
use mp_ir::plan::{
    Cidr, ClaimTest, HeaderTest, PeerMatch, PermissionTest, Policy, PrincipalTest, TextMatch, Tree,
};

use crate::rbac::{Facts, permission, principal};

/// A question that was answered otherwise than a rule wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// What it wants and what is there, in lower case.
    pub text: String,
    /// The value in the file.
    pub origin: Origin,
}

/// What keeps a rule from matching when that is a single question; `None` when it matches, or misses by more.
#[must_use]
pub fn near_rule(policy: &Policy, facts: &Facts) -> Option<Missed> {
    match missed_by(policy, facts) {
        (1, missed) => missed,
        _ => None,
    }
}

/// Why a rule does not match, in few words: one question, and how many others stand in its way too.
pub(crate) fn why_not(policy: &Policy, facts: &Facts) -> String {
    match missed_by(policy, facts) {
        (0, _) => "it matches too, but comes later".to_owned(),
        (1, Some(missed)) => missed.text,
        (usize::MAX, _) | (_, None) => "it never matches".to_owned(),
        (count, Some(missed)) => format!("{} (and {} more)", missed.text, count - 1),
    }
}

/// How many questions are answered otherwise than a rule wants, and one of them.
fn missed_by(policy: &Policy, facts: &Facts) -> Distance {
    let may =
        cheapest(policy.permissions.iter().map(|tree| {
            distance(tree, &|test| permission(test, facts), &|test| permission_words(test, facts))
        }));
    let who =
        cheapest(policy.principals.iter().map(|tree| {
            distance(tree, &|test| principal(test, facts), &|test| principal_words(test, facts))
        }));
    (may.0.saturating_add(who.0), may.1.or(who.1))
}

/// How many questions must be answered otherwise, and one of them.
type Distance = (usize, Option<Missed>);

/// No set of answers makes it hold.
const NEVER: Distance = (usize::MAX, None);

fn cheapest(all: impl Iterator<Item = Distance>) -> Distance {
    all.min_by_key(|(count, _)| *count).unwrap_or(NEVER)
}

fn distance<T>(tree: &Tree<T>, holds: &impl Fn(&T) -> bool, words: &impl Fn(&T) -> String) -> Distance {
    match tree {
        Tree::Any => (0, None),
        Tree::And(all) => all
            .iter()
            .map(|tree| distance(tree, holds, words))
            .fold((0, None), |sum, one| (sum.0.saturating_add(one.0), sum.1.or(one.1))),
        Tree::Or(any) => {
            let mut best = cheapest(any.iter().map(|tree| distance(tree, holds, words)));
            // Of several values any would do: the first one says what is wanted, the others are counted.
            if let (1, Some(missed), more) = (best.0, &mut best.1, any.len().saturating_sub(1))
                && more > 0
            {
                missed.text.push_str(&format!(" (nor {more} more)"));
            }
            best
        }
        Tree::Not(inner) if distance(inner, holds, words).0 > 0 => (0, None),
        Tree::Not(inner) => {
            let missed = first_test(inner)
                .map(|(test, origin)| Missed { text: format!("excluded: {}", words(test)), origin });
            (1, missed)
        }
        Tree::Test(test) if holds(&test.value) => (0, None),
        Tree::Test(test) => (1, Some(Missed { text: words(&test.value), origin: test.origin })),
    }
}

fn first_test<T>(tree: &Tree<T>) -> Option<(&T, Origin)> {
    match tree {
        Tree::Any => None,
        Tree::And(all) | Tree::Or(all) => all.iter().find_map(first_test),
        Tree::Not(inner) => first_test(inner),
        Tree::Test(test) => Some((&test.value, test.origin)),
    }
}

fn permission_words(test: &PermissionTest, facts: &Facts) -> String {
    let http = facts.http.as_ref();
    let path = || http.map(|view| String::from_utf8_lossy(view.path_alone()).into_owned());
    let said = |value: Option<&str>| value.map_or("no request".to_owned(), |value| format!("`{value}`"));
    match test {
        PermissionTest::Host(value) => {
            format!("host {}, wanted {}", said(http.map(|v| v.authority.as_str())), header_wish(value))
        }
        PermissionTest::Method(value) => {
            format!("method {}, wanted {}", said(http.map(|v| v.method.as_str())), header_wish(value))
        }
        PermissionTest::Path(pattern) => {
            format!("path {}, wanted {}", said(path().as_deref()), text_wish(pattern))
        }
        PermissionTest::PathTemplate(template) => {
            format!("path {}, wanted the template `{template}`", said(path().as_deref()))
        }
        PermissionTest::DestinationIp(block) => {
            let ip = facts.destination_ip.map(|ip| ip.to_string());
            format!("destination address {}, wanted {}", said(ip.as_deref()), cidr(*block))
        }
        PermissionTest::DestinationPort(port) => {
            format!("port {}, wanted {port}", facts.destination_port)
        }
        PermissionTest::ServerName(pattern) => {
            format!("server name `{}`, wanted {}", facts.server_name, text_wish(pattern))
        }
        PermissionTest::Metadata(test) => format!("metadata `{}` is not there", test.key),
    }
}

fn principal_words(test: &PrincipalTest, facts: &Facts) -> String {
    let address = |ip: Option<std::net::IpAddr>| ip.map_or("unknown".to_owned(), |ip| format!("`{ip}`"));
    match test {
        PrincipalTest::Peer(peer) => {
            let known = facts.peer.as_ref().map_or("no identity".to_owned(), |id| format!("identity `{id}`"));
            format!("{known}, wanted {}", peer_wish(peer))
        }
        PrincipalTest::DirectIp(block) => {
            format!("caller's address {}, wanted {}", address(facts.direct_ip), cidr(*block))
        }
        PrincipalTest::RemoteIp(block) => {
            format!("client's address {}, wanted {}", address(facts.remote_ip), cidr(*block))
        }
        PrincipalTest::Claim(claim) => claim_wish(claim),
        PrincipalTest::Header(name, value) => format!("header `{name}`, wanted {}", header_wish(value)),
    }
}

fn cidr(block: Cidr) -> String {
    format!("`{}/{}`", block.address, block.bits)
}

fn text_wish(pattern: &TextMatch) -> String {
    match pattern {
        TextMatch::Exact(text) => format!("`{text}`"),
        TextMatch::Prefix(text) => format!("`{text}*`"),
        TextMatch::Suffix(text) => format!("`*{text}`"),
        TextMatch::NotEmpty => "any text".to_owned(),
    }
}

fn header_wish(test: &HeaderTest) -> String {
    match test {
        HeaderTest::Present => "any value".to_owned(),
        HeaderTest::Value(pattern) => text_wish(pattern),
    }
}

fn peer_wish(peer: &PeerMatch) -> String {
    match peer {
        PeerMatch::Any => "any identity".to_owned(),
        PeerMatch::Exact(id) => format!("`{id}`"),
        PeerMatch::Prefix(start) => format!("`{start}*`"),
        PeerMatch::Suffix(end) => format!("`*{end}`"),
        PeerMatch::Namespace(parts) => format!("one of namespace `{}`", parts.join("*")),
        PeerMatch::ServiceAccount { namespace, name } => format!("service account `{namespace}/{name}`"),
        PeerMatch::TrustDomain(start, None) => format!("one of trust domain `{start}`"),
        PeerMatch::TrustDomain(start, Some(end)) => format!("one of trust domain `{start}*{end}`"),
        PeerMatch::AnyTrustDomain => "a SPIFFE identity".to_owned(),
    }
}

fn claim_wish(claim: &ClaimTest) -> String {
    let values: Vec<String> = claim.any_of.iter().map(|value| text_wish(&value.value)).collect();
    format!("claim `{}`, wanted {}", claim.path.join("."), values.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mp_ir::base::At;

    fn policy(ports: &[u32], names: &[&str]) -> Policy {
        let port = |n: &u32| Tree::Test(At::implied(PermissionTest::DestinationPort(*n)));
        let name =
            |n: &&str| Tree::Test(At::implied(PermissionTest::ServerName(TextMatch::Exact((*n).to_owned()))));
        let all =
            vec![Tree::Or(ports.iter().map(port).collect()), Tree::Or(names.iter().map(name).collect())];
        Policy {
            name: "rule".into(),
            policy: ("ns".into(), "p".into()),
            rule: 0,
            permissions: vec![Tree::And(all)],
            principals: vec![Tree::Any],
            origin: None,
        }
    }

    #[test]
    fn one_question_is_near_and_two_are_far() {
        let facts = Facts { destination_port: 80, server_name: "a".into(), ..Facts::default() };
        let near = |ports: &[u32], names: &[&str]| near_rule(&policy(ports, names), &facts).map(|m| m.text);
        assert_eq!(near(&[80], &["a"]), None);
        assert_eq!(near(&[81], &["b"]), None);
        assert_eq!(near(&[80], &["b"]).as_deref(), Some("server name `a`, wanted `b`"));
        assert_eq!(near(&[81, 82], &["a"]).as_deref(), Some("port 80, wanted 81 (nor 1 more)"));
    }

    #[test]
    fn an_exclusion_is_a_question_too() {
        let inner = Tree::Test(At::implied(PrincipalTest::Peer(PeerMatch::Any)));
        let mut policy = policy(&[80], &["a"]);
        policy.principals = vec![Tree::Not(Box::new(inner))];
        let facts = Facts { destination_port: 80, server_name: "a".into(), ..Facts::default() };
        assert_eq!(near_rule(&policy, &facts), None);
        let with = Facts { peer: Some("spiffe://td/ns/a/sa/b".into()), ..facts };
        assert!(near_rule(&policy, &with).is_some_and(|m| m.text.starts_with("excluded: ")));
    }
}
