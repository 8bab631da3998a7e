//! # Gateways whose certificates cannot be had
//!
//! The Secret is looked for in the namespace of the Gateway's Pods.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {istio: ingressgateway}
//!   servers: [{hosts: [a.com], tls: {credentialName: none}}, {hosts: [b.com], tls: {credentialName: broken}}]
//! ---
//! apiVersion: v1
//! kind: Secret
//! metadata: {name: broken, namespace: istio-system}
//! data: {tls.crt: YQ==, tls.key: YQ==}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: nobody, namespace: shop}
//! spec: {selector: {app: none}}
//! # IST0101 Gateway shop/edge
//! # IST0101 Gateway shop/nobody
//! # IST0161 Gateway shop/edge
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {selector: {istio: ingressgateway}, servers: [{hosts: [a.com], tls: {mode: PASSTHROUGH}}, {hosts: [b.com]}]}
//! ```

use mp_model::admission::message::Message;
use mp_model::syntax::decode_base64;
use mp_model::{Node, SourceKind};
use x509_parser::certificate::X509Certificate;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;

use super::analyzer::{Analyzer, Context};
use super::gateway_ports::tls_of;
use super::notice::Out;
use super::notices::{INVALID_GATEWAY_CREDENTIAL, REFERENCED_RESOURCE_NOT_FOUND};
use super::selectors::{pairs, shown};
use super::store::{Resource, at, short_or_full};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "gateway.SecretAnalyzer",
    inputs: &[SourceKind::Gateway, SourceKind::Pod, SourceKind::Secret],
    codes: &["IST0101", "IST0161"],
    source: include_str!("gateway_secrets.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    for (gateway, message) in cx.store.messages(SourceKind::Gateway) {
        let selector = pairs(Some(message), "selector");
        // A Pod without a namespace is as good as none.
        let home = cx.pods(&selector).next().map_or("", Resource::namespace);
        if home.is_empty() {
            let line = gateway.selector_line(Some(message), "selector");
            let kind = &REFERENCED_RESOURCE_NOT_FOUND;
            out.report_at(kind, gateway, &[&"selector", &shown(&selector)], line);
            continue;
        }
        for (_, tls) in tls_of(message).filter(|(_, tls)| !tls.text("credentialName").is_empty()) {
            credential(cx, gateway, home, tls, out);
        }
    }
}

fn credential(cx: &Context<'_>, gateway: &Resource<'_>, home: &str, tls: &Message, out: &mut Out) {
    let name = tls.text("credentialName");
    let line = gateway.line_of_item(tls.get("credentialName"));
    let (namespace, secret) = short_or_full(home, name);
    match cx.store.find(SourceKind::Secret, namespace, secret) {
        None => {
            out.report_at(&REFERENCED_RESOURCE_NOT_FOUND, gateway, &[&"credentialName", &name], line);
        }
        Some(secret) if !is_valid(secret.root(), cx.now) => {
            out.report_at(&INVALID_GATEWAY_CREDENTIAL, gateway, &[&gateway.name(), &home], line);
        }
        Some(_) => {}
    }
}

/// Whether a Secret holds a key and a certificate of the present (`pilot/pkg/credentials/kube/secrets.go`, `ExtractCertInfo`;
/// `pilot/pkg/xds/sds.go`, `ValidateCertificate`).
fn is_valid(secret: Node<'_>, now: i64) -> bool {
    let value = |key: &str| {
        let text = at(secret, &["data"])?.get(key)?.as_str()?;
        decode_base64(text).filter(|bytes| !bytes.is_empty())
    };
    let pairs = [("cert", "key"), ("tls.crt", "tls.key")];
    let found = pairs.into_iter().find_map(|(cert, key)| value(cert).filter(|_| value(key).is_some()));
    found.is_some_and(|cert| is_current(&cert, now))
}

/// Whether the first PEM block holds certificates, all of which are valid now.
fn is_current(pem: &[u8], now: i64) -> bool {
    let Some(Ok(block)) = Pem::iter_from_buffer(pem).next() else { return false };
    let mut rest = block.contents.as_slice();
    while !rest.is_empty() {
        let Ok((after, certificate)) = X509Certificate::from_der(rest) else { return false };
        let validity = certificate.validity();
        if now < validity.not_before.timestamp() || now > validity.not_after.timestamp() {
            return false;
        }
        rest = after;
    }
    true
}
