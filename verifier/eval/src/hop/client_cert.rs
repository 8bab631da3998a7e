//! `x-forwarded-client-cert` (`ConnectionManagerUtility::mutateXfccRequestHeader`).

use mp_ir::mesh::ForwardClientCert;

use super::arrival::Certificate;
use super::exchange::{Exchange, joined, remove, set};

const HEADER: &str = "x-forwarded-client-cert";

/// What stands for the hash of a certificate, which the names do not tell.
const HASH: &str = "<sha256>";

/// Sets, keeps or removes the header; `own` are the names in the proxy's certificate.
pub(super) fn apply(exchange: &mut Exchange<'_>, certificate: Option<&Certificate>, own: &[String]) {
    let mode = exchange.hcm.forward_client_cert.unwrap_or_default();
    let append = mode == ForwardClientCert::AppendForward;
    let headers = &mut exchange.call.headers;
    match (mode, certificate) {
        (ForwardClientCert::AlwaysForwardOnly, _) | (ForwardClientCert::ForwardOnly, Some(_)) => {}
        (ForwardClientCert::AppendForward | ForwardClientCert::SanitizeSet, Some(certificate)) => {
            let old = joined(headers, HEADER).filter(|old| append && !old.is_empty());
            let new = describe(exchange, certificate, own);
            let value = old.map_or_else(|| new.clone(), |old| format!("{old},{new}"));
            set(&mut exchange.call.headers, HEADER, value);
        }
        _ => remove(headers, HEADER),
    }
}

fn describe(exchange: &Exchange<'_>, certificate: &Certificate, own: &[String]) -> String {
    let parts = exchange.hcm.client_cert_details.unwrap_or_default();
    let mut out = Vec::new();
    out.extend(own.iter().find_map(|name| name.strip_prefix("URI:")).map(|name| format!("By={name}")));
    out.push(format!("Hash={HASH}"));
    if parts.subject {
        out.push(format!("Subject=\"{}\"", certificate.subject.replace('"', "\\\"")));
    }
    if parts.uri {
        out.extend(certificate.names_of("URI:").map(|name| format!("URI={name}")));
    }
    if parts.dns {
        out.extend(certificate.names_of("DNS:").map(|name| format!("DNS={name}")));
    }
    out.join(";")
}
