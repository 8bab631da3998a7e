//! From a request to its route, and what the route says about filters.
use super::reply::Reply;
use super::stream::{Exchange, Matched};
use crate::config::action::Action;
use crate::config::per_route::PerFilter;
use crate::config::route::RequireTls;

impl<'a> Exchange<'a> {
    /// Finds virtual host, route and cluster.
    pub(crate) fn find_route(&mut self) -> Result<(), Reply> {
        let hcm = self.hcm;
        self.matched = None;
        let Some(host) = hcm.routes.host(self.head.authority.as_deref().unwrap_or_default()) else {
            return Ok(());
        };
        let needs_tls = match host.require_tls {
            RequireTls::None => false,
            RequireTls::External => !self.internal,
            RequireTls::All => true,
        };
        let proto = self.head.get(b"x-forwarded-proto").unwrap_or_default();
        if proto.is_empty() {
            return Ok(());
        }
        if needs_tls && proto != b"https" {
            // A route that leads elsewhere allows what the connection manager allows.
            if self.upgrade.as_ref().is_some_and(|wanted| !hcm.upgrades.contains(wanted)) {
                return Err(Reply::new(403, "".as_bytes(), "upgrade_failed").closing());
            }
            let mut location = b"https://".to_vec();
            location.extend_from_slice(self.head.authority.as_deref().unwrap_or_default());
            location.extend_from_slice(&self.head.path);
            return Err(Reply::new(301, "".as_bytes(), "direct_response").header(b"location", location));
        }
        let random = self.worker.random();
        let Some(route) = host.route(&self.head, &self.info.metadata, random) else { return Ok(()) };
        let target = match &route.action {
            Action::Forward(forward) => forward.target(self.worker.random()),
            Action::Redirect(_) | Action::Direct(..) => None,
        };
        self.info.route.clone_from(&route.name);
        self.info.route_metadata.clone_from(&route.own_metadata);
        let name = target.map(|t| t.cluster(&self.head)).unwrap_or_default();
        let cluster = self.worker.cluster(name);
        self.info.cluster = cluster.map(|_| name.to_owned()).unwrap_or_default();
        self.info.note_cluster(cluster.and_then(|cluster| cluster.config()));
        self.matched = Some(Matched { host, route, target });
        Ok(())
    }

    /// Finds the route of a request that is answered before anything was done to its head: Envoy looks for one when it answers, and finds
    /// none as long as nobody has said how the client came (`VirtualHostImpl::getRouteFromEntries`).
    pub(super) fn route_early(&mut self, answered: bool) {
        if answered && self.head.authority.is_some() {
            let _elsewhere = self.find_route();
        }
    }

    /// The most specific setting of a filter.
    pub(crate) fn per_filter(&self, name: &str) -> Option<&'a PerFilter> {
        let matched = self.matched?;
        let hcm = self.hcm;
        let target = matched.target.and_then(|t| t.level.filters.get(name));
        target
            .or_else(|| matched.route.level.filters.get(name))
            .or_else(|| matched.host.level.filters.get(name))
            .or_else(|| hcm.routes.level.filters.get(name))
    }
}
