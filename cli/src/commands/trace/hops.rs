//! From proxy to proxy: what one sends on arrives at the next.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use mp_eval::hop::{
    Answer, Answered, Around, Arrival, Ask, Certificate, Choices, Echo, End, Hello, Outcome, Payload, Place,
    Proxy, Reply, Seen, Signature, SignedToken, What, visit,
};
use mp_ir::base::ObjectRef;
use mp_ir::mesh::{Mesh, Workload};
use mp_ir::plan::{Direction, KeySource, Plan, ProxyKind, ProxyView};
use mp_lower::Index;
use mp_lower::plan::security::is_captured;

use crate::surroundings::{Surroundings, World};

/// Proxies in a row after which a trace ends: requests that go round in circles.
const MOST_HOPS: usize = 6;

/// The first arrival.
#[derive(Debug)]
pub(super) struct Begin {
    pub(super) at: At,
    pub(super) arrival: Arrival,
    /// What had to be assumed, as sentences.
    pub(super) assumed: Vec<String>,
    /// Who calls, for people.
    pub(super) client: String,
}

/// Who takes the first connection.
#[derive(Debug)]
pub(super) enum At {
    /// A proxy of the mesh.
    Proxy(Rc<Plan>),
    /// The ztunnel of the node of a Pod, by `NS/NAME`.
    Ztunnel(String),
}

/// One proxy on the way.
#[derive(Debug)]
pub(super) struct Hop {
    /// `NS/POD`; of a ztunnel, the Pod before which it stands.
    pub(super) proxy: String,
    /// `outbound`, `inbound`, `gateway`, `waypoint` or `ztunnel`.
    pub(super) role: &'static str,
    pub(super) outcome: Outcome,
}

/// What is the same for all hops.
pub(super) struct Trip<'m> {
    pub(super) mesh: &'m Mesh,
    pub(super) index: &'m Index,
    world: Arc<World>,
    plans: RefCell<BTreeMap<String, Option<Rc<Plan>>>>,
    hops: RefCell<Vec<Option<Hop>>>,
    /// What the answers of the proxies on the way rest on, as sentences.
    assumed: RefCell<Vec<String>>,
}

impl<'m> Trip<'m> {
    pub(super) fn new(mesh: &'m Mesh, index: &'m Index, world: &Arc<World>) -> Self {
        Self {
            mesh,
            index,
            world: world.clone(),
            plans: RefCell::default(),
            hops: RefCell::default(),
            assumed: RefCell::default(),
        }
    }

    /// The plan of a proxy.
    pub(super) fn plan(&self, view: &ProxyView) -> Rc<Plan> {
        let key = format!("{}/{}", view.namespace, view.name);
        let known = self.plans.borrow().get(&key).cloned().flatten();
        known.unwrap_or_else(|| {
            let plan = Rc::new(mp_eval::hop::follow(mp_lower::plan(self.mesh, self.index, view)));
            self.plans.borrow_mut().insert(key, Some(plan.clone()));
            plan
        })
    }

    /// The whole way, outermost proxy first, and what it rests on.
    pub(super) fn go(&self, begin: &Begin) -> (Vec<Hop>, Vec<String>) {
        begin.assumed.iter().for_each(|text| self.assume(text));
        match &begin.at {
            At::Proxy(plan) => self.hop(plan.clone(), &begin.arrival, 0),
            At::Ztunnel(pod) => self.leave_by_ztunnel(pod, &begin.arrival),
        };
        (self.hops.take().into_iter().flatten().collect(), self.assumed.take())
    }

    fn assume(&self, text: &str) {
        let mut told = self.assumed.borrow_mut();
        if !told.iter().any(|known| known == text) {
            told.push(text.to_owned());
        }
    }

    /// Notes what is taken for granted of a proxy and of its namespace.
    pub(super) fn assume_of(&self, view: &ProxyView) {
        view.assumed.iter().for_each(|text| self.assume(text));
        let here = |object: &ObjectRef| {
            let namespace = if object.kind == "Namespace" { &object.name } else { &object.namespace };
            *namespace == view.namespace
        };
        let matters = self.mesh.assumed.iter().filter(|a| a.object.as_ref().is_none_or(here));
        matters.for_each(|assumption| self.assume(&assumption.to_string()));
    }

    /// A place among the hops, in the order in which they are come to.
    pub(super) fn reserve(&self) -> usize {
        let mut hops = self.hops.borrow_mut();
        hops.push(None);
        hops.len() - 1
    }

    /// Tells what happened at a hop.
    pub(super) fn tell(&self, at: usize, hop: Hop) {
        if let Some(slot) = self.hops.borrow_mut().get_mut(at) {
            *slot = Some(hop);
        }
    }

    pub(super) fn hop(&self, plan: Rc<Plan>, arrival: &Arrival, depth: usize) -> Outcome {
        let at = self.reserve();
        self.assume_of(&plan.proxy);
        let proxy = Proxy::new(&plan);
        let inbound =
            plan.listeners.iter().any(|l| l.name == arrival.listener && l.direction == Direction::Inbound);
        let mut beyond =
            Beyond { trip: self, here: Surroundings::new(&self.world, &proxy), plan: &plan, inbound, depth };
        let outcome = visit(&proxy, arrival, &mut beyond, &mut Choices::likeliest(), true);
        let view = &plan.proxy;
        let role = match view.kind {
            ProxyKind::Router => "gateway",
            ProxyKind::Waypoint => "waypoint",
            ProxyKind::Sidecar if inbound => "inbound",
            ProxyKind::Sidecar => "outbound",
        };
        let told = outcome.clone();
        self.tell(at, Hop { proxy: format!("{}/{}", view.namespace, view.pod), role, outcome });
        told
    }

    /// The Pod at an address.
    pub(super) fn pod(&self, address: &str) -> Option<&'m Workload> {
        let pods = self.mesh.workloads.iter().filter(|w| w.meta.object.kind == "Pod");
        pods.into_iter().find(|w| w.ips.iter().any(|ip| ip == address))
    }

    /// The proxy of a Pod; `None` when it has none.
    pub(super) fn proxy_of(&self, pod: &Workload) -> Option<ProxyView> {
        let name = format!("{}/{}", pod.meta.namespace(), pod.meta.name());
        let view = mp_lower::proxy::find(self.mesh, self.index, &name).ok()?;
        let label = pod.meta.labels.get("security.istio.io/tlsMode").is_some_and(|mode| mode == "istio");
        (view.kind != ProxyKind::Sidecar || pod.has_proxy || label).then_some(view)
    }
}

/// What stands around one proxy of the way: the next proxies, and behind the last one the application.
struct Beyond<'t, 'm> {
    trip: &'t Trip<'m>,
    here: Surroundings,
    plan: &'t Plan,
    inbound: bool,
    depth: usize,
}

impl Beyond<'_, '_> {
    /// What the next proxy replies; `None` when there is none.
    fn next(&self, seen: &Seen, payload: Payload) -> Option<Reply> {
        let last = self.inbound && self.plan.proxy.kind != ProxyKind::Waypoint;
        if last || self.depth >= MOST_HOPS {
            return None;
        }
        let pod = self.trip.pod(&seen.place.host)?;
        if is_captured(self.trip.mesh, pod) {
            let to = (seen.place.host.parse().ok()?, seen.place.port);
            let from = self.plan.proxy.ips.first().and_then(|ip| ip.parse().ok());
            return Some(self.trip.arrive_by_ztunnel(pod, self.shown(seen), (from, to), &payload));
        }
        let view = self.trip.proxy_of(pod)?;
        let plan = self.trip.plan(&view);
        let destination: (IpAddr, u32) = (seen.place.host.parse().ok()?, seen.place.port);
        let listener = plan.listeners.iter().find(|l| {
            let port = l.address.port == destination.1;
            l.bind_to_port && (l.name == "virtualInbound" || (port && view.kind != ProxyKind::Sidecar))
        })?;
        let arrival = Arrival {
            listener: listener.name.clone(),
            source: self.plan.proxy.ips.first().and_then(|ip| ip.parse().ok()).unwrap_or(destination.0),
            destination,
            tunnel_peer: None,
            hello: seen.tls.as_ref().map(|tls| hello(tls, &payload)),
            payload,
        };
        Some(self.trip.hop(plan.clone(), &arrival, self.depth + 1).reply)
    }
}

impl Beyond<'_, '_> {
    /// The identity that the proxy shows through a tunnel; none where it calls without one.
    fn shown(&self, seen: &Seen) -> Option<String> {
        let view = &self.plan.proxy;
        let waypoint = view.kind == ProxyKind::Waypoint;
        (waypoint || seen.tunnelled).then(|| self.trip.identity(&view.namespace, &view.service_account))
    }
}

/// The hello of the proxy before. Its filter for ALPN puts Istio's own names first.
fn hello(tls: &mp_eval::hop::SeenTls, payload: &Payload) -> Hello {
    let own = tls.alpn.iter().any(|name| name == "istio");
    let spoken: &[&str] = match payload {
        Payload::Http(ask) if own && ask.http2 => &["istio-h2", "istio", "h2"],
        Payload::Http(_) if own => &["istio-http/1.1", "istio", "http/1.1"],
        _ => &[],
    };
    let alpn =
        if spoken.is_empty() { tls.alpn.clone() } else { spoken.iter().map(|s| (*s).to_owned()).collect() };
    let name = |name: &String| {
        if name.contains("://") { format!("URI:{name}") } else { format!("DNS:{name}") }
    };
    let names: Vec<String> = tls.client.iter().map(name).collect();
    Hello {
        server_name: tls.server_name.clone(),
        alpn,
        certificate: (!names.is_empty()).then(|| Certificate { names, ..Certificate::default() }),
        ..Hello::default()
    }
}

impl Around for Beyond<'_, '_> {
    fn accepts(&self, place: &Place) -> bool {
        self.here.accepts(place)
    }

    fn answer(&mut self, seen: &Seen) -> Answer {
        let Some(What::Request(request)) = &seen.what else { return Answer::Closed(0) };
        let ask = Ask {
            http2: request.http2,
            method: request.method.clone(),
            authority: request.authority.clone(),
            path: request.path.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
        };
        // Copies and questions to authorisers go their own way.
        let reply = if seen.aside { None } else { self.next(seen, Payload::Http(ask)) };
        match reply {
            None => Answer::Response(Answered { status: 200, sized: true, ..Answered::default() }),
            Some(Reply::Response(response)) => Answer::Response(Answered {
                status: response.status,
                headers: response.headers,
                grpc_status: response.grpc_status,
                sized: true,
                ..Answered::default()
            }),
            Some(_) => Answer::Closed(0),
        }
    }

    fn echo(&mut self, seen: &Seen) -> Echo {
        let text = match &seen.what {
            Some(What::Bytes(text)) => text.clone(),
            _ => String::new(),
        };
        match self.next(seen, Payload::Bytes(text)) {
            Some(Reply::Bytes(End::Closed | End::Reset, data)) => Echo { data, closes: true },
            Some(Reply::Bytes(_, data)) => Echo { data, closes: false },
            Some(_) => Echo { data: String::new(), closes: true },
            None => Echo { data: String::new(), closes: false },
        }
    }

    fn server_names(&self, place: &Place) -> Option<Vec<String>> {
        self.here.server_names(place)
    }

    fn speaks_tls(&self, _place: &Place) -> bool {
        // Whom the input does not describe is taken to understand what clients send.
        true
    }

    fn server_alpn(&self, place: &Place) -> Vec<String> {
        self.here.server_alpn(place)
    }

    fn own_names(&self, secret: &str) -> Option<Vec<String>> {
        self.here.own_names(secret)
    }

    fn own_address(&self) -> String {
        self.here.own_address()
    }

    fn signature(&self, keys: &KeySource, token: &SignedToken<'_>) -> Signature {
        self.here.signature(keys, token)
    }

    fn now(&self) -> u64 {
        self.here.now()
    }

    fn take_token(&mut self, bucket: &str, most: u64) -> bool {
        self.here.take_token(bucket, most)
    }
}
