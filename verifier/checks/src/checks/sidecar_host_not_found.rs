//! # Host of a Sidecar that matches nothing
//!
//! A Sidecar imports a host, `namespace/host`, and no Service, ServiceEntry or VirtualService of that namespace has it. The proxies do not learn the host: with
//! `REGISTRY_ONLY` calls are refused, otherwise they go out as to any unknown address. Hosts are written in full (`cart.shop.svc.cluster.local`), and the namespace is that of
//! the object, not of the caller.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: default, namespace: web}
//! spec:
//!   egress:
//!   - hosts: [./*, shop/crat.shop.svc.cluster.local, web/cart.shop.svc.cluster.local]
//! #                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1033 crat
//! #                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1033 namespace `shop`
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: virtual, namespace: shop}
//! spec: {hosts: [virtual.example], http: [{route: [{destination: {host: cart}}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: default, namespace: web}
//! spec:
//!   egress:
//!   - hosts: [./*, shop/cart.shop.svc.cluster.local, "*/cart.shop.svc.cluster.local", shop/virtual.example, "*/*.example", ops/tool.ops.svc.cluster.local]
//! ```

use mp_ir::base::{At, Level};
use mp_ir::mesh::{HostSelector, Service, Sidecar};

use crate::hosts::wildcard_covers;
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1033",
    name: "sidecar-host-not-found",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA1004"),
    source: include_str!("sidecar_host_not_found.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for sidecar in &cx.mesh.sidecars {
        for (at, listener) in sidecar.egress.iter().flatten().enumerate() {
            for host in listener.hosts.iter().filter(|host| is_one(&host.value)) {
                look(cx, out, sidecar, at, host);
            }
        }
    }
}

/// One host, no pattern.
fn is_one(host: &HostSelector) -> bool {
    !host.exclude && host.namespace != "~" && !host.host.contains('*')
}

fn look(cx: &Cx<'_>, out: &mut Findings, sidecar: &Sidecar, at: usize, selector: &At<HostSelector>) {
    let HostSelector { namespace, host, .. } = &selector.value;
    let fits = |home: &str| namespace == "*" || namespace == home;
    let routed = |service: &&mp_ir::mesh::VirtualService| {
        fits(service.meta.namespace()) && service.hosts.iter().any(|own| wildcard_covers(&own.value, host))
    };
    if cx.mesh.virtual_services.iter().any(|service| routed(&service)) {
        return;
    }
    let field = format!("spec.egress[{at}].hosts");
    let message = format!("no host `{host}` in namespace `{namespace}`");
    match cx.hosts.services(host) {
        Answer::Unknown => cx.unknown(&sidecar.meta.object, selector.origin, cx.hosts.open(host)),
        Answer::Yes(services) if services.iter().any(|service| fits(service.meta.namespace())) => {}
        Answer::Yes(services) => elsewhere(cx, out, sidecar, (selector, field, message), &services),
        Answer::No => {
            let help = match cx.hosts.similar(host) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "correct the host, or leave it out".to_owned(),
            };
            out.report(selector.origin, &sidecar.meta.object, field, message)
                .label("it imports nothing")
                .help(help);
        }
    }
}

/// The host is there, in another namespace than the line says.
fn elsewhere(
    cx: &Cx<'_>,
    out: &mut Findings,
    sidecar: &Sidecar,
    (selector, field, message): (&At<HostSelector>, String, String),
    services: &[&Service],
) {
    let HostSelector { namespace, host, .. } = &selector.value;
    let Some(service) = services.first() else { return };
    let home = service.meta.namespace();
    let (old, new) = (format!("{namespace}/{host}"), format!("{home}/{host}"));
    let title = format!("write `{new}`");
    let fix = selector.origin.and_then(|span| cx.workspace.replacement(span, &old, &new, title.clone()));
    out.report(selector.origin, &sidecar.meta.object, field, message)
        .label(format!("it is in namespace `{home}`: not imported"))
        .also(service.meta.origin, "the host")
        .help(title)
        .fix(fix.filter(|_| services.len() == 1));
}
