//! What the admin interface lists of a cluster.
use std::sync::atomic::Ordering;

use super::shared::{Breaker, Counters, Host, Shared};
use crate::config::cluster::Cluster;
use crate::stats::histogram::Snapshot;
use crate::stats::{ClusterStats, Histogram, Stat, Statuses};

impl Shared {
    /// Lists the cluster's statistics.
    pub(crate) fn list(&self, cluster: &Cluster, into: &mut Vec<Stat>) {
        let prefix = format!("cluster.{}.", cluster.stat_name);
        let hosts = self.hosts.load();
        let number = |wanted: fn(&Host) -> bool| hosts.iter().filter(|h| wanted(h)).count() as u64;
        let mut gauge = |name: &str, value: u64| into.push(Stat::gauge(format!("{prefix}{name}"), value));
        gauge("membership_total", hosts.len() as u64);
        gauge("membership_healthy", number(Host::is_healthy));
        gauge("membership_degraded", number(Host::is_degraded));
        gauge("membership_excluded", 0);
        self.list_breakers(cluster, &mut gauge);
        if let Some(stats) = &self.outlier_stats {
            gauge("outlier_detection.ejections_active", number(Host::is_ejected));
            stats.list(&format!("{prefix}outlier_detection."), into);
        }
        if let Some(stats) = &self.health_stats {
            into.push(Stat::gauge(format!("{prefix}health_check.healthy"), number(Host::is_healthy)));
            stats.list(&format!("{prefix}health_check."), into);
        }
        if let Some(stats) = self.grpc.get() {
            stats.list(&format!("{prefix}grpc."), into);
        }
        let changes = self.changes.load(Ordering::Relaxed);
        into.push(Stat::counter(format!("{prefix}membership_change"), changes));
        match self.counters.get() {
            Some(counters) => counters.list(&prefix, self, into),
            None => ClusterStats::default().list(&prefix, into),
        }
    }

    fn list_breakers(&self, cluster: &Cluster, gauge: &mut impl FnMut(&str, u64)) {
        for (high, priority, limits) in [(false, "default", &cluster.limits), (true, "high", &cluster.high)] {
            // Pools have no limit here.
            gauge(&format!("circuit_breakers.{priority}.cx_pool_open"), 0);
            let all = [
                ("cx", Breaker::Connections, limits.connections),
                ("rq_pending", Breaker::Pending, limits.pending),
                ("rq", Breaker::Requests, limits.requests),
                ("rq_retry", Breaker::Retries, limits.retries),
            ];
            for (name, breaker, limit) in all {
                let used = self.in_use(breaker, high);
                gauge(&format!("circuit_breakers.{priority}.{name}_open"), u64::from(used >= limit));
                if limits.track_remaining {
                    let name = match name {
                        "rq_pending" => "pending",
                        "rq_retry" => "retries",
                        other => other,
                    };
                    gauge(
                        &format!("circuit_breakers.{priority}.remaining_{name}"),
                        limit.saturating_sub(used),
                    );
                }
            }
        }
    }
}

impl Counters {
    fn list(&self, prefix: &str, shared: &Shared, into: &mut Vec<Stat>) {
        let both = |which| shared.in_use(which, false) + shared.in_use(which, true);
        self.stats.upstream_cx_active.store(both(Breaker::Connections), Ordering::Relaxed);
        self.stats.upstream_rq_active.store(both(Breaker::Requests), Ordering::Relaxed);
        self.stats.upstream_rq_pending_active.store(both(Breaker::Pending), Ordering::Relaxed);
        self.stats.list(prefix, into);
        let [external, internal] = &self.statuses;
        let mut all = Vec::new();
        Statuses::together(&[external, internal]).list(prefix, &mut all);
        // It is one of the fixed names as well.
        all.retain(|stat| !stat.name.ends_with("_completed"));
        into.append(&mut all);
        let times = self.times.each_ref().map(Histogram::snapshot);
        let both = times.iter().fold(Snapshot::default(), |sum, part| sum.with(part));
        let [before, after] = &times;
        for (kind, list, time) in
            [("external.", Some(external), before), ("internal.", Some(internal), after), ("", None, &both)]
        {
            list.into_iter().for_each(|list| list.list(&format!("{prefix}{kind}"), into));
            if time.count() > 0 {
                into.push(Stat::distribution(format!("{prefix}{kind}upstream_rq_time"), time.clone()));
            }
        }
        self.retried.list(&format!("{prefix}retry."), into);
    }
}
