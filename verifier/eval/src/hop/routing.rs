//! Virtual host, route and cluster of a request, with what was not taken.

use mp_ir::plan::{Route, RouteAction, RouteTable, Target, VirtualHost};

use super::Walk;
use super::exchange::{Exchange, Goal};
use super::listener::MOST_LOSERS;
use super::outcome::{Loser, Note, Stage, Taken};
use crate::route::{self, HttpCall};
use crate::{near_miss, virtual_host};

impl<'p> Walk<'p, '_> {
    /// Chooses the route; again when a filter has learned something that routes ask about.
    pub(super) fn choose_route(&mut self, exchange: &mut Exchange<'p>) {
        let Some(table) = self.table_of(exchange.hcm) else {
            self.step(Stage::Host, exchange.hcm.origin, || "there is no route table".to_owned());
            return;
        };
        let chosen = route::choose(table, &exchange.call, &self.proxy.patterns);
        let before = exchange.route;
        let same = |a: Option<&Route>, b: Option<&Route>| match (a, b) {
            (Some(a), Some(b)) => std::ptr::eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        if exchange.host.is_some() && same(before, chosen.route) && exchange.needs_tls == chosen.needs_tls {
            return;
        }
        exchange.host = chosen.host;
        exchange.route = chosen.route;
        exchange.needs_tls = chosen.needs_tls;
        self.note(|| host_note(table, chosen.host, &exchange.call));
        if let Some(host) = chosen.host.filter(|_| !chosen.needs_tls) {
            let note = self.notes.then(|| self.route_note(host, chosen.route, &exchange.call));
            self.out.notes.extend(note);
        }
        let host = chosen.host.map_or("", |host| &host.name);
        let route = chosen.route.map_or("", |route| &route.name);
        self.route_left_open(&table.name, host, route);
        self.choose_cluster(exchange);
        self.out.taken = self.notes.then(|| Taken {
            host: chosen.host.map(|host| (host.name.clone(), host.origin)),
            needs_tls: chosen.needs_tls,
            route: chosen.route.cloned().map(Box::new),
            sends: self.sends(exchange),
            near: near_miss::near_routes(table, &exchange.call),
        });
        route.clone_into(&mut self.out.route);
    }

    fn choose_cluster(&mut self, exchange: &mut Exchange<'p>) {
        exchange.target = None;
        self.out.cluster.clear();
        let Some(Route { action: RouteAction::Forward(forward), .. }) = exchange.route else { return };
        exchange.target = match &forward.target {
            Target::Cluster(name) => Some(Goal { name, weighted: None }),
            Target::Weighted(several) => {
                let shares: Vec<u64> = several.iter().map(|one| u64::from(one.weight)).collect();
                let picked = self.chance.pick(&shares).and_then(|at| several.get(at));
                picked.map(|one| Goal { name: &one.cluster, weighted: Some(one) })
            }
        };
        if let Some(goal) = exchange.target.filter(|goal| self.proxy.cluster(goal.name).is_some()) {
            goal.name.clone_into(&mut self.out.cluster);
        }
    }

    fn route_note(&self, host: &VirtualHost, chosen: Option<&Route>, call: &HttpCall) -> Note {
        let mut losers = Vec::new();
        let mut behind = false;
        for route in &host.routes {
            if chosen.is_some_and(|c| std::ptr::eq(c, route)) {
                behind = true;
                continue;
            }
            let why = match near_miss::first_failing(route, call, &self.proxy.patterns) {
                Some(why) => why,
                None if behind => "it matches too, but comes later".to_owned(),
                None => continue,
            };
            losers.push(Loser { name: shown(route), why, origin: route.origin });
        }
        losers.truncate(MOST_LOSERS);
        let text = match chosen {
            Some(route) => format!("{} matches {} {}", shown(route), call.method, call.path),
            None => format!("no route of {} matches {} {}", host.routes.len(), call.method, call.path),
        };
        Note {
            stage: Stage::Route,
            text,
            origin: chosen.and_then(|route| route.origin),
            losers,
            decides: false,
        }
    }
}

/// A route by its name, else by its place in the object that has it.
fn shown(route: &Route) -> String {
    if !route.name.is_empty() {
        return format!("route `{}`", route.name);
    }
    let parts: Vec<&str> = route.config.as_deref().unwrap_or_default().rsplit('/').collect();
    match (parts.as_slice(), route.place) {
        ([name, kind, namespace, ..], Some((at, _))) => format!("route {at} of {kind} `{namespace}/{name}`"),
        _ => "a route without a name".to_owned(),
    }
}

fn host_note(table: &RouteTable, chosen: Option<&VirtualHost>, call: &HttpCall) -> Note {
    let host = virtual_host::host_of(table, &call.authority);
    let best = chosen.and_then(|chosen| virtual_host::fit(chosen, host));
    let others = table.virtual_hosts.iter().filter(|other| chosen.is_none_or(|c| !std::ptr::eq(c, *other)));
    let losers = others.filter_map(|other| {
        let (rank, domain) = virtual_host::fit(other, host)?;
        let why = if best.is_some_and(|(best, _)| rank < best) {
            format!("its domain `{domain}` fits less exactly")
        } else {
            format!("its domain `{domain}` fits as well, but comes later")
        };
        Some(Loser { name: format!("virtual host `{}`", other.name), why, origin: other.origin })
    });
    let losers = losers.take(MOST_LOSERS).collect();
    let text = match (chosen, best) {
        (Some(chosen), Some((_, domain))) => {
            format!("virtual host `{}` of `{}` has the domain `{domain}`", chosen.name, table.name)
        }
        _ => format!("no virtual host of `{}` has a domain for `{host}`", table.name),
    };
    Note { stage: Stage::Host, text, origin: chosen.and_then(|host| host.origin), losers, decides: false }
}
