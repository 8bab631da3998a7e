//! Texts that meet one test, and texts that meet none in particular.

use mp_ir::plan::{Cidr, PeerMatch, TextMatch};

use super::wishes::Slot;
use crate::domain::METHODS;
use crate::space::Key;

/// A test of one attribute.
#[derive(Clone, Copy, Debug)]
pub(super) enum Test<'p> {
    Text {
        by: &'p TextMatch,
        any_case: bool,
    },
    Template(&'p str),
    Peer(&'p PeerMatch),
    Block(&'p Cidr),
    Port(u32),
    /// Any text.
    Present,
}

impl Test<'_> {
    /// Whether a text meets it. A guess where that would take an automaton: `mp-eval` tells in the end.
    pub(super) fn fits(&self, text: &str) -> bool {
        match self {
            Test::Text { by, any_case: false } => text_fits(by, text),
            Test::Text { by, any_case: true } => {
                let lower = |s: &String| s.to_ascii_lowercase();
                let by = match by {
                    TextMatch::Exact(s) => TextMatch::Exact(lower(s)),
                    TextMatch::Prefix(s) => TextMatch::Prefix(lower(s)),
                    TextMatch::Suffix(s) => TextMatch::Suffix(lower(s)),
                    TextMatch::NotEmpty => TextMatch::NotEmpty,
                };
                text_fits(&by, &text.to_ascii_lowercase())
            }
            Test::Template(template) => mp_eval::matches_template(template, text.as_bytes()),
            Test::Peer(peer) => peer_fits(peer, text),
            Test::Block(block) => text.parse().is_ok_and(|address| block.contains(address)),
            Test::Port(port) => *text == port.to_string(),
            Test::Present => true,
        }
    }

    /// Texts that should meet it; of callers in a trust domain.
    fn texts(&self, domain: &str) -> Vec<String> {
        match self {
            Test::Text { by: TextMatch::Exact(s), .. } => vec![s.clone()],
            Test::Text { by: TextMatch::Prefix(s), .. } => {
                vec![format!("{s}x"), s.clone(), format!("{s}q/z")]
            }
            Test::Text { by: TextMatch::Suffix(s), .. } => {
                vec![format!("/x{s}"), format!("x{s}"), s.clone(), format!("/q/z{s}")]
            }
            Test::Template(template) => {
                let with = |any: &str, one: &str| template.replace("**", any).replace('*', one);
                vec![with("x", "x"), with("", "q"), with("q/z", "z")]
            }
            Test::Peer(peer) => peers(peer, domain),
            Test::Block(block) => addresses(block),
            Test::Text { by: TextMatch::NotEmpty, .. } | Test::Port(_) | Test::Present => Vec::new(),
        }
    }
}

fn text_fits(by: &TextMatch, text: &str) -> bool {
    match by {
        TextMatch::Exact(s) => text == s,
        TextMatch::Prefix(s) => text.starts_with(s.as_str()),
        TextMatch::Suffix(s) => text.ends_with(s.as_str()),
        TextMatch::NotEmpty => !text.is_empty(),
    }
}

fn peer_fits(peer: &PeerMatch, id: &str) -> bool {
    match peer {
        PeerMatch::Any | PeerMatch::AnyTrustDomain => true,
        PeerMatch::Exact(whole) => id == whole,
        PeerMatch::Prefix(start) => id.starts_with(start.as_str()),
        PeerMatch::Suffix(end) => id.ends_with(end.as_str()),
        PeerMatch::Namespace(parts) => {
            let name = id.split("/ns/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
            let (first, last) = (parts.first(), parts.last());
            match parts.len() {
                1 => first.is_some_and(|whole| name == whole),
                _ => {
                    first.is_some_and(|start| name.starts_with(start.as_str()))
                        && last.is_some_and(|end| name.ends_with(end.as_str()))
                }
            }
        }
        PeerMatch::ServiceAccount { namespace, name } => id.ends_with(&format!("/ns/{namespace}/sa/{name}")),
        PeerMatch::TrustDomain(start, end) => {
            let domain =
                id.strip_prefix("spiffe://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
            match end {
                None => domain == start,
                Some(end) => domain.starts_with(start.as_str()) && domain.ends_with(end.as_str()),
            }
        }
    }
}

fn peers(peer: &PeerMatch, domain: &str) -> Vec<String> {
    let id = |namespace: &str, name: &str| format!("spiffe://{domain}/ns/{namespace}/sa/{name}");
    match peer {
        PeerMatch::Any | PeerMatch::AnyTrustDomain => Vec::new(),
        PeerMatch::Exact(whole) => vec![whole.clone()],
        PeerMatch::Prefix(start) => ["sa/x", "x", "x/sa/x", "/sa/x", "", "ns/x/sa/x", "/ns/x/sa/x"]
            .map(|end| format!("{start}{end}"))
            .into(),
        PeerMatch::Suffix(end) => ["/ns/x", "/ns/x/sa/x", "/ns/x/sa/", "/ns/", ""]
            .map(|middle| format!("spiffe://{domain}{middle}{end}"))
            .into(),
        PeerMatch::Namespace(parts) => vec![id(&parts.join("x"), "x"), id(&parts.concat(), "x")],
        PeerMatch::ServiceAccount { namespace, name } => vec![id(namespace, name)],
        PeerMatch::TrustDomain(start, None) => vec![format!("spiffe://{start}/ns/x/sa/x")],
        PeerMatch::TrustDomain(start, Some(end)) => {
            ["x", ""].map(|any| format!("spiffe://{start}{any}{end}/ns/x/sa/x")).into()
        }
    }
}

/// The first and the last address of a block, and one in its middle.
fn addresses(block: &Cidr) -> Vec<String> {
    let std::net::IpAddr::V4(first) = block.masked().address else { return Vec::new() };
    let rest = u32::MAX.checked_shr(u32::from(block.bits)).unwrap_or(0);
    let at = |more: u32| std::net::Ipv4Addr::from_bits(first.to_bits() | more).to_string();
    vec![at(0), at(rest), at(rest / 2), at(rest / 3)]
}

/// Texts for an attribute: first those that what is wanted suggests, then some that mean nothing; others come first each turn.
pub(super) fn texts<'t>(
    key: &'t Key,
    slot: Option<&'t Slot<'_>>,
    (domain, host): (&'t str, &'t str),
    turn: usize,
) -> impl Iterator<Item = String> + 't {
    let mut wanted: Vec<String> =
        slot.into_iter().flat_map(|slot| &slot.yes).flat_map(|test| test.texts(domain)).collect();
    let shift = turn % wanted.len().max(1);
    wanted.rotate_left(shift);
    let plain: &[&str] = match key {
        Key::Method => &METHODS,
        Key::Path => &["/x", "/", "/q/z", "/x.x"],
        Key::Host if host.is_empty() || host.contains('*') => &["example.com", "x", "q.example.org"],
        Key::Host => &["", "example.com", "x"],
        Key::Source | Key::Remote(_) => &["10.1.1.1", "203.0.113.7", "192.168.7.7", "1.2.3.4"],
        Key::Peer => &["x/sa/x", "q/sa/z"],
        _ => &["x", "q", ""],
    };
    let spelt = move |text: &&str| match (key, *text) {
        (Key::Peer, rest) => format!("spiffe://{domain}/ns/{rest}"),
        (Key::Host, "") => host.to_owned(),
        (_, text) => text.to_owned(),
    };
    wanted.into_iter().chain(plain.iter().cycle().skip(turn % plain.len()).take(plain.len()).map(spelt))
}
