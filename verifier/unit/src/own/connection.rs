//! The way of a connection that is no HTTP: listener, filter chain and cluster by port and server name.

use std::net::{IpAddr, Ipv4Addr};

use mp_eval::hop::{
    Answer as Upstream, Answered, Around, Arrival, Choices, Echo, Hello, Outcome, Payload, Place, Proxy,
    Reply, Seen as SeenUpstream, Signature, SignedToken, every_way, visit,
};
use mp_ir::plan::{Direction, KeySource, Plan, ProxyKind};
use mp_lower::proxy::{dialled, entrance};

use super::arrive::{self, Caller};
use super::expand::Ask;
use super::format::Scheme;
use super::walk::{Answer, Seen, To, called_port};
use crate::coverage::Reached;
use crate::doors::split_port;
use crate::verdict::Note;
use crate::world::World;

/// Stands for an address that only DNS knows (RFC 5737).
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
/// What is sent; no protocol begins so.
const BYTES: &str = "\u{1}hello";

/// A connection of a workload, or of a client outside to a named gateway.
pub(super) fn through(world: &World<'_>, plan: &Plan, ask: &Ask, reached: &mut Reached) -> Seen {
    let seen = Seen { line: ask.line(), routed: true, ..Seen::default() };
    let Some(arrival) = arrival(world, plan, ask) else {
        let why = format!("nothing at {} takes connections to port {}", ask.from.value, called_port(ask));
        return Seen { answer: Answer::Unknown(why), ..seen };
    };
    let proxy = Proxy::new(plan);
    let identity = Caller::proxy(world.mesh, plan).identity;
    let ways = every_way(|chance: &mut Choices| {
        let mut around = Beside { identity: identity.clone() };
        visit(&proxy, &arrival, &mut around, chance, true)
    });
    follow(world, plan, ask, seen, &ways, reached)
}

/// The same, where the gateway has anything for such a connection.
pub(super) fn from_outside(
    world: &World<'_>,
    plan: &Plan,
    ask: &Ask,
    name: &str,
    reached: &mut Reached,
) -> Option<Seen> {
    let mut seen = through(world, plan, ask, reached);
    seen.line.push_str(&format!(" by {name}"));
    (!seen.to.is_empty()).then_some(seen)
}

fn arrival(world: &World<'_>, plan: &Plan, ask: &Ask) -> Option<Arrival> {
    let (host, _) = split_port(&ask.host.value);
    let own = || plan.proxy.ips.first().and_then(|ip| ip.parse().ok());
    let outside = || arrive::client_address(ask).parse().ok();
    let port = called_port(ask);
    let (listener, source, destination) = if plan.proxy.kind == ProxyKind::Router {
        let listener = entrance(plan, port)?;
        (listener, outside()?, (own().unwrap_or(ELSEWHERE), listener.address.port))
    } else {
        let mut all = plan.listeners.iter();
        let listener = all.find(|l| l.use_original_dst && l.direction == Direction::Outbound)?;
        let to = dialled(world.mesh, &plan.proxy.namespace, host).unwrap_or(ELSEWHERE);
        (listener, own().unwrap_or(ELSEWHERE), (to, port))
    };
    let hello = Hello { server_name: host.to_owned(), ..Hello::default() };
    Some(Arrival {
        listener: listener.name.clone(),
        source,
        destination,
        tunnel_peer: None,
        hello: (ask.scheme == Scheme::Tls).then_some(hello),
        payload: Payload::Bytes(BYTES.to_owned()),
    })
}

/// Takes over where the connection may go, and asks the workloads there.
fn follow(
    world: &World<'_>,
    plan: &Plan,
    ask: &Ask,
    mut seen: Seen,
    ways: &[(f64, Outcome)],
    reached: &mut Reached,
) -> Seen {
    for (probability, outcome) in ways.iter().filter(|(_, outcome)| !outcome.cluster.is_empty()) {
        let to = To::of(&outcome.cluster, percent(*probability));
        match seen.to.iter_mut().find(|known| known.cluster == to.cluster) {
            Some(known) => known.weight += to.weight,
            None => seen.to.push(to),
        }
    }
    let Some((_, first)) = ways.first() else { return seen };
    let told = first.notes.iter().filter(|note| note.origin.is_some());
    seen.winners
        .extend(told.map(|note| Note::new(format!("{}: {}", note.stage.as_str(), note.text), note.origin)));
    let losers = first.notes.iter().flat_map(|note| &note.losers).filter(|loser| loser.origin.is_some());
    seen.near.extend(losers.map(|loser| Note::new(format!("{}: {}", loser.name, loser.why), loser.origin)));
    if let Some(unknown) = first.unknown.first() {
        seen.answer = Answer::Unknown(unknown.reason.clone());
        return seen;
    }
    if let Some(why) = ended(first) {
        seen.answer = Answer::Unknown(why);
        return seen;
    }
    let caller = Caller::proxy(world.mesh, plan);
    let (arrival, near) = arrive::of_route(world, plan, ask, &seen, &caller, reached);
    seen.near.extend(near);
    seen.answer = arrival.answer();
    seen.arrival = arrival;
    seen
}

/// Why a connection leads nowhere; `None` when it leads to an upstream.
fn ended(outcome: &Outcome) -> Option<String> {
    let flags = outcome.flags.join(",");
    match &outcome.reply {
        Reply::NoListener => Some("nobody listens there".to_owned()),
        Reply::TlsError(_) if outcome.upstream.is_empty() => {
            Some(format!("the proxy ends the connection during the TLS handshake {flags}").trim().to_owned())
        }
        Reply::Bytes(..) if outcome.upstream.is_empty() => {
            Some(format!("the proxy ends the connection {flags}").trim().to_owned())
        }
        Reply::Response(response) => {
            Some(format!("the proxy takes it for HTTP and answers {}", response.status))
        }
        Reply::TlsError(_) | Reply::Bytes(..) => None,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and 1")]
fn percent(probability: f64) -> u32 {
    (probability * 100.0).round() as u32
}

/// A world in which everybody accepts connections and nobody ends TLS that passes through.
struct Beside {
    identity: Option<String>,
}

impl Around for Beside {
    fn accepts(&self, _place: &Place) -> bool {
        true
    }

    fn answer(&mut self, _seen: &SeenUpstream) -> Upstream {
        Upstream::Response(Answered { status: 200, sized: true, ..Answered::default() })
    }

    fn echo(&mut self, _seen: &SeenUpstream) -> Echo {
        Echo { data: String::new(), closes: false }
    }

    fn server_names(&self, _place: &Place) -> Option<Vec<String>> {
        None
    }

    fn server_alpn(&self, _place: &Place) -> Vec<String> {
        Vec::new()
    }

    fn own_names(&self, secret: &str) -> Option<Vec<String>> {
        let id = self.identity.as_ref().filter(|_| secret == "default")?;
        Some(vec![format!("URI:{id}")])
    }

    fn own_address(&self) -> String {
        String::new()
    }

    fn signature(&self, _keys: &KeySource, _token: &SignedToken<'_>) -> Signature {
        Signature::Unknown
    }

    fn now(&self) -> u64 {
        0
    }

    fn take_token(&mut self, _bucket: &str, _most: u64) -> bool {
        true
    }
}
