//! Which host a try goes to.
use std::sync::Arc;

use super::forward::Attempts;
use super::stream::Exchange;
use crate::cluster::ClusterRuntime;
use crate::cluster::balance::Wish;
use crate::cluster::shared::Host;
use crate::filter::session::Chosen;

impl Exchange<'_> {
    /// The endpoint that the request itself asks for, by its host or its session; the inner `None` is that it may go to
    /// no other one.
    fn wanted_host(&self, cluster: &ClusterRuntime) -> Option<Option<Arc<Host>>> {
        if let Some(host) = &self.notes.named_host {
            return Some(Some(host.clone()));
        }
        Some(match self.session_host(cluster)? {
            Chosen::Host(host) => Some(host),
            Chosen::Nobody => None,
        })
    }

    /// The host of an attempt.
    pub(super) fn pick(&mut self, attempts: &mut Attempts<'_>) -> Option<Arc<Host>> {
        let cluster = attempts.cluster;
        if let Some(host) = cluster.destination(&self.info, Some(&self.head)) {
            return host;
        }
        if let Some(host) = self.wanted_host(cluster) {
            return host;
        }
        let config = cluster.config()?;
        let policy = attempts.forward.retry.as_ref();
        let most = policy.map_or(0, |p| p.host_attempts);
        let tried = match policy.and_then(|p| p.priority_frequency) {
            Some(often) => attempts.priorities.len() / often as usize * often as usize,
            None => 0,
        };
        for attempt in 0..=most {
            let wish = Wish {
                hash: attempts.hash,
                random: self.worker.random(),
                attempt,
                metadata: attempts.metadata,
                tried: attempts.priorities.get(..tried).unwrap_or_default(),
            };
            let host = cluster.picker.pick(config, &cluster.shared, wish)?;
            let avoided = policy.is_some_and(|p| {
                let carries = |(key, value): &(String, serde_json::Value)| host.endpoint.carries(key, value);
                p.avoid_previous && attempts.tried.contains(&host.address)
                    || !p.avoid_metadata.is_empty() && p.avoid_metadata.iter().all(carries)
            });
            if attempt == most || !avoided {
                attempts.tried.push(host.address.clone());
                attempts.priorities.push(host.endpoint.priority as usize);
                return Some(host);
            }
        }
        None
    }
}
