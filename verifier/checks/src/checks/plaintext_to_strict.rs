//! # Client without mutual TLS to a server that demands it
//!
//! A DestinationRule makes clients send plaintext, or TLS without the mesh's certificate, to workloads whose PeerAuthentication takes mutual TLS alone.
//! The server's proxy closes the connection, and callers get 503.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
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
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy:
//!     tls: {mode: DISABLE}
//! #               ^^^^^^^ MP2001 STRICT
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 90, targetPort: 9090}]}
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
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   portLevelMtls: {9090: {mode: PERMISSIVE}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy:
//!     tls: {mode: ISTIO_MUTUAL}
//!     portLevelSettings:
//!     - {port: {number: 90}, tls: {mode: DISABLE}}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: bare, namespace: shop}
//! spec: {clusterIP: 10.0.0.2, selector: {app: bare}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: bare-0, namespace: shop, labels: {app: bare}}
//! spec: {containers: [{name: app, image: bare}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: bare, namespace: shop}
//! spec: {host: bare, trafficPolicy: {tls: {mode: DISABLE}}}
//! ```

use mp_ir::base::{Level, Origin};
use mp_ir::mesh::{
    ClientTls, ClientTlsMode, DestinationRule, Labels, MutualTlsMode, Port, Service, TrafficPolicy,
};

use crate::peers::{governed, mode_at, tls_of};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP2001",
    name: "plaintext-to-strict",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("plaintext_to_strict.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for rule in &cx.mesh.destination_rules {
        let services = governed(cx, rule);
        let whole = rule.traffic_policy.iter().map(|policy| ("spec.trafficPolicy".to_owned(), policy, None));
        let subsets = rule.subsets.iter().enumerate().filter_map(|(at, subset)| {
            let path = format!("spec.subsets[{at}].trafficPolicy");
            subset.traffic_policy.as_ref().map(|policy| (path, policy, Some(&subset.labels)))
        });
        for (path, policy, labels) in whole.chain(subsets) {
            let strict = |service: &Service, port: &Port| strict_at(cx, service, port, labels);
            report(cx, out, rule, (&path, policy), &services, strict);
        }
    }
}

/// Where the policy that makes every known server of a port strict stands; `None` when some server is not, or none is known.
fn strict_at(cx: &Cx<'_>, service: &Service, port: &Port, labels: Option<&Labels>) -> Option<Origin> {
    mode_at(cx, service, port, labels)
        .filter(|mode| mode.value == MutualTlsMode::Strict)
        .map(|mode| mode.origin)
}

fn report(
    cx: &Cx<'_>,
    out: &mut Findings,
    rule: &DestinationRule,
    (path, policy): (&str, &TrafficPolicy),
    services: &[&Service],
    strict: impl Fn(&Service, &Port) -> Option<Origin>,
) {
    let mut told: Vec<Origin> = Vec::new();
    for (service, port) in services.iter().flat_map(|s| s.ports.iter().map(move |port| (*s, port))) {
        let own = policy.port_level.get(&port.number);
        let Some(tls) = tls_of(policy, port) else { continue };
        let Some(sends) = sends(tls) else { continue };
        if told.contains(&tls.origin) {
            continue;
        }
        let Some(demand) = strict(service, port) else { continue };
        told.push(tls.origin);
        let mode = own.is_none().then(|| cx.place(&rule.meta.object, &format!("{path}.tls.mode"))).flatten();
        let finding = out
            .report(
                mode.or(tls.origin),
                &rule.meta.object,
                format!("{path}.tls.mode"),
                format!(
                    "port {} of `{}` is STRICT, but clients send {sends}",
                    port.number, service.hostname.value
                ),
            )
            .label("the server's proxy closes these connections: 503")
            .also(demand, "mutual TLS alone is taken because of this")
            .help("write `ISTIO_MUTUAL`, or leave `tls` out");
        // Kiali knows the rules for a whole namespace and for the mesh.
        if rule.host.value.starts_with('*') {
            let root = rule.meta.namespace() == cx.mesh.settings.root_namespace;
            finding.kiali(if root { "KIA0208" } else { "KIA0207" });
        }
    }
}

/// What a server that wants mutual TLS cannot take.
fn sends(tls: &ClientTls) -> Option<&'static str> {
    match tls.mode {
        ClientTlsMode::Disable => Some("plaintext"),
        ClientTlsMode::Simple => Some("TLS without a certificate"),
        ClientTlsMode::Mutual | ClientTlsMode::IstioMutual => None,
    }
}
