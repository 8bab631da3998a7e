//! The way of one request or connection: from its caller through a proxy to the workloads that it may reach.

use mp_eval::By;
use mp_eval::hop::{Outcome, Proxy, Reply, Stage, Taken, What};
use mp_ir::plan::{Forward, HeaderMutation, Plan, PointKind, ProxyKind, Route, RouteAction, Target};
use mp_lower::hosts::subset_of;
use mp_lower::proxy::ProxyError;

use super::arrive::{self, Arrival, Caller};
use super::expand::Ask;
use super::fault;
use super::hop::{self, Fit, Ways};
use crate::coverage::{Reached, route_name};
use crate::doors::{near_note, split_port};
use crate::reader::ReadError;
use crate::verdict::{Mismatch, Note};
use crate::world::World;

/// What happened to a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) line: String,
    /// Name of the route; `None` when none takes it.
    pub(super) route: Option<String>,
    /// Namespace and name of the VirtualService.
    pub(super) virtual_service: Option<(String, String)>,
    pub(super) answer: Answer,
    /// Status and location.
    pub(super) redirect: Option<(u32, String)>,
    pub(super) forward: Option<Forward>,
    /// Destinations with their shares.
    pub(super) to: Vec<To>,
    pub(super) path: String,
    pub(super) authority: String,
    pub(super) headers: HeaderMutation,
    pub(super) fault: Option<mp_ir::plan::Fault>,
    /// Whether a route table was asked at all.
    pub(super) routed: bool,
    pub(super) arrival: Arrival,
    pub(super) winners: Vec<Note>,
    /// Routes that nearly took it, and what is open.
    pub(super) near: Vec<Note>,
    /// Rules of policies that nearly matched.
    pub(super) near_rules: Vec<Note>,
}

impl Seen {
    /// The rules that decided.
    pub(super) fn won_by(&self) -> Vec<Note> {
        self.winners.iter().chain(&self.arrival.notes).cloned().collect()
    }

    /// What nearly came about: of policies only where it is their decision that is not as expected.
    pub(super) fn near_misses(&self, mismatches: &[Mismatch]) -> Vec<Note> {
        let of_policies = |m: &Mismatch| matches!(m.field.as_str(), "decision" | "decidedBy" | "status");
        let rules = self.near_rules.iter().filter(|_| mismatches.iter().any(of_policies));
        self.near.iter().chain(rules).cloned().collect()
    }

    /// A call of which nobody can say what becomes of it.
    fn unknown(ask: &Ask, why: String) -> Self {
        Self { line: ask.line(), routed: true, answer: Answer::Unknown(why), ..Self::default() }
    }
}

/// Who answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Answer {
    /// A workload.
    #[default]
    Upstream,
    /// The proxy itself, with this status.
    Proxy(u32),
    /// Nobody: the connection ends, and how.
    Ended(String),
    /// Nobody that is known, and why.
    Unknown(String),
}

/// A destination of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct To {
    pub(super) cluster: String,
    pub(super) host: String,
    pub(super) port: u32,
    pub(super) subset: String,
    pub(super) weight: u32,
}

impl To {
    /// Reads `outbound|port|subset|host`; other clusters are hosts of their own name.
    pub(super) fn of(cluster: &str, weight: u32) -> Self {
        let (host, port, subset) = match cluster.split('|').collect::<Vec<_>>().as_slice() {
            [_, port, subset, host] => (*host, port.parse().unwrap_or_default(), *subset),
            _ => (cluster, 0, ""),
        };
        Self { cluster: cluster.to_owned(), host: host.to_owned(), port, subset: subset.to_owned(), weight }
    }
}

/// Everything that a request may meet; from outside, once for each gateway that serves its host.
pub(super) fn walk(world: &World<'_>, ask: &Ask, reached: &mut Reached) -> Result<Vec<Seen>, ReadError> {
    if let Some(identity) = &ask.identity {
        arrive::spiffe(world.mesh, identity)?;
    }
    if let Some(to) = &ask.to {
        let caller = caller_of(world, ask)?;
        let (arrival, near_rules) = arrive::directly(world, ask, to, &caller, reached)?;
        let answer = arrival.answer();
        return Ok(vec![Seen { line: ask.line(), answer, arrival, near_rules, ..Seen::default() }]);
    }
    if ask.host.value.is_empty() {
        return Err(fault(
            ask.host.span,
            "the request has neither a host nor a workload to go to",
            "write `host:` or `to:`",
        ));
    }
    if ask.from.value != "outside" {
        let plan = world.plan(&ask.from.value).map_err(|error| unknown(world, ask, &error))?;
        return Ok(vec![through(world, &plan, ask, reached)]);
    }
    Ok(from_outside(world, ask, reached))
}

/// The gateways that serve a host; where none does, those that refuse whatever comes so.
fn from_outside(world: &World<'_>, ask: &Ask, reached: &mut Reached) -> Vec<Seen> {
    let mut best = Fit::None;
    let mut out = Vec::new();
    for name in gateway_names(world) {
        let Ok(plan) = world.plan(&name) else { continue };
        let proxy = Proxy::new(&plan);
        let Some(ways) = hop::ways(world, &proxy, ask).filter(|ways| ways.fit > Fit::None) else { continue };
        if ways.fit > best {
            best = ways.fit;
            out.clear();
        }
        if ways.fit == best {
            let mut seen = follow(world, &proxy, ask, &ways, reached);
            seen.line.push_str(&format!(" by {name}"));
            out.push(seen);
        }
    }
    if out.is_empty() {
        out.push(Seen::unknown(ask, format!("no gateway of the input serves `{}`", ask.host.value)));
    }
    out
}

/// Gateways as [`World::plan`] takes them, sorted.
fn gateway_names(world: &World<'_>) -> Vec<String> {
    let short = |name: &str| name.split_once('~').map_or(name, |(name, _)| name).to_owned();
    let names = world.mesh.gateways.iter();
    let mut out: Vec<String> =
        names.map(|g| format!("gateway:{}/{}", g.meta.namespace(), short(g.meta.name()))).collect();
    out.sort();
    out.dedup();
    out
}

fn unknown(world: &World<'_>, ask: &Ask, error: &ProxyError) -> ReadError {
    fault(ask.from.span, error.to_string(), world.advice(&ask.from.value))
}

/// The caller of a request that no proxy routes.
fn caller_of(world: &World<'_>, ask: &Ask) -> Result<Caller, ReadError> {
    if ask.from.value == "outside" {
        return Ok(Caller { address: arrive::client_address(ask), identity: None });
    }
    let plan = world.plan(&ask.from.value).map_err(|error| unknown(world, ask, &error))?;
    Ok(Caller::proxy(world.mesh, &plan))
}

/// A call through a named gateway, or of a workload.
fn through(world: &World<'_>, plan: &Plan, ask: &Ask, reached: &mut Reached) -> Seen {
    if let Some(why) = captured(world, plan).filter(|_| !ask.is_bytes()) {
        return Seen::unknown(ask, why);
    }
    let proxy = Proxy::new(plan);
    match hop::ways(world, &proxy, ask) {
        Some(ways) => follow(world, &proxy, ask, &ways, reached),
        None => Seen::unknown(ask, nobody(ask)),
    }
}

fn nobody(ask: &Ask) -> String {
    let what = if ask.is_bytes() { "takes connections to" } else { "speaks HTTP at" };
    format!("nothing at {} {what} port {}", ask.from.value, ask.called_port())
}

/// Why nobody routes the calls of a workload; `None` when its proxy does.
fn captured(world: &World<'_>, plan: &Plan) -> Option<String> {
    let (namespace, pod) = (&plan.proxy.namespace, &plan.proxy.pod);
    let point = world.point_of(namespace, pod).filter(|point| point.kind == PointKind::Ztunnel)?;
    let name = format!("{}/{}", point.namespace, point.name);
    Some(format!(
        "`{name}` has no sidecar: the ztunnel of its node takes its calls, whose way is not followed"
    ))
}

/// What becomes of a call: what the proxy does with it, and what the workloads say that it may come to.
fn follow(world: &World<'_>, proxy: &Proxy<'_>, ask: &Ask, ways: &Ways, reached: &mut Reached) -> Seen {
    let mut seen = Seen { line: ask.line(), routed: true, ..Seen::default() };
    let Some((_, first)) = ways.all.first() else { return seen };
    let at = format!("{}/{}", proxy.plan.proxy.namespace, proxy.plan.proxy.pod);
    let kind = if proxy.plan.proxy.kind == ProxyKind::Router { "gateway " } else { "" };
    first.rules.iter().for_each(|rule| reached.rule(rule));
    for note in first.notes.iter().filter(|note| tells(note.stage, note.decides, ask)) {
        let place = if note.decides { format!(" at {kind}{at}") } else { String::new() };
        let text = format!("{}{place}: {}", note.stage.as_str(), note.text);
        seen.winners.push(Note::new(text, note.origin));
    }
    if ask.is_bytes() {
        let losers = first.notes.iter().flat_map(|note| &note.losers).filter(|loser| loser.origin.is_some());
        seen.near
            .extend(losers.map(|loser| Note::new(format!("{}: {}", loser.name, loser.why), loser.origin)));
        by_share(&mut seen, &ways.all);
    }
    match &first.taken {
        Some(taken) if first.by.is_none() => take(world, &mut seen, taken, ask, reached),
        None if !ask.is_bytes() && first.by.is_none() => {
            seen.answer = Answer::Unknown(nobody(ask));
            return seen;
        }
        _ => {}
    }
    seen.near_rules
        .extend(first.near.iter().map(|near| Note::new(format!("{}: {}", near.name, near.why), near.origin)));
    let upstream =
        ways.all.iter().flat_map(|(_, outcome)| &outcome.upstream).find(|upstream| !upstream.aside);
    let stated = first.taken.as_ref().and_then(|taken| taken.sends.clone());
    let sent = match upstream.and_then(|upstream| upstream.what.as_ref()) {
        Some(What::Request(sent)) => Some((sent.path.clone(), sent.authority.clone())),
        Some(What::Bytes(_) | What::ClientHello) | None => stated,
    };
    (seen.path, seen.authority) = sent.unwrap_or_default();
    conclude(world, proxy, ask, &ways.all, seen, reached)
}

/// Steps that are told: those that decided, and of a connection, which has no route, all that lead on.
fn tells(stage: Stage, decides: bool, ask: &Ask) -> bool {
    decides || ask.is_bytes() && stage != Stage::Policy
}

/// What the call comes to in the end.
fn conclude(
    world: &World<'_>,
    proxy: &Proxy<'_>,
    ask: &Ask,
    ways: &[(f64, Outcome)],
    mut seen: Seen,
    reached: &mut Reached,
) -> Seen {
    if let Some(open) = ways.iter().find_map(|(_, outcome)| outcome.unknown.first()) {
        seen.near.push(Note::new(open.reason.clone(), open.origin));
        seen.arrival.unknown = Some(open.reason.clone());
        seen.answer = Answer::Unknown(open.reason.clone());
        return seen;
    }
    let Some((_, first)) = ways.first() else { return seen };
    let (arrival, near) = arrive::of_ways(world, proxy, ask, &seen.to, ways, reached);
    seen.near_rules.extend(near);
    seen.arrival = arrival;
    seen.answer = match ended(first) {
        Some(how) => Answer::Ended(how),
        None if seen.arrival.is_empty() => first.own_status.map_or(Answer::Upstream, Answer::Proxy),
        None => seen.arrival.answer(),
    };
    if let (Answer::Proxy(status), Reply::Response(response)) = (&seen.answer, &first.reply) {
        let location = response.headers.iter().find(|(name, _)| name == "location");
        let location = location.filter(|_| (300..400).contains(status) && first.own_status.is_some());
        seen.redirect = location.map(|(_, location)| (*status, location.clone()));
    }
    seen
}

/// How a connection ends that leads nowhere; `None` when there is an answer or an upstream.
fn ended(outcome: &Outcome) -> Option<String> {
    let how = match &outcome.reply {
        Reply::NoListener => return Some("nobody listens there".to_owned()),
        Reply::Response(response) if outcome.taken.is_none() && outcome.own_status.is_some() => {
            return outcome
                .by
                .is_none()
                .then(|| format!("the proxy takes it for HTTP and answers {}", response.status));
        }
        Reply::TlsError(_) if outcome.upstream.is_empty() => {
            "the proxy ends the connection during the TLS handshake"
        }
        Reply::Bytes(..) if outcome.upstream.is_empty() => "the proxy ends the connection",
        Reply::Response(_) | Reply::TlsError(_) | Reply::Bytes(..) => return None,
    };
    Some(format!("{how} {}", outcome.flags.join(",")).trim().to_owned())
}

/// The destinations of a connection.
fn by_share(seen: &mut Seen, ways: &[(f64, Outcome)]) {
    let mut shares: Vec<(&str, f64)> = Vec::new();
    for (probability, outcome) in ways.iter().filter(|(_, outcome)| !outcome.cluster.is_empty()) {
        match shares.iter_mut().find(|(cluster, _)| *cluster == outcome.cluster) {
            Some((_, share)) => *share += probability,
            None => shares.push((&outcome.cluster, *probability)),
        }
    }
    seen.to = shares.into_iter().map(|(cluster, share)| To::of(cluster, percent(share))).collect();
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and 1")]
fn percent(probability: f64) -> u32 {
    (probability * 100.0).round() as u32
}

/// Takes over what the route table said.
fn take(world: &World<'_>, seen: &mut Seen, taken: &Taken, ask: &Ask, reached: &mut Reached) {
    let Some((_, place)) = &taken.host else {
        seen.near.extend(bound_elsewhere(world, &ask.host.value));
        return;
    };
    seen.near.extend(taken.near.iter().map(near_note));
    if taken.needs_tls {
        seen.winners.push(Note::new("the gateway sends plain text to https", *place));
    } else if let Some(route) = &taken.route {
        take_route(world, seen, route, reached);
    }
}

/// VirtualServices that have the host of a request that no virtual host serves: they name other gateways.
fn bound_elsewhere(world: &World<'_>, authority: &str) -> Vec<Note> {
    let (host, _) = split_port(authority);
    let mut out = Vec::new();
    for service in world.index.virtual_services.all() {
        let written = service.hosts.iter().find(|known| subset_of(host, &known.value));
        let Some(written) = written else { continue };
        let names: Vec<String> = service.gateways.iter().map(|name| format!("`{}`", name.value)).collect();
        let (namespace, name, names) = (service.meta.namespace(), service.meta.name(), names.join(", "));
        let text = format!("VirtualService {namespace}/{name} has this host, for {names}");
        let place = service.gateways.first().and_then(|named| named.origin).or(written.origin);
        out.push(Note::new(text, place));
    }
    out
}

fn take_route(world: &World<'_>, seen: &mut Seen, found: &Route, reached: &mut Reached) {
    reached.route(found.origin);
    seen.route = Some(found.name.clone());
    seen.headers = found.headers.clone();
    seen.fault.clone_from(&found.fault);
    if let RouteAction::Forward(forward) = &found.action {
        seen.to = match &forward.target {
            Target::Cluster(one) => vec![To::of(one, 100)],
            Target::Weighted(several) => several.iter().map(|one| To::of(&one.cluster, one.weight)).collect(),
        };
        seen.forward = Some(forward.as_ref().clone());
    }
    let text = match world.source(found) {
        Some((service, http)) => {
            let meta = &service.meta;
            seen.virtual_service = Some((meta.namespace().to_owned(), meta.name().to_owned()));
            route_name(&service, found.place.map_or(0, |(at, _)| at), &http)
        }
        None => format!("route `{}`, which no VirtualService asks for", found.name),
    };
    seen.winners.push(Note::new(text, found.origin));
}

/// Who refused a call at its first proxy; empty for none.
pub(super) fn refusers(outcome: &Outcome) -> Vec<String> {
    let word = match outcome.by {
        None | Some(By::Upstream) => return Vec::new(),
        Some(By::Rbac) => {
            return outcome.policies.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect();
        }
        Some(By::Mtls) => "mtls",
        Some(By::Jwt) => "jwt",
        Some(By::Codec) => "codec",
        Some(By::Route) => "route",
        Some(By::ExtAuthz) => "ext-authz",
    };
    vec![word.to_owned()]
}
