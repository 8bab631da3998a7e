//! Where a trace begins: beside a workload, or outside in front of a gateway.

use std::net::IpAddr;
use std::rc::Rc;

use mp_eval::hop::{Arrival, Hello, Payload};
use mp_ir::plan::{Direction, Plan, ProxyKind, ProxyView};
use mp_lower::plan::security::is_captured;

use super::TraceArgs;
use super::hops::{At, Begin, Trip};
use super::target::Target;
use crate::failure::Failure;

/// The client outside, from the addresses that documentation may use.
const OUTSIDE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));
/// Stands for an address that only DNS knows.
const UNKNOWN: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1));

/// The first arrival.
pub(super) fn begin(args: &TraceArgs, trip: &Trip<'_>, target: &Target) -> Result<Begin, Failure> {
    if args.from == "outside" { outside(args, trip, target) } else { inside(&args.from, trip, target) }
}

fn inside(from: &str, trip: &Trip<'_>, target: &Target) -> Result<Begin, Failure> {
    let view = mp_lower::proxy::find(trip.mesh, trip.index, from).map_err(|e| {
        let named = named_like(trip, from);
        let near = if named.is_empty() { mp_lower::proxy::near(trip.mesh, from) } else { named };
        let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
        let help = match near.as_slice() {
            [] => "write `--from NS/POD` or `--from outside`".to_owned(),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        Failure::usage(e.to_string(), help)
    })?;
    let mut assumed = view.assumed.clone();
    let pod = trip
        .mesh
        .workloads
        .iter()
        .find(|w| w.meta.namespace() == view.namespace && w.meta.name() == view.pod);
    let captured = pod.filter(|pod| view.kind == ProxyKind::Sidecar && is_captured(trip.mesh, pod));
    let (at, listener) = match captured {
        Some(_) => (At::Ztunnel(format!("{}/{}", view.namespace, view.pod)), String::new()),
        None => captured_by_sidecar(from, trip.plan(&view))?,
    };
    let address = match mp_lower::proxy::dialled(trip.mesh, &view.namespace, &target.host) {
        Some(address) => address,
        None => {
            assumed
                .push(format!("`{}` is no host of the mesh: {UNKNOWN} stands for its address", target.host));
            UNKNOWN
        }
    };
    let source = view.ips.first().and_then(|ip| ip.parse().ok()).unwrap_or(OUTSIDE);
    let arrival = arrival(&listener, source, (address, target.port), target);
    Ok(Begin { at, arrival, assumed, client: format!("{}/{}", view.namespace, view.pod) })
}

/// Up to three Pods of the namespace whose names begin like the one that is asked for.
fn named_like(trip: &Trip<'_>, from: &str) -> Vec<String> {
    let pods = trip.mesh.workloads.iter().filter(|w| w.meta.object.kind == "Pod");
    let mut names: Vec<String> = pods.map(|w| format!("{}/{}", w.meta.namespace(), w.meta.name())).collect();
    names.retain(|name| name.strip_prefix(from).is_some_and(|rest| rest.starts_with('-')));
    names.sort();
    names.truncate(3);
    names
}

/// The listener of a sidecar that takes the calls of its Pod.
fn captured_by_sidecar(from: &str, plan: Rc<Plan>) -> Result<(At, String), Failure> {
    let takes = plan.listeners.iter().find(|l| l.use_original_dst && l.direction == Direction::Outbound);
    let name = takes.map(|listener| listener.name.clone()).ok_or_else(|| {
        let help = "name a Pod with a sidecar, or `outside`";
        Failure::usage(format!("the proxy of `{from}` captures no calls"), help)
    })?;
    Ok((At::Proxy(plan), name))
}

fn arrival(listener: &str, source: IpAddr, destination: (IpAddr, u32), target: &Target) -> Arrival {
    let alpn = if target.ask.http2 { "h2" } else { "http/1.1" };
    Arrival {
        listener: listener.to_owned(),
        source,
        destination,
        tunnel_peer: None,
        hello: target.tls.then(|| Hello {
            server_name: target.server_name.clone(),
            alpn: if target.tcp { Vec::new() } else { vec![alpn.to_owned()] },
            ..Hello::default()
        }),
        payload: if target.tcp {
            Payload::Bytes("\u{1}hello".to_owned())
        } else {
            Payload::Http(target.ask.clone())
        },
    }
}

/// A gateway that listens for a port of the outside.
struct Gate {
    view: ProxyView,
    plan: Rc<Plan>,
    listener: String,
    port: u32,
}

fn outside(args: &TraceArgs, trip: &Trip<'_>, target: &Target) -> Result<Begin, Failure> {
    let views =
        match &args.via {
            Some(name) => vec![mp_lower::proxy::find(trip.mesh, trip.index, name).map_err(|e| {
                Failure::usage(e.to_string(), "write `--via NS/POD` or `--via gateway:NS/NAME`")
            })?],
            None => gateways(trip),
        };
    let gates: Vec<Gate> = views.into_iter().filter_map(|view| gate(trip, view, target.port)).collect();
    let serves = |gate: &&Gate| names_host(&gate.plan, target);
    let Some(gate) = gates.iter().find(serves).or_else(|| gates.first()) else {
        return Err(Failure::usage(
            format!("no gateway of the input listens for port {}", target.port),
            "give the port of a Gateway's server with `--to HOST:PORT`, or a Pod with `--from NS/POD`",
        ));
    };
    let mut assumed = gate.view.assumed.clone();
    let own = gate.view.ips.first().and_then(|ip| ip.parse().ok()).unwrap_or(UNKNOWN);
    if gates.len() > 1 && args.via.is_none() {
        assumed.push(format!(
            "{} gateways listen for port {}: `{}/{}` is followed, `--via` names another one",
            gates.len(),
            target.port,
            gate.view.namespace,
            gate.view.pod
        ));
    }
    let arrival = arrival(&gate.listener, OUTSIDE, (own, gate.port), target);
    Ok(Begin { at: At::Proxy(gate.plan.clone()), arrival, assumed, client: "outside".to_owned() })
}

/// All gateways: those that run in the input, and those that only Gateways speak of.
fn gateways(trip: &Trip<'_>) -> Vec<ProxyView> {
    let mut found: Vec<ProxyView> = mp_lower::proxy::all(trip.mesh, trip.index);
    found.retain(|view| view.kind == ProxyKind::Router);
    if found.is_empty() {
        let named =
            trip.mesh.gateways.iter().map(|g| format!("gateway:{}/{}", g.meta.namespace(), g.meta.name()));
        found.extend(named.filter_map(|name| mp_lower::proxy::find(trip.mesh, trip.index, &name).ok()));
    }
    found
}

/// The listener of a gateway behind a port of its Service.
fn gate(trip: &Trip<'_>, view: ProxyView, port: u32) -> Option<Gate> {
    let plan = trip.plan(&view);
    let found = mp_lower::proxy::entrance(&plan, port)?;
    let (listener, port) = (found.name.clone(), found.address.port);
    Some(Gate { view, plan, listener, port })
}

/// Whether a gateway has a virtual host, or a server name, for the target.
fn names_host(plan: &Plan, target: &Target) -> bool {
    let fits = |domain: &str| {
        let host = target.host.to_ascii_lowercase();
        domain == host
            || domain.strip_prefix('*').is_some_and(|end| !end.is_empty() && host.ends_with(end))
            || domain.strip_suffix(":*").is_some_and(|name| name == host)
    };
    let domains = plan.routes.iter().flat_map(|table| &table.virtual_hosts).flat_map(|host| &host.domains);
    let chains = plan.listeners.iter().flat_map(|l| &l.chains).filter_map(|chain| chain.matches.as_ref());
    domains.into_iter().any(|domain| fits(domain))
        || chains.flat_map(|m| &m.server_names).any(|name| fits(name))
}
