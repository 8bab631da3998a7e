//! What stands around proxies: Pods and hosts that answer or do not, their certificates, the keys of tokens.

mod certificates;
mod file;
mod keys;
mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mp_eval::hop::{Answer, Around, Echo, Place, Proxy, Seen, Signature, SignedToken, What};
use mp_ir::mesh::{EndpointAddress, Mesh};
use mp_ir::plan::KeySource;

pub(crate) use certificates::Secrets;
pub(crate) use file::read as read_file;

/// A Pod as its peers know it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pod {
    /// `NS/NAME`.
    pub(crate) name: String,
    pub(crate) service_account: String,
}

/// What does not change from request to request.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Pods by address.
    pub(crate) pods: BTreeMap<String, Pod>,
    /// Addresses of Pods that refuse connections.
    pub(crate) dead: BTreeSet<String>,
    /// Everything that accepts connections; `None` when everything does.
    pub(crate) listening: Option<BTreeSet<Place>>,
    /// Names of single addresses, where they are not the Pod's.
    pub(crate) names: BTreeMap<Place, String>,
    /// Certificates by the name of the server.
    pub(crate) server_certificates: BTreeMap<String, Vec<String>>,
    /// What servers do without being told, by their name.
    pub(crate) scripts: BTreeMap<String, String>,
    /// Servers that close a connection after their answer.
    pub(crate) closing: BTreeSet<String>,
    pub(crate) secrets: Secrets,
    pub(crate) trust_domain: String,
    /// Seconds since 1970.
    pub(crate) now: u64,
}

impl World {
    /// The world as the mesh tells it: its Pods, and every address accepts connections.
    pub(crate) fn of(mesh: &Mesh, secrets: Secrets) -> Self {
        let pods = mesh.workloads.iter().filter(|w| w.meta.object.kind == "Pod").flat_map(|workload| {
            let pod = Pod {
                name: format!("{}/{}", workload.meta.namespace(), workload.meta.name()),
                service_account: workload.service_account.clone(),
            };
            workload.ips.iter().map(move |ip| (ip.clone(), pod.clone()))
        });
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self {
            pods: pods.collect(),
            secrets,
            trust_domain: mesh.settings.trust_domain.clone(),
            now: now.map_or(0, |since| since.as_secs()),
            ..Self::default()
        }
    }

    /// The name of what is at a place: that of the Pod, else the place itself.
    pub(crate) fn name(&self, place: &Place) -> String {
        if let Some(name) = self.names.get(place) {
            return name.clone();
        }
        match self.pods.get(&place.host) {
            Some(pod) => pod.name.clone(),
            None => format!("{}:{}", place.host, place.port),
        }
    }

    /// Adds the endpoints of proxies to what accepts connections, where that is told.
    pub(crate) fn listen_at_endpoints(&mut self, proxies: &[Proxy<'_>]) {
        let Some(listening) = &mut self.listening else { return };
        let clusters = proxies.iter().flat_map(|proxy| proxy.plan.clusters.iter().map(move |c| (proxy, c)));
        let endpoints = clusters
            .flat_map(|(proxy, cluster)| proxy.localities(cluster))
            .flat_map(|locality| &locality.endpoints);
        listening.extend(endpoints.filter_map(|endpoint| match &endpoint.address {
            EndpointAddress::Host(host) if !host.starts_with("127.") => {
                Some(Place { host: host.clone(), port: endpoint.port })
            }
            _ => None,
        }));
    }
}

/// The world as one proxy meets it, with what requests have left behind.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) world: Arc<World>,
    /// Namespace and service account of the proxy.
    identity: String,
    own_pod: String,
    own_address: String,
    /// How often upstreams were asked, by the key of the script.
    asked: BTreeMap<String, u32>,
    /// Tokens taken from buckets.
    taken: BTreeMap<String, u64>,
}

impl Surroundings {
    /// For a proxy.
    pub(crate) fn new(world: &Arc<World>, proxy: &Proxy<'_>) -> Self {
        let view = &proxy.plan.proxy;
        let account = if view.service_account.is_empty() { "default" } else { &view.service_account };
        let identity = format!("spiffe://{}/ns/{}/sa/{account}", world.trust_domain, view.namespace);
        let address = view.ips.first().cloned().unwrap_or_default();
        Self {
            world: world.clone(),
            identity,
            own_pod: format!("{}/{}", view.namespace, view.pod),
            // Recorded worlds run on loopback.
            own_address: if world.listening.is_some() { "127.0.0.1".to_owned() } else { address },
            asked: BTreeMap::new(),
            taken: BTreeMap::new(),
        }
    }

    /// The same world for another proxy, with what requests have left behind.
    pub(crate) fn beside(&self, proxy: &Proxy<'_>) -> Self {
        Self { asked: self.asked.clone(), taken: self.taken.clone(), ..Self::new(&self.world, proxy) }
    }

    /// The name of what is at a place; loopback is the proxy's own Pod.
    pub(crate) fn name(&self, place: &Place) -> String {
        if place.host.starts_with("127.") && !self.world.names.contains_key(place) {
            return self.own_pod.clone();
        }
        self.world.name(place)
    }

    fn identity_of(&self, name: &str) -> Option<String> {
        let pod = self.world.pods.values().find(|pod| pod.name == name)?;
        let namespace = name.split('/').next().unwrap_or_default();
        let account = if pod.service_account.is_empty() { "default" } else { &pod.service_account };
        Some(format!("URI:spiffe://{}/ns/{namespace}/sa/{account}", self.world.trust_domain))
    }
}

impl Around for Surroundings {
    fn accepts(&self, place: &Place) -> bool {
        !self.world.dead.contains(&place.host)
            && self.world.listening.as_ref().is_none_or(|listening| listening.contains(place))
    }

    fn answer(&mut self, seen: &Seen) -> Answer {
        let name = self.name(&seen.place);
        let Some(What::Request(request)) = &seen.what else { return Answer::Closed(0) };
        let asked = self.asked.entry(script::key(request).to_owned()).or_default();
        *asked += 1;
        script::answer(request, &name, self.world.scripts.get(&name).map(String::as_str), *asked)
    }

    fn echo(&mut self, seen: &Seen) -> Echo {
        let name = self.name(&seen.place);
        let text = match &seen.what {
            Some(What::Bytes(text)) => text.as_str(),
            _ => "",
        };
        script::echo(text, &name, self.world.closing.contains(&name))
    }

    fn server_names(&self, place: &Place) -> Option<Vec<String>> {
        let name = self.name(place);
        if let Some(names) = self.world.server_certificates.get(&name) {
            return Some(names.clone());
        }
        if let Some(identity) = self.identity_of(&name) {
            return Some(vec![identity]);
        }
        // Outside of the mesh only a recorded world tells what a server shows.
        self.world.listening.as_ref()?;
        let host = name.rsplit_once(':').map_or(name.as_str(), |(host, _)| host);
        Some(vec![format!("DNS:{host}")])
    }

    fn server_alpn(&self, _place: &Place) -> Vec<String> {
        ["h2", "http/1.1", "istio"].map(str::to_owned).to_vec()
    }

    fn own_names(&self, secret: &str) -> Option<Vec<String>> {
        if secret == "default" {
            return Some(vec![format!("URI:{}", self.identity)]);
        }
        // Recorded worlds have one certificate for all files.
        if self.world.listening.is_some() && secret.starts_with("file-cert:") {
            return Some(vec!["DNS:client.example".to_owned()]);
        }
        self.world.secrets.names(secret)
    }

    fn own_address(&self) -> String {
        self.own_address.clone()
    }

    fn signature(&self, keys: &KeySource, token: &SignedToken<'_>) -> Signature {
        match keys {
            KeySource::Inline(text) => keys::check(text, token),
            KeySource::Fetched(_) | KeySource::Remote { .. } => Signature::Unknown,
        }
    }

    fn now(&self) -> u64 {
        self.world.now
    }

    fn take_token(&mut self, bucket: &str, most: u64) -> bool {
        let taken = self.taken.entry(bucket.to_owned()).or_default();
        let left = *taken < most;
        *taken += u64::from(left);
        left
    }
}
