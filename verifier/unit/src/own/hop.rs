//! The first proxy that a request or a connection comes to, and every way through it.

use std::net::{IpAddr, Ipv4Addr};

use mp_eval::By;
use mp_eval::hop::{
    Answer, Answered, Around, Arrival, Ask as Sent, Certificate, Choices, Echo, Hello, Outcome, Payload,
    Place, Proxy, Seen, Signature, SignedToken, every_place, to_base64, visit,
};
use mp_ir::plan::{Direction, KeySource, Listener, Plan, ProxyKind};
use mp_lower::proxy::{dialled, entrance};
use serde_json::{Map, Value, json};

use super::arrive::{Caller, client_address, spiffe};
use super::expand::Ask;
use super::format::Scheme;
use crate::doors::split_port;
use crate::world::World;

/// Stands for an address that only DNS knows (RFC 5737).
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
/// What is sent over a connection; no protocol begins so.
const BYTES: &str = "\u{1}hello";

/// How well a proxy fits a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It has nothing for the call.
    None,
    /// It refuses the call before anybody asks for whom it is.
    Refuses,
    /// It has something for the host.
    Serves,
}

/// The ways of a call through a proxy, each with its probability.
pub(super) struct Ways {
    pub(super) fit: Fit,
    pub(super) all: Vec<(f64, Outcome)>,
}

/// Walks every way of a call through a proxy; `None` where nothing takes it.
pub(super) fn ways(world: &World<'_>, proxy: &Proxy<'_>, ask: &Ask) -> Option<Ways> {
    let walk = |arrival: &Arrival| {
        let mut around = Beside::new(world, proxy.plan, ask);
        every_place(|chance: &mut Choices| visit(proxy, arrival, &mut around, chance, true))
    };
    let mut best: Option<Ways> = None;
    for listener in entrances(proxy.plan, ask) {
        let Some(arrival) = arrival(world, proxy.plan, listener, ask) else { continue };
        let all = walk(&arrival);
        let fit = all.first().map_or(Fit::None, |(_, outcome)| fit(outcome, ask));
        if best.as_ref().is_none_or(|best| best.fit < fit) {
            best = Some(Ways { fit, all });
        }
    }
    best
}

fn fit(outcome: &Outcome, ask: &Ask) -> Fit {
    let named = match &outcome.taken {
        Some(taken) => taken.host.is_some(),
        None => ask.is_bytes() && !outcome.cluster.is_empty(),
    };
    match outcome.by {
        _ if named => Fit::Serves,
        Some(By::Codec | By::Route | By::Mtls | By::Rbac) => Fit::Refuses,
        _ => Fit::None,
    }
}

/// The listeners that may take a call: of a gateway that of the port, and any where no port is stated; of a sidecar the one that
/// captures calls, or that of the port where nothing is captured.
fn entrances<'p>(plan: &'p Plan, ask: &Ask) -> Vec<&'p Listener> {
    let outbound = || plan.listeners.iter().filter(|listener| listener.direction == Direction::Outbound);
    let at_port = |listener: &&Listener| listener.bind_to_port && listener.address.port == ask.called_port();
    if plan.proxy.kind != ProxyKind::Router {
        let captures = outbound().find(|listener| listener.use_original_dst);
        return captures.or_else(|| outbound().find(at_port)).into_iter().collect();
    }
    let usual = entrance(plan, ask.called_port());
    let others = outbound().filter(|listener| listener.bind_to_port && ask.stated_port().is_none());
    usual.into_iter().chain(others).collect()
}

fn arrival(world: &World<'_>, plan: &Plan, listener: &Listener, ask: &Ask) -> Option<Arrival> {
    let (host, _) = split_port(&ask.host.value);
    let own = plan.proxy.ips.first().and_then(|ip| ip.parse().ok()).unwrap_or(ELSEWHERE);
    let (source, destination) = if plan.proxy.kind == ProxyKind::Router {
        (client_address(ask).parse().ok()?, (own, listener.address.port))
    } else {
        let to = dialled(world.mesh, &plan.proxy.namespace, host).unwrap_or(ELSEWHERE);
        (own, (to, ask.called_port()))
    };
    Some(Arrival {
        listener: listener.name.clone(),
        source,
        destination,
        tunnel_peer: None,
        hello: hello(world, ask, host),
        payload: payload(ask),
    })
}

/// The client's TLS. A client that is asked for a certificate shows one, with the identity that the test states.
fn hello(world: &World<'_>, ask: &Ask, host: &str) -> Option<Hello> {
    let alpn = match ask.scheme {
        Scheme::Http | Scheme::Tcp => return None,
        Scheme::Tls => Vec::new(),
        Scheme::Https => vec!["http/1.1".to_owned()],
    };
    let identity = ask.identity.as_ref().and_then(|id| spiffe(world.mesh, id).ok());
    let names = identity.map(|id| format!("URI:{id}")).into_iter().collect();
    let certificate = Some(Certificate { names, ..Certificate::default() });
    Some(Hello { server_name: host.to_owned(), alpn, certificate, ..Hello::default() })
}

fn payload(ask: &Ask) -> Payload {
    if ask.is_bytes() {
        return Payload::Bytes(BYTES.to_owned());
    }
    let written = ask.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
    let token = ask.claims.as_ref().map(|claims| ("authorization".to_owned(), bearer(claims)));
    let mut sent = Sent {
        method: ask.method.clone(),
        authority: ask.host.value.clone(),
        path: ask.path.clone(),
        headers: written.chain(token).collect(),
        ..Sent::default()
    };
    sent.http2 = sent.is_grpc();
    Payload::Http(sent)
}

/// The header value that carries a token with these claims, whose signature is taken to be good.
pub(super) fn bearer(claims: &Map<String, Value>) -> String {
    let part = |value: &Value| to_base64(value.to_string().as_bytes());
    let payload = part(&Value::Object(claims.clone()));
    format!("Bearer {}.{payload}.{}", part(&json!({"alg": "RS256"})), to_base64(b"signature"))
}

/// A world in which everybody accepts connections and answers, authorisers cannot be reached, tokens are good, and nobody ends TLS
/// that passes through.
struct Beside {
    identity: Option<String>,
    address: String,
    now: u64,
}

impl Beside {
    fn new(world: &World<'_>, plan: &Plan, ask: &Ask) -> Self {
        let caller = Caller::proxy(world.mesh, plan);
        let begins = ask.claims.as_ref().and_then(|claims| claims.get("nbf")).and_then(Value::as_u64);
        Self { identity: caller.identity, address: caller.address, now: begins.unwrap_or_default() }
    }
}

impl Around for Beside {
    fn accepts(&self, _place: &Place) -> bool {
        true
    }

    fn answer(&mut self, seen: &Seen) -> Answer {
        if seen.aside {
            return Answer::Closed(0);
        }
        Answer::Response(Answered { status: 200, sized: true, ..Answered::default() })
    }

    fn echo(&mut self, _seen: &Seen) -> Echo {
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
        self.address.clone()
    }

    fn signature(&self, _keys: &KeySource, _token: &SignedToken<'_>) -> Signature {
        Signature::Good
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn take_token(&mut self, _bucket: &str, _most: u64) -> bool {
        true
    }
}
