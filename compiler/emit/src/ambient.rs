//! What ztunnel is told, in the JSON of `istio.security.Authorization`, `istio.workload.Workload` and
//! `istio.workload.Service`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use mp_ir::base::At;
use mp_ir::mesh::{Locality, Protocol, WaypointAddress};
use mp_ir::plan::{
    AmbientBalancing, AmbientCondition, AmbientEndpoint, AmbientPlan, AmbientService, Authorization,
    AuthorizationScope, Cidr, ConnectionMatch, RbacAction, ServiceAddress, TextMatch, TunnelProtocol,
    WaypointLink,
};
use serde_json::{Value, json};

use crate::json::{Object, bytes, list};

/// The port of the tunnel at waypoints.
const HBONE_PORT: u32 = 15008;

/// Everything as one object: `authorizations`, `conditions`, `workloads` and `services`, each by name.
#[must_use]
pub fn ambient(plan: &AmbientPlan, cluster: &str) -> Value {
    Object::new()
        .set("authorizations", by_name(&plan.authorizations, |_, policy| authorization(policy)))
        .set("conditions", by_name(&plan.conditions, |_, told| condition(told)))
        .set("workloads", by_name(&plan.workloads, |uid, workload| endpoint(uid, workload, cluster)))
        .set("services", by_name(&plan.services, |_, one| service(one)))
        .into()
}

fn by_name<T>(all: &BTreeMap<String, T>, spell: impl Fn(&str, &T) -> Value) -> Value {
    Value::Object(all.iter().map(|(name, one)| (name.clone(), spell(name, one))).collect())
}

fn condition(told: &AmbientCondition) -> Value {
    json!({"reason": "UnsupportedValue", "message": told.message, "bound": told.bound})
}

fn authorization(policy: &Authorization) -> Value {
    let scope = match policy.scope {
        AuthorizationScope::Global => None,
        AuthorizationScope::Namespace => Some("NAMESPACE"),
        AuthorizationScope::Workload => Some("WORKLOAD_SELECTOR"),
    };
    let groups = policy.groups.iter().map(|group| {
        let clauses = group
            .clauses
            .iter()
            .map(|clause| Object::new().unless_default("matches", list(clause.iter().map(connection_match))));
        Object::new().unless_default("rules", list(clauses))
    });
    Object::new()
        .set("name", policy.name.as_str())
        .set("namespace", policy.namespace.as_str())
        .maybe("scope", scope)
        .maybe("action", (policy.action == RbacAction::Deny).then_some("DENY"))
        .unless_default("groups", list(groups))
        .unless_default("dryRun", policy.dry_run)
        .into()
}

fn connection_match(m: &ConnectionMatch) -> Value {
    Object::new()
        .unless_default("namespaces", all(&m.namespaces, text))
        .unless_default("notNamespaces", all(&m.not_namespaces, text))
        .unless_default("serviceAccounts", all(&m.service_accounts, account))
        .unless_default("notServiceAccounts", all(&m.not_service_accounts, account))
        .unless_default("principals", all(&m.principals, text))
        .unless_default("notPrincipals", all(&m.not_principals, text))
        .unless_default("sourceIps", all(&m.source_ips, block))
        .unless_default("notSourceIps", all(&m.not_source_ips, block))
        .unless_default("destinationIps", all(&m.destination_ips, block))
        .unless_default("notDestinationIps", all(&m.not_destination_ips, block))
        .unless_default("destinationPorts", all(&m.destination_ports, |port| json!(port)))
        .unless_default("notDestinationPorts", all(&m.not_destination_ports, |port| json!(port)))
        .into()
}

fn all<T>(values: &[At<T>], spell: impl Fn(&T) -> Value) -> Value {
    list(values.iter().map(|value| spell(&value.value)))
}

fn text(value: &TextMatch) -> Value {
    match value {
        TextMatch::Exact(text) => json!({"exact": text}),
        TextMatch::Prefix(text) => json!({"prefix": text}),
        TextMatch::Suffix(text) => json!({"suffix": text}),
        TextMatch::NotEmpty => json!({"presence": {}}),
    }
}

fn account((namespace, name): &(String, String)) -> Value {
    json!({"namespace": namespace, "serviceAccount": name})
}

fn block(block: &Cidr) -> Value {
    let object = Object::new().set("address", address(&block.address));
    object.unless_default("length", block.bits).into()
}

fn address(address: &IpAddr) -> Value {
    match address {
        IpAddr::V4(v4) => bytes(&v4.octets()),
        IpAddr::V6(v6) => bytes(&v6.octets()),
    }
}

fn endpoint(uid: &str, w: &AmbientEndpoint, cluster: &str) -> Value {
    let tunnel = match w.tunnel {
        TunnelProtocol::None => None,
        TunnelProtocol::Hbone => Some("HBONE"),
        TunnelProtocol::SidecarTls => Some("LEGACY_ISTIO_MTLS"),
    };
    let (canonical_name, canonical_revision) = &w.canonical;
    let object = Object::new()
        .set("uid", uid)
        .set("name", w.name.as_str())
        .set("namespace", w.namespace.as_str())
        .unless_default("addresses", list(w.addresses.iter().map(address)))
        .unless_default("hostname", w.hostname.as_str())
        .unless_default("network", w.network.as_str())
        .maybe("tunnelProtocol", tunnel)
        .unless_default("nativeTunnel", w.native_tunnel)
        .unless_default("trustDomain", w.trust_domain.as_str())
        .unless_default("serviceAccount", w.service_account.as_str())
        .maybe("waypoint", w.waypoint.as_ref().map(waypoint))
        .unless_default("node", w.node.as_str());
    object
        .unless_default("canonicalName", canonical_name.as_str())
        .unless_default("canonicalRevision", canonical_revision.as_str())
        .maybe("workloadType", w.named.then_some("POD"))
        .unless_default("workloadName", w.workload_name.as_str())
        .maybe("applicationTunnel", w.application_tunnel.map(application_tunnel))
        .unless_default("services", by_name(&w.services, |_, ports| served(ports)))
        .unless_default("authorizationPolicies", list(w.policies.iter().map(String::as_str)))
        .maybe("status", (!w.healthy).then_some("UNHEALTHY"))
        .unless_default("clusterId", cluster)
        .unless_default("locality", locality(&w.locality))
        .maybe("networkMode", w.host_network.then_some("HOST_NETWORK"))
        .unless_default("capacity", w.weight)
        .into()
}

fn served(ports: &[(u32, u32)]) -> Value {
    let ports = ports.iter().map(|(port, target)| {
        Object::new().unless_default("servicePort", *port).unless_default("targetPort", *target)
    });
    Object::new().unless_default("ports", list(ports)).into()
}

fn application_tunnel((proxy, port): (bool, u32)) -> Value {
    Object::new().maybe("protocol", proxy.then_some("PROXY")).unless_default("port", port).into()
}

fn locality(place: &Locality) -> Value {
    Object::new()
        .unless_default("region", place.region.as_str())
        .unless_default("zone", place.zone.as_str())
        .unless_default("subzone", place.subzone.as_str())
        .into()
}

fn waypoint(link: &WaypointLink) -> Value {
    let object = Object::new().set("hboneMtlsPort", HBONE_PORT);
    let object = match &link.address {
        WaypointAddress::Host(host) => {
            object.set("hostname", json!({"namespace": link.namespace, "hostname": host}))
        }
        WaypointAddress::Ip(ip) => {
            let place = Object::new().unless_default("network", link.network.as_str());
            object.set("address", place.set("address", address(ip)))
        }
    };
    object.into()
}

fn service(s: &AmbientService) -> Value {
    let ports = s.ports.iter().map(|(number, target, protocol)| {
        Object::new()
            .unless_default("servicePort", *number)
            .unless_default("targetPort", *target)
            .maybe("appProtocol", app_protocol(*protocol))
    });
    Object::new()
        .set("name", s.name.as_str())
        .set("namespace", s.namespace.as_str())
        .set("hostname", s.hostname.as_str())
        .unless_default("addresses", list(s.addresses.iter().map(service_address)))
        .unless_default("ports", list(ports))
        .unless_default("subjectAltNames", list(s.subject_alt_names.iter().map(String::as_str)))
        .maybe("waypoint", s.waypoint.as_ref().map(waypoint))
        .unless_default("loadBalancing", load_balancing(s))
        .maybe("ipFamilies", families(&s.families))
        .unless_default("canonical", s.canonical)
        .unless_default("ingressUseWaypoint", s.ingress_use_waypoint)
        .into()
}

fn service_address(at: &ServiceAddress) -> Value {
    let object = Object::new().unless_default("network", at.network.as_str());
    object.set("address", address(&at.address)).maybe("length", at.bits).into()
}

fn load_balancing(s: &AmbientService) -> Value {
    let (mode, preference): (Option<&str>, &[&str]) = match s.balancing {
        AmbientBalancing::Any => (None, &[]),
        AmbientBalancing::NodeOnly => (Some("STRICT"), &["NODE"]),
        AmbientBalancing::SameZone => (Some("FAILOVER"), &["NETWORK", "REGION", "ZONE"]),
        AmbientBalancing::SameNode => (Some("FAILOVER"), &["NETWORK", "REGION", "ZONE", "SUBZONE", "NODE"]),
        AmbientBalancing::Passthrough => (Some("PASSTHROUGH"), &[]),
    };
    Object::new()
        .unless_default("routingPreference", list(preference.iter().copied()))
        .maybe("mode", mode)
        .maybe("healthPolicy", s.allow_unhealthy.then_some("ALLOW_ALL"))
        .into()
}

fn families(stated: &[String]) -> Option<&'static str> {
    match stated {
        [] => None,
        [one] if one == "IPv4" => Some("IPV4_ONLY"),
        [_] => Some("IPV6_ONLY"),
        _ => Some("DUAL"),
    }
}

fn app_protocol(protocol: Protocol) -> Option<&'static str> {
    match protocol {
        Protocol::Http => Some("HTTP11"),
        Protocol::Http2 => Some("HTTP2"),
        Protocol::Grpc => Some("GRPC"),
        Protocol::Tls | Protocol::Https => Some("TLS"),
        Protocol::Tcp => Some("TCP"),
        _ => None,
    }
}
