//! The way of one request: from its caller through a proxy's routes to the workloads that it may reach.

use mp_eval::hop::Unknown;
use mp_eval::{HttpCall, Routing, route, taken};
use mp_ir::plan::{Abort, Forward, HeaderMutation, Plan, PointKind, ProxyKind, Route, RouteAction};
use mp_lower::hosts::subset_of;
use mp_lower::proxy::ProxyError;

use super::arrive::{self, Arrival, Caller};
use super::expand::Ask;
use super::format::Scheme;
use super::{connection, fault, open};
use crate::coverage::{Reached, route_name};
use crate::doors::{self, Door};
use crate::reader::ReadError;
use crate::verdict::Note;
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
    pub(super) near: Vec<Note>,
}

impl Seen {
    /// The rules that decided.
    pub(super) fn won_by(&self) -> Vec<Note> {
        self.winners.iter().chain(&self.arrival.notes).cloned().collect()
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
    if let Some(to) = &ask.to {
        let caller = caller_of(world, ask)?;
        let (arrival, near) = arrive::directly(world, ask, to, &caller, reached)?;
        let answer = arrival.answer();
        return Ok(vec![Seen { line: ask.line(), answer, arrival, near, ..Seen::default() }]);
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
    let mut out = Vec::new();
    for name in gateway_names(world) {
        let Ok(plan) = world.plan(&name) else { continue };
        let call = call_of(ask);
        if ask.is_bytes() {
            out.extend(connection::from_outside(world, &plan, ask, &name, reached));
            continue;
        }
        let serves = doors::of_gateway(&plan, stated_port(ask), &call)
            .is_some_and(|door| taken(door.table, &call).is_some());
        if serves {
            let mut seen = through(world, &plan, ask, reached);
            seen.line.push_str(&format!(" by {name}"));
            out.push(seen);
        }
    }
    if out.is_empty() {
        let why = format!("no gateway of the input serves `{}`", ask.host.value);
        out.push(Seen { line: ask.line(), routed: true, answer: Answer::Unknown(why), ..Seen::default() });
    }
    Ok(out)
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
        return Ok(Caller { address: arrive::client_address(ask), identity: None, forwarded_for: None });
    }
    let plan = world.plan(&ask.from.value).map_err(|error| unknown(world, ask, &error))?;
    Ok(Caller::proxy(world.mesh, &plan))
}

fn call_of(ask: &Ask) -> HttpCall {
    let scheme = if matches!(ask.scheme, Scheme::Https | Scheme::Tls) { "https" } else { "http" };
    HttpCall {
        method: ask.method.clone(),
        authority: ask.host.value.clone(),
        path: ask.path.clone(),
        scheme: scheme.to_owned(),
        headers: ask.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        claims: None,
    }
}

/// The port that a test states, apart or behind the host.
fn stated_port(ask: &Ask) -> Option<u32> {
    ask.port.map(u32::from).or(doors::split_port(&ask.host.value).1)
}

/// A request through the routes of a gateway or of the caller's sidecar.
fn through(world: &World<'_>, plan: &Plan, ask: &Ask, reached: &mut Reached) -> Seen {
    if ask.is_bytes() {
        return connection::through(world, plan, ask, reached);
    }
    if let Some(why) = captured(world, plan) {
        return Seen { line: ask.line(), routed: true, answer: Answer::Unknown(why), ..Seen::default() };
    }
    let call = call_of(ask);
    let mut seen = Seen { line: ask.line(), routed: true, ..Seen::default() };
    let Some(door) = door_of(world, plan, ask, &call) else {
        let port = called_port(ask);
        seen.answer = Answer::Unknown(format!("nothing at {} speaks HTTP at port {port}", ask.from.value));
        return seen;
    };
    let call = through_door(world, plan, ask, (door, call), &mut seen, reached);
    if let Some(open) = open::at_door(plan, door, &call, called_port(ask)) {
        leave_open(&mut seen, &open);
    }
    seen
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

/// What happens behind a door; gives the request as its routes see it.
fn through_door(
    world: &World<'_>,
    plan: &Plan,
    ask: &Ask,
    (door, mut call): (Door<'_>, HttpCall),
    seen: &mut Seen,
    reached: &mut Reached,
) -> HttpCall {
    let is_gateway = plan.proxy.kind == ProxyKind::Router;
    if is_gateway {
        let (arrival, near) = arrive::at_gateway(world, plan, ask, door.port, reached);
        if arrival.refused() {
            (seen.answer, seen.arrival, seen.near) = (arrival.answer(), arrival, near);
            return call;
        }
        // Routes may ask for claims, of tokens that were accepted.
        call.claims = arrival.claims;
        seen.winners.extend(arrival.notes);
    }
    match doors::path_at(door.paths, &call.path) {
        Ok(path) => call.path = path,
        Err(status) => {
            seen.answer = Answer::Proxy(status);
            return call;
        }
    }
    take(world, seen, door, &call, reached);
    if seen.answer == Answer::Upstream && seen.forward.is_some() {
        let mut caller = Caller::proxy(world.mesh, plan);
        caller.forwarded_for = is_gateway.then(|| arrive::client_address(ask));
        let (arrival, near) = arrive::of_route(world, plan, ask, seen, &caller, reached);
        seen.near.extend(near);
        seen.answer = arrival.answer();
        seen.arrival = arrival;
    }
    call
}

/// What code or a patch may change is not guessed.
fn leave_open(seen: &mut Seen, open: &Unknown) {
    seen.near.push(Note::new(open.reason.clone(), open.origin));
    seen.answer = Answer::Unknown(open.reason.clone());
    seen.arrival.unknown = Some(open.reason.clone());
}

pub(super) fn called_port(ask: &Ask) -> u32 {
    stated_port(ask).unwrap_or(if matches!(ask.scheme, Scheme::Https | Scheme::Tls) { 443 } else { 80 })
}

fn door_of<'p>(world: &World<'_>, plan: &'p Plan, ask: &Ask, call: &HttpCall) -> Option<Door<'p>> {
    if plan.proxy.kind == ProxyKind::Router {
        return doors::of_gateway(plan, stated_port(ask), call);
    }
    let (host, _) = doors::split_port(&ask.host.value);
    doors::of_sidecar(plan, called_port(ask), host, &world.mesh.settings.domain)
}

/// Asks the table.
fn take(world: &World<'_>, seen: &mut Seen, door: Door<'_>, call: &HttpCall, reached: &mut Reached) {
    seen.near = doors::near_notes(door.table, call);
    let routed = route(door.table, call);
    seen.answer = match &routed.outcome {
        Routing::NotFound => Answer::Proxy(404),
        Routing::Redirect(status, location) => {
            seen.redirect = Some((*status, location.clone()));
            Answer::Proxy(*status)
        }
        Routing::Direct(status) => Answer::Proxy(*status),
        Routing::Forward { clusters, path, authority } => {
            let only = clusters.len() == 1;
            let share = |weight: u32| if only && weight == 0 { 100 } else { weight };
            seen.to = clusters.iter().map(|(cluster, weight)| To::of(cluster, share(*weight))).collect();
            seen.path.clone_from(path);
            seen.authority.clone_from(authority);
            Answer::Upstream
        }
    };
    let Some((host, found)) = taken(door.table, call) else {
        seen.near = bound_elsewhere(world, &call.authority);
        return;
    };
    if host.require_tls && call.scheme != "https" {
        seen.winners.push(Note::new("the gateway sends plain text to https", host.origin));
        return;
    }
    if let Some(found) = found {
        note_route(world, seen, found, reached);
    }
}

/// VirtualServices that have the host of a request that no virtual host serves: they name other gateways.
fn bound_elsewhere(world: &World<'_>, authority: &str) -> Vec<Note> {
    let (host, _) = doors::split_port(authority);
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

fn note_route(world: &World<'_>, seen: &mut Seen, found: &Route, reached: &mut Reached) {
    reached.route(found.origin);
    seen.route = Some(found.name.clone());
    seen.headers = found.headers.clone();
    seen.fault.clone_from(&found.fault);
    if let RouteAction::Forward(forward) = &found.action {
        seen.forward = Some(forward.as_ref().clone());
        if let Some(status) = certain_abort(found) {
            seen.answer = Answer::Proxy(status);
        }
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

/// The status of an error that every request gets.
fn certain_abort(route: &Route) -> Option<u32> {
    let (abort, share) = route.fault.as_ref()?.abort.as_ref()?;
    match abort {
        Abort::Http(status) if share.is_some_and(|share| share.per_million() >= 1_000_000) => Some(*status),
        _ => None,
    }
}
