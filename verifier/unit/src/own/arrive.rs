//! What the policies of workloads say to a request.

use std::collections::BTreeSet;

use mp_eval::hop::Proxy;
use mp_eval::{
    By, Decision, Facts, Proto, Request, Step, Surroundings, Token, Verdict, decide_with_facts, near_rule,
};
use mp_ir::mesh::{EndpointAddress, Mesh, MutualTlsMode};
use mp_ir::plan::{
    Cluster, ClusterTarget, EnforcementPoint, HeaderMutation, LbEndpoint, Plan, PointKind, Policy,
    RbacAction, UpstreamSecurity,
};

use super::expand::Ask;
use super::walk::{Answer, Seen};
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
    /// The client for whom a gateway calls.
    pub(super) forwarded_for: Option<String>,
}

impl Caller {
    /// A proxy of the mesh.
    pub(super) fn proxy(mesh: &Mesh, plan: &Plan) -> Self {
        let proxy = &plan.proxy;
        let id =
            format!("spiffe://{}/ns/{}/sa/{}", trust_domain(mesh), proxy.namespace, proxy.service_account);
        let address = proxy.ips.first().cloned().unwrap_or_default();
        Self { address, identity: Some(id), forwarded_for: None }
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
    /// Claims of the token that the last workload accepted.
    pub(super) claims: Option<serde_json::Map<String, serde_json::Value>>,
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
    pub(super) fn refused(&self) -> bool {
        self.decisions.iter().any(|d| d.verdict != Verdict::Allow)
    }

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

fn spiffe(mesh: &Mesh, id: &Located<String>) -> Result<String, ReadError> {
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

/// A call of a gateway from outside; the policies of a gateway that has no Pod in the input are taken from what selects it.
pub(super) fn at_gateway(
    world: &World<'_>,
    plan: &Plan,
    ask: &Ask,
    port: u32,
    reached: &mut Reached,
) -> (Arrival, Vec<Note>) {
    let mut arrival = Arrival::default();
    let Some(point) = world.point_of(&plan.proxy.namespace, &plan.proxy.pod) else {
        return (arrival, Vec::new());
    };
    let caller = Caller { address: client_address(ask), identity: None, forwarded_for: None };
    let request = Request { port, host: ask.host.value.clone(), ..request(ask, &caller, None) };
    let near = arrival.decide(world, point, &request, reached);
    (arrival, near)
}

/// A call of every endpoint that a route may choose.
pub(super) fn of_route(
    world: &World<'_>,
    plan: &Plan,
    ask: &Ask,
    seen: &Seen,
    caller: &Caller,
    reached: &mut Reached,
) -> (Arrival, Vec<Note>) {
    let (mut arrival, mut near) = (Arrival::default(), Vec::new());
    let proxy = Proxy::new(plan);
    for to in seen.to.iter().filter(|to| to.weight > 0) {
        let Some(cluster) = proxy.cluster(&to.cluster) else {
            arrival.lost = Some(lost(seen, &to.cluster));
            continue;
        };
        let localities = proxy.localities(cluster);
        let endpoints: Vec<&LbEndpoint> =
            localities.iter().flat_map(|locality| &locality.endpoints).collect();
        if endpoints.is_empty() {
            arrival.unknown = Some(nowhere(cluster));
        }
        for endpoint in endpoints {
            let tls = speaks_mutual_tls(&cluster.security, endpoint);
            arrival.mutual_tls.insert(tls);
            let EndpointAddress::Host(address) = &endpoint.address else { continue };
            let Some(point) = world.point_at(address) else {
                arrival.unknown = Some(format!("no workload of the input has the address `{address}`"));
                continue;
            };
            let sni = cluster.security.tls().filter(|_| tls).map(|tls| tls.sni.clone());
            let plain = request(ask, caller, caller.identity.clone().filter(|_| tls));
            let sent =
                Request { port: endpoint.port, dst: Some(address.clone()), sni, ..routed(plain, seen) };
            near.extend(arrival.decide(world, point, &sent, reached));
        }
    }
    near.sort();
    near.dedup();
    (arrival, near)
}

/// What is answered for want of a cluster.
fn lost(seen: &Seen, cluster: &str) -> (u32, String) {
    let status = seen.forward.as_ref().and_then(|forward| forward.cluster_not_found).unwrap_or(503);
    (status, format!("the proxy has no cluster `{cluster}`"))
}

/// A request after what its route changes.
fn routed(plain: Request, seen: &Seen) -> Request {
    let headers = changed(&plain.headers, &seen.headers);
    Request { path: seen.path.clone(), host: seen.authority.clone(), headers, ..plain }
}

/// Why a cluster without endpoints leads nowhere that is known.
fn nowhere(cluster: &Cluster) -> String {
    match cluster.target {
        ClusterTarget::Passthrough => "it goes to the address that was dialled".to_owned(),
        _ => format!("the input has no endpoints of `{}`", cluster.name),
    }
}

fn speaks_mutual_tls(security: &UpstreamSecurity, endpoint: &LbEndpoint) -> bool {
    // The tunnel shows who calls, whatever is spoken inside of it.
    if endpoint.tunnel.is_some() {
        return true;
    }
    match security {
        UpstreamSecurity::Plain => false,
        UpstreamSecurity::Tunnel(_) => true,
        UpstreamSecurity::Tls(tls) => tls.istio,
        UpstreamSecurity::Auto(_) => endpoint.mutual_tls,
    }
}

fn request(ask: &Ask, caller: &Caller, identity: Option<String>) -> Request {
    let mut headers: Vec<(String, String)> =
        ask.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(client) = &caller.forwarded_for {
        headers.push(("x-forwarded-for".to_owned(), client.clone()));
    }
    Request {
        peer: identity,
        src: caller.address.clone(),
        proto: if ask.is_bytes() { Proto::Tcp } else { Proto::Http },
        method: ask.method.clone(),
        path: ask.path.clone(),
        headers,
        jwt: ask.claims.clone().map(|claims| Token { claims, ..Token::default() }),
        ..Request::default()
    }
}

/// The headers after the changes of a route.
fn changed(headers: &[(String, String)], changes: &HeaderMutation) -> Vec<(String, String)> {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let gone = |name: &str| changes.request_remove.iter().any(|removed| same(removed, name));
    let mut out: Vec<(String, String)> = headers.iter().filter(|(name, _)| !gone(name)).cloned().collect();
    for change in &changes.request_add {
        if change.overwrite {
            out.retain(|(name, _)| !same(name, &change.name));
        }
        out.push((change.name.clone(), change.value.clone()));
    }
    out
}

impl Arrival {
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
        self.claims = facts.claims().cloned();
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
