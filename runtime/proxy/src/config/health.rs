//! Active health checks, compiled.
use std::time::Duration;

use crate::json::Value;

use super::value::{Get, Scope};
use crate::http::Head;

/// One health checker of a cluster.
#[derive(Debug)]
pub(crate) struct HealthCheck {
    /// Time for an answer.
    pub(crate) timeout: Duration,
    /// Time between checks.
    pub(crate) interval: Duration,
    /// The same before anything was sent to the cluster.
    pub(crate) no_traffic_interval: Duration,
    /// Time between checks of an unhealthy host.
    pub(crate) unhealthy_interval: Duration,
    /// Failures that make a host unhealthy.
    pub(crate) unhealthy_threshold: u64,
    /// Successes that make it healthy again.
    pub(crate) healthy_threshold: u64,
    /// What is asked.
    pub(crate) kind: CheckKind,
}

/// What a health checker asks.
#[derive(Debug)]
pub(crate) enum CheckKind {
    /// An HTTP request.
    Http {
        /// Its head; the authority is the cluster's name when it is absent.
        head: Box<Head>,
        /// Statuses that are good, as half open ranges.
        expected: Vec<(u64, u64)>,
        /// Statuses that only count towards the threshold.
        retriable: Vec<(u64, u64)>,
    },
    /// A connection, and bytes both ways.
    Tcp {
        /// What is sent.
        send: Vec<u8>,
        /// What must come back, in this order.
        receive: Vec<Vec<u8>>,
    },
    /// `grpc.health.v1.Health/Check`.
    Grpc {
        /// The service asked about.
        service: String,
        /// The authority; the cluster's name when empty.
        authority: String,
    },
}

impl HealthCheck {
    /// Compiles the checks of a cluster.
    pub(super) fn list(value: &Value, scope: &Scope<'_>) -> Vec<Self> {
        let items = value.items("health_checks").iter().enumerate();
        items.filter_map(|(i, item)| Self::new(item, &scope.item("health_checks", i))).collect()
    }

    fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let Some(kind) = kind(value, scope) else {
            scope.refuse("a health check needs http_health_check, tcp_health_check or grpc_health_check");
            return None;
        };
        let interval = value.duration("interval").unwrap_or(Duration::from_secs(60));
        Some(Self {
            timeout: value.duration("timeout").unwrap_or(Duration::from_secs(1)),
            interval,
            no_traffic_interval: value.duration("no_traffic_interval").unwrap_or(Duration::from_secs(60)),
            unhealthy_interval: value.duration("unhealthy_interval").unwrap_or(interval),
            unhealthy_threshold: value.int("unhealthy_threshold").unwrap_or(1).max(1),
            healthy_threshold: value.int("healthy_threshold").unwrap_or(1).max(1),
            kind,
        })
    }
}

fn kind(value: &Value, scope: &Scope<'_>) -> Option<CheckKind> {
    if let Some(http) = value.get_field("http_health_check") {
        let mut head = Head::request(http.opt_text("method").unwrap_or("GET").as_bytes());
        head.path = http.text("path").as_bytes().to_vec();
        head.authority = http.opt_text("host").map(|h| h.as_bytes().to_vec());
        head.add(b"user-agent", b"Envoy/HC");
        for item in http.items("request_headers_to_add") {
            let header = item.get_field("header");
            head.add(header.text("key").to_ascii_lowercase().as_bytes(), header.text("value").as_bytes());
        }
        for name in http.texts("request_headers_to_remove") {
            head.remove(name.to_ascii_lowercase().as_bytes());
        }
        let ranges = |field: &str| -> Vec<(u64, u64)> {
            let bounds = |r: &Value| (r.int("start").unwrap_or(0), r.int("end").unwrap_or(0));
            http.items(field).iter().map(bounds).collect()
        };
        let mut expected = ranges("expected_statuses");
        if expected.is_empty() {
            expected.push((200, 201));
        }
        return Some(CheckKind::Http {
            head: Box::new(head),
            expected,
            retriable: ranges("retriable_statuses"),
        });
    }
    if let Some(tcp) = value.get_field("tcp_health_check") {
        let receive = tcp.items("receive").iter().map(|p| payload(Some(p), scope));
        return Some(CheckKind::Tcp {
            send: payload(tcp.get_field("send"), scope),
            receive: receive.collect(),
        });
    }
    let grpc = value.get_field("grpc_health_check")?;
    Some(CheckKind::Grpc {
        service: grpc.text("service_name").to_owned(),
        authority: grpc.text("authority").to_owned(),
    })
}

/// Bytes given as hexadecimal text or as base64.
fn payload(value: Option<&Value>, scope: &Scope<'_>) -> Vec<u8> {
    if let Some(text) = value.opt_text("text") {
        let digits: Option<Vec<u8>> =
            text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
        let bytes = digits.filter(|d| d.len() % 2 == 0).map(|d| {
            d.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
        });
        if bytes.is_none() {
            scope.refuse("a payload's text is not hexadecimal");
        }
        return bytes.unwrap_or_default();
    }
    super::source::decode_base64(value.text("binary")).unwrap_or_default()
}
