//! # One certificate in several Gateways
//!
//! Clients reuse an HTTP/2 connection for every host of its certificate, and then meet the wrong Gateway.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: a, namespace: shop}
//! spec: {selector: {app: edge}, servers: [{hosts: [a.com], tls: {credentialName: cert}}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: b, namespace: other}
//! spec: {selector: {app: edge, more: x}, servers: [{hosts: [b.com], tls: {credentialName: cert}}]}
//! # IST0138 Gateway shop/a
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: a, namespace: shop}
//! spec: {selector: {app: edge}, servers: [{hosts: [a.com], tls: {serverCertificate: a, privateKey: b}}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: b, namespace: shop}
//! spec: {selector: {app: edge}, servers: [{hosts: [b.com], tls: {serverCertificate: a, privateKey: c}}]}
//! ```

use mp_model::SourceKind;
use mp_model::admission::message::Message;

use super::analyzer::{Analyzer, Context};
use super::gateway_ports::tls_of;
use super::notice::{Out, list};
use super::notices::GATEWAY_DUPLICATE_CERTIFICATE;
use super::selectors::{matches, pairs};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "gateway.CertificateAnalyzer",
    inputs: &[SourceKind::Gateway],
    codes: &["IST0138"],
    source: include_str!("gateway_certificates.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let with_tls: Vec<_> = cx
        .store
        .messages(SourceKind::Gateway)
        .filter(|(_, message)| tls_of(message).next().is_some())
        .collect();
    for (gateway, message) in &with_tls {
        let selector = pairs(Some(message), "selector");
        for (other, held) in &with_tls {
            if other.key() == gateway.key() || !matches(&selector, &pairs(Some(held), "selector")) {
                continue;
            }
            let shares = |tls: &Message| tls_of(held).any(|(_, own)| is_same(tls, own));
            if tls_of(message).any(|(_, tls)| shares(tls)) {
                let names = list([gateway.full_name(), other.full_name()]);
                out.report_at(&GATEWAY_DUPLICATE_CERTIFICATE, gateway, &[&names], gateway.name_line());
            }
        }
    }
}

fn is_same(a: &Message, b: &Message) -> bool {
    let equal = |field: &str| !a.text(field).is_empty() && a.text(field) == b.text(field);
    match (a.text("credentialName"), b.text("credentialName")) {
        ("", "") => equal("serverCertificate") && equal("privateKey"),
        _ => equal("credentialName"),
    }
}
