//! The ztunnel of a node: it takes the calls of Pods of the ambient mesh, leads them to waypoints or workloads, and asks the policies
//! of the workload where they arrive (ztunnel `proxy/outbound.rs`, `build_request`; `proxy/inbound.rs`; `state.rs`, `assert_rbac`).

use std::collections::BTreeMap;
use std::net::IpAddr;

use mp_eval::hop::{
    Arrival, End, Hello, Loser, Note, Outcome, Payload, Reply, Response, Seen, Stage, Unknown,
};
use mp_eval::{Proto, Request, Surroundings, Verdict, decide};
use mp_ir::base::Origin;
use mp_ir::mesh::{Endpoint, EndpointAddress, Health, Service, Waypoint, Workload};
use mp_ir::plan::{Authorization, EnforcementPoint, ProxyKind, ProxyView, RbacAction, TunnelPart};
use mp_lower::ProxySpec;
use mp_lower::plan::ambient::waypoint_called;
use mp_lower::plan::security::{enforcement_point, is_captured};

use super::hops::{Hop, Trip};

/// The label of the Pods that run a Gateway.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
/// Most endpoints that are told one by one.
const MOST_SHOWN: usize = 4;

impl Trip<'_> {
    /// The SPIFFE id of a service account.
    pub(super) fn identity(&self, namespace: &str, account: &str) -> String {
        let account = if account.is_empty() { "default" } else { account };
        format!("spiffe://{}/ns/{namespace}/sa/{account}", self.mesh.settings.trust_domain)
    }

    /// A call that leaves a Pod by the ztunnel of its node.
    pub(super) fn leave_by_ztunnel(&self, name: &str, arrival: &Arrival) -> Outcome {
        let at = self.reserve();
        let named = |w: &&Workload| format!("{}/{}", w.meta.namespace(), w.meta.name()) == name;
        let mut out = Outcome::default();
        let (address, port) = arrival.destination;
        if let Some(pod) = self.mesh.workloads.iter().find(named) {
            step(
                &mut out,
                Stage::Listener,
                pod.meta.origin,
                format!("ztunnel takes the call of {address}:{port}"),
            );
            let peer = self.identity(pod.meta.namespace(), &pod.service_account);
            let sent = Arrival { tunnel_peer: Some(peer), ..arrival.clone() };
            out.reply = match waypoint_called(self.mesh, address) {
                Some(waypoint) => self.to_waypoint(&mut out, waypoint, &sent),
                None => self.to_workload(&mut out, &sent),
            };
        }
        let told = out.clone();
        self.tell(at, Hop { proxy: name.to_owned(), role: "ztunnel", outcome: out });
        told
    }

    fn to_waypoint(&self, out: &mut Outcome, waypoint: &Waypoint, sent: &Arrival) -> Reply {
        let (namespace, name) = (waypoint.meta.namespace(), waypoint.meta.name());
        let text = format!("waypoint `{namespace}/{name}` stands before it, and is reached by the tunnel");
        step(out, Stage::Cluster, waypoint.meta.origin, text);
        if !self.mesh.waypoints.iter().any(|up| up.meta.object == waypoint.meta.object) {
            let reason = format!("what waypoint `{namespace}/{name}` serves: its status names no address");
            out.unknown.push(Unknown { reason, origin: waypoint.meta.origin });
            return ok(&sent.payload);
        }
        let runs = |w: &&Workload| {
            w.meta.namespace() == namespace && w.labels().get(GATEWAY_NAME).is_some_and(|of| of == name)
        };
        let pod = self.mesh.workloads.iter().find(runs).map(|pod| pod.meta.name());
        if pod.is_none() && !waypoint.made_by_istiod {
            let reason = format!("what waypoint `{namespace}/{name}` does: no Pod of the input runs it");
            out.unknown.push(Unknown { reason, origin: waypoint.meta.origin });
            return ok(&sent.payload);
        }
        let inside = Arrival { listener: TunnelPart::MainInternal.name().to_owned(), ..sent.clone() };
        let Some(view) = self.proxy_of_waypoint(waypoint, pod) else { return ok(&sent.payload) };
        if pod.is_none() {
            let address = view.ips.join(", ");
            let text = format!(
                "no Pod of the input runs it: {address} stands for the address of the one that istiod makes"
            );
            step(out, Stage::Endpoint, waypoint.meta.origin, text);
        }
        self.hop(self.plan(&view), &inside, 1).reply
    }

    /// The proxy of a waypoint; without a Pod the one that istiod makes of the Gateway.
    fn proxy_of_waypoint(&self, waypoint: &Waypoint, pod: Option<&str>) -> Option<ProxyView> {
        let (namespace, name) = (waypoint.meta.namespace(), waypoint.meta.name());
        let Some(pod) = pod else {
            let named = format!("gateway:{namespace}/{name}");
            return mp_lower::proxy::find(self.mesh, self.index, &named).ok();
        };
        let spec = ProxySpec {
            name: pod.to_owned(),
            kind: ProxyKind::Waypoint,
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            metadata: BTreeMap::from([("ENABLE_HBONE".to_owned(), "true".to_owned())]),
            ..ProxySpec::default()
        };
        Some(mp_lower::proxy::view(self.mesh, self.index, &spec))
    }

    /// Straight to an endpoint of a service, or to the Pod that was dialled.
    fn to_workload(&self, out: &mut Outcome, sent: &Arrival) -> Reply {
        let (address, port) = sent.destination;
        let Some((service, endpoints)) = self.service_at(address) else {
            return self.to_address(out, (address, port), sent);
        };
        let wanted = service.ports.iter().find(|known| known.number == port);
        let fits = |endpoint: &&Endpoint| {
            wanted.is_some_and(|wanted| {
                endpoint.service_port == port
                    || endpoint.service_port == 0 && endpoint.port_name == wanted.name
            }) && matches!(endpoint.health, Health::Healthy | Health::Unchecked)
        };
        let places: Vec<(IpAddr, u32)> = endpoints.iter().filter(fits).filter_map(place).collect();
        let shown: Vec<String> =
            places.iter().take(MOST_SHOWN).map(|(address, port)| format!("{address}:{port}")).collect();
        let more = if places.len() > MOST_SHOWN { ", …" } else { "" };
        let text = match shown.as_slice() {
            [] => format!("`{}` has no healthy endpoint at port {port}", service.hostname.value),
            [only] => only.clone(),
            several => format!("one of {}{more}", several.join(", ")),
        };
        step(out, Stage::Endpoint, service.meta.origin, text);
        match places.first() {
            Some(place) => self.to_address(out, *place, sent),
            None => Reply::Bytes(End::Closed, String::new()),
        }
    }

    fn service_at(&self, address: IpAddr) -> Option<(&Service, &[Endpoint])> {
        let at = self.mesh.services.iter().position(|service| {
            service.addresses.iter().any(|text| text.parse() == Ok(address))
                || service.auto_addresses.contains(&address)
        })?;
        Some((self.mesh.services.get(at)?, self.mesh.endpoints.get(at).map_or(&[][..], Vec::as_slice)))
    }

    fn to_address(&self, out: &mut Outcome, to: (IpAddr, u32), sent: &Arrival) -> Reply {
        let own = self.pod(&to.0.to_string());
        let tunnelled = own.is_some_and(|pod| is_captured(self.mesh, pod));
        let how = if tunnelled { "the tunnel, with the identity of the caller" } else { "plain text" };
        step(
            out,
            Stage::UpstreamTls,
            own.and_then(|pod| pod.meta.origin),
            format!("{how}, to {}:{}", to.0, to.1),
        );
        out.upstream.push(Seen {
            place: mp_eval::hop::Place { host: to.0.to_string(), port: to.1 },
            ..Seen::default()
        });
        match own {
            Some(pod) if tunnelled => {
                self.arrive_by_ztunnel(pod, sent.tunnel_peer.clone(), (Some(sent.source), to), &sent.payload)
            }
            Some(pod) => self.to_sidecar(pod, to, sent).unwrap_or_else(|| ok(&sent.payload)),
            None => ok(&sent.payload),
        }
    }

    /// A Pod with a sidecar gets the call as the client sent it.
    fn to_sidecar(&self, pod: &Workload, to: (IpAddr, u32), sent: &Arrival) -> Option<Reply> {
        let plan = self.plan(&self.proxy_of(pod)?);
        let listener = plan.listeners.iter().find(|l| l.bind_to_port && l.name == "virtualInbound")?;
        let arrival = Arrival {
            listener: listener.name.clone(),
            destination: to,
            tunnel_peer: None,
            hello: sent.hello.clone().map(|hello| Hello { certificate: None, ..hello }),
            ..sent.clone()
        };
        Some(self.hop(plan.clone(), &arrival, 1).reply)
    }

    /// A connection that arrives at a Pod of the ambient mesh: its policies for connections decide.
    pub(super) fn arrive_by_ztunnel(
        &self,
        pod: &Workload,
        peer: Option<String>,
        (from, to): (Option<IpAddr>, (IpAddr, u32)),
        payload: &Payload,
    ) -> Reply {
        let at = self.reserve();
        let (namespace, name) = (pod.meta.namespace(), pod.meta.name());
        if let Ok(view) = mp_lower::proxy::find(self.mesh, self.index, &format!("{namespace}/{name}")) {
            self.assume_of(&view);
        }
        let mut out = Outcome::default();
        let who =
            peer.as_ref().map_or_else(|| "plain text".to_owned(), |peer| format!("the tunnel from `{peer}`"));
        step(
            &mut out,
            Stage::Listener,
            pod.meta.origin,
            format!("ztunnel takes {who} for {}:{}", to.0, to.1),
        );
        let request = Request {
            peer,
            src: from.map(|ip| ip.to_string()).unwrap_or_default(),
            dst: Some(to.0.to_string()),
            port: to.1,
            proto: Proto::Tcp,
            ..Request::default()
        };
        let point = enforcement_point(self.mesh, namespace, name);
        let refused = point.is_some_and(|point| is_refused(&mut out, &point, &request));
        out.reply = if refused { Reply::Bytes(End::Closed, String::new()) } else { ok(payload) };
        let reply = out.reply.clone();
        self.tell(at, Hop { proxy: format!("{namespace}/{name}"), role: "ztunnel", outcome: out });
        reply
    }
}

/// Whether the policies of a workload refuse a connection; tells why.
fn is_refused(out: &mut Outcome, point: &EnforcementPoint, request: &Request) -> bool {
    let decision = decide(point, request, &Surroundings::default());
    for told in &decision.trace {
        step(out, Stage::Policy, told.origin, format!("{}: {}", told.stage, told.text));
    }
    let refused = decision.decision != Verdict::Allow;
    if let Some(note) = out.notes.last_mut().filter(|_| refused && decision.matched.is_none()) {
        let allowing = point.connections.iter().filter(|policy| policy.action == RbacAction::Allow);
        let loser = |policy: &Authorization| Loser {
            name: format!("policy `{}`", policy.key()),
            why: "none of its rules matches".to_owned(),
            origin: policy.origin,
        };
        note.losers = allowing.map(loser).collect();
    }
    refused
}

fn place(endpoint: &Endpoint) -> Option<(IpAddr, u32)> {
    match &endpoint.address {
        EndpointAddress::Host(host) => Some((host.parse().ok()?, endpoint.port)),
        EndpointAddress::Unix(_) => None,
    }
}

/// What an application says of which nothing else is known.
fn ok(payload: &Payload) -> Reply {
    match payload {
        Payload::Http(_) => Reply::Response(Response { status: 200, ..Response::default() }),
        Payload::Bytes(_) => Reply::Bytes(End::Open, String::new()),
    }
}

fn step(out: &mut Outcome, stage: Stage, origin: Origin, text: String) {
    out.notes.push(Note { stage, text, origin, losers: Vec::new(), decides: false });
}
