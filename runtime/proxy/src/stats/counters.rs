// tidy: table
//! Sets of statistics, as the `ALL_..._STATS` macros of Envoy list them.
use std::collections::BTreeMap;

use super::{Count, Histogram, Stat};

macro_rules! set {
    ($(#[$doc:meta])* $name:ident { counters: $($counter:ident),*; gauges: $($gauge:ident),*; histograms: $($histogram:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $name {
            $(#[doc = concat!("`", stringify!($counter), "`")] pub(crate) $counter: Count,)*
            $(#[doc = concat!("`", stringify!($gauge), "`")] pub(crate) $gauge: Count,)*
            $(#[doc = concat!("`", stringify!($histogram), "`")] pub(crate) $histogram: Histogram,)*
        }

        impl $name {
            /// Lists the set below a prefix that ends with a dot.
            pub(crate) fn list(&self, prefix: &str, into: &mut Vec<Stat>) {
                use std::sync::atomic::Ordering::Relaxed;
                $(into.push(Stat::counter(format!("{prefix}{}", stringify!($counter).trim_start_matches("r#")), self.$counter.load(Relaxed)));)*
                $(into.push(Stat::gauge(format!("{prefix}{}", stringify!($gauge)), self.$gauge.load(Relaxed)));)*
                $(into.push(Stat::histogram(format!("{prefix}{}", stringify!($histogram)), &self.$histogram));)*
            }
        }
    };
}

set! {
    /// `cluster.NAME.`; `envoy/upstream/upstream.h`.
    ClusterStats {
        counters: assignment_stale, assignment_timeout_received, assignment_use_cached, bind_errors,
            lb_healthy_panic, lb_local_cluster_not_ok, lb_recalculate_zone_structures, lb_subsets_created,
            lb_subsets_fallback, lb_subsets_fallback_panic, lb_subsets_removed, lb_subsets_selected,
            lb_zone_cluster_too_small, lb_zone_no_capacity_left, lb_zone_routing_all_directly,
            lb_zone_routing_cross_zone, lb_zone_routing_sampled, original_dst_host_invalid,
            retry_or_shadow_abandoned, update_attempt, update_empty, update_failure, update_no_rebuild,
            update_success, upstream_cx_close_notify, upstream_cx_connect_attempts_exceeded,
            upstream_cx_connect_fail, upstream_cx_connect_timeout, upstream_cx_connect_with_0_rtt,
            upstream_cx_destroy, upstream_cx_destroy_local, upstream_cx_destroy_local_with_active_rq,
            upstream_cx_destroy_remote, upstream_cx_destroy_remote_with_active_rq,
            upstream_cx_destroy_with_active_rq, upstream_cx_http1_total, upstream_cx_http2_total,
            upstream_cx_http3_total, upstream_cx_idle_timeout, upstream_cx_max_duration_reached,
            upstream_cx_max_requests, upstream_cx_none_healthy, upstream_cx_overflow,
            upstream_cx_pool_overflow, upstream_cx_preconnect_skipped, upstream_cx_protocol_error,
            upstream_cx_rx_bytes_total, upstream_cx_total, upstream_cx_tx_bytes_total,
            upstream_flow_control_backed_up_total, upstream_flow_control_drained_total,
            upstream_flow_control_paused_reading_total, upstream_flow_control_resumed_reading_total,
            upstream_http3_broken, upstream_internal_redirect_failed_total,
            upstream_internal_redirect_succeeded_total, upstream_rq_0rtt, upstream_rq_active_overflow,
            upstream_rq_cancelled, upstream_rq_completed, upstream_rq_maintenance_mode,
            upstream_rq_max_duration_reached, upstream_rq_pending_failure_eject, upstream_rq_pending_overflow,
            upstream_rq_pending_total, upstream_rq_per_try_idle_timeout, upstream_rq_per_try_timeout,
            upstream_rq_retry, upstream_rq_retry_backoff_exponential, upstream_rq_retry_backoff_ratelimited,
            upstream_rq_retry_limit_exceeded, upstream_rq_retry_overflow, upstream_rq_retry_success,
            upstream_rq_rx_reset, upstream_rq_rx_reset_no_error, upstream_rq_timeout, upstream_rq_total,
            upstream_rq_tx_reset;
        gauges: lb_subsets_active, max_host_weight, upstream_cx_active, upstream_cx_rx_bytes_buffered,
            upstream_cx_tx_bytes_buffered, upstream_queue_overloaded, upstream_rq_active, upstream_rq_pending_active, version,
            warming_state;
        histograms: upstream_cx_connect_ms, upstream_cx_length_ms, upstream_rq_per_cx,
    }
}

set! {
    /// `http.PREFIX.`; `source/common/http/conn_manager_config.h` and `envoy/router/router.h`.
    HttpStats {
        counters: downstream_cx_delayed_close_timeout, downstream_cx_destroy, downstream_cx_destroy_active_rq,
            downstream_cx_destroy_local, downstream_cx_destroy_local_active_rq, downstream_cx_destroy_remote,
            downstream_cx_destroy_remote_active_rq, downstream_cx_drain_close, downstream_cx_http1_total,
            downstream_cx_http2_total, downstream_cx_http3_total, downstream_cx_idle_timeout,
            downstream_cx_max_duration_reached, downstream_cx_max_requests_reached,
            downstream_cx_overload_disable_keepalive, downstream_cx_protocol_error,
            downstream_cx_rx_bytes_total, downstream_cx_ssl_total, downstream_cx_total,
            downstream_cx_tx_bytes_total, downstream_cx_upgrades_total,
            downstream_flow_control_paused_reading_total, downstream_flow_control_resumed_reading_total,
            downstream_rq_1xx, downstream_rq_2xx, downstream_rq_3xx, downstream_rq_4xx, downstream_rq_5xx,
            downstream_rq_completed, downstream_rq_failed_path_normalization, downstream_rq_header_timeout,
            downstream_rq_http1_total, downstream_rq_http2_total, downstream_rq_http3_total,
            downstream_rq_idle_timeout, downstream_rq_max_duration_reached, downstream_rq_non_relative_path,
            downstream_rq_overload_close, downstream_rq_redirected_with_normalized_path,
            downstream_rq_rejected_via_ip_detection, downstream_rq_response_before_rq_complete,
            downstream_rq_rx_reset, downstream_rq_timeout, downstream_rq_too_large,
            downstream_rq_too_many_premature_resets, downstream_rq_total, downstream_rq_tx_reset,
            downstream_rq_ws_on_non_ws_route, no_cluster, no_route, passthrough_internal_redirect_bad_location,
            passthrough_internal_redirect_no_route, passthrough_internal_redirect_predicate,
            passthrough_internal_redirect_too_many_redirects, passthrough_internal_redirect_unsafe_scheme,
            rq_direct_response, rq_overload_local_reply, rq_redirect,
            rq_reset_after_downstream_response_started, rq_total, rs_too_large;
        gauges: downstream_cx_active, downstream_cx_http1_active, downstream_cx_http1_soft_drain,
            downstream_cx_http2_active, downstream_cx_http3_active, downstream_cx_rx_bytes_buffered,
            downstream_cx_ssl_active, downstream_cx_tx_bytes_buffered, downstream_cx_upgrades_active,
            downstream_rq_active;
        histograms: downstream_cx_length_ms, downstream_rq_time,
    }
}

set! {
    /// `listener.ADDRESS.`; `source/common/listener_manager/active_tcp_listener.h`.
    ListenerStats {
        counters: downstream_cx_destroy, downstream_cx_overflow, downstream_cx_overload_reject,
            downstream_cx_total, downstream_cx_transport_socket_connect_timeout, downstream_global_cx_overflow,
            downstream_listener_filter_error, downstream_listener_filter_remote_close,
            downstream_pre_cx_timeout, extension_config_missing, network_extension_config_missing,
            no_filter_chain_match;
        gauges: downstream_cx_active, downstream_pre_cx_active;
        histograms: connections_accepted_per_socket_event, downstream_cx_length_ms,
    }
}

set! {
    /// `tcp.PREFIX.`; `source/common/tcp_proxy/tcp_proxy.h`.
    TcpStats {
        counters: downstream_cx_drain_close, downstream_cx_no_route, downstream_cx_overload_close,
            downstream_cx_rx_bytes_total, downstream_cx_total, downstream_cx_tx_bytes_total,
            downstream_flow_control_paused_reading_total, downstream_flow_control_resumed_reading_total,
            early_data_received_count_total, idle_timeout, max_downstream_connection_duration,
            route_delayed_total, upstream_flush_total;
        gauges: downstream_cx_rx_bytes_buffered, downstream_cx_tx_bytes_buffered, upstream_flush_active;
        histograms:
    }
}

/// Statistics of filters, by name below the connection manager's prefix; made when first counted.
#[derive(Debug, Default)]
pub(crate) struct FilterStats(
    std::sync::Mutex<BTreeMap<String, u64>>,
    std::sync::Mutex<BTreeMap<String, u64>>,
);

impl FilterStats {
    /// Counts one up.
    pub(crate) fn add(&self, name: &str) {
        let mut counters = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match counters.get_mut(name) {
            Some(counter) => *counter += 1,
            None => {
                counters.insert(name.to_owned(), 1);
            }
        }
    }

    /// Counts up.
    pub(crate) fn add_many(&self, name: &str, by: u64) {
        let mut counters = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *counters.entry(name.to_owned()).or_insert(0) += by;
    }

    /// The value of a counter; zero for one that nobody knows.
    pub(crate) fn value(&self, name: &str) -> u64 {
        let counters = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        counters.get(name).copied().unwrap_or_default()
    }

    /// Makes sure that a counter is listed.
    pub(crate) fn declare(&self, name: &str) {
        let mut counters = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        counters.entry(name.to_owned()).or_insert(0);
    }

    /// Makes sure that a gauge is listed.
    pub(crate) fn declare_gauge(&self, name: &str) {
        self.gauges().entry(name.to_owned()).or_insert(0);
    }

    /// The level of a gauge.
    pub(crate) fn level(&self, name: &str) -> u64 {
        self.gauges().get(name).copied().unwrap_or_default()
    }

    /// One more.
    pub(crate) fn raise(&self, name: &str) {
        *self.gauges().entry(name.to_owned()).or_insert(0) += 1;
    }

    /// One less.
    pub(crate) fn lower(&self, name: &str) {
        if let Some(level) = self.gauges().get_mut(name) {
            *level = level.saturating_sub(1);
        }
    }

    fn gauges(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u64>> {
        self.1.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Lists all of them below a prefix that ends with a dot.
    pub(crate) fn list(&self, prefix: &str, into: &mut Vec<Stat>) {
        let counters = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        into.extend(counters.iter().map(|(name, value)| Stat::counter(format!("{prefix}{name}"), *value)));
        let gauges = self.gauges();
        into.extend(gauges.iter().map(|(name, value)| Stat::gauge(format!("{prefix}{name}"), *value)));
    }
}
