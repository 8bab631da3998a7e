//! What two plans do with connections that are no HTTP requests, and how they speak to destinations: compared field by field.

use std::collections::BTreeMap;

use mp_ir::base::Origin;
use mp_ir::mesh::Mesh;
use mp_ir::plan::{
    ChainMatch, Cluster, ClusterTarget, Direction, FilterChain, Listener, NetworkFilter, TcpTarget,
    UpstreamSecurity, UpstreamTls,
};

use super::routes::Change;

/// Something that connections meet, with its fields by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Fields by name.
    pub fields: BTreeMap<&'static str, String>,
    /// The YAML.
    pub origin: Origin,
}

/// What is compared, by a name that people read.
pub type FactsByName = BTreeMap<String, Facts>;

/// A thing whose fields differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactDelta {
    /// What it is.
    pub name: String,
    /// Its fields.
    pub changes: Vec<Change>,
    /// The old YAML.
    pub old: Origin,
    /// The new YAML.
    pub new: Origin,
}

/// The things that are on both sides and differ; with `all`, those of one side too.
#[must_use]
pub fn differing(old: &FactsByName, new: &FactsByName, all: bool) -> Vec<FactDelta> {
    let nothing = Facts::default();
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let mut out = Vec::new();
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        if !all && (before.is_none() || after.is_none()) {
            continue;
        }
        let (before, after) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
        let changes = fields(before, after);
        if !changes.is_empty() {
            out.push(FactDelta { name: name.clone(), changes, old: before.origin, new: after.origin });
        }
    }
    out
}

fn fields(old: &Facts, new: &Facts) -> Vec<Change> {
    let mut names: Vec<&'static str> = old.fields.keys().chain(new.fields.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    let text = |side: &Facts, field| side.fields.get(field).cloned().unwrap_or_default();
    names
        .into_iter()
        .map(|field| Change { field, old: text(old, field), new: text(new, field), elsewhere: field == "to" })
        .filter(|change| change.old != change.new)
        .collect()
}

/// Where connections go that no HTTP route decides about.
#[must_use]
pub fn connections(listeners: &[Listener]) -> FactsByName {
    let mut out = FactsByName::new();
    for listener in listeners.iter().filter(|listener| listener.direction == Direction::Outbound) {
        let chains = listener.chains.iter().chain(&listener.default_chain);
        for (chain, target) in chains.filter_map(|chain| Some((chain, target(chain)?))) {
            let name = format!("{} at {}", taken(chain.matches.as_ref()), listener.name);
            let fields = [("to", target)].into();
            out.insert(name, Facts { fields, origin: chain.origin.or(listener.origin) });
        }
    }
    out
}

fn target(chain: &FilterChain) -> Option<String> {
    chain.filters.iter().find_map(|filter| match filter {
        NetworkFilter::TcpProxy(proxy) => Some(match &proxy.target {
            TcpTarget::Cluster(one) => one.clone(),
            TcpTarget::Weighted(all) => all
                .iter()
                .map(|(cluster, weight)| format!("{weight} {cluster}"))
                .collect::<Vec<_>>()
                .join(", "),
        }),
        NetworkFilter::Redis { cluster, .. } => Some(cluster.clone()),
        _ => None,
    })
}

fn taken(matches: Option<&ChainMatch>) -> String {
    let Some(matches) = matches.filter(|matches| **matches != ChainMatch::default()) else {
        return "connections".to_owned();
    };
    let mut parts = vec![match matches.transport {
        Some(mp_ir::plan::Transport::Tls) => "TLS".to_owned(),
        Some(mp_ir::plan::Transport::RawBuffer) => "plain text".to_owned(),
        None => "connections".to_owned(),
    }];
    if !matches.server_names.is_empty() {
        parts.push(format!("of {}", matches.server_names.join(" or ")));
    }
    let ranges = matches.destination_ranges.iter().map(|(address, bits)| format!("{address}/{bits}"));
    if !matches.destination_ranges.is_empty() {
        parts.push(format!("to {}", ranges.collect::<Vec<_>>().join(" or ")));
    }
    parts.extend(matches.destination_port.map(|port| format!("to port {port}")));
    if !matches.alpn.is_empty() {
        parts.push(format!("with ALPN {}", matches.alpn.join(" or ")));
    }
    parts.join(" ")
}

/// How destinations are spoken to.
#[must_use]
pub fn destinations(clusters: &[Cluster]) -> FactsByName {
    let outbound = clusters.iter().filter_map(|cluster| match &cluster.target {
        ClusterTarget::Outbound { host, port, subset } => {
            let behind = if subset.is_empty() { String::new() } else { format!(" subset {subset}") };
            Some((format!("calls to {host}:{port}{behind}"), facts(cluster)))
        }
        _ => None,
    });
    outbound.collect()
}

fn facts(cluster: &Cluster) -> Facts {
    let mut fields: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut say = |name, text: String| {
        if text != "None" {
            fields.insert(name, text);
        }
    };
    say("tls", security(&cluster.security));
    say("connect-timeout", format!("{:?}", cluster.connect_timeout));
    say("load-balancing", format!("{:?}", cluster.load_balancing));
    say("localities", format!("{:?}", cluster.common_lb));
    say("limits", format!("{:?}", cluster.limits));
    say("ejection", format!("{:?}", cluster.outlier));
    say("http", format!("{:?}", cluster.http));
    say("keepalive", format!("{:?}", cluster.keepalive));
    say("proxy-protocol", format!("{:?}", cluster.proxy_protocol));
    Facts { fields, origin: cluster.rule_origin.or(cluster.origin) }
}

fn security(security: &UpstreamSecurity) -> String {
    let tls = |tls: &UpstreamTls| match tls.istio {
        true => "mutual TLS of the mesh".to_owned(),
        false => format!("{:?}", UpstreamTls { origin: None, ..tls.clone() }),
    };
    match security {
        UpstreamSecurity::Plain => "plain text".to_owned(),
        UpstreamSecurity::Tunnel(_) => "the tunnel of the ambient mesh".to_owned(),
        UpstreamSecurity::Tls(stated) => tls(stated),
        UpstreamSecurity::Auto(stated) => format!("{} where the endpoint speaks it", tls(stated)),
    }
}

/// Which endpoints the subsets of DestinationRules are.
#[must_use]
pub fn subsets(mesh: &Mesh) -> FactsByName {
    let rules = mesh.destination_rules.iter();
    let all = rules.flat_map(|rule| rule.subsets.iter().map(move |subset| (rule, subset)));
    all.map(|(rule, subset)| {
        let labels: Vec<String> = subset.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let name = format!("endpoints of {} subset {}", rule.host.value, subset.name.value);
        (name, Facts { fields: [("labels", labels.join(", "))].into(), origin: subset.origin })
    })
    .collect()
}
