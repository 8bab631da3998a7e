//! The way of one request through a proxy's security filters.

use std::collections::BTreeMap;
use std::net::IpAddr;

use mp_ir::base::Origin;
use mp_ir::mesh::MutualTlsMode;
use mp_ir::plan::{
    CustomFilter, EnforcementPoint, ExtAuthz, JwtAuthn, PointKind, Policy, PortChain, RbacAction, RbacFilter,
    RbacRules,
};

use crate::connection;
use crate::decision::{By, Decision, DryRun, ShadowResult, Step, Verdict, mode_name, taken_at};
use crate::http::{self, HttpView};
use crate::rbac::{Facts, first_match};
use crate::request::{Proto, Request};
use crate::rule_index::RuleIndex;
use crate::token::{self, TokenOutcome};
use crate::written;

/// What stands around the proxy: how external authorisers answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// An HTTP authoriser that is shown this header consents exactly when it has this value. All others cannot be reached.
    pub consent: (String, String),
    /// Authorisers whose answer is stated, by the name of the provider: whether they consent.
    pub answers: BTreeMap<String, bool>,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { consent: ("x-ext".to_owned(), "allow".to_owned()), answers: BTreeMap::new() }
    }
}

/// Decides one request, with the way there.
#[must_use]
pub fn decide(point: &EnforcementPoint, request: &Request, around: &Surroundings) -> Decision {
    Walk::new(point, &[], request, around).run()
}

/// The same with what the policies were asked about; `None` when the request did not get as far as the policies.
#[must_use]
pub fn decide_with_facts(
    point: &EnforcementPoint,
    request: &Request,
    around: &Surroundings,
) -> (Decision, Option<Facts>) {
    let mut walk = Walk { keep: true, ..Walk::new(point, &[], request, around) };
    let decision = walk.run();
    (decision, walk.seen)
}

/// One decision on its way.
pub(crate) struct Walk<'a> {
    point: &'a EnforcementPoint,
    indexes: &'a [RuleIndex<'a>],
    request: &'a Request,
    around: &'a Surroundings,
    trace: Vec<Step>,
    audit: Option<bool>,
    dry_run: DryRun,
    /// Whether the way is told.
    pub(crate) told: bool,
    /// Whether facts are kept for the caller.
    keep: bool,
    seen: Option<Facts>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        point: &'a EnforcementPoint,
        indexes: &'a [RuleIndex<'a>],
        request: &'a Request,
        around: &'a Surroundings,
    ) -> Self {
        let (trace, audit, dry_run) = (Vec::new(), None, DryRun::default());
        Self { point, indexes, request, around, trace, audit, dry_run, told: true, keep: false, seen: None }
    }

    fn see(&mut self, facts: &Facts) {
        if self.keep {
            self.seen = Some(facts.clone());
        }
    }

    pub(crate) fn run(&mut self) -> Decision {
        let Some((chain, mode)) = self.port() else {
            self.step("mtls", format_args!("nothing listens at port {}", self.request.port), None);
            return self.done(Verdict::Deny, By::Mtls, None, None);
        };
        if let Some(refused) = self.handshake(mode) {
            return refused;
        }
        if self.point.kind == PointKind::Ztunnel {
            return self.connection();
        }
        if self.is_cut_off(chain) {
            self.step("sniff", "the request line is longer than is looked at; the connection is ended", None);
            return self.done(Verdict::Deny, By::Mtls, None, None);
        }
        match (chain, self.request.proto) {
            (PortChain::Http | PortChain::Sniffed, Proto::Http) => self.http(),
            (PortChain::Http, Proto::Tcp) => self.done(Verdict::Reject, By::Codec, Some(400), None),
            (PortChain::Tcp, _) | (PortChain::Sniffed, Proto::Tcp) => self.tcp(),
            (PortChain::Passed, _) => {
                self.step("pass", "TLS goes on as it came, and no policy is asked", None);
                self.done(Verdict::Allow, By::Upstream, None, None)
            }
        }
    }

    fn step(&mut self, stage: &'static str, text: impl std::fmt::Display, origin: Origin) {
        if self.told {
            self.trace.push(Step { stage, text: text.to_string(), origin });
        }
    }

    fn done(&mut self, decision: Verdict, by: By, status: Option<u16>, matched: Option<String>) -> Decision {
        let asked = self.dry_run != DryRun::default() && decision == Verdict::Allow;
        Decision {
            id: self.request.id.clone(),
            decision,
            by,
            status,
            matched,
            dry_run: asked.then(|| self.dry_run.clone()),
            audit: self.audit,
            trace: std::mem::take(&mut self.trace),
        }
    }

    /// The chain and the mode of mutual TLS at the port; none where there is no such port and no other is passed on either.
    fn port(&mut self) -> Option<(PortChain, MutualTlsMode)> {
        if let Some(port) = self.point.ports.iter().find(|port| port.number == self.request.port) {
            let (chain, mode) = (port.chain, port.mode);
            self.step("mtls", format_args!("port {} takes {}", port.number, taken_at(port)), mode.origin);
            return Some((chain, mode.value));
        }
        let mode = self.point.passthrough?;
        let taken = mode_name(mode.value);
        self.step("mtls", format_args!("no service declares the port; it takes {taken}"), mode.origin);
        Some((PortChain::Sniffed, mode.value))
    }

    /// Whether the HTTP inspector ends the connection: it looks where both are spoken, and not into TLS, which a waypoint has put off.
    fn is_cut_off(&self, chain: PortChain) -> bool {
        let looks = self.request.peer.is_none() || self.point.kind == PointKind::Waypoint;
        let asks = chain == PortChain::Sniffed && self.request.proto == Proto::Http;
        looks && asks && http::overflows_inspector(self.request)
    }

    fn handshake(&mut self, mode: MutualTlsMode) -> Option<Decision> {
        let reason = match (&self.request.peer, mode) {
            (None, MutualTlsMode::Strict) => "plain text is not taken".to_owned(),
            (Some(_), MutualTlsMode::Disable) if self.point.kind == PointKind::Sidecar => {
                "TLS is not taken".to_owned()
            }
            (Some(peer), _) if !self.trusts(peer) => format!("the trust domain of {peer} is not the mesh's"),
            _ => return None,
        };
        self.step("mtls", reason, None);
        Some(self.done(Verdict::Deny, By::Mtls, None, None))
    }

    fn trusts(&self, peer: &str) -> bool {
        let domains = &self.point.trust_domains;
        domains.is_empty() || domains.iter().any(|domain| peer.starts_with(&format!("spiffe://{domain}/")))
    }

    fn facts(&self) -> Facts {
        let ip = |text: &str| text.parse::<IpAddr>().ok();
        let destination = self.request.dst.as_deref().or(self.point.addresses.first().map(String::as_str));
        let tls = self.request.peer.is_some() || self.point.takes_server_names(self.request.port);
        let server_name = self.request.sni.as_deref().filter(|_| tls).unwrap_or_default();
        Facts {
            peer: self.request.peer.clone(),
            server_name: server_name.to_ascii_lowercase(),
            direct_ip: ip(&self.request.src),
            remote_ip: ip(&self.request.src),
            destination_ip: destination.and_then(ip),
            destination_port: self.request.port,
            http: None,
            claims: None,
        }
    }

    /// ztunnel: DENY before ALLOW, and what was sent does not count (`state.rs`, `assert_rbac`).
    fn connection(&mut self) -> Decision {
        let (facts, policies) = (self.facts(), &self.point.connections);
        let found = |action: RbacAction| {
            policies.iter().find(|p| p.action == action && connection::matches(p, &facts))
        };
        if let Some(policy) = found(RbacAction::Deny) {
            self.step("deny", format_args!("{} matches", policy.key()), policy.origin);
            return self.done(Verdict::Deny, By::Rbac, None, Some(policy.key()));
        }
        let guarded = policies.iter().any(|policy| policy.action == RbacAction::Allow);
        match found(RbacAction::Allow) {
            Some(policy) => self.step("allow", format_args!("{} matches", policy.key()), policy.origin),
            None if guarded => {
                self.step("allow", "no rule matches", None);
                return self.done(Verdict::Deny, By::Rbac, None, None);
            }
            None => {}
        }
        self.done(Verdict::Allow, By::Upstream, None, None)
    }

    fn tcp(&mut self) -> Decision {
        let facts = self.facts();
        self.see(&facts);
        let point = self.point;
        for custom in &point.tcp.custom {
            if let Some(refused) = self.custom(custom, &facts, None) {
                return refused;
            }
        }
        for filter in &point.tcp.rbac {
            if let Err(refused) = self.rbac(filter, &facts, None) {
                return *refused;
            }
        }
        self.done(Verdict::Allow, By::Upstream, None, None)
    }

    fn http(&mut self) -> Decision {
        let mut view = match http::read(self.point, self.request) {
            Ok(view) => view,
            Err((by, status, reason)) => {
                self.step("codec", reason, None);
                return self.done(Verdict::Reject, by, Some(status), None);
            }
        };
        let shown = String::from_utf8_lossy(&view.path).into_owned();
        if shown != self.request.path {
            self.step("path", format_args!("the path is read as {shown}"), None);
        }
        let mut facts = self.facts();
        facts.remote_ip = written::client_address(self.point, &view).or(facts.direct_ip);
        if let Some(address) = facts.remote_ip.filter(|_| self.point.use_remote_address) {
            written::external_address(&mut view, address);
        }
        facts.http = Some(view);
        self.filters(facts)
    }

    fn filters(&mut self, mut facts: Facts) -> Decision {
        let point = self.point;
        self.see(&facts);
        for custom in &point.http.custom {
            if let Some(refused) = self.custom(custom, &facts, Some(403)) {
                return refused;
            }
        }
        if let Some(refused) = point.http.jwt.as_ref().and_then(|filter| self.token(filter, &mut facts)) {
            return refused;
        }
        self.see(&facts);
        let mut matched = None;
        for filter in &point.http.rbac {
            match self.rbac(filter, &facts, Some(403)) {
                Ok(found) => matched = found.or(matched),
                Err(refused) => return *refused,
            }
        }
        if !facts.has_route() {
            self.step("route", "there is no route without a path and a scheme", None);
            return self.done(Verdict::Reject, By::Route, Some(404), None);
        }
        self.done(Verdict::Allow, By::Upstream, Some(200), matched)
    }

    /// Checks the token and takes over its claims; the refusal where it is a bad one.
    fn token(&mut self, filter: &JwtAuthn, facts: &mut Facts) -> Option<Decision> {
        let view = facts.http.get_or_insert_default();
        let outcome = token::check(filter, self.request, view);
        let origin = filter.providers.first().and_then(|p| p.origin);
        match outcome {
            TokenOutcome::None => self.step("jwt", "there is no token", origin),
            TokenOutcome::Claims(claims) => {
                self.step("jwt", "the token is good", origin);
                facts.claims = Some(claims);
            }
            TokenOutcome::Refused(status, reason) => {
                self.step("jwt", reason, origin);
                return Some(self.done(Verdict::Deny, By::Jwt, Some(status), None));
            }
        }
        None
    }

    /// The first policy that matches, by the index where there is one.
    fn first(&self, rules: &'a RbacRules, facts: &Facts) -> Option<&'a Policy> {
        let index = self.indexes.iter().find(|index| std::ptr::eq(index.rules, rules));
        index.map_or_else(|| first_match(rules, facts), |index| index.first_match(facts))
    }

    /// The policy that admitted or marked the request, or the refusal.
    fn rbac(
        &mut self,
        filter: &'a RbacFilter,
        facts: &Facts,
        status: Option<u16>,
    ) -> Result<Option<String>, Box<Decision>> {
        if let Some(shadow) = &filter.shadow {
            self.shadow(shadow, facts);
        }
        let Some(rules) = &filter.rules else { return Ok(None) };
        let found = self.first(rules, facts);
        let name = found.map(|policy| policy.name.clone());
        let origin = found.and_then(|policy| policy.origin);
        let count = rules.policies.len();
        match (rules.action, &name) {
            (RbacAction::Log, _) => {
                // A connection has no answer that could show the mark.
                self.audit = status.map(|_| name.is_some());
                Ok(name)
            }
            (RbacAction::Deny, Some(rule)) => {
                self.step("deny", format_args!("{rule} matches"), origin);
                Err(Box::new(self.done(Verdict::Deny, By::Rbac, status, name)))
            }
            (RbacAction::Deny, None) => {
                self.step("deny", format_args!("none of {count} rules matches"), None);
                Ok(None)
            }
            (RbacAction::Allow, Some(rule)) => {
                self.step("allow", format_args!("{rule} matches"), origin);
                Ok(name)
            }
            (RbacAction::Allow, None) => {
                self.step("allow", format_args!("none of {count} rules matches"), None);
                Err(Box::new(self.done(Verdict::Deny, By::Rbac, status, None)))
            }
        }
    }

    fn shadow(&mut self, rules: &'a RbacRules, facts: &Facts) {
        let matched = self.first(rules, facts).map(|policy| policy.name.clone());
        let allowed = (rules.action == RbacAction::Allow) == matched.is_some();
        let result =
            Some(ShadowResult { result: if allowed { "allowed" } else { "denied" }.to_owned(), matched });
        match rules.action {
            RbacAction::Allow => self.dry_run.allow = result,
            RbacAction::Deny => self.dry_run.deny = result,
            RbacAction::Log => {}
        }
    }

    fn custom(&mut self, filter: &'a CustomFilter, facts: &Facts, status: Option<u16>) -> Option<Decision> {
        if let Some(policy) = filter.rbac.rules.as_ref().and_then(|rules| self.first(rules, facts)) {
            let name = policy.name.clone();
            self.step("custom", format_args!("{name} matches and is refused outright"), policy.origin);
            return Some(self.done(Verdict::Deny, By::Rbac, status, Some(name)));
        }
        let ext = filter.ext_authz.as_ref()?;
        let policy = filter.rbac.shadow.as_ref().and_then(|rules| self.first(rules, facts))?;
        if !facts.has_route() {
            // `ext_authz.cc`, `getPerRouteFlags`
            self.step(
                "custom",
                format_args!("{} matches, but there is no route", policy.name),
                policy.origin,
            );
            return None;
        }
        let consents = self.consents(ext, facts.http.as_ref());
        let (word, allowed) = match consents {
            Some(true) => ("consents", true),
            Some(false) => ("refuses", false),
            None if ext.fail_open => ("cannot be reached, which passes", true),
            None => ("cannot be reached, which refuses", false),
        };
        self.step(
            "custom",
            format_args!("{} matches, and {} {word}", policy.name, ext.provider),
            policy.origin,
        );
        if allowed {
            return None;
        }
        let stated =
            ext.status_on_error.and_then(|code| u16::try_from(code).ok()).filter(|_| consents.is_none());
        let status = status.map(|usual| stated.unwrap_or(usual));
        Some(self.done(Verdict::Deny, By::ExtAuthz, status, None))
    }

    /// The authoriser's answer; `None` when it cannot be reached.
    fn consents(&self, ext: &ExtAuthz, view: Option<&HttpView>) -> Option<bool> {
        if let Some(stated) = self.around.answers.get(&ext.provider) {
            return Some(*stated);
        }
        let (name, value) = &self.around.consent;
        let shown = ext.request_headers.iter().any(|header| header.eq_ignore_ascii_case(name));
        (ext.http && shown)
            .then(|| view.is_some_and(|view| view.lines(name).iter().any(|line| line == value)))
    }
}
