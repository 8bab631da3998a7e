//! Which filter chain takes a connection (`FilterChainManagerImpl::findFilterChain`): the most specific at every step, in Envoy's
//! order of steps, and a step never goes back.

use std::net::IpAddr;

use mp_ir::plan::{ChainChoice, ChainMatch, ChainMatcher, Cidr, FilterChain, Listener, Transport};

use super::inspect::Seen;
use super::listener::MOST_LOSERS;
use super::outcome::{Loser, Note, Stage};

/// What chains ask about.
pub(crate) struct Facts<'a> {
    pub(crate) destination: (IpAddr, u32),
    pub(crate) seen: &'a Seen,
}

/// How well a chain fits at one step; `None` not at all, 0 when it does not ask.
type Step = fn(&ChainMatch, &Facts<'_>) -> Option<u32>;

const TRANSPORT: &str = "transport";

/// The steps with what they look at.
const STEPS: [(&str, Step); 5] = [
    ("destination port", port),
    ("destination address", address),
    ("server name", server_name),
    (TRANSPORT, transport),
    ("ALPN", alpn),
];

/// The chain for a connection: an ordinary one, else the default one.
pub(crate) fn pick<'l>(listener: &'l Listener, facts: &Facts<'_>) -> Option<&'l FilterChain> {
    if let Some(matcher) = &listener.matcher {
        let name = chosen(matcher, facts);
        let named = listener.chains.iter().find(|chain| name == Some(chain.name.as_str()));
        return named.or(listener.default_chain.as_ref());
    }
    let any = ChainMatch::default();
    let mut chains: Vec<&FilterChain> = listener.chains.iter().collect();
    for (_, step) in STEPS {
        let rank = |chain: &&FilterChain| step(chain.matches.as_ref().unwrap_or(&any), facts);
        let best = chains.iter().filter_map(rank).max();
        chains.retain(|chain| best.is_some() && rank(chain) == best);
    }
    chains.first().copied().or(listener.default_chain.as_ref())
}

/// The chain that a matcher names: the first range that has the destination counts, and within it the port.
fn chosen<'m>(matcher: &'m ChainMatcher, facts: &Facts<'_>) -> Option<&'m str> {
    let has = |ranges: &[(String, u32)]| within(ranges, facts.destination.0).is_some();
    let (_, choice) = matcher.ranges.iter().find(|(ranges, _)| has(ranges))?;
    let choice = match choice {
        ChainChoice::Ports(ports) => {
            ports.iter().find(|(port, _)| *port == facts.destination.1).map(|p| &p.1)?
        }
        other => other,
    };
    match choice {
        ChainChoice::Chain(name) => Some(name),
        ChainChoice::Sniffed { http, tcp, .. } => {
            let is_http =
                facts.seen.alpn.iter().any(|name| matches!(name.as_str(), "http/1.1" | "h2c" | "http/1.0"));
            Some(if is_http && !facts.seen.tls { http } else { tcp })
        }
        ChainChoice::Ports(_) => None,
    }
}

/// The length of the longest prefix that an address has, and one more.
fn within(ranges: &[(String, u32)], address: IpAddr) -> Option<u32> {
    let fits = |(text, bits): &(String, u32)| {
        let block = Cidr { address: text.parse().ok()?, bits: u8::try_from(*bits).ok()? };
        block.contains(address).then_some(bits + 1)
    };
    ranges.iter().filter_map(fits).max()
}

/// 0 when it is not asked, 1 when it holds.
fn when(asked: bool, holds: bool) -> Option<u32> {
    match (asked, holds) {
        (false, _) => Some(0),
        (true, true) => Some(1),
        (true, false) => None,
    }
}

fn port(matches: &ChainMatch, facts: &Facts<'_>) -> Option<u32> {
    when(matches.destination_port.is_some(), matches.destination_port == Some(facts.destination.1))
}

fn address(matches: &ChainMatch, facts: &Facts<'_>) -> Option<u32> {
    if matches.destination_ranges.is_empty() {
        return Some(0);
    }
    within(&matches.destination_ranges, facts.destination.0)
}

fn server_name(matches: &ChainMatch, facts: &Facts<'_>) -> Option<u32> {
    if matches.server_names.is_empty() {
        return Some(0);
    }
    let name = facts.seen.server_name.as_str();
    let fits = |pattern: &String| match pattern.strip_prefix('*') {
        Some(end) => (name.ends_with(end) && name.len() > end.len())
            .then_some(u32::try_from(end.len()).unwrap_or(u32::MAX)),
        None => (pattern == name).then_some(u32::MAX),
    };
    matches.server_names.iter().filter_map(fits).max()
}

fn transport(matches: &ChainMatch, facts: &Facts<'_>) -> Option<u32> {
    let found = if facts.seen.tls { Transport::Tls } else { Transport::RawBuffer };
    when(matches.transport.is_some(), matches.transport == Some(found))
}

/// The client's first protocol that any chain asks for wins.
fn alpn(matches: &ChainMatch, facts: &Facts<'_>) -> Option<u32> {
    if matches.alpn.is_empty() {
        return Some(0);
    }
    let at = facts.seen.alpn.iter().position(|offered| matches.alpn.contains(offered))?;
    u32::try_from(facts.seen.alpn.len() - at).ok()
}

/// The choice as a step of the way.
pub(crate) fn note(listener: &Listener, chosen: Option<&FilterChain>, facts: &Facts<'_>) -> Note {
    let name = chosen.map(shown);
    let text = match &name {
        Some(name) => format!("{name} takes it"),
        None => "no filter chain takes it".to_owned(),
    };
    if listener.matcher.is_some() {
        let origin = chosen.and_then(|chain| chain.origin);
        let text = format!("{text}, by destination {}:{}", facts.destination.0, facts.destination.1);
        return Note { stage: Stage::Chain, text, origin, losers: Vec::new(), decides: false };
    }
    // Chains of another port never had a chance, and would hide those that had.
    let near = listener.chains.iter().filter(|chain| {
        let asked = chain.matches.as_ref().and_then(|m| m.destination_port);
        chosen.is_none_or(|c| !std::ptr::eq(c, *chain))
            && asked.is_none_or(|port| port == facts.destination.1)
    });
    let mut losers: Vec<Loser> = Vec::new();
    for chain in near {
        let loser = Loser { name: shown(chain), why: why_not(chain, chosen, facts), origin: chain.origin };
        if losers.len() < MOST_LOSERS && !losers.contains(&loser) {
            losers.push(loser);
        }
    }
    Note { stage: Stage::Chain, text, origin: chosen.and_then(|chain| chain.origin), losers, decides: false }
}

fn shown(chain: &FilterChain) -> String {
    let names = chain.matches.as_ref().map(|m| m.server_names.join(", ")).unwrap_or_default();
    match (chain.name.as_str(), names.as_str()) {
        ("", "") => "the only filter chain".to_owned(),
        ("", names) => format!("the filter chain for {names}"),
        (name, "") => format!("filter chain `{name}`"),
        (name, names) => format!("filter chain `{name}` for {names}"),
    }
}

/// The first step at which a chain falls behind.
fn why_not(chain: &FilterChain, chosen: Option<&FilterChain>, facts: &Facts<'_>) -> String {
    let any = ChainMatch::default();
    let rank = |chain: &FilterChain, step: Step| step(chain.matches.as_ref().unwrap_or(&any), facts);
    for (what, step) in STEPS {
        match (rank(chain, step), chosen.and_then(|c| rank(c, step))) {
            (None, _) if what == TRANSPORT => {
                return if facts.seen.tls {
                    "it takes plain text, and TLS comes".to_owned()
                } else {
                    "it takes TLS, and plain text comes".to_owned()
                };
            }
            (None, _) => return format!("its {what} does not fit"),
            (Some(own), Some(best)) if own < best => {
                return format!("another one asks more exactly for the {what}");
            }
            _ => {}
        }
    }
    "another one comes first".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(name: &str, matches: ChainMatch) -> FilterChain {
        FilterChain { name: name.to_owned(), matches: Some(matches), ..FilterChain::default() }
    }

    #[test]
    fn steps_are_taken_in_order_and_never_back() {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let listener = Listener {
            chains: vec![
                chain("wild", ChainMatch { server_names: names(&["*.a.com"]), ..ChainMatch::default() }),
                chain(
                    "exact",
                    ChainMatch {
                        server_names: names(&["x.a.com"]),
                        alpn: names(&["h2"]),
                        ..ChainMatch::default()
                    },
                ),
                chain("port", ChainMatch { destination_port: Some(443), ..ChainMatch::default() }),
            ],
            ..Listener::default()
        };
        let name = |port: u32, server: &str| {
            let seen = Seen { tls: true, server_name: server.to_owned(), alpn: Vec::new() };
            let facts = Facts { destination: ([10, 0, 0, 1].into(), port), seen: &seen };
            pick(&listener, &facts).map(|chain| chain.name.clone())
        };
        assert_eq!(name(443, "x.a.com").as_deref(), Some("port"));
        assert_eq!(name(80, "y.a.com").as_deref(), Some("wild"));
        // The exact name was chosen before ALPN was looked at, so there is no way back to the wildcard.
        assert_eq!(name(80, "x.a.com"), None);
        assert_eq!(name(80, "a.com"), None);
    }

    #[test]
    fn a_matcher_names_the_chain_by_destination() {
        let named = |name: &str| FilterChain { name: name.to_owned(), ..FilterChain::default() };
        let sniffed = ChainChoice::Sniffed { http: "h".to_owned(), tcp: "t".to_owned(), http10: false };
        let ports = ChainChoice::Ports(vec![(80, ChainChoice::Chain("a".to_owned())), (90, sniffed)]);
        let range = |address: &str| (vec![(address.to_owned(), 32)], ports.clone());
        let listener = Listener {
            chains: vec![named("a"), named("h"), named("t")],
            matcher: Some(ChainMatcher { ranges: vec![range("10.0.0.1")] }),
            ..Listener::default()
        };
        let name = |address: [u8; 4], port: u32, alpn: &[&str]| {
            let alpn = alpn.iter().map(|n| (*n).to_owned()).collect();
            let seen = Seen { tls: false, server_name: String::new(), alpn };
            let facts = Facts { destination: (address.into(), port), seen: &seen };
            pick(&listener, &facts).map(|chain| chain.name.clone())
        };
        assert_eq!(name([10, 0, 0, 1], 80, &[]).as_deref(), Some("a"));
        assert_eq!(name([10, 0, 0, 1], 90, &["http/1.1"]).as_deref(), Some("h"));
        assert_eq!(name([10, 0, 0, 1], 90, &[]).as_deref(), Some("t"));
        assert_eq!((name([10, 0, 0, 1], 81, &[]), name([10, 0, 0, 2], 80, &[])), (None, None));
    }
}
