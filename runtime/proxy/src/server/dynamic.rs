//! Endpoints that the request or the connection names itself: the dynamic forward proxy.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::reply::Reply;
use super::stream::Exchange;
use super::worker::Worker;
use crate::access::info::flag;
use crate::cluster::ClusterRuntime;
use crate::cluster::dns::fits;
use crate::cluster::shared::Host;
use crate::config::cluster::{Cluster, Discovery};
use crate::config::endpoint::Endpoint;
use crate::config::route::without_port;

/// How long an address is used (`dns_refresh_rate` of the cache).
const LIFE: Duration = Duration::from_secs(60);

/// Why there is no address.
enum Unresolved {
    /// The name has none.
    Unknown,
    /// Too many names are known.
    Full,
}

impl Worker {
    /// The address of a name, as the cluster's cache has it.
    async fn resolve(&self, cluster: &Cluster, name: &str, port: u16) -> Result<SocketAddr, Unresolved> {
        let key = (name.to_owned(), port);
        if let Some((address, since)) = self.names.borrow().get(&key)
            && since.elapsed() < LIFE
        {
            return Ok(*address);
        }
        self.names.borrow_mut().retain(|_, (_, since)| since.elapsed() < LIFE);
        if self.names.borrow().len() as u64 >= cluster.most_names {
            return Err(Unresolved::Full);
        }
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::net::lookup_host((bare, port)).await.map_err(|_| Unresolved::Unknown)?;
        let mut found = found.filter(|address| fits(cluster.dns_family, address.ip()));
        let address = found.next().ok_or(Unresolved::Unknown)?;
        self.names.borrow_mut().insert(key, (address, Instant::now()));
        Ok(address)
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
    worker: &Worker,
    cluster: &ClusterRuntime,
    name: &str,
    port: u16,
) -> Option<Arc<Host>> {
    let config = cluster.config().filter(|_| !name.is_empty())?;
    let address = worker.resolve(config, name, port).await.ok()?;
    Some(host(config, address, name))
}
