//! Which routes and policy rules the tests reach.

use std::collections::BTreeSet;

use mp_eval::{Facts, policy_matches};
use mp_ir::mesh::{HttpRoute, Mesh, VirtualService};
use mp_ir::plan::{EnforcementPoint, RbacAction, RbacFilter};
use mp_model::base::{Origin, Span};

use crate::verdict::Note;

/// What the requests of the tests met.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    routes: BTreeSet<Span>,
    rules: BTreeSet<(String, String, usize)>,
}

impl Reached {
    /// A route took a request.
    pub fn route(&mut self, origin: Origin) {
        self.routes.extend(origin);
    }

    /// A rule of a policy matched: namespace and name of the policy, and the rule's place in it.
    pub fn rule(&mut self, rule: &(String, String, usize)) {
        self.rules.insert(rule.clone());
    }

    /// A request came to the policies of a point: every rule that it matches is reached, up to the filter that refuses it.
    pub fn rules(&mut self, point: &EnforcementPoint, facts: &Facts, http: bool) {
        let (custom, rbac) =
            if http { (&point.http.custom, &point.http.rbac) } else { (&point.tcp.custom, &point.tcp.rbac) };
        custom.iter().for_each(|filter| {
            self.filter(&filter.rbac, facts);
        });
        for filter in rbac {
            if self.filter(filter, facts) {
                return;
            }
        }
    }

    /// True when a DENY rule refuses the request.
    fn filter(&mut self, filter: &RbacFilter, facts: &Facts) -> bool {
        let mut denied = false;
        for rules in filter.rules.iter().chain(&filter.shadow) {
            for policy in rules.policies.iter().filter(|policy| policy_matches(policy, facts)) {
                let (namespace, name) = &policy.policy;
                self.rules.insert((namespace.clone(), name.clone(), policy.rule));
            }
        }
        if let Some(rules) = filter.rules.as_ref().filter(|rules| rules.action == RbacAction::Deny) {
            denied = rules.policies.iter().any(|policy| policy_matches(policy, facts));
        }
        denied
    }
}

/// How much of one sort of rules is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many there are.
    pub total: usize,
    /// Those that no test reaches, by place.
    pub missed: Vec<Note>,
}

impl Share {
    /// How many are reached.
    #[must_use]
    pub fn reached(&self) -> usize {
        self.total - self.missed.len()
    }
}

/// What the tests reach of a mesh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Matches of HTTP routes of VirtualServices; a route without matches counts as one.
    pub routes: Share,
    /// Rules of AuthorizationPolicies.
    pub rules: Share,
}

impl Coverage {
    /// Compares what was reached with what the mesh has.
    #[must_use]
    pub fn new(mesh: &Mesh, reached: &Reached) -> Self {
        let mut out = Self::default();
        for service in &mesh.virtual_services {
            for (at, http) in service.http.iter().enumerate().filter(|(_, http)| http.delegate.is_none()) {
                let whole = [http.origin];
                let matches: Vec<Origin> = http.matches.iter().map(|m| m.origin).collect();
                let places = if matches.is_empty() { whole.as_slice() } else { matches.as_slice() };
                for (inner, origin) in places.iter().enumerate().filter(|(_, origin)| origin.is_some()) {
                    out.routes.total += 1;
                    if !origin.is_some_and(|span| reached.routes.contains(&span)) {
                        let part =
                            if matches.len() > 1 { format!("match {inner} of ") } else { String::new() };
                        let text = format!("{part}{}", route_name(service, at, http));
                        out.routes.missed.push(Note::new(text, *origin));
                    }
                }
            }
        }
        for policy in &mesh.authorization_policies {
            let (namespace, name) = (policy.meta.namespace(), policy.meta.name());
            for (at, rule) in policy.rules.iter().enumerate() {
                out.rules.total += 1;
                if !reached.rules.contains(&(namespace.to_owned(), name.to_owned(), at)) {
                    let text = format!("AuthorizationPolicy {namespace}/{name} rule {at}");
                    out.rules.missed.push(Note::new(text, rule.origin));
                }
            }
        }
        out.routes.missed.sort_by_key(|note| (note.origin, note.text.clone()));
        out.rules.missed.sort_by_key(|note| (note.origin, note.text.clone()));
        out
    }

    /// Percent of routes and rules that are reached, cut to a whole number; 100 when there are none.
    #[must_use]
    pub fn percent(&self) -> usize {
        let total = self.routes.total + self.rules.total;
        (100 * (self.routes.reached() + self.rules.reached())).checked_div(total).unwrap_or(100)
    }
}

/// A route as reports name it: its own name, else its place in the VirtualService.
pub(crate) fn route_name(service: &VirtualService, at: usize, http: &HttpRoute) -> String {
    let name = if http.name.is_empty() { format!("http[{at}]") } else { format!("`{}`", http.name) };
    format!("route {name} of VirtualService {}/{}", service.meta.namespace(), service.meta.name())
}
