//! Waypoints as enforcement points, one for each service behind one: its policies are those that name it, the waypoint or the class of
//! waypoints (`pilot/pkg/networking/core/waypoint.go`, `pilot/pkg/model/policyattachment.go`).
//!
//! What is sent to the address of a Pod does not pass here; neither is it decided here.

use std::collections::BTreeMap;

use mp_ir::base::At;
use mp_ir::mesh::{Labels, Mesh, Meta, MutualTlsMode, Protocol, Service, TargetRef, Waypoint};
use mp_ir::plan::{EnforcementPoint, PointKind, PointPort, RbacAction, WaypointBefore};

use super::points::{chain, path_rules};
use super::select::{GATEWAY_NAME, Subject, attaches};
use super::{doubts, header_doubts, http_security, tcp_security, trust_domain};
use crate::plan::ambient::waypoint_of_service;
use crate::plan::listeners::path_settings;

/// All of them, in the order of the services.
pub(super) fn all(mesh: &Mesh) -> impl Iterator<Item = EnforcementPoint> {
    mesh.services.iter().filter_map(|service| Some(point(mesh, waypoint_of_service(mesh, service)?, service)))
}

/// Whether a policy is for some service behind a waypoint.
pub(super) fn is_bound(mesh: &Mesh, meta: &Meta, targets: &[TargetRef]) -> bool {
    mesh.services.iter().filter(|_| !targets.is_empty()).any(|service| {
        waypoint_of_service(mesh, service).is_some_and(|waypoint| {
            let labels = labels(waypoint);
            attaches(mesh, &subject(waypoint, service, &labels), meta, &Labels::new(), targets)
        })
    })
}

fn labels(waypoint: &Waypoint) -> Labels {
    Labels::from([(GATEWAY_NAME.to_owned(), waypoint.meta.name().to_owned())])
}

fn subject<'a>(waypoint: &'a Waypoint, service: &'a Service, labels: &'a Labels) -> Subject<'a> {
    Subject {
        namespace: waypoint.meta.namespace(),
        labels,
        waypoint: true,
        service: Some(service),
        router: true,
    }
}

/// The waypoint before a service, where it has policies.
pub(super) fn before(mesh: &Mesh, service: &Service) -> Option<WaypointBefore> {
    let waypoint = waypoint_of_service(mesh, service)?;
    let point = point(mesh, waypoint, service);
    let custom = point.http.custom.iter().map(|custom| &custom.rbac);
    let rules = custom.chain(&point.http.rbac).flat_map(|filter| filter.rules.iter().chain(&filter.shadow));
    let decides = rules.filter(|rules| rules.action != RbacAction::Log);
    let origin = decides.flat_map(|rules| &rules.policies).find_map(|policy| policy.origin)?;
    // istiod gives a waypoint an account of its own name.
    let accounts = match waypoint.accounts.as_slice() {
        [] => vec![waypoint.meta.name().to_owned()],
        known => known.to_vec(),
    };
    Some(WaypointBefore { point: (point.namespace, point.name), accounts, origin: Some(origin) })
}

/// A point is named `WAYPOINT:SERVICE`, with the service's namespace behind it where it is another one.
fn name(waypoint: &Waypoint, service: &Service) -> String {
    let (home, of) = (waypoint.meta.namespace(), service.meta.namespace());
    let tail = if home == of { String::new() } else { format!(".{of}") };
    format!("{}:{}{tail}", waypoint.meta.name(), service.meta.name())
}

fn point(mesh: &Mesh, waypoint: &Waypoint, service: &Service) -> EnforcementPoint {
    let labels = labels(waypoint);
    let subject = subject(waypoint, service, &labels);
    let settings = &mesh.settings.proxy;
    let (_, _, underscores) = path_settings(settings, false);
    let mut dropped = Vec::new();
    let http = http_security(mesh, &subject, &mut dropped);
    let tcp = tcp_security(mesh, &subject, &mut dropped);
    let mut doubts = doubts::of_workload(mesh, &subject);
    doubts.extend(header_doubts::of(&http, underscores.is_some()));
    EnforcementPoint {
        namespace: waypoint.meta.namespace().to_owned(),
        name: name(waypoint, service),
        kind: PointKind::Waypoint,
        addresses: service.addresses.clone(),
        ports: ports(service),
        // The tunnel's TLS asks for a certificate.
        trust_domains: trust_domain::for_validation(mesh),
        http,
        tcp,
        paths: path_rules(mesh.settings.path_normalization, settings, false),
        underscores,
        dropped,
        doubts,
        ..EnforcementPoint::default()
    }
}

/// Ports of the service itself: a waypoint sees where the caller meant to go.
fn ports(service: &Service) -> Vec<PointPort> {
    let mode = At::implied(MutualTlsMode::Strict);
    let made = service.ports.iter().filter(|port| port.protocol != Protocol::Udp).map(|port| {
        let host = service.hostname.value.clone();
        (
            port.number,
            PointPort { number: port.number, chain: chain(port.protocol), mode, host, tls: Vec::new() },
        )
    });
    made.collect::<BTreeMap<_, _>>().into_values().collect()
}
