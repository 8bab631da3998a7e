//! Which listener serves a connection.

use std::net::IpAddr;

use mp_ir::plan::{Listener, Plan};

use super::outcome::{Loser, Note, Stage};

/// The listener whose socket takes a connection.
pub(crate) fn bound<'p>(plan: &'p Plan, name: &str) -> Option<&'p Listener> {
    plan.listeners.iter().find(|listener| listener.name == name && listener.bind_to_port)
}

/// The listener that serves it: that of the original destination, else that of its port on every address, else the one that took it
/// (`ActiveTcpListener::newConnection`, `ConnectionHandlerImpl::getBalancedHandlerByAddress`).
pub(crate) fn handed_over<'p>(plan: &'p Plan, own: &'p Listener, to: (IpAddr, u32)) -> &'p Listener {
    if !own.use_original_dst {
        return own;
    }
    let address = to.0.to_string();
    let any = if to.0.is_ipv4() { "0.0.0.0" } else { "::" };
    let at = |host: &str| {
        let listens = |l: &&Listener| {
            let addresses = std::iter::once(&l.address).chain(&l.additional_addresses);
            l.name != own.name && addresses.into_iter().any(|a| a.address == host && a.port == to.1)
        };
        plan.listeners.iter().find(listens)
    };
    at(&address).or_else(|| at(any)).unwrap_or(own)
}

/// The choice as a step of the way.
pub(crate) fn note(plan: &Plan, own: &Listener, chosen: &Listener, to: (IpAddr, u32)) -> Note {
    let text = if !own.use_original_dst {
        format!("`{}` takes the connection to {}:{}", own.name, to.0, to.1)
    } else if chosen.name == own.name {
        format!("`{}` keeps the connection: nobody listens for {}:{}", own.name, to.0, to.1)
    } else {
        format!("`{}` hands the connection to {}:{} over to `{}`", own.name, to.0, to.1, chosen.name)
    };
    let near = plan.listeners.iter().filter(|l| {
        own.use_original_dst && l.name != chosen.name && l.name != own.name && l.address.port == to.1
    });
    let losers = near.map(|l| Loser {
        name: format!("listener `{}`", l.name),
        why: format!("it listens at {} alone", l.address.address),
        origin: l.origin,
    });
    let losers = losers.take(MOST_LOSERS).collect();
    Note { stage: Stage::Listener, text, origin: chosen.origin, losers, decides: false }
}

/// Most losers of one step that are told.
pub(crate) const MOST_LOSERS: usize = 8;
