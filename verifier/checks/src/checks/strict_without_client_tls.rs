//! # STRICT servers whose clients send plaintext
//!
//! Automatic mutual TLS is off (`enableAutoMtls: false`), and a PeerAuthentication makes servers strict, but no DestinationRule lets clients send mutual TLS. Every call
//! inside the mesh gets 503.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: istio-system}
//! data: {mesh: "enableAutoMtls: false"}
//! ---
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
//! spec: {mtls: {mode: STRICT}}
//! #                   ^^^^^^ MP2003 cart
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: istio-system}
//! data: {mesh: "enableAutoMtls: false"}
//! ---
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
//! spec: {mtls: {mode: STRICT}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: default, namespace: istio-system}
//! spec: {host: "*.local", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}
//! ```

use std::collections::BTreeMap;

use mp_ir::base::{Level, Origin};
use mp_ir::mesh::{MutualTlsMode, Registry, Service};

use crate::peers::{client_tls, mode_at, stating};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP2003",
    name: "strict-without-client-tls",
    level: Level::Error,
    istio: None,
    kiali: Some("KIA0501"),
    source: include_str!("strict_without_client_tls.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if cx.mesh.settings.auto_mtls || cx.mesh.peer_authentications.is_empty() {
        return;
    }
    let mut first: BTreeMap<Origin, &Service> = BTreeMap::new();
    for service in cx.mesh.services.iter().filter(|s| s.registry == Registry::Kubernetes) {
        for port in &service.ports {
            let strict = mode_at(cx, service, port, None).filter(|m| m.value == MutualTlsMode::Strict);
            if let Some(mode) = strict.filter(|_| client_tls(cx, service, port).is_none()) {
                first.entry(mode.origin).or_insert(service);
            }
        }
    }
    for (origin, service) in first {
        let Some(policy) = stating(cx, origin) else { continue };
        let root = policy.meta.namespace() == cx.mesh.settings.root_namespace;
        let message =
            format!("clients send plaintext to `{}`, which takes mutual TLS alone", service.hostname.value);
        out.report(origin, &policy.meta.object, "spec.mtls.mode", message)
            .label("automatic mutual TLS is off, and no DestinationRule asks for it: 503")
            .also(service.meta.origin, "the Service")
            .help("add a DestinationRule with `tls: {mode: ISTIO_MUTUAL}` for these hosts, or turn `enableAutoMtls` on")
            .kiali(if root { "KIA0401" } else { "KIA0501" });
    }
}
