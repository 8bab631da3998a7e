//! # Mutual TLS for servers that take plaintext alone
//!
//! A DestinationRule lets clients send mutual TLS to servers whose PeerAuthentication turns it off (`DISABLE`). The server's proxy passes the TLS bytes on to the
//! application, which cannot read them: calls get 503.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: default, namespace: shop}
//! spec: {mtls: {mode: DISABLE}}
//! #                   ^^^^^^^ MP2004 cart
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: default, namespace: istio-system}
//! spec: {host: "*.local", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: default, namespace: shop}
//! spec: {mtls: {mode: DISABLE}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: default, namespace: istio-system}
//! spec: {host: "*.local", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart, namespace: shop}
//! spec: {host: cart, trafficPolicy: {tls: {mode: DISABLE}}}
//! ```

use std::collections::BTreeMap;

use mp_ir::base::{Level, Origin};
use mp_ir::mesh::{ClientTls, ClientTlsMode, MutualTlsMode, Registry, Service};

use crate::peers::{client_tls, mode_at, stating};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP2004",
    name: "mutual-tls-to-plaintext",
    level: Level::Error,
    istio: None,
    kiali: Some("KIA0505"),
    source: include_str!("mutual_tls_to_plaintext.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if cx.mesh.peer_authentications.is_empty() {
        return;
    }
    let mut first: BTreeMap<Origin, (&Service, &ClientTls)> = BTreeMap::new();
    for service in cx.mesh.services.iter().filter(|s| s.registry == Registry::Kubernetes) {
        for port in &service.ports {
            let Some((_, tls)) = client_tls(cx, service, port) else { continue };
            let off = |tls: &ClientTls| tls.mode == ClientTlsMode::IstioMutual;
            let mode = Some(tls).filter(|tls| off(tls)).and_then(|_| mode_at(cx, service, port, None));
            if let Some(mode) = mode.filter(|mode| mode.value == MutualTlsMode::Disable) {
                first.entry(mode.origin).or_insert((service, tls));
            }
        }
    }
    for (origin, (service, tls)) in first {
        let Some(policy) = stating(cx, origin) else { continue };
        let root = policy.meta.namespace() == cx.mesh.settings.root_namespace;
        let message =
            format!("clients send mutual TLS to `{}`, where it is turned off", service.hostname.value);
        out.report(origin, &policy.meta.object, "spec.mtls.mode", message)
            .label("the application gets TLS bytes: calls fail")
            .also(tls.origin, "clients send mutual TLS because of this")
            .help(
                "write a DestinationRule with `tls: {mode: DISABLE}` for these hosts, or take the mode back",
            )
            .kiali(if root { "KIA0506" } else { "KIA0505" });
    }
}
