//! Endpoints that the request or the connection names itself: the dynamic forward proxy.
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use super::reply::Reply;
use super::stream::Exchange;
use super::worker::Worker;
use crate::access::info::flag;
use crate::cluster::ClusterRuntime;
use crate::cluster::dns::{Known, first};
use crate::cluster::shared::Host;
use crate::config::cluster::{Cluster, Discovery};
use crate::config::dns::Dns;
use crate::config::endpoint::Endpoint;
use crate::config::route::without_port;

/// Why there is no address.
enum Unresolved {
    /// The name has none.
    Unknown,
    /// Too many names are known.
    Full,
}

impl Worker {
    /// The address of a name, as the cluster's cache has it. One that is old is used until there is a new one, after
    /// `source/extensions/common/dynamic_forward_proxy/dns_cache_impl.cc`.
    async fn resolve(
        self: &Rc<Self>,
        cluster: &Cluster,
        name: &str,
        port: u16,
    ) -> Result<SocketAddr, Unresolved> {
        let Some(dns) = cluster.dns.as_deref() else { return Err(Unresolved::Unknown) };
        let key = (name.to_owned(), port);
        if let Some(known) = self.names.borrow_mut().get_mut(&key).filter(|k| k.used.elapsed() < dns.host_ttl)
        {
            let now = Instant::now();
            known.used = now;
            if known.due > now {
                return Ok(known.address);
            }
            // Nobody else asks while this question is on its way.
            known.due = now + dns.refresh;
            let (worker, dns, address) = (self.clone(), dns.clone(), known.address);
            tokio::task::spawn_local(async move {
                let _known = worker.ask(&dns, key).await;
            });
            return Ok(address);
        }
        self.names.borrow_mut().retain(|_, known| known.used.elapsed() < dns.host_ttl);
        if self.names.borrow().len() as u64 >= dns.most_names {
            return Err(Unresolved::Full);
        }
        self.ask(dns, key).await.ok_or(Unresolved::Unknown)
    }

    /// Asks for an address and remembers it.
    async fn ask(&self, dns: &Dns, key: (String, u16)) -> Option<SocketAddr> {
        let servers = dns.servers.clone().unwrap_or_else(|| self.global.program.dns.clone());
        let (dns, (name, port), random) = (dns.clone(), key.clone(), self.random());
        let asking = tokio::task::spawn_blocking(move || first(&name, port, &dns, &servers, random));
        let known = asking.await.ok()??;
        let mut names = self.names.borrow_mut();
        // A new address is no use of it.
        let used = names.get(&key).map_or(known.used, |old| old.used);
        names.insert(key, Known { used, ..known });
        Some(known.address)
    }
}

/// The endpoint at an address of a cluster that knows none itself.
fn host(cluster: &Cluster, address: SocketAddr, name: &str) -> Arc<Host> {
    let endpoint = Endpoint::at(address.into(), cluster.sockets.len().saturating_sub(1));
    Arc::new(Host::new(address.into(), Endpoint { hostname: name.to_owned(), ..endpoint }))
}

impl Exchange<'_> {
    /// Resolves the host of a request whose cluster goes where requests want to go.
    pub(crate) async fn resolve_host(&mut self) -> Result<(), Reply> {
        let Some(cluster) = self.cluster_config().filter(|c| c.discovery == Discovery::Dynamic) else {
            return Ok(());
        };
        let authority = self.head.authority.clone().unwrap_or_default();
        if authority.is_empty() {
            return Err(Reply::new(400, "Empty host header".as_bytes(), "empty_host_header"));
        }
        let name = without_port(&authority);
        let port = authority.get(name.len() + 1..).and_then(|p| std::str::from_utf8(p).ok()?.parse().ok());
        let encrypted = cluster.sockets.last().is_some_and(|socket| socket.tls.is_some());
        let port = port.unwrap_or(if encrypted { 443 } else { 80 });
        let name = String::from_utf8_lossy(name).into_owned();
        match self.worker.resolve(cluster, &name, port).await {
            Ok(address) => {
                self.notes.named_host = Some(host(cluster, address, &name));
                Ok(())
            }
            Err(Unresolved::Full) => {
                Err(Reply::new(503, "DNS cache overflow".as_bytes(), "dns_cache_overflow").awaited())
            }
            Err(Unresolved::Unknown) => {
                let details = "dns_resolution_failure{no_host}";
                let reply = Reply::new(503, "DNS resolution failure".as_bytes(), details);
                Err(reply.flagged(flag::DNS_FAILED).awaited())
            }
        }
    }
}

/// The endpoint that the server name of a connection asks for.
pub(super) async fn by_server_name(
    worker: &Rc<Worker>,
    cluster: &ClusterRuntime,
    name: &str,
    port: u16,
) -> Option<Arc<Host>> {
    let config = cluster.config().filter(|_| !name.is_empty())?;
    let address = worker.resolve(config, name, port).await.ok()?;
    Some(host(config, address, name))
}
