//! `ValidateDestinationRule` (istio 1.31 `pkg/config/validation/validation.go`).

use super::exports::export_to;
use super::findings::Findings;
use super::locality::{locality, zone_aware};
use super::selectors::workload_selector;
use super::words::{duration, duration_of, fqdn, ip, is_label, percent, port, tags, wildcard_domain};
use crate::admission::decode::message::Message;

/// All rules.
pub(super) fn destination_rule(out: &mut Findings, rule: &Message, namespace: &str) {
    out.check(&rule.at("host"), wildcard_domain(rule.text("host")));
    traffic_policy(out, rule.message("trafficPolicy"), namespace);
    let mut seen: Vec<&str> = Vec::new();
    for subset in rule.messages("subsets") {
        let name = subset.text("name");
        if seen.contains(&name) {
            out.at(subset, "name", format!("duplicate subset names: {name}"));
        }
        seen.push(name);
        subset_name(out, subset, "name");
        tags(out, subset, "labels");
        let mut inner = Findings::default();
        traffic_policy(&mut inner, subset.message("trafficPolicy"), namespace);
        out.extend_errors(inner);
    }
    export_to(out, rule, namespace, false, rule.has("workloadSelector"));
    workload_selector(out, rule);
}

/// `validateSubsetName`.
pub(super) fn subset_name(out: &mut Findings, message: &Message, field: &str) {
    let name = message.text(field);
    if name.is_empty() {
        out.at(message, field, "subset name cannot be empty");
    } else if !is_label(name) {
        out.at(message, field, format!("subset name is invalid: {name}"));
    }
}

const POLICY: &[&str] =
    &["outlierDetection", "connectionPool", "loadBalancer", "tls", "tunnel", "proxyProtocol", "retryBudget"];

fn traffic_policy(out: &mut Findings, policy: Option<&Message>, namespace: &str) {
    let Some(policy) = policy else { return };
    if !POLICY.iter().any(|field| policy.has(field)) && policy.items("portLevelSettings").is_empty() {
        return out.error(&policy.place, "traffic policy must have at least one field");
    }
    if policy.has("tunnel") && policy.has("proxyProtocol") {
        return out.error(&policy.place, "tunnel and proxyProtocol must not be set together");
    }
    settings(out, policy, namespace);
    for ports in policy.messages("portLevelSettings") {
        out.error_if(!ports.has("port"), ports, "port", "portTrafficPolicy must have valid port");
        if POLICY.iter().take(4).any(|field| ports.has(field)) {
            let mut inner = Findings::default();
            settings(&mut inner, ports, namespace);
            out.extend_errors(inner);
        } else {
            out.error(&ports.place, "port traffic policy must have at least one field");
        }
    }
    if let Some(tunnel) = policy.message("tunnel") {
        tunnel_settings(out, tunnel);
    }
    if let Some(proxy) = policy.message("proxyProtocol") {
        let version = proxy.number("version");
        if version != 0 && version != 1 {
            out.at(proxy, "version", format!("proxy protocol version is invalid: {version}"));
        }
    }
}

fn settings(out: &mut Findings, policy: &Message, namespace: &str) {
    outlier_detection(out, policy.message("outlierDetection"));
    connection_pool(out, policy.message("connectionPool"), true);
    load_balancer(out, policy);
    tls(out, policy.message("tls"), namespace);
}

fn tunnel_settings(out: &mut Findings, tunnel: &Message) {
    let bad = !matches!(tunnel.text("protocol"), "" | "CONNECT" | "POST");
    out.error_if(bad, tunnel, "protocol", "tunnel protocol must be \"CONNECT\" or \"POST\"");
    let host = tunnel.text("targetHost");
    if let (Err(a), Err(b)) = (fqdn(host), ip(host)) {
        out.at(
            tunnel,
            "targetHost",
            format!("tunnel target host must be valid FQDN or IP address: {a}; {b}"),
        );
    }
    let number = port(tunnel.int("targetPort"));
    out.check(
        &tunnel.at("targetPort"),
        number.map_err(|why| format!("tunnel target port is invalid: {why}")),
    );
}

/// `validateOutlierDetection`.
pub(super) fn outlier_detection(out: &mut Findings, outlier: Option<&Message>) {
    let Some(outlier) = outlier else { return };
    duration_of(out, outlier, "baseEjectionTime");
    if outlier.int("consecutiveErrors") != 0 {
        out.warn(
            &outlier.at("consecutiveErrors"),
            "outlier detection consecutive errors is deprecated, use consecutiveGatewayErrors or consecutive5xxErrors instead",
        );
    }
    let local =
        !outlier.bool("splitExternalLocalOriginErrors") && outlier.int("consecutiveLocalOriginFailures") > 0;
    out.error_if(local, outlier, "consecutiveLocalOriginFailures", "outlier detection consecutive local origin failures is specified, but split external local origin errors is set to false");
    duration_of(out, outlier, "interval");
    percent(out, outlier, "maxEjectionPercent");
    percent(out, outlier, "minHealthPercent");
}

const NOT_NEGATIVE: &[(&str, &str)] = &[
    ("http1MaxPendingRequests", "http1 max pending requests must be non-negative"),
    ("http2MaxRequests", "http2 max requests must be non-negative"),
    ("maxRequestsPerConnection", "max requests per connection must be non-negative"),
    ("maxRetries", "max retries must be non-negative"),
    ("maxConcurrentStreams", "max concurrent streams must be non-negative"),
];

/// `validateConnectionPool`; the mesh's own has no keep-alive rule.
pub(super) fn connection_pool(out: &mut Findings, pool: Option<&Message>, keep_alive: bool) {
    let Some(pool) = pool else { return };
    if !pool.has("http") && !pool.has("tcp") {
        return out.error(&pool.place, "connection pool must have at least one field");
    }
    if let Some(http) = pool.message("http") {
        for (field, text) in NOT_NEGATIVE {
            out.error_if(http.int(field) < 0, http, field, text);
        }
        duration_of(out, http, "idleTimeout");
        let both = http.number("h2UpgradePolicy") == 2 && http.bool("useClientProtocol");
        out.error_if(
            both,
            http,
            "useClientProtocol",
            "use client protocol must not be true when H2UpgradePolicy is UPGRADE",
        );
        if let Some(alive) = http.message("http2KeepAlive").filter(|_| keep_alive) {
            for field in ["interval", "timeout"] {
                let text = format!("http2 keepalive {field} is required");
                out.error_if(!alive.has(field), alive, field, &text);
                duration_of(out, alive, field);
            }
        }
    }
    if let Some(tcp) = pool.message("tcp") {
        tcp_pool(out, tcp);
    }
}

fn tcp_pool(out: &mut Findings, tcp: &Message) {
    out.error_if(
        tcp.int("maxConnections") < 0,
        tcp,
        "maxConnections",
        "max connections must be non-negative",
    );
    duration_of(out, tcp, "connectTimeout");
    duration_of(out, tcp, "maxConnectionDuration");
    if let Some(idle) = tcp.duration("idleTimeout").filter(|idle| idle / 1_000_000 != 0) {
        out.check(&tcp.at("idleTimeout"), duration(idle));
    }
    if let Some(alive) = tcp.message("tcpKeepalive") {
        duration_of(out, alive, "time");
        duration_of(out, alive, "interval");
    }
}

fn load_balancer(out: &mut Findings, policy: &Message) {
    let Some(lb) = policy.message("loadBalancer") else { return };
    if let Some(hash) = lb.message("consistentHash") {
        consistent_hash(out, hash);
    }
    let both = lb.has("localityLbSetting") && lb.has("zoneAwareLbSetting");
    out.error_if(
        both,
        lb,
        "zoneAwareLbSetting",
        "only one of localityLbSetting and zoneAwareLbSetting can be set",
    );
    let outlier = policy.has("outlierDetection");
    locality(out, lb.message("localityLbSetting"), outlier);
    zone_aware(out, lb.message("zoneAwareLbSetting"), outlier);
    if let Some(warm) = lb.message("warmup") {
        out.error_if(!warm.has("duration"), warm, "duration", "duration is required");
        duration_of(out, warm, "duration");
        out.error_if(
            warm.float("minimumPercent") > 100.0,
            warm,
            "minimumPercent",
            "minimumPercent value should be less than or equal to 100",
        );
        let flat = warm.has("aggression") && warm.float("aggression") <= 0.0;
        out.error_if(flat, warm, "aggression", "aggression should be greater than 0");
    }
}

fn consistent_hash(out: &mut Findings, hash: &Message) {
    if let Some(cookie) = hash.message("httpCookie") {
        out.error_if(cookie.text("name").is_empty(), cookie, "name", "name required for HttpCookie");
        let mut seen: Vec<&str> = Vec::new();
        for attribute in cookie.messages("attributes") {
            let name = attribute.text("name");
            if name.is_empty() {
                out.at(attribute, "name", "cookie attribute name cannot be empty");
            } else if seen.contains(&name) {
                out.at(attribute, "name", format!("duplicate cookie attribute name: {name}"));
            }
            seen.push(name);
        }
    }
    if hash.int("minimumRingSize") != 0 {
        let place = hash.at("minimumRingSize");
        out.warn(&place, "consistent hash MinimumRingSize is deprecated, use ConsistentHashLB's RingHash configuration instead");
        if hash.has("ringHash") || hash.has("maglev") {
            out.error(&place, "only one of MinimumRingSize or Maglev/Ringhash can be specified");
        }
    }
    if let Some(maglev) = hash.message("maglev") {
        let size = maglev.int("tableSize");
        out.error_if(size == 0, maglev, "tableSize", "tableSize must be set for maglev");
        out.error_if(
            size >= 5_000_011,
            maglev,
            "tableSize",
            "tableSize must be less than 5000011 for maglev",
        );
        out.error_if(!is_prime(size), maglev, "tableSize", "tableSize must be a prime number for maglev");
    }
}

/// As Envoy decides it; sizes beyond the limit are refused anyway and not searched through.
fn is_prime(size: i128) -> bool {
    if size != 0 && size < 4 {
        return true;
    }
    size % 2 != 0
        && (3i128..100_000)
            .step_by(2)
            .take_while(|factor| factor * factor <= size)
            .all(|factor| size % factor != 0)
}

/// `ValidateTLS`.
pub(super) fn tls(out: &mut Findings, tls: Option<&Message>, namespace: &str) {
    let Some(tls) = tls else { return };
    let (mode, credential) = (tls.number("mode"), tls.text("credentialName"));
    let (simple, mutual) = (mode == 1, mode == 2);
    let set = |field: &str| !tls.text(field).is_empty();
    if let Some(name) = credential.strip_prefix("configmap://") {
        config_map(out, tls, name, namespace);
    }
    if tls.bool("insecureSkipVerify") {
        let names = !tls.items("subjectAltNames").is_empty();
        let bad = simple && (set("caCertificates") || set("credentialName") || names);
        out.error_if(bad, tls, "insecureSkipVerify", "cannot specify CaCertificates or CredentialName or SubjectAltNames when InsecureSkipVerify is set true");
        let bad = mutual && (set("caCertificates") || names);
        out.error_if(
            bad,
            tls,
            "insecureSkipVerify",
            "cannot specify CaCertificates or SubjectAltNames when InsecureSkipVerify is set true",
        );
    }
    if (simple || mutual) && !credential.is_empty() {
        let bad = ["clientCertificate", "caCertificates", "privateKey", "caCrl"].into_iter().any(set);
        out.error_if(
            bad,
            tls,
            "credentialName",
            "cannot specify client certificates or CA certificate or CA CRL If credentialName is set",
        );
        return;
    }
    out.error_if(
        mutual && !set("clientCertificate"),
        tls,
        "clientCertificate",
        "client certificate required for mutual tls",
    );
    out.error_if(mutual && !set("privateKey"), tls, "privateKey", "private key required for mutual tls");
}

fn config_map(out: &mut Findings, tls: &Message, name: &str, namespace: &str) {
    use crate::admission::crd::words::quoted;
    let mut parts = name.split('/');
    let (own, rest) = (parts.next().unwrap_or(""), parts.next());
    let why = match rest {
        None => ". Expected namespace and name",
        Some(_) if own.is_empty() => ". Expected namespace",
        Some("") => ". Expected name",
        Some(_) => "",
    };
    let place = tls.at("credentialName");
    if !why.is_empty() {
        let shown = quoted(tls.text("credentialName"));
        out.error(&place, format!("invalid configmap:// credentialName: invalid resource name {shown}{why}"));
    } else if own != namespace || namespace.is_empty() {
        let namespace = quoted(namespace);
        out.error(&place, format!("invalid configmap:// credentialName: namespace must match the configuration namespace {namespace}"));
    }
}
