//! # Identity in a policy for a port without mutual TLS
//!
//! Only mutual TLS tells a server who calls. On these workloads it is turned off (`DISABLE`): principals, namespaces and service accounts are empty for every
//! caller. An ALLOW rule that asks for them admits nobody, a DENY rule refuses nobody.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: cart, namespace: shop}
//! spec: {selector: {matchLabels: {app: cart}}, mtls: {mode: DISABLE}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: callers, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]
//! #                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP3006 no identity
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: old-0, namespace: shop, labels: {app: old}}
//! spec: {containers: [{name: app, image: old}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: old, namespace: shop}
//! spec: {selector: {matchLabels: {app: old}}, mtls: {mode: DISABLE}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: callers, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: addresses, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: old}}
//!   rules:
//!   - from: [{source: {ipBlocks: [10.0.0.0/8]}}]
//! ```

use mp_ir::base::{At, Level, Origin};
use mp_ir::mesh::{AuthorizationPolicy, MutualTlsMode, Source};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3006",
    name: "identity-without-mtls",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA0105"),
    source: include_str!("identity_without_mtls.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if cx.mesh.peer_authentications.is_empty() {
        return;
    }
    for policy in cx.mesh.authorization_policies.iter().filter(|policy| policy.targets.is_empty()) {
        let conditions = policy.rules.iter().flat_map(|rule| &rule.when);
        let asked = |keys: &[&str]| {
            let mut all = conditions.clone();
            all.find(|when| keys.contains(&when.key.value.as_str())).map(|when| &when.key)
        };
        let named = policy.rules.iter().flat_map(|rule| &rule.from).find_map(identity);
        let named =
            named.or_else(|| asked(&["source.principal", "source.namespace", "source.serviceAccount"]));
        // Without mutual TLS a server name is seen only of TLS that the callers bring themselves.
        let sni = || asked(&["connection.sni"]).filter(|_| all_http(cx, policy));
        let Some(identity) = named.or_else(sni) else { continue };
        let Some(off) = all_off(cx, policy) else { continue };
        out.report(
            identity.origin,
            &policy.meta.object,
            "spec.rules",
            format!("`{}` is no identity that these workloads ever see", identity.value),
        )
        .label("mutual TLS is off: callers have no identity here")
        .also(off, "it is turned off here")
        .help("turn mutual TLS on, or decide by something else than who calls");
    }
}

/// Who is asked for.
fn identity(source: &Source) -> Option<&At<String>> {
    let lists = [
        &source.principals,
        &source.not_principals,
        &source.namespaces,
        &source.not_namespaces,
        &source.service_accounts,
        &source.not_service_accounts,
        &source.trust_domains,
        &source.not_trust_domains,
    ];
    lists.into_iter().find_map(|list| list.first())
}

/// Where mutual TLS is turned off for all workloads of a policy; `None` where it is on for one of them, or none is known.
fn all_off(cx: &Cx<'_>, policy: &AuthorizationPolicy) -> Option<Origin> {
    let mut found = None;
    for workload in cx.hosts.selected(&policy.meta, &policy.selector).filter(|workload| workload.has_proxy) {
        let modes = cx.mesh.peer_modes(workload.meta.namespace(), workload.labels());
        let served: Vec<u32> = cx.hosts.inbound(workload).map(|(_, _, port)| port).collect();
        let is_off = |mode: MutualTlsMode| mode == MutualTlsMode::Disable;
        let off = match served.as_slice() {
            [] => is_off(modes.mode.value) && modes.ports.values().all(|mode| is_off(mode.value)),
            ports => ports.iter().all(|port| is_off(modes.at(*port).value)),
        };
        if !off {
            return None;
        }
        let first = served.first().map_or(modes.mode, |port| modes.at(*port));
        found = Some(first.origin);
    }
    found
}

/// Whether callers of the policy's workloads speak plain HTTP alone, as far as the Services say.
fn all_http(cx: &Cx<'_>, policy: &AuthorizationPolicy) -> bool {
    let mut workloads = cx.hosts.selected(&policy.meta, &policy.selector).filter(|w| w.has_proxy);
    workloads.all(|workload| {
        let mut ports = cx.hosts.inbound(workload).peekable();
        ports.peek().is_some() && ports.all(|(_, port, _)| port.protocol.is_http())
    })
}
