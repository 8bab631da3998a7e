//! The endpoints of a cluster, and how they are spoken to.

use mp_ir::mesh::{EndpointAddress, Health};
use mp_ir::plan::{
    Cluster, Discovery, LbEndpoint, LocalityEndpoints, SecretSource, ServerCheck, UpstreamProtocol,
    UpstreamSecurity, UpstreamTls,
};

use super::around::Place;
use super::outcome::{Note, SeenTls, Stage};
use super::{Proxy, Walk};
use crate::virtual_host::without_port;

/// An endpoint that was picked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Picked {
    pub(crate) place: Place,
    /// It says that it speaks mutual TLS.
    pub(crate) mutual_tls: bool,
    /// It is reached by the tunnel of the ambient mesh.
    pub(crate) tunnel: bool,
}

/// TLS towards an upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transport {
    server_name: String,
    client: Vec<String>,
    alpn: Vec<String>,
    /// Names of which the server's certificate must have one; empty takes any.
    wanted: Vec<String>,
}

impl Transport {
    /// The client as the upstream sees it.
    pub(crate) fn seen(&self) -> SeenTls {
        SeenTls {
            server_name: self.server_name.clone(),
            client: self.client.clone(),
            alpn: self.alpn.clone(),
        }
    }
}

impl Proxy<'_> {
    /// The endpoints that a cluster states, by locality.
    #[must_use]
    pub fn localities<'c>(&'c self, cluster: &'c Cluster) -> &'c [LocalityEndpoints] {
        match &cluster.discovery {
            Discovery::Static(stated) => stated,
            Discovery::StrictDns(dns) | Discovery::LogicalDns(dns) => &dns.endpoints,
            Discovery::Eds => self
                .assignments
                .get(cluster.name.as_str())
                .map(|a| a.localities.as_slice())
                .unwrap_or_default(),
            Discovery::OriginalDst { .. }
            | Discovery::Internal(_)
            | Discovery::Tunnel { .. }
            | Discovery::DynamicForward { .. } => &[],
        }
    }

    /// The endpoints that may be picked: the healthy ones of the first priority that has any; all of it when none is healthy and
    /// panic is on.
    fn usable<'c>(&'c self, cluster: &'c Cluster) -> Vec<&'c LbEndpoint> {
        let localities = self.localities(cluster);
        let mut priorities: Vec<u32> = localities.iter().map(|l| l.priority).collect();
        priorities.sort_unstable();
        priorities.dedup();
        let of = |priority: u32| {
            let weighted = cluster.common_lb.as_ref().is_some_and(|lb| lb.locality_weighted);
            let here =
                move |l: &&LocalityEndpoints| l.priority == priority && !(weighted && l.weight == Some(0));
            localities.iter().filter(here).flat_map(|l| &l.endpoints).filter(|e| e.weight != Some(0))
        };
        for priority in &priorities {
            let healthy: Vec<&LbEndpoint> = of(*priority).filter(|e| healthy(e)).collect();
            if !healthy.is_empty() {
                return healthy;
            }
        }
        let panic = cluster.common_lb.as_ref().and_then(|lb| lb.panic_threshold).is_none_or(|at| at > 0.0);
        priorities.first().filter(|_| panic).map(|first| of(*first).collect()).unwrap_or_default()
    }
}

fn healthy(endpoint: &LbEndpoint) -> bool {
    matches!(endpoint.health, None | Some(Health::Healthy | Health::Unchecked))
}

fn place(endpoint: &LbEndpoint) -> Picked {
    let place = match &endpoint.address {
        EndpointAddress::Host(host) => Place { host: host.clone(), port: endpoint.port },
        EndpointAddress::Unix(path) => Place { host: path.clone(), port: 0 },
    };
    Picked { place, mutual_tls: endpoint.mutual_tls, tunnel: endpoint.tunnel.is_some() }
}

/// Whether the upstream is spoken to by HTTP/2.
pub(crate) fn speaks_http2(cluster: &Cluster, client_speaks: bool) -> bool {
    match cluster.http.as_ref().map(|http| &http.protocol) {
        Some(UpstreamProtocol::Http2(_)) => true,
        Some(UpstreamProtocol::Downstream { .. }) => client_speaks,
        Some(UpstreamProtocol::Http1 { .. } | UpstreamProtocol::Unstated) | None => false,
    }
}

/// Name of a secret of the proxy.
pub(crate) fn secret_name(source: &SecretSource) -> &str {
    match source {
        SecretSource::Agent(name) | SecretSource::ControlPlane(name) | SecretSource::External(name) => name,
    }
}

impl Walk<'_, '_> {
    /// Tells which cluster was chosen, and what is open about it.
    pub(super) fn cluster_note(&mut self, cluster: &Cluster) {
        self.cluster_left_open(&cluster.name);
        self.step(Stage::Cluster, cluster.origin, || format!("cluster `{}`", cluster.name));
        if cluster.rule_origin.is_some() {
            self.step(Stage::Cluster, cluster.rule_origin, || {
                let parts: Vec<&str> =
                    cluster.metadata.config.as_deref().unwrap_or_default().rsplit('/').collect();
                match parts.as_slice() {
                    [name, _, namespace, ..] => format!("DestinationRule `{namespace}/{name}` shapes it"),
                    _ => "a DestinationRule shapes it".to_owned(),
                }
            });
        }
    }

    /// An endpoint for one try: none of `tried` while there are others.
    pub(super) fn pick(&mut self, cluster: &Cluster, authority: &str, tried: &[Place]) -> Option<Picked> {
        if !self.chance.tells_places_apart() || !tried.is_empty() {
            return self.pick_any(cluster, authority, tried);
        }
        if let Some(found) = self.dialled(cluster, authority) {
            return Some(found);
        }
        let all: Vec<Picked> = self.proxy.usable(cluster).into_iter().map(place).collect();
        let at = self.chance.pick(&vec![1; all.len()])?;
        all.into_iter().nth(at)
    }

    /// The same where one endpoint is as good as another: only those that take connections and those that do not are told apart.
    pub(super) fn pick_any(&mut self, cluster: &Cluster, authority: &str, tried: &[Place]) -> Option<Picked> {
        if let Some(found) = self.dialled(cluster, authority) {
            self.step(Stage::Endpoint, cluster.origin, || {
                format!("{}:{}", found.place.host, found.place.port)
            });
            return Some(found);
        }
        let all: Vec<Picked> = self.proxy.usable(cluster).into_iter().map(place).collect();
        let fresh: Vec<&Picked> = all.iter().filter(|p| !tried.contains(&p.place)).collect();
        let from: Vec<&Picked> = if fresh.is_empty() { all.iter().collect() } else { fresh };
        let (alive, dead): (Vec<&Picked>, Vec<&Picked>) =
            from.iter().copied().partition(|p| self.around.accepts(&p.place));
        let shares = [alive.len() as u64, dead.len() as u64];
        let side = self.chance.pick(&shares);
        if tried.is_empty() {
            self.note(|| endpoints_note(cluster, &all));
        }
        match side {
            Some(0) => alive.first().map(|p| (*p).clone()),
            Some(_) => dead.first().map(|p| (*p).clone()),
            None => None,
        }
    }

    /// Whether a cluster has an endpoint at all.
    pub(super) fn leads_anywhere(&self, cluster: &Cluster, authority: &str) -> bool {
        self.dialled(cluster, authority).is_some() || !self.proxy.usable(cluster).is_empty()
    }

    /// The address of clusters that have no endpoints of their own.
    fn dialled(&self, cluster: &Cluster, authority: &str) -> Option<Picked> {
        let (host, port) = match &cluster.discovery {
            Discovery::OriginalDst { port_override, .. } => {
                let (address, port) = self.arrival.destination;
                (address.to_string(), port_override.unwrap_or(port))
            }
            Discovery::DynamicForward { .. } if authority.is_empty() => {
                let name = self.arrival.hello.as_ref()?.server_name.clone();
                (name, self.arrival.destination.1)
            }
            Discovery::DynamicForward { .. } => {
                let bare = without_port(authority);
                let port = authority.strip_prefix(bare).and_then(|p| p.strip_prefix(':'));
                (bare.to_owned(), port.and_then(|p| p.parse().ok()).unwrap_or(80))
            }
            _ => return None,
        };
        Some(Picked { place: Place { host, port }, ..Picked::default() })
    }

    /// TLS towards an endpoint; `None` is plain text.
    pub(super) fn transport(&mut self, cluster: &Cluster, to: &Picked, authority: &str) -> Option<Transport> {
        let tls = match &cluster.security {
            UpstreamSecurity::Plain | UpstreamSecurity::Tunnel(_) => None,
            UpstreamSecurity::Tls(tls) => Some(tls),
            UpstreamSecurity::Auto(tls) => Some(tls).filter(|_| to.mutual_tls),
        };
        let Some(tls) = tls else {
            let text = if to.tunnel { "plain text inside of the tunnel" } else { "plain text" };
            self.step(Stage::UpstreamTls, cluster.rule_origin, || text.to_owned());
            return None;
        };
        let http = cluster.http.as_ref();
        let host = without_port(authority);
        let named = http.is_some_and(|http| http.auto_sni) && !host.is_empty();
        let checked = http.is_some_and(|http| http.auto_san_validation) && !host.is_empty();
        let mut transport = Transport {
            server_name: if named { host.to_owned() } else { tls.sni.clone() },
            client: self.client_names(tls),
            alpn: tls.alpn.clone(),
            wanted: match &tls.check {
                ServerCheck::Root { names, .. } => names.clone(),
                ServerCheck::None | ServerCheck::Unstated => Vec::new(),
            },
        };
        if checked && transport.wanted.is_empty() {
            transport.wanted.push(host.to_owned());
        }
        self.step(Stage::UpstreamTls, tls.origin, || transport_text(tls, &transport));
        Some(transport)
    }

    fn client_names(&self, tls: &UpstreamTls) -> Vec<String> {
        let names = tls.certificate.as_ref().and_then(|secret| self.around.own_names(secret_name(secret)));
        let bare =
            |name: &String| name.split_once(':').map_or_else(|| name.clone(), |(_, name)| name.to_owned());
        names.iter().flatten().map(bare).collect()
    }

    /// Why the server's certificate is not taken, as the log has it; `None` when it is.
    pub(super) fn verify(&self, transport: &Transport, place: &Place) -> Option<String> {
        let names = self.around.server_names(place).filter(|_| !transport.wanted.is_empty())?;
        let bare: Vec<&str> =
            names.iter().map(|n| n.split_once(':').map_or(n.as_str(), |(_, n)| n)).collect();
        let fits = |name: &&str| transport.wanted.iter().any(|wanted| name_fits(name, wanted));
        if bare.iter().any(fits) {
            return None;
        }
        let list = bare.join(",_");
        let why = "CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_SAN_matcher,_certificate_SANs_are_";
        Some(format!("TLS_error:|268435581:SSL_routines:OPENSSL_internal:{why}[{list}]:TLS_error_end"))
    }
}

/// Whether a certificate's name is the wanted one; `*.` of the certificate stands for one label.
fn name_fits(name: &str, wanted: &str) -> bool {
    match name.strip_prefix('*') {
        Some(end) => wanted.strip_suffix(end).is_some_and(|label| !label.is_empty() && !label.contains('.')),
        None => name.eq_ignore_ascii_case(wanted),
    }
}

fn transport_text(tls: &UpstreamTls, transport: &Transport) -> String {
    let kind = if tls.istio { "mutual TLS of the mesh" } else { "TLS" };
    match transport.server_name.as_str() {
        "" => format!("{kind} without a server name"),
        name => format!("{kind} for `{name}`"),
    }
}

/// Most endpoints that are told one by one.
const MOST_SHOWN: usize = 4;

fn endpoints_note(cluster: &Cluster, all: &[Picked]) -> Note {
    let shown: Vec<String> =
        all.iter().take(MOST_SHOWN).map(|p| format!("{}:{}", p.place.host, p.place.port)).collect();
    let text = match all.len() {
        0 => "there is no endpoint".to_owned(),
        n if n > MOST_SHOWN => format!("one of {n} endpoints: {}, …", shown.join(", ")),
        1 => shown.join(", "),
        _ => format!("one of {}", shown.join(", ")),
    };
    Note { stage: Stage::Endpoint, text, origin: cluster.origin, losers: Vec::new(), decides: false }
}
