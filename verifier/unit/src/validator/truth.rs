//! What Istio does with the requests of such a test.
//!
//! The format names no caller. A test holds when it holds at every place that serves its host: in the mesh for a caller without labels,
//! and at each gateway that a VirtualService of the host names, be that gateway in the input or not.

use std::sync::Arc;

use mp_eval::{HttpCall, taken};
use mp_ir::mesh::{HttpRoute, VirtualService};
use mp_ir::plan::{PathRules, Route};

use super::Input;
use super::format::{Part, TestCase};
use super::parts::{Measure, same, words};
use super::places::{Places, Routes};
use crate::coverage::{Reached, route_name};
use crate::doors::{near_notes, path_at, split_port};
use crate::verdict::{Mismatch, Note, TestResult};
use crate::world::{World, source_in};

/// Runs every request of every test.
pub(crate) fn run(world: &World<'_>, cases: &[TestCase], reached: &mut Reached) -> Vec<TestResult> {
    let places = Places::new(world);
    let run = Run { world, places: &places };
    let mut out = Vec::new();
    for case in cases {
        out.extend(Input::all(case).iter().map(|input| run.one(case, input, reached)));
    }
    out
}

/// A part that is not as asserted.
pub(super) fn mismatch(part: Part, case: &TestCase, actual: String) -> Mismatch {
    let wanted = words(part, &case.want);
    let expected = if case.want_match { wanted } else { format!("anything but {wanted}") };
    let origin = case.asserted.iter().find(|(known, _)| *known == part).map(|(_, span)| *span);
    Mismatch { field: part.name().to_owned(), expected, actual, origin }
}

struct Run<'w, 'm> {
    world: &'w World<'m>,
    places: &'w Places<'w, 'm>,
}

/// What a place does with a request.
#[derive(Default)]
struct Fate {
    /// The rule and its VirtualService, delegates merged.
    rule: Option<(Arc<VirtualService>, HttpRoute)>,
    /// The rule that names a delegate.
    root: Option<(Arc<VirtualService>, HttpRoute)>,
    notes: Vec<Note>,
    near: Vec<Note>,
}

impl Run<'_, '_> {
    fn one(&self, case: &TestCase, input: &Input, reached: &mut Reached) -> TestResult {
        let mut out = input.unjudged(case);
        let call = call_of(input);
        let port = split_port(&input.authority).1;
        let mut served = false;
        for name in self.places.names() {
            let Some(fate) = self.fate(name, port, &call, reached) else { continue };
            served = true;
            self.judge(case, &fate, name, &mut out);
            out.won_by.extend(fate.notes);
            out.near.extend(fate.near);
        }
        if !served {
            let nowhere = format!("no VirtualService has the host `{}`", split_port(&input.authority).0);
            out.mismatches = missing(case, &nowhere);
        }
        for notes in [&mut out.won_by, &mut out.near] {
            notes.dedup();
        }
        out.passed = out.mismatches.is_empty() && out.undecided.is_none();
        out
    }

    /// What happens at a place; `None` when it does not serve the host.
    fn fate(&self, name: &str, port: Option<u32>, call: &HttpCall, reached: &mut Reached) -> Option<Fate> {
        let routes = self.places.routes(name, port, call);
        let mut out = Fate { root: self.root(name, port, call), ..Fate::default() };
        let Some((table, call)) = routes.table(port, call) else {
            // A root all of whose delegates are missing has no routes left, yet it is there.
            let is_bare = matches!(routes, Routes::Bare(_));
            return out.root.is_some().then_some(out).filter(|_| is_bare);
        };
        let (_, found) = taken(table, call)?;
        out.near = near_notes(table, call);
        if let Some(route) = found {
            reached.route(route.origin);
            out.rule = self.world.source(route);
            out.notes.push(self.note(name, route, out.rule.as_ref()));
        }
        Some(out)
    }

    /// The rule of a VirtualService with hosts that takes the request, delegates left alone.
    fn root(
        &self,
        name: &str,
        port: Option<u32>,
        call: &HttpCall,
    ) -> Option<(Arc<VirtualService>, HttpRoute)> {
        let table = self.places.root_table(name, port);
        let (_, found) = taken(&table, call)?;
        source_in(self.places.roots(), found?)
    }

    fn note(&self, place: &str, route: &Route, rule: Option<&(Arc<VirtualService>, HttpRoute)>) -> Note {
        let several = self.places.names().count() > 1;
        let text = match rule {
            Some((service, http)) => route_name(service, route.place.map_or(0, |(at, _)| at), http),
            None => format!("route `{}`", route.name),
        };
        let at = if several { format!("at {place}: ") } else { String::new() };
        Note::new(format!("{at}{text}"), route.origin)
    }

    fn judge(&self, case: &TestCase, fate: &Fate, place: &str, out: &mut TestResult) {
        let domain = &self.world.mesh.settings.domain;
        let asserts = |part: Part| case.asserted.iter().any(|(known, _)| *known == part);
        let measure = |service: &VirtualService| service.meta.namespace().to_owned();
        let nothing = HttpRoute::default();
        if asserts(Part::Delegate) {
            let (namespace, route) = match &fate.root {
                Some((service, route)) => (measure(service), route),
                None => (String::new(), &nothing),
            };
            let measure = Measure::Meant { namespace: &namespace, domain };
            if same(Part::Delegate, &case.want, route, measure) != case.want_match {
                out.mismatches.push(mismatch(Part::Delegate, case, words(Part::Delegate, route)));
            }
        }
        let others: Vec<Part> =
            Part::ALL.into_iter().filter(|p| *p != Part::Delegate && asserts(*p)).collect();
        if others.is_empty() {
            return;
        }
        if let Some(why) = fate.root.as_ref().and_then(|(service, route)| self.lost(service, route)) {
            out.undecided = Some(why);
            return;
        }
        let Some((service, route)) = &fate.rule else {
            let why = dropped(fate).unwrap_or_else(|| format!("no route of {place} takes it"));
            out.mismatches
                .extend(missing(case, &why).into_iter().filter(|m| m.field != Part::Delegate.name()));
            return;
        };
        let namespace = measure(service);
        let measure = Measure::Meant { namespace: &namespace, domain };
        for part in others {
            if same(part, &case.want, route, measure) != case.want_match {
                let note = dropped_by(fate, route).map(|why| format!(" ({why})")).unwrap_or_default();
                out.mismatches.push(mismatch(part, case, format!("{}{note}", words(part, route))));
            }
        }
    }

    /// Why nobody can say where a delegated request goes.
    fn lost(&self, root: &VirtualService, route: &HttpRoute) -> Option<String> {
        let delegate = route.delegate.as_ref()?;
        let home = root.meta.namespace();
        let namespace = if delegate.namespace.is_empty() { home } else { &delegate.namespace };
        let is_there = self.world.mesh.virtual_services.iter().any(|service| {
            service.hosts.is_empty()
                && service.meta.namespace() == namespace
                && service.meta.name() == delegate.name
        });
        (!is_there)
            .then(|| format!("the delegate VirtualService {namespace}/{} is not in the input", delegate.name))
    }
}

/// Why a rule of a delegate is not there although the request meets the rule that names it.
fn dropped(fate: &Fate) -> Option<String> {
    let (_, root) = fate.root.as_ref()?;
    let delegate = root.delegate.as_ref()?;
    Some(format!(
        "istiod drops what it cannot join: no match of delegate `{}` lies within that of the rule that names it",
        delegate.name
    ))
}

/// The same where another rule took the request instead.
fn dropped_by(fate: &Fate, taken: &HttpRoute) -> Option<String> {
    let (service, root) = fate.root.as_ref()?;
    let of_root = service.http.iter().any(|http| http.origin == taken.origin);
    dropped(fate).filter(|_| root.delegate.is_some() && of_root)
}

/// Every asserted part of a request that no rule takes.
fn missing(case: &TestCase, why: &str) -> Vec<Mismatch> {
    if !case.want_match {
        return Vec::new();
    }
    case.asserted.iter().map(|(part, _)| mismatch(*part, case, why.to_owned())).collect()
}

/// The request as routes see it: a URL without its host, the path normalised as Istio does by default.
fn call_of(input: &Input) -> HttpCall {
    let uri = input.uri.split_once('#').map_or(input.uri.as_str(), |(before, _)| before);
    let behind_host = |rest: &str| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/").to_owned();
    let path = match uri.split_once("://") {
        Some((scheme, rest)) if scheme == "http" || scheme == "https" => behind_host(rest),
        _ => uri.to_owned(),
    };
    let rules = PathRules { normalize: true, ..PathRules::default() };
    HttpCall {
        method: input.method.clone(),
        authority: input.authority.clone(),
        path: path_at(rules, &path).unwrap_or(path),
        scheme: "http".to_owned(),
        headers: input.headers.clone(),
        claims: None,
    }
}
