//! # Destination host not found
//!
//! A VirtualService sends requests to a host that no Service and no ServiceEntry of the input defines. istiod still writes the
//! route, with the name of a cluster that does not exist, and the proxy answers 503 with flag `NC`.
//!
//! A short name means the VirtualService's own namespace: `reviews` in namespace `shop` is `reviews.shop.svc.cluster.local`.
//! Nothing is said of hosts in namespaces whose Services are not part of the input.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews, namespace: shop}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   hosts: [reviews]
//!   http:
//!   - route:
//!     - destination: {host: reviewz}
//! #                         ^^^^^^^ MP1001 no Service or ServiceEntry
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews, namespace: shop}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: vendor, namespace: shop}
//! spec: {hosts: ["*.vendor.example"], ports: [{number: 443, name: tls, protocol: TLS}], resolution: NONE}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   hosts: [reviews]
//!   http:
//!   - match: [{uri: {prefix: /v}}]
//!     route: [{destination: {host: api.vendor.example}}]
//!   - match: [{uri: {prefix: /elsewhere}}]
//!     route: [{destination: {host: ratings.unknown.svc.cluster.local}}]
//!   - route: [{destination: {host: reviews}}]
//! ```

use mp_ir::base::Level;

use crate::destinations::{Place, destinations};
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1001",
    name: "destination-host-not-found",
    level: Level::Error,
    istio: Some("IST0101"),
    kiali: Some("KIA1101"),
    source: include_str!("destination_host_not_found.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for Place { service, destination, field } in destinations(cx.mesh) {
        // HTTPRoutes are looked at as they are written: istiod answers otherwise where a Service is missing.
        if service.meta.name().contains('~') {
            continue;
        }
        let host = destination.host.value.as_str();
        let object = &service.meta.object;
        match cx.hosts.services(host) {
            Answer::Yes(_) => {}
            Answer::Unknown => cx.unknown(object, destination.host.origin, cx.hosts.open(host)),
            Answer::No => {
                let help = match cx.hosts.similar(host) {
                    Some(near) => format!(
                        "did you mean `{near}`? Otherwise add the Service or a ServiceEntry for this host"
                    ),
                    None => "add the Service or a ServiceEntry for this host, or correct the name".to_owned(),
                };
                out.report(
                    destination.host.origin,
                    object,
                    format!("{field}.host"),
                    format!("destination host `{host}` does not exist"),
                )
                .label("no Service or ServiceEntry has this host: requests get 503")
                .help(help)
                .fix(cx.hosts.corrected(cx.workspace, &destination.host));
            }
        }
    }
}
