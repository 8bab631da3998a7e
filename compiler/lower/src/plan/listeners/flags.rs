//! Feature flags of istiod that listeners depend on (`pilot/pkg/features`).

use std::collections::BTreeSet;

use mp_ir::mesh::Compat;

const SECOND: i128 = 1_000_000_000;

/// The flags, read once per proxy.
#[derive(Clone, Debug)]
pub(super) struct Flags {
    /// `PILOT_HTTP10`.
    pub(super) http10: bool,
    /// `PILOT_ENABLE_METADATA_EXCHANGE`.
    pub(super) metadata_exchange: bool,
    /// `PILOT_MX_ADDITIONAL_LABELS`, sorted.
    pub(super) exchange_labels: Vec<String>,
    /// `PILOT_DISABLE_MX_ALPN`.
    pub(super) no_exchange_alpn: bool,
    /// `PILOT_ENABLE_ALPN_FILTER`.
    pub(super) alpn_filter: bool,
    /// `PILOT_ENABLE_MONGO_FILTER`.
    pub(super) mongo: bool,
    /// `PILOT_ENABLE_REDIS_FILTER`.
    pub(super) redis: bool,
    /// `PILOT_ENABLE_MYSQL_FILTER`.
    pub(super) mysql: bool,
    /// `PILOT_ENABLE_PERSISTENT_SESSION_FILTER`.
    pub(super) persistent_session: bool,
    /// `ENABLE_HCM_INTERNAL_NETWORKS`.
    pub(super) internal_networks: bool,
    /// `PILOT_SIDECAR_USE_REMOTE_ADDRESS`.
    pub(super) use_remote_address: bool,
    /// `ENABLE_100_CONTINUE_HEADERS`.
    pub(super) proxy_100_continue: bool,
    /// `ENABLE_TLS_ON_SIDECAR_INGRESS`.
    pub(super) ingress_tls: bool,
    /// `PILOT_ALLOW_SIDECAR_SERVICE_INBOUND_LISTENER_MERGE`.
    pub(super) merge_inbound: bool,
    /// `ISTIO_DUAL_STACK`.
    pub(super) dual_stack: bool,
    /// `ISTIO_ENABLE_IPV4_OUTBOUND_LISTENER_FOR_IPV6_CLUSTERS`.
    pub(super) ipv4_for_ipv6_only: bool,
    /// `PILOT_ENABLE_AMBIENT`.
    pub(super) ambient: bool,
    /// `PILOT_ENABLE_IP_AUTOALLOCATE`.
    pub(super) ip_autoallocate: bool,
    /// `MAX_CONNECTIONS_PER_SOCKET_EVENT_LOOP`; `None` for no limit.
    pub(super) max_accepts: Option<u32>,
    /// `PILOT_GATEWAY_TRANSPORT_SOCKET_CONNECT_TIMEOUT` in nanoseconds; `None` for no limit.
    pub(super) tls_handshake_timeout: Option<i128>,
    /// `PILOT_TRACE_SAMPLING`, percent.
    pub(super) trace_sampling: f64,
    /// `PILOT_ALLOW_ANY_DYNAMIC_DNS_MAX_HOSTS`.
    pub(super) dynamic_dns_hosts: u32,
}

impl Flags {
    /// Reads the flags.
    pub(super) fn new(compat: &Compat) -> Self {
        let text = |name: &str| compat.env.get(name).map(String::as_str);
        let number = |name: &str, default: u32| text(name).and_then(|v| v.parse().ok()).unwrap_or(default);
        let labels = text("PILOT_MX_ADDITIONAL_LABELS").filter(|v| !v.is_empty());
        let labels: BTreeSet<&str> = labels.into_iter().flat_map(|v| v.split(',')).collect();
        let accepts = number("MAX_CONNECTIONS_PER_SOCKET_EVENT_LOOP", 1);
        let handshake = text("PILOT_GATEWAY_TRANSPORT_SOCKET_CONNECT_TIMEOUT")
            .and_then(go_duration)
            .unwrap_or(15 * SECOND);
        let sampling = text("PILOT_TRACE_SAMPLING").and_then(|v| v.parse().ok()).unwrap_or(1.0);
        Self {
            http10: compat.flag("PILOT_HTTP10", false),
            metadata_exchange: compat.flag("PILOT_ENABLE_METADATA_EXCHANGE", true),
            exchange_labels: labels.into_iter().map(str::to_owned).collect(),
            no_exchange_alpn: compat.flag("PILOT_DISABLE_MX_ALPN", false),
            alpn_filter: compat.flag("PILOT_ENABLE_ALPN_FILTER", true),
            mongo: compat.flag("PILOT_ENABLE_MONGO_FILTER", true),
            redis: compat.flag("PILOT_ENABLE_REDIS_FILTER", false),
            mysql: compat.flag("PILOT_ENABLE_MYSQL_FILTER", false),
            persistent_session: compat.flag("PILOT_ENABLE_PERSISTENT_SESSION_FILTER", false),
            internal_networks: compat.flag("ENABLE_HCM_INTERNAL_NETWORKS", false),
            use_remote_address: compat.flag("PILOT_SIDECAR_USE_REMOTE_ADDRESS", false),
            proxy_100_continue: compat.flag("ENABLE_100_CONTINUE_HEADERS", true),
            ingress_tls: compat.flag("ENABLE_TLS_ON_SIDECAR_INGRESS", false),
            merge_inbound: compat.flag("PILOT_ALLOW_SIDECAR_SERVICE_INBOUND_LISTENER_MERGE", false),
            dual_stack: compat.flag("ISTIO_DUAL_STACK", false),
            ipv4_for_ipv6_only: compat.flag("ISTIO_ENABLE_IPV4_OUTBOUND_LISTENER_FOR_IPV6_CLUSTERS", false),
            ambient: compat.flag("PILOT_ENABLE_AMBIENT", false),
            ip_autoallocate: compat.flag("PILOT_ENABLE_IP_AUTOALLOCATE", true),
            max_accepts: (accepts > 0).then_some(accepts),
            tls_handshake_timeout: (handshake != 0).then_some(handshake),
            trace_sampling: if (0.0..=100.0).contains(&sampling) { sampling } else { 1.0 },
            dynamic_dns_hosts: number("PILOT_ALLOW_ANY_DYNAMIC_DNS_MAX_HOSTS", 1024),
        }
    }
}

/// A duration as Go writes it (`time.ParseDuration`), in nanoseconds: `1h30m`, `1.5s`, `0`. `None` for anything else.
pub(super) fn go_duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(end)?;
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        total = total.checked_add(scaled(number, unit_nanoseconds(unit)?)?)?;
        rest = tail;
    }
    Some(if negative { -total } else { total })
}

fn unit_nanoseconds(unit: &str) -> Option<i128> {
    match unit {
        "ns" => Some(1),
        "us" | "µs" | "μs" => Some(1_000),
        "ms" => Some(1_000_000),
        "s" => Some(SECOND),
        "m" => Some(60 * SECOND),
        "h" => Some(3600 * SECOND),
        _ => None,
    }
}

fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = whole.checked_mul(unit)?;
    let mut step = unit;
    for digit in fraction.chars() {
        step /= 10;
        total = total.checked_add(i128::from(digit.to_digit(10)?) * step)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanoseconds) in [
            ("1h30m", 5400 * SECOND),
            ("1.5s", 1_500_000_000),
            ("-2ms", -2_000_000),
            ("0", 0),
            (".5s", 500_000_000),
            ("3us", 3_000),
        ] {
            assert_eq!(go_duration(text), Some(nanoseconds), "{text}");
        }
        for text in ["", "5", "s", "1x", "1.5.5s", "."] {
            assert_eq!(go_duration(text), None, "{text}");
        }
    }
}
