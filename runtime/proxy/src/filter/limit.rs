//! The local rate limit filter.
use std::sync::Arc;

use crate::access::info::flag;
use crate::config::action::Action;
use crate::config::local_limit::{Buckets, HostActions, LocalLimit};
use crate::config::rate_limit::{Descriptor, Facts, RateLimitActions};
use crate::http::Head;
use crate::server::reply::Reply;
use crate::server::stream::Exchange;

impl Exchange<'_> {
    /// Takes tokens for the request.
    pub(super) fn local_limit(&mut self, limit: &LocalLimit) -> Result<(), Reply> {
        if !limit.enabled.includes(self.worker.random()) {
            return Ok(());
        }
        let name = |what: &str| format!("{}.http_local_rate_limit.{what}", limit.stat_prefix);
        let stats = self.worker.global.stats.named("");
        stats.add(&name("enabled"));
        let descriptors = if limit.actions.is_empty() {
            self.descriptors(limit.stage, limit.host_actions)
        } else {
            self.describe(limit.actions.iter())
        };
        let taken = self.buckets(limit).take(&descriptors);
        if let Some((size, left, reset)) = taken.state.filter(|_| limit.tells) {
            for (name, value) in
                [("x-ratelimit-limit", size), ("x-ratelimit-remaining", left), ("x-ratelimit-reset", reset)]
            {
                self.response_headers.push((name.into(), value.to_string().into_bytes()));
            }
        }
        if taken.allowed {
            stats.add(&name("ok"));
            return Ok(());
        }
        stats.add(&name("rate_limited"));
        if !limit.enforced.includes(self.worker.random()) {
            let pass = limit.not_enforced.evaluate(self.source());
            limit.not_enforced.apply(pass, &mut self.head);
            return Ok(());
        }
        stats.add(&name("enforced"));
        let mut reply = Reply::new(limit.status, "local_rate_limited".as_bytes(), "local_rate_limited");
        reply.grpc = limit.exhausted.then_some(8);
        let mut added = Head::default();
        let pass = limit.response.evaluate(self.source());
        limit.response.apply(pass, &mut added);
        reply.headers = added.iter().map(|(n, v)| (n.to_vec(), v.to_vec())).collect();
        Err(reply.flagged(flag::RATE_LIMITED))
    }

    fn buckets(&self, limit: &LocalLimit) -> Arc<Buckets> {
        if !limit.per_connection {
            return limit.buckets.clone();
        }
        let key = Arc::as_ptr(&limit.buckets) as usize;
        let mut own = self.connection.buckets.borrow_mut();
        own.entry(key).or_insert_with(|| Arc::new(limit.buckets.fresh())).clone()
    }

    /// The descriptors that the route's rate limit actions of a stage make of the request.
    pub(super) fn descriptors(&self, stage: u64, host: HostActions) -> Vec<Descriptor> {
        let Some(matched) = self.matched else { return Vec::new() };
        let Action::Forward(forward) = &matched.route.action else { return Vec::new() };
        let (own, include) = &forward.rate_limits;
        let of_host = match host {
            HostActions::Include => true,
            HostActions::Ignore => false,
            HostActions::Override => own.is_empty() || *include,
        };
        let of_host = matched.host.rate_limits.iter().filter(|_| of_host);
        self.describe(own.iter().chain(of_host).filter(|a| a.stage == stage))
    }

    fn describe<'l>(&self, actions: impl Iterator<Item = &'l RateLimitActions>) -> Vec<Descriptor> {
        let facts = Facts {
            head: &self.head,
            remote: self.info.remote.ip(),
            dynamic: &self.info.metadata,
            cluster: &self.info.cluster,
            own_cluster: &self.worker.global.program.node_cluster,
        };
        actions.filter_map(|a| a.descriptor(facts)).collect()
    }
}
