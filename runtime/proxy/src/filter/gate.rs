//! Small filters that let requests through or answer them: buffer, CSRF, health check; and values for logs.
use crate::config::filter_state::States;
use crate::config::gate::{Csrf, HealthFilter};
use crate::config::matcher::StringMatcher;
use crate::server::reply::Reply;
use crate::server::stream::{Exchange, Stop};

impl Exchange<'_> {
    /// Reads the whole body, so that upstream gets its length.
    pub(super) async fn buffer(&mut self, limit: usize) -> Result<(), Stop> {
        if self.body.is_done() {
            return Ok(());
        }
        if !self.buffer_body(limit).await? {
            let reply = Reply::new(413, "Payload Too Large".as_bytes(), "request_payload_too_large");
            return Err(reply.awaited().closing().into());
        }
        if !self.head.has(b"content-length") {
            let length: usize = self.buffered.iter().map(bytes::Bytes::len).sum();
            self.head.set(b"content-length", length.to_string().as_bytes());
        }
        Ok(())
    }

    /// Refuses requests that change something and come from another site.
    pub(super) fn csrf(&mut self, policy: &Csrf) -> Result<(), Reply> {
        let changes = matches!(self.head.method.as_slice(), b"POST" | b"PUT" | b"DELETE" | b"PATCH");
        if !changes || !policy.enabled.includes(self.worker.random()) {
            return Ok(());
        }
        let host = |value: &[u8]| {
            let text = String::from_utf8_lossy(value).into_owned();
            let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
            rest.split('/').next().unwrap_or_default().to_owned()
        };
        let origin = self.head.get(b"origin").map(host).filter(|o| !o.is_empty());
        let origin = origin.or_else(|| self.head.get(b"referer").map(host)).unwrap_or_default();
        let stats = &self.hcm.stats().filters;
        if origin.is_empty() {
            stats.add("csrf.missing_source_origin");
        } else {
            let own = self.head.authority.as_deref() == Some(origin.as_bytes());
            let known = |m: &StringMatcher| m.matches(origin.as_bytes());
            if own || policy.origins.iter().any(known) {
                stats.add("csrf.request_valid");
                return Ok(());
            }
            stats.add("csrf.request_invalid");
        }
        Err(Reply::new(403, "Invalid origin".as_bytes(), "csrf_origin_mismatch"))
    }

    /// Answers health checks of the proxy.
    pub(super) fn answer_check(&mut self, health: &HealthFilter) -> Result<(), Reply> {
        if !health.headers.iter().all(|m| m.matches(&self.head)) {
            return Ok(());
        }
        self.info.health_check = true;
        self.hcm.stats().filters.add("health_check.request_total");
        let cluster = self.worker.global.program.node_cluster.clone().into_bytes();
        self.response_headers.push((b"x-envoy-upstream-healthchecked-cluster".to_vec(), cluster));
        if self.worker.global.is_closing() {
            self.hcm.stats().filters.add("health_check.failed");
            return Err(Reply::new(503, "".as_bytes(), "health_check_failed"));
        }
        for (name, percent) in &health.clusters {
            let healthy = self.worker.cluster(name).is_some_and(|c| {
                let hosts = c.shared.hosts.load();
                let good = hosts.iter().filter(|h| h.is_healthy() || h.is_degraded()).count();
                if hosts.is_empty() {
                    *percent == 0.0
                } else {
                    100.0 * good as f64 >= percent * hosts.len() as f64
                }
            });
            if !healthy {
                self.hcm.stats().filters.add("health_check.failed");
                return Err(Reply::new(503, "".as_bytes(), "health_check_cluster_min_health_failed"));
            }
        }
        self.hcm.stats().filters.add("health_check.ok");
        Err(Reply::new(200, "".as_bytes(), "health_check_ok"))
    }

    /// Writes values into the filter state.
    pub(super) fn set_state(&mut self, states: &States) -> Result<(), Reply> {
        for setting in &states.settings {
            // What the connection says about a name stays.
            if let Some((name, value)) = setting.apply(self.source())
                && !self.connection.state.contains_key(&name)
            {
                self.info.state.insert(name, value);
            }
        }
        if states.clears_route { self.find_route() } else { Ok(()) }
    }
}
