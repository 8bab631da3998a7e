//! # TLS to a host without certificates to verify it
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: pay, namespace: shop}
//! spec:
//!   host: pay.example.com
//!   trafficPolicy:
//!     tls: {mode: SIMPLE}
//!     portLevelSettings: [{port: {number: 443}, tls: {mode: MUTUAL, clientCertificate: a, privateKey: b}}]
//! # IST0128 DestinationRule shop/pay
//! # IST0129 DestinationRule shop/pay
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: pay, namespace: shop}
//! spec:
//!   host: pay.example.com
//!   workloadSelector: {matchLabels: {app: web}}
//!   trafficPolicy:
//!     tls: {mode: SIMPLE, credentialName: pay}
//!     portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE, caCertificates: /ca.pem}}]
//! ```

use mp_model::SourceKind;
use mp_model::admission::message::Message;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::{
    NO_SERVER_CERTIFICATE_VERIFICATION_DESTINATION_LEVEL, NO_SERVER_CERTIFICATE_VERIFICATION_PORT_LEVEL,
};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "destinationrule.CaCertificateAnalyzer",
    inputs: &[SourceKind::DestinationRule],
    codes: &["IST0128", "IST0129"],
    source: include_str!("ca_certificates.rs"),
    run,
};

/// The mode of settings that verify nobody, by its name.
fn unverified(tls: &Message, for_workload: bool) -> Option<&'static str> {
    let mode = match tls.number("mode") {
        1 => "SIMPLE",
        2 => "MUTUAL",
        _ => return None,
    };
    let has_secret = for_workload && !tls.text("credentialName").is_empty();
    (tls.text("caCertificates").is_empty() && !has_secret).then_some(mode)
}

fn run(cx: &Context<'_>, out: &mut Out) {
    for (rule, message) in cx.store.messages(SourceKind::DestinationRule) {
        let for_workload = message.has("workloadSelector");
        let Some(policy) = message.message("trafficPolicy") else { continue };
        let (name, host) = (rule.full_name(), message.text("host"));
        if let Some(tls) = policy.message("tls")
            && let Some(mode) = unverified(tls, for_workload)
        {
            let line = rule.line_of_item(tls.get("caCertificates"));
            let kind = &NO_SERVER_CERTIFICATE_VERIFICATION_DESTINATION_LEVEL;
            out.report_at(kind, rule, &[&name, &rule.namespace(), &mode, &host], line);
        }
        for settings in policy.messages("portLevelSettings") {
            if let Some(tls) = settings.message("tls")
                && let Some(mode) = unverified(tls, for_workload)
            {
                let line = rule.line_of_item(tls.get("caCertificates"));
                let port = port(settings.message("port"));
                let kind = &NO_SERVER_CERTIFICATE_VERIFICATION_PORT_LEVEL;
                out.report_at(kind, rule, &[&name, &rule.namespace(), &mode, &host, &port], line);
            }
        }
    }
}

/// A port selector as Go prints the message.
fn port(selector: Option<&Message>) -> String {
    match selector {
        None => "<nil>".to_owned(),
        Some(selector) if selector.int("number") == 0 => String::new(),
        Some(selector) => format!("number:{}", selector.int("number")),
    }
}
