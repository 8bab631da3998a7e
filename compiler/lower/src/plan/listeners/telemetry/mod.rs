//! Metrics, access logs and tracing of one proxy: Telemetry objects over the mesh configuration (`model/telemetry.go`).

mod collectors;
mod logs;
mod metrics;
mod providers;
mod tracing;

use mp_ir::mesh::{LoggingRule, Mesh, MetricsRule, Service, Telemetry as Object, TelemetryMode, TracingRule};
use mp_ir::plan::{AccessLog, LogFilter, StatsFilter, Tracing};

use crate::Context;
use crate::plan::security::{self, Subject};

use super::Class;
use super::flags::Flags;

/// What the listeners of each class tell. Computed once per proxy.
#[derive(Clone, Debug)]
pub(super) struct Telemetry {
    inbound: PerClass,
    outbound: PerClass,
    gateway: PerClass,
}

/// What the listeners of one class tell.
#[derive(Clone, Debug)]
pub(super) struct PerClass {
    /// `istio.stats`, once per provider.
    pub(super) stats: Vec<StatsFilter>,
    /// Logs of requests and connections.
    pub(super) logs: Vec<AccessLog>,
    /// The same logs where they are for connections alone.
    pub(super) tcp_logs: Vec<AccessLog>,
    /// Logs of connections that find no filter chain.
    pub(super) listener_logs: Vec<AccessLog>,
    /// Logs of tunnels that cannot be opened.
    pub(super) opened_logs: Vec<AccessLog>,
    /// Logs of tunnels that are refused.
    pub(super) taken_logs: Vec<AccessLog>,
    /// Traces; `None` for none.
    pub(super) tracing: Option<Tracing>,
    /// The request id carries the decision about traces.
    pub(super) request_id_sampling: bool,
}

impl Telemetry {
    /// Reads the rules that apply to the proxy.
    /// Of a waypoint those too that are for a service behind it.
    pub(super) fn new(cx: &Context<'_>, flags: &Flags, service: Option<&Service>) -> Self {
        let rules = Rules::of(cx, service);
        let class = |class| PerClass::new(cx, flags, &rules, class);
        Self {
            inbound: class(Class::Inbound),
            outbound: class(Class::Outbound),
            gateway: class(Class::Gateway),
        }
    }

    /// What listeners of a class tell.
    pub(super) fn of(&self, class: Class) -> &PerClass {
        match class {
            Class::Inbound => &self.inbound,
            Class::Outbound => &self.outbound,
            Class::Gateway => &self.gateway,
        }
    }
}

impl PerClass {
    fn new(cx: &Context<'_>, flags: &Flags, rules: &Rules<'_>, class: Class) -> Self {
        let logs = logs::Logs::new(cx, rules, class);
        let (tracing, request_id_sampling) = tracing::of(cx, flags, rules, class);
        Self {
            stats: metrics::stats(cx, rules, class),
            logs: logs.requests(),
            tcp_logs: logs.connections(),
            listener_logs: logs.listener(),
            opened_logs: logs.tunnels(LogFilter::ResponseFlags(vec!["UF".to_owned()])),
            taken_logs: logs.tunnels(LogFilter::StatusFrom(400)),
            tracing,
            request_id_sampling,
        }
    }
}

/// The side of a call that a class of listeners is on (`workloadMode`).
fn side(class: Class) -> TelemetryMode {
    if class == Class::Inbound { TelemetryMode::Server } else { TelemetryMode::Client }
}

/// Rules that apply to one proxy, those of the mesh first, then those of its namespace, then those of its workload
/// (`applicableTelemetries`).
#[derive(Clone, Debug, Default)]
struct Rules<'a> {
    metrics: Vec<&'a MetricsRule>,
    /// One list per object.
    logging: Vec<&'a [LoggingRule]>,
    tracing: Vec<&'a TracingRule>,
}

impl<'a> Rules<'a> {
    fn of(cx: &Context<'a>, service: Option<&Service>) -> Self {
        let mut rules = Self::default();
        let mesh: &'a Mesh = cx.mesh;
        let namespace = cx.proxy.namespace.as_str();
        let root = mesh.settings.root_namespace.as_str();
        let own = (namespace != root).then_some(namespace);
        let behind = service.map(|s| s.meta.namespace()).filter(|home| *home != namespace);
        for home in std::iter::once(root).chain(own).chain(behind).filter(|home| !home.is_empty()) {
            if let Some(object) =
                mesh.telemetries.iter().find(|t| t.meta.namespace() == home && is_general(t))
            {
                rules.add(object);
            }
        }
        let subject = Subject { service, ..Subject::of(cx) };
        let last = behind.unwrap_or(namespace);
        let special = mesh.telemetries.iter().filter(|t| t.meta.namespace() == last && !is_general(t));
        for object in special.filter(|t| security::attaches(mesh, &subject, &t.meta, &t.selector, &t.targets))
        {
            rules.add(object);
        }
        rules
    }

    fn add(&mut self, object: &'a Object) {
        self.metrics.extend(&object.metrics);
        if !object.access_logging.is_empty() {
            self.logging.push(&object.access_logging);
        }
        self.tracing.extend(&object.tracing);
    }
}

fn is_general(object: &Object) -> bool {
    object.selector.is_empty() && object.targets.is_empty()
}
