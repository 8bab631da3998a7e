//! The HTTP filters, in order; the first one that answers ends the chain.

use mp_ir::plan::{HttpFilter, Policy, RbacAction, RbacFilter, RbacRules};

use super::Walk;
use super::exchange::Exchange;
use super::local::Local;
use super::outcome::Response;
use super::patched::code;
use crate::decision::By;
use crate::rbac::{self, Facts};

impl<'p> Walk<'p, '_> {
    pub(super) fn filters(&mut self, exchange: &mut Exchange<'p>) -> Result<Response, Box<Local>> {
        let hcm = exchange.hcm;
        self.patched()?;
        for filter in &hcm.filters {
            match filter {
                HttpFilter::Router { suppress_envoy_headers } => {
                    return self.forward(exchange, *suppress_envoy_headers);
                }
                other => self.filter(exchange, other)?,
            }
        }
        self.unknown("the HTTP filters end without a router", hcm.origin);
        Err(Box::new(Local::new(404, "", "route_not_found").flagged("NR")))
    }

    fn filter(&mut self, exchange: &mut Exchange<'p>, filter: &'p HttpFilter) -> Result<(), Box<Local>> {
        match filter {
            HttpFilter::Rbac(filter) => self.rbac(exchange, filter),
            HttpFilter::Jwt(filter) => self.jwt(exchange, filter),
            HttpFilter::ExtAuthz(authz) => self.ext_authz(exchange, authz),
            HttpFilter::Fault => self.fault(exchange),
            HttpFilter::Cors => self.cors(exchange),
            HttpFilter::Lua { code, origin, .. } => self.lua(exchange, code, *origin),
            HttpFilter::Wasm(_) => {
                if let Some(open) = code(filter) {
                    self.unknown(open.reason, open.origin);
                }
                Ok(())
            }
            HttpFilter::PeerMetadata { .. }
            | HttpFilter::ConnectAuthority { .. }
            | HttpFilter::GrpcWeb
            | HttpFilter::GrpcStats
            | HttpFilter::Alpn
            | HttpFilter::Stats(_)
            | HttpFilter::StatefulSession
            | HttpFilter::DynamicForwardProxy(_)
            | HttpFilter::Router { .. } => Ok(()),
        }
    }

    fn rbac(&mut self, exchange: &mut Exchange<'p>, filter: &'p RbacFilter) -> Result<(), Box<Local>> {
        let facts = self.request_facts(exchange);
        let shadow = filter.shadow.as_ref().and_then(|rules| rbac::first_match(rules, &facts));
        if let Some(rules) = filter.shadow.as_ref().filter(|_| self.notes) {
            self.out.rules.extend(rbac::met(rules, &facts));
        }
        exchange.shadows.extend(shadow.map(|policy| (filter.shadow_prefix.as_str(), policy.name.as_str())));
        let Some(rules) = &filter.rules else { return Ok(()) };
        let matched = rbac::first_match(rules, &facts);
        self.tell_rules(rules, matched, &facts);
        if rbac::allows(rules, matched) {
            return Ok(());
        }
        self.out.by = Some(By::Rbac);
        Err(Box::new(Local::new(403, "RBAC: access denied", rbac::details(matched))))
    }

    /// Tells what rules said, whose they are, and which others would have changed it.
    pub(super) fn tell_rules(&mut self, rules: &RbacRules, matched: Option<&Policy>, facts: &Facts) {
        let passes = rbac::allows(rules, matched);
        if matched.is_some() || !passes {
            self.out.policies = rbac::deciding(rules, matched);
        }
        if !self.notes {
            return;
        }
        self.out.notes.push(rbac::note(rules, matched, facts));
        self.out.rules.extend(rbac::met(rules, facts));
        if !passes {
            self.out.near.clear();
        }
        // Only a rule that asks for the opposite would have changed the decision.
        let other = if passes { RbacAction::Deny } else { RbacAction::Allow };
        if rules.action == other {
            self.out.near.extend(rbac::near(rules, facts));
        }
    }
}
