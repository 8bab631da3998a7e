//! Where a Gateway is reached (`gatewaycommon/context.go`, `ResolveGatewayInstances`), and what is said when it is not.

use std::collections::BTreeSet;
use std::net::IpAddr;

use mp_ir::base::Span;
use mp_ir::mesh::{ConditionKind, Endpoint, Service};
use mp_model::Kind;
use mp_model::views::k8s;

use super::super::networks;
use super::Cx;
use super::conditions::Conditions;
use super::fault::Fault;

/// Label of Services that istiod makes.
const MANAGED: &str = "gateway.istio.io/managed";

/// What the Services of a Gateway come to.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// `host:port` of each port that is served.
    internal: BTreeSet<String>,
    /// Addresses inside the cluster.
    inside: BTreeSet<String>,
    /// Addresses outside of it.
    outside: BTreeSet<String>,
    /// Hosts whose address is not known yet.
    pending: BTreeSet<String>,
    warnings: Vec<String>,
    unusable: bool,
}

/// Kinds of addresses that are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Host,
    Ip,
    Both,
}

/// Looks for the Services in a namespace, at some ports.
pub(super) fn resolve(cx: &Cx<'_>, namespace: &str, hosts: &[String], ports: &BTreeSet<u32>) -> Resolved {
    let mut out = Resolved::default();
    for host in hosts {
        let of_host = |service: &Service| service.hostname.value == *host;
        let here = |service: &Service| of_host(service) && service.meta.namespace() == namespace;
        let known = cx.mesh.services.iter().position(here);
        let Some((at, service)) = known.and_then(|at| Some((at, cx.mesh.services.get(at)?))) else {
            let others: BTreeSet<&str> =
                cx.mesh.services.iter().filter(|s| of_host(s)).map(|s| s.meta.namespace()).collect();
            let others: Vec<String> = others.into_iter().map(|ns| format!("\"{ns}\"")).collect();
            out.warnings.push(if others.is_empty() {
                format!("hostname \"{host}\" not found")
            } else {
                let found = others.join(", ");
                format!("hostname \"{host}\" not found in namespace \"{namespace}\", but it was found in namespace(s) {found}")
            });
            out.unusable = true;
            continue;
        };
        let endpoints = cx.mesh.endpoints.get(at).map_or(&[][..], Vec::as_slice);
        for port in ports {
            at_port(cx, &mut out, (host, service, endpoints), *port);
        }
    }
    out.warnings.sort();
    out
}

/// Ports of the endpoints that serve a port of a Service.
fn served(endpoints: &[Endpoint], name: &str, number: u32) -> Vec<u32> {
    let of = |e: &&Endpoint| e.port_name == name && (e.service_port == 0 || e.service_port == number);
    endpoints.iter().filter(of).map(|endpoint| endpoint.port).collect()
}

fn at_port(
    cx: &Cx<'_>,
    out: &mut Resolved,
    (host, service, endpoints): (&str, &Service, &[Endpoint]),
    port: u32,
) {
    let serves = |name: &str, number: u32| served(endpoints, name, number);
    if service.port(port).is_some_and(|own| !serves(&own.name, own.number).is_empty()) {
        out.internal.insert(format!("{host}:{port}"));
        out.inside.extend(service.addresses.iter().filter(|ip| ip.parse::<IpAddr>().is_ok()).cloned());
        let object = cx.ws.find(Kind::Service, service.meta.namespace(), service.meta.name());
        let view = object.and_then(|object| cx.ws.view::<k8s::Service<'_>>(object));
        let outside = view.map(networks::external).unwrap_or_default();
        if outside.is_empty()
            && service.kind_of_service == "LoadBalancer"
            && out.pending.insert(host.to_owned())
        {
            out.warnings.push(format!("address pending for hostname \"{host}\""));
        }
        out.outside.extend(outside);
        return;
    }
    if endpoints.is_empty() {
        out.warnings.push(format!("no instances found for hostname \"{host}\""));
        return;
    }
    let meant = service.ports.iter().filter(|own| serves(&own.name, own.number).contains(&port));
    let meant: BTreeSet<String> = meant.map(|own| own.number.to_string()).collect();
    if !meant.is_empty() {
        let meant = meant.into_iter().collect::<Vec<_>>().join(" ");
        out.warnings.push(format!("port {port} not found for hostname \"{host}\" (hint: the service port should be specified, not the workload port. Did you mean one of these ports: [{meant}]?)"));
        out.unusable = true;
    } else if !service.meta.labels.contains_key(MANAGED) || service.port(port).is_none() {
        out.warnings.push(format!("port {port} not found for hostname \"{host}\""));
        out.unusable = true;
    }
}

impl Resolved {
    /// Says whether the resource is programmed (`SetProgrammedCondition`).
    pub(super) fn judge(&self, conditions: &mut Conditions, hosts: &[String], place: Span) {
        let names: Vec<&str> = self.internal.iter().map(String::as_str).collect();
        let assigned = joined(&names);
        if !names.is_empty() {
            let message = format!("Resource programmed, assigned to service(s) {assigned}");
            *conditions =
                std::mem::take(conditions).holds(ConditionKind::Programmed, "Programmed", &message, place);
        }
        let warnings = self.warnings.join("; ");
        let (reason, message) = if hosts.is_empty() {
            ("UnsupportedAddress", "Failed to assign to any requested addresses".to_owned())
        } else if warnings.is_empty() {
            return;
        } else {
            let reason = if self.unusable { "AddressNotUsable" } else { "AddressNotAssigned" };
            let message = if names.is_empty() {
                format!("Failed to assign to any requested addresses: {warnings}")
            } else {
                format!(
                    "Assigned to service(s) {assigned}, but failed to assign to all requested addresses: {warnings}"
                )
            };
            (reason, message)
        };
        conditions.fails(ConditionKind::Programmed, &Fault::absent(reason, message, place));
    }

    /// Kinds and values of the addresses that are reported.
    pub(super) fn addresses(&self, wanted: Wanted) -> Vec<(&'static str, String)> {
        let mut out: Vec<&str> = self.outside.iter().map(String::as_str).collect();
        if out.is_empty() {
            if wanted != Wanted::Host {
                out.extend(self.inside.iter().map(String::as_str));
            }
            if wanted != Wanted::Ip {
                let hosts = self.internal.iter().filter_map(|at| Some(at.rsplit_once(':')?.0));
                for host in hosts.filter(|host| !self.pending.contains(*host)) {
                    if !out.contains(&host) {
                        out.push(host);
                    }
                }
            }
        }
        let kind = |value: &str| if value.parse::<IpAddr>().is_ok() { "IPAddress" } else { "Hostname" };
        out.into_iter().map(|value| (kind(value), value.to_owned())).collect()
    }
}

/// `a, b, and c` (`HumanReadableJoin`).
fn joined(parts: &[&str]) -> String {
    match parts {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, second] => format!("{first} and {second}"),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_as_people_read_them() {
        assert_eq!(joined(&["a"]), "a");
        assert_eq!(joined(&["a", "b"]), "a and b");
        assert_eq!(joined(&["a", "b", "c"]), "a, b, and c");
    }
}
