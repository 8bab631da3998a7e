//! What the policies of workloads say to a request.

use std::collections::BTreeSet;

use mp_eval::hop::{Outcome, Proxy, Seen as Upstream, SeenRequest, What};
use mp_eval::{
    By, Decision, Facts, Proto, Request, Step, Surroundings, Token, Verdict, decide_with_facts, near_rule,
};
use mp_ir::mesh::{Mesh, MutualTlsMode};
use mp_ir::plan::{Cluster, ClusterTarget, EnforcementPoint, Plan, PointKind, Policy, RbacAction};

use super::expand::Ask;
use super::hop::bearer;
use super::walk::{Answer, To, refusers};
use super::{fault, open};
use crate::coverage::Reached;
use crate::reader::{Located, ReadError};
use crate::verdict::Note;
use crate::world::World;

/// Address of a client outside of whom nothing is said (RFC 5737).
const CLIENT: &str = "203.0.113.7";

/// Who calls a workload.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) address: String,
    /// SPIFFE id, shown where mutual TLS is spoken.
    pub(super) identity: Option<String>,
}

impl Caller {
    /// A proxy of the mesh.
    pub(super) fn proxy(mesh: &Mesh, plan: &Plan) -> Self {
        let proxy = &plan.proxy;
        let id =
            format!("spiffe://{}/ns/{}/sa/{}", trust_domain(mesh), proxy.namespace, proxy.service_account);
        let address = proxy.ips.first().cloned().unwrap_or_default();
        Self { address, identity: Some(id) }
    }
}

fn trust_domain(mesh: &Mesh) -> &str {
    &mesh.settings.trust_domain
}

/// What happened at the end of the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrival {
    /// What the policies say, with who decided and where; several when the workloads differ.
    pub(super) decisions: Vec<Decided>,
    /// Whether mutual TLS is spoken; both when it depends on the endpoint.
    pub(super) mutual_tls: BTreeSet<bool>,
    /// Why nobody knows.
    pub(super) unknown: Option<String>,
    /// What is answered for want of a cluster, and which one that is.
    pub(super) lost: Option<(u32, String)>,
    /// What decided.
    pub(super) notes: Vec<Note>,
}

/// The decision of one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decided {
    pub(super) verdict: Verdict,
    /// `NS/NAME` of policies, or `mtls`, `jwt`, `codec`, `route`, `ext-authz`; empty when nothing objects.
    pub(super) by: Vec<String>,
    /// The workload.
    pub(super) at: String,
    pub(super) status: Option<u16>,
}

impl Arrival {
    /// What the caller gets.
    pub(super) fn answer(&self) -> Answer {
        if let Some(why) = &self.unknown {
            return Answer::Unknown(why.clone());
        }
        let mut answers: Vec<Answer> = self
            .decisions
            .iter()
            .map(|decided| match (decided.verdict, decided.status) {
                (Verdict::Allow, _) => Answer::Upstream,
                (_, Some(status)) => Answer::Proxy(u32::from(status)),
                // A handshake that fails is an upstream that cannot be reached, to the proxy that calls.
                (_, None) => Answer::Proxy(503),
            })
            .collect();
        answers.extend(self.lost.as_ref().map(|(status, _)| Answer::Proxy(*status)));
        answers.dedup();
        match answers.as_slice() {
            [one] => one.clone(),
            [] => Answer::Upstream,
            _ => Answer::Unknown("it depends on the workload that is chosen".to_owned()),
        }
    }
}

pub(super) fn client_address(ask: &Ask) -> String {
    ask.address.as_ref().map_or_else(|| CLIENT.to_owned(), |address| address.value.clone())
}

/// A call of a workload without a route.
pub(super) fn directly(
    world: &World<'_>,
    ask: &Ask,
    to: &Located<String>,
    caller: &Caller,
    reached: &mut Reached,
) -> Result<(Arrival, Vec<Note>), ReadError> {
    let plan = world.plan(&to.value).map_err(|e| fault(to.span, e.to_string(), world.advice(&to.value)))?;
    let point = world.point_of(&plan.proxy.namespace, &plan.proxy.pod);
    let Some(point) = point else {
        let help = "name a workload whose Pods are in the input";
        return Err(fault(to.span, format!("`{}` has no Pod in the input", to.value), help));
    };
    let port = match (ask.port, point.ports.as_slice()) {
        (Some(port), _) => u32::from(port),
        (None, [only]) => only.number,
        (None, ports) => {
            let known: Vec<String> = ports.iter().map(|port| port.number.to_string()).collect();
            let help = format!("write `port:`; services name {}", known.join(", "));
            return Err(fault(to.span, format!("`{}` has several ports or none", to.value), help));
        }
    };
    let mode = point.ports.iter().find(|p| p.number == port).map(|p| p.mode.value);
    let plain = mode.or(point.passthrough.map(|mode| mode.value)) == Some(MutualTlsMode::Disable);
    let identity = match &ask.identity {
        Some(id) => Some(spiffe(world.mesh, id)?),
        None => caller.identity.clone().filter(|_| !plain),
    };
    let mut arrival = Arrival::default();
    arrival.mutual_tls.insert(identity.is_some());
    let request = Request { port, host: ask.host.value.clone(), ..request(ask, caller, identity) };
    let near = arrival.decide(world, point, &request, reached);
    Ok((arrival, near))
}

/// The SPIFFE id of an identity as a test states it.
pub(super) fn spiffe(mesh: &Mesh, id: &Located<String>) -> Result<String, ReadError> {
    if id.value.starts_with("spiffe://") {
        return Ok(id.value.clone());
    }
    match id
        .value
        .split_once('/')
        .filter(|(ns, name)| !ns.is_empty() && !name.is_empty() && !name.contains('/'))
    {
        Some((ns, name)) => Ok(format!("spiffe://{}/ns/{ns}/sa/{name}", trust_domain(mesh))),
        None => {
            let help = "write `namespace/service-account` or `spiffe://…`";
            Err(fault(id.span, format!("`{}` is no identity", id.value), help))
        }
    }
}

/// Every place that a call may come to by its ways through the first proxy.
pub(super) fn of_ways(
    world: &World<'_>,
    proxy: &Proxy<'_>,
    ask: &Ask,
    to: &[To],
    ways: &[(f64, Outcome)],
    reached: &mut Reached,
) -> (Arrival, Vec<Note>) {
    let (mut arrival, mut near) = (Arrival::default(), Vec::new());
    let caller = Caller::proxy(world.mesh, proxy.plan);
    for (_, outcome) in ways {
        if let Some(decided) = refused(proxy.plan, outcome) {
            if !arrival.decisions.contains(&decided) {
                arrival.decisions.push(decided);
            }
            continue;
        }
        match outcome.upstream.iter().find(|seen| !seen.aside) {
            Some(upstream) => near.extend(arrival.at(world, proxy, (ask, &caller), upstream, reached)),
            None => arrival.without_upstream(proxy, outcome),
        }
    }
    for one in to.iter().filter(|to| to.weight > 0 && proxy.cluster(&to.cluster).is_none()) {
        let statuses = ways.iter().filter(|(_, outcome)| outcome.upstream.is_empty());
        let status = statuses.filter_map(|(_, outcome)| outcome.own_status).next();
        let why = format!("the proxy has no cluster `{}`", one.cluster);
        arrival.lost = status
            .filter(|_| arrival.decisions.iter().all(|d| d.verdict == Verdict::Allow))
            .map(|status| (status, why));
    }
    near.sort();
    near.dedup();
    (arrival, near)
}

/// What the first proxy itself refuses.
fn refused(plan: &Plan, outcome: &Outcome) -> Option<Decided> {
    let verdict = match outcome.by? {
        By::Codec | By::Route => Verdict::Reject,
        By::Mtls | By::Jwt | By::Rbac | By::ExtAuthz | By::Upstream => Verdict::Deny,
    };
    let at = format!("{}/{}", plan.proxy.namespace, plan.proxy.pod);
    let status = outcome.own_status.and_then(|status| u16::try_from(status).ok());
    Some(Decided { verdict, by: refusers(outcome), at, status })
}

/// Why a cluster without endpoints leads nowhere that is known.
fn nowhere(cluster: &Cluster) -> String {
    match cluster.target {
        ClusterTarget::Passthrough => "it goes to the address that was dialled".to_owned(),
        _ => format!("the input has no endpoints of `{}`", cluster.name),
    }
}

fn request(ask: &Ask, caller: &Caller, identity: Option<String>) -> Request {
    Request {
        peer: identity,
        src: caller.address.clone(),
        proto: if ask.is_bytes() { Proto::Tcp } else { Proto::Http },
        method: ask.method.clone(),
        path: ask.path.clone(),
        headers: ask.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        jwt: ask.claims.clone().map(|claims| Token { claims, ..Token::default() }),
        ..Request::default()
    }
}

/// A request as the first proxy sent it on. A token is told by its claims, where the proxy passed it on.
fn sent_on(plain: Request, sent: &SeenRequest, ask: &Ask) -> Request {
    let own = ask.claims.as_ref().map(bearer);
    let is_token = |(_, value): &(String, String)| own.as_ref() == Some(value);
    let jwt = plain.jwt.filter(|_| sent.headers.iter().any(is_token));
    Request {
        method: sent.method.clone(),
        path: sent.path.clone(),
        host: sent.authority.clone(),
        headers: sent.headers.iter().filter(|header| !is_token(header)).cloned().collect(),
        jwt,
        ..plain
    }
}

impl Arrival {
    /// Whether nobody said anything.
    pub(super) fn is_empty(&self) -> bool {
        self.decisions.is_empty() && self.unknown.is_none() && self.lost.is_none()
    }

    /// Asks the workload that a proxy sends a call to.
    fn at(
        &mut self,
        world: &World<'_>,
        proxy: &Proxy<'_>,
        (ask, caller): (&Ask, &Caller),
        upstream: &Upstream,
        reached: &mut Reached,
    ) -> Vec<Note> {
        let place = &upstream.place;
        let shown = upstream.tls.as_ref().filter(|tls| !tls.client.is_empty());
        let identity = caller.identity.clone().filter(|_| shown.is_some() || upstream.tunnelled);
        let is_mutual = identity.is_some();
        let cluster = proxy.cluster(&upstream.cluster);
        let Some(point) = world.point_at(&place.host) else {
            let passes = cluster.is_some_and(|cluster| cluster.target == ClusterTarget::Passthrough);
            self.unknown = Some(match cluster.filter(|_| passes) {
                Some(cluster) => nowhere(cluster),
                None => format!("no workload of the input has the address `{}`", place.host),
            });
            self.mutual_tls.extend((!passes).then_some(is_mutual));
            return Vec::new();
        };
        self.mutual_tls.insert(is_mutual);
        let plain = Request {
            port: place.port,
            dst: Some(place.host.clone()),
            sni: shown.map(|tls| tls.server_name.clone()),
            ..request(ask, caller, identity)
        };
        let sent = match &upstream.what {
            Some(What::Request(sent)) => sent_on(plain, sent, ask),
            Some(What::Bytes(_) | What::ClientHello) | None => plain,
        };
        self.decide(world, point, &sent, reached)
    }

    /// A way that came to no workload though no policy objected.
    fn without_upstream(&mut self, proxy: &Proxy<'_>, outcome: &Outcome) {
        let Some(cluster) = proxy.cluster(&outcome.cluster) else { return };
        let empty = proxy.localities(cluster).iter().all(|locality| locality.endpoints.is_empty());
        match outcome.own_status {
            _ if empty => self.unknown = Some(nowhere(cluster)),
            Some(status) => {
                self.lost = Some((status, format!("no endpoint of `{}` may be used", cluster.name)))
            }
            None => {}
        }
    }

    /// Asks one workload, and gives the rules that nearly matched.
    fn decide(
        &mut self,
        world: &World<'_>,
        point: &EnforcementPoint,
        request: &Request,
        reached: &mut Reached,
    ) -> Vec<Note> {
        let (decision, facts) = decide_with_facts(point, request, &Surroundings::default());
        let mut near = Vec::new();
        if let Some(open) = open::at_workload(world, point, request.port) {
            near.push(Note::new(open.reason.clone(), open.origin));
            self.unknown = Some(open.reason);
        }
        let at = format!("{}/{}", point.namespace, point.name);
        let decided = Decided {
            verdict: decision.decision,
            by: by(point, &decision, request.proto),
            at,
            status: decision.status,
        };
        let kind = if point.kind == PointKind::Gateway { "gateway " } else { "" };
        for step in decision.trace.iter().filter(|step| tells(step, &decided)) {
            let text = format!("{} at {kind}{}: {}", step.stage, decided.at, step.text);
            self.notes.push(Note::new(text, step.origin));
        }
        // Only a rule of this sort would have changed the decision.
        let other = if decided.verdict == Verdict::Allow { RbacAction::Deny } else { RbacAction::Allow };
        let unmatched = decision.matched.is_none() || decided.verdict == Verdict::Allow;
        self.decisions.push(decided);
        let Some(facts) = facts else { return near };
        reached.rules(point, &facts, request.proto == Proto::Http);
        let filters = if request.proto == Proto::Http { &point.http.rbac } else { &point.tcp.rbac };
        let rules = filters.iter().filter_map(|filter| filter.rules.as_ref());
        let rules = rules.filter(|rules| unmatched && rules.action == other);
        near.extend(rules.flat_map(|rules| &rules.policies).filter_map(|policy| near_note(policy, &facts)));
        near
    }
}

/// The one condition that a rule misses, where it is one.
fn near_note(policy: &Policy, facts: &Facts) -> Option<Note> {
    let missed = near_rule(policy, facts)?;
    let (namespace, name) = &policy.policy;
    let text = format!("rule {} of policy {namespace}/{name}: {}", policy.rule, missed.text);
    Some(Note::new(text, missed.origin.or(policy.origin)))
}

/// Steps that decided: rules that matched, and what refused.
fn tells(step: &Step, decided: &Decided) -> bool {
    let refused = decided.verdict != Verdict::Allow;
    match step.stage {
        "deny" => step.origin.is_some(),
        "allow" | "custom" => step.origin.is_some() || refused,
        "codec" => true,
        stage => refused && decided.by.iter().any(|by| by == stage),
    }
}

/// Who decided.
fn by(point: &EnforcementPoint, decision: &Decision, proto: Proto) -> Vec<String> {
    let word = match decision.by {
        By::Mtls => "mtls",
        By::Jwt => "jwt",
        By::Codec => "codec",
        By::Route => "route",
        By::ExtAuthz => "ext-authz",
        By::Rbac | By::Upstream => return policies(point, decision, proto),
    };
    vec![word.to_owned()]
}

/// The policy of the rule that matched; without one, all ALLOW policies of which none matched.
fn policies(point: &EnforcementPoint, decision: &Decision, proto: Proto) -> Vec<String> {
    let all = match proto {
        Proto::Http => (&point.http.custom, &point.http.rbac),
        Proto::Tcp => (&point.tcp.custom, &point.tcp.rbac),
    };
    let custom = all.0.iter().map(|custom| &custom.rbac);
    let filters: Vec<_> = custom.chain(all.1).filter_map(|filter| filter.rules.as_ref()).collect();
    let name = |policy: &Policy| format!("{}/{}", policy.policy.0, policy.policy.1);
    let mut out: Vec<String> = match &decision.matched {
        Some(rule) => filters
            .iter()
            .flat_map(|rules| &rules.policies)
            .filter(|policy| policy.name == *rule)
            .map(name)
            .collect(),
        None if decision.decision == Verdict::Deny => filters
            .iter()
            .filter(|rules| rules.action == RbacAction::Allow)
            .flat_map(|rules| &rules.policies)
            .map(name)
            .collect(),
        None => Vec::new(),
    };
    out.dedup();
    out
}
