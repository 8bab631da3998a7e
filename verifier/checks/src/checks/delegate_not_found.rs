//! # Delegate that does not exist
//!
//! A route hands its requests to a VirtualService that is not there, or that is no delegate because it has hosts of its own. istiod leaves the route out.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: root, namespace: shop}
//! spec:
//!   hosts: [www.example]
//!   gateways: [edge]
//!   http:
//!   - match: [{uri: {prefix: /a}}]
//!     delegate: {name: ghost}
//! #             ^^^^^^^^^^^^^ MP1040 shop/ghost
//!   - delegate: {name: other}
//! #             ^^^^^^^^^^^^^ MP1040 hosts
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: other, namespace: shop}
//! spec: {hosts: [other.example], http: [{directResponse: {status: 200}}]}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: root, namespace: shop}
//! spec:
//!   hosts: [www.example]
//!   gateways: [edge]
//!   http:
//!   - match: [{uri: {prefix: /a}}]
//!     delegate: {name: child}
//!   - delegate: {name: far, namespace: elsewhere}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: child, namespace: shop}
//! spec: {http: [{directResponse: {status: 200}}]}
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{Delegate, VirtualService};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1040",
    name: "delegate-not-found",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("delegate_not_found.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if !cx.is_final() {
        return;
    }
    for service in &cx.mesh.virtual_services {
        for (at, route) in service.http.iter().enumerate() {
            if let Some(delegate) = &route.delegate {
                look(cx, out, service, at, delegate);
            }
        }
    }
}

fn look(cx: &Cx<'_>, out: &mut Findings, service: &VirtualService, at: usize, delegate: &Delegate) {
    let home = service.meta.namespace();
    let namespace = if delegate.namespace.is_empty() { home } else { delegate.namespace.as_str() };
    let mut near =
        cx.mesh.virtual_services.iter().filter(|other| other.meta.namespace() == namespace).peekable();
    let object = &service.meta.object;
    if near.peek().is_none() {
        let why = format!(
            "whether delegate `{namespace}/{}` exists: no VirtualService of its namespace is part of the input",
            delegate.name
        );
        return cx.unknown(object, delegate.origin, why);
    }
    let field = format!("spec.http[{at}].delegate");
    match near.find(|other| other.meta.name() == delegate.name) {
        Some(found) if found.hosts.is_empty() => {}
        Some(found) => {
            out.report(
                delegate.origin,
                object,
                field,
                format!("`{namespace}/{}` has hosts of its own: it is no delegate", delegate.name),
            )
            .label("the route is left out")
            .also(found.hosts.first().and_then(|host| host.origin), "a delegate has no hosts")
            .help("take hosts and gateways out of the delegate");
        }
        None => {
            out.report(delegate.origin, object, field, format!("there is no VirtualService `{namespace}/{}`", delegate.name))
                .label("the route is left out")
                .help("create the delegate, or correct its name; without `namespace` it is looked for beside the root");
        }
    }
}
