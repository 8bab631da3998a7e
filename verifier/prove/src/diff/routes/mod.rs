//! Which requests two route tables treat differently.
//!
//! Hosts are few: one host stands for all that the same virtual hosts take on both sides. For each, the routes are formulas, and the solver
//! looks for a request that different routes take, until every pair of them is known.

mod action;
mod condition;
mod hosts;

use crate::formula::Bool;
use mp_eval::{HttpCall, Routed, Routing, route};
use mp_ir::base::Origin;
use mp_ir::plan::{PathRules, Route, RouteTable, VirtualHost};

use super::scope::{Scope, Words};
use crate::domain::Domain;
use crate::engine::{Engine, Outcome};
use crate::question::AskError;

pub use action::Change;

use condition::Reader;
pub(super) use hosts::STRANGER;

/// Pairs of routes that are told per host.
const PAIRS: usize = 32;

/// Requests that two tables treat differently.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteDelta {
    /// All of them, beside the host; each is taken by these two routes.
    pub scope: Scope,
    /// One of them, as the evaluator confirms.
    pub call: HttpCall,
    /// What changes.
    pub changes: Vec<Change>,
    /// Whether another destination, a redirect or an answer takes the place of the old one.
    pub elsewhere: bool,
    /// The old route.
    pub old: Origin,
    /// The new route.
    pub new: Origin,
}

/// The differences of two tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteDiff {
    /// In the order of hosts.
    pub deltas: Vec<RouteDelta>,
    /// Why the list may not be complete.
    pub open: Vec<String>,
}

/// What two tables are seen from.
#[derive(Clone, Debug, Default)]
pub struct RouteView {
    /// `http` or `https`.
    pub scheme: String,
    /// How the proxy normalises paths.
    pub paths: PathRules,
}

/// Compares two tables of one proxy.
///
/// # Errors
/// When the evaluator does not confirm what the solver claims.
pub fn routes(old: &RouteTable, new: &RouteTable, view: &RouteView) -> Result<RouteDiff, AskError> {
    let mut out = RouteDiff::default();
    if action::same_words(old, new) {
        return Ok(out);
    }
    let (first_index, second_index) = (hosts::Domains::of(old), hosts::Domains::of(new));
    let mut seen: Vec<(usize, usize)> = Vec::new();
    for authority in hosts::representatives(old, new) {
        let (first, second) = (first_index.taken(&authority), second_index.taken(&authority));
        let (Some(before), Some(after)) = (host_routes(old, first, view), host_routes(new, second, view))
        else {
            continue;
        };
        if before.acts_as(&after) {
            continue;
        }
        // Hosts that the same two virtual hosts take differ in nothing but the host, unless a route reads it.
        let places = (first.unwrap_or(usize::MAX), second.unwrap_or(usize::MAX));
        if seen.contains(&places) && !before.reads_host() && !after.reads_host() {
            continue;
        }
        seen.push(places);
        Search { before, after, authority, view, tables: (old, new) }.run(&mut out)?;
    }
    Ok(out)
}

/// The routes of a virtual host with what the host adds to each.
#[derive(Clone, Debug)]
struct HostRoutes {
    /// With names and places.
    routes: Vec<Route>,
    /// What each does; the last one is for requests that no route takes.
    actions: Vec<action::Action>,
}

fn host_routes(table: &RouteTable, host: Option<usize>, view: &RouteView) -> Option<HostRoutes> {
    let nothing = VirtualHost::default();
    let host = match host {
        Some(at) => table.virtual_hosts.get(at)?,
        None => &nothing,
    };
    let routes =
        if host.require_tls && view.scheme != "https" { hosts::to_https(host) } else { host.routes.clone() };
    let mut actions: Vec<action::Action> = routes.iter().map(|route| action::of(route, host)).collect();
    actions.push(action::none());
    Some(HostRoutes { routes, actions })
}

impl HostRoutes {
    /// Whether the same conditions lead to the same actions, route by route.
    fn acts_as(&self, other: &HostRoutes) -> bool {
        let conditions = self
            .routes
            .iter()
            .map(|route| &route.matches)
            .eq(other.routes.iter().map(|route| &route.matches));
        conditions && self.actions == other.actions
    }

    fn reads_host(&self) -> bool {
        let reads = |name: &str| name.eq_ignore_ascii_case(":authority") || name.eq_ignore_ascii_case("host");
        self.routes.iter().any(|route| route.matches.headers.iter().any(|header| reads(&header.name)))
    }

    /// Places of the route that the evaluator took: several where routes share name and line.
    fn places(&self, routed: &Routed) -> Vec<usize> {
        let same = |(_, route): &(usize, &Route)| route.name == routed.route && route.origin == routed.origin;
        let known: Vec<usize> = self.routes.iter().enumerate().filter(same).map(|(at, _)| at).collect();
        let missing = routed.route.is_empty() && routed.outcome == Routing::NotFound;
        if missing { vec![self.routes.len()] } else { known }
    }

    fn origin(&self, at: usize) -> Origin {
        self.routes.get(at).and_then(|route| route.origin)
    }
}

/// The search at one host.
struct Search<'a> {
    before: HostRoutes,
    after: HostRoutes,
    authority: String,
    view: &'a RouteView,
    tables: (&'a RouteTable, &'a RouteTable),
}

impl Search<'_> {
    fn run(&self, out: &mut RouteDiff) -> Result<(), AskError> {
        let paths = vec![self.view.paths];
        let mut engine = Engine::new(Domain { ports: [80].into(), paths, ..Domain::default() });
        condition::ground(&mut engine);
        let reader = Reader { authority: &self.authority, scheme: &self.view.scheme };
        let before = reader.first_of(&mut engine, &self.before.routes);
        let after = reader.first_of(&mut engine, &self.after.routes);
        let mut left: Vec<(usize, usize)> = self.unequal();
        for _ in 0..PAIRS {
            let pair =
                |(i, j): &(usize, usize)| Some(Bool::and(&[before.get(*i)?.clone(), after.get(*j)?.clone()]));
            let all: Vec<Bool> = left.iter().filter_map(pair).collect();
            let model = match engine.solve(&Bool::or(&all)) {
                Outcome::Unsat(_) => return Ok(()),
                Outcome::Unknown(hard) => {
                    out.open.push(format!("{}: {}", self.authority, hard.why));
                    return Ok(());
                }
                Outcome::Sat(model) => model,
            };
            let call = condition::call(&model, &self.authority, &self.view.scheme);
            let taken = self.confirmed(&call, &left)?;
            let here = pair(&taken).unwrap_or_else(|| Bool::from_bool(false));
            let literals = engine.implicant(&model, &here.not());
            let scope = Words::of(&[]).scope(&literals);
            out.deltas.push(self.delta(scope, call, taken));
            left.retain(|known| *known != taken);
        }
        out.open.push(format!("{}: there is more than the {PAIRS} pairs of routes shown", self.authority));
        Ok(())
    }

    /// Pairs of routes that do not do the same.
    fn unequal(&self) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        for (i, old) in self.before.actions.iter().enumerate() {
            let others = self.after.actions.iter().enumerate().filter(|(_, new)| *new != old);
            out.extend(others.map(|(j, _)| (i, j)));
        }
        out
    }

    /// The routes that the evaluator takes on both sides, which must do different things.
    fn confirmed(&self, call: &HttpCall, left: &[(usize, usize)]) -> Result<(usize, usize), AskError> {
        let (old, new) =
            (self.before.places(&route(self.tables.0, call)), self.after.places(&route(self.tables.1, call)));
        let found = left.iter().find(|(i, j)| old.contains(i) && new.contains(j));
        found.copied().ok_or_else(|| {
            let shown = format!("{} {} of {}", call.method, call.path, call.authority);
            AskError::Mismatch(format!("the two tables should route differently: {shown}"))
        })
    }

    fn delta(&self, scope: Scope, call: HttpCall, (i, j): (usize, usize)) -> RouteDelta {
        let (old, new) = (self.before.actions.get(i), self.after.actions.get(j));
        let changes = old.zip(new).map(|(old, new)| action::changes(old, new)).unwrap_or_default();
        RouteDelta {
            scope,
            call,
            elsewhere: changes.iter().any(|change| change.elsewhere),
            changes,
            old: self.before.origin(i),
            new: self.after.origin(j),
        }
    }
}
