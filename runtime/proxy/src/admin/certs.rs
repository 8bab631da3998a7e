//! `/certs`: the certificates that the bootstrap's TLS contexts hold, read anew.
use std::time::{SystemTime, UNIX_EPOCH};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};
use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, X509Certificate};

use crate::access::time::format_time;
use crate::config::decode_base64;

/// Every TLS context of a checked bootstrap, in its order.
pub(super) fn list(bootstrap: &Value) -> Value {
    let mut found = Vec::new();
    collect(bootstrap, &mut found);
    let shown = |all: &[Known]| all.iter().map(|known| known.shown.clone()).collect::<Vec<_>>();
    let one = |context: &Context| json!({"ca_cert": shown(&context.authority), "cert_chain": shown(&context.chain)});
    json!({"certificates": found.iter().map(one).collect::<Vec<_>>()})
}

/// The certificates of one TLS context.
struct Context {
    authority: Vec<Known>,
    chain: Vec<Known>,
}

/// A certificate.
struct Known {
    /// In seconds since 1970.
    expires: i64,
    /// As the page has it.
    shown: Value,
}

/// When the first certificate of a checked bootstrap expires, in seconds since 1970.
pub(super) fn first_expiry(bootstrap: &Value) -> Option<i64> {
    let mut found = Vec::new();
    collect(bootstrap, &mut found);
    found
        .iter()
        .flat_map(|context| context.authority.iter().chain(&context.chain))
        .map(|known| known.expires)
        .min()
}

fn collect(value: &Value, found: &mut Vec<Context>) {
    match value {
        Value::Object(fields) => {
            if let Some(context) = fields.get("common_tls_context") {
                found.extend(certificates(context));
            }
            fields.values().for_each(|field| collect(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// The authority and the chain of one context; `None` when it has neither.
fn certificates(context: &Value) -> Option<Context> {
    let combined =
        context.get("combined_validation_context").and_then(|c| c.get("default_validation_context"));
    let validation = context.get("validation_context").or(combined);
    let authority = validation.and_then(|v| v.get("trusted_ca")).map(|ca| details(ca, 1)).unwrap_or_default();
    let pairs = context.get("tls_certificates").and_then(Value::as_array).into_iter().flatten();
    let chain: Vec<_> =
        pairs.filter_map(|pair| pair.get("certificate_chain")).flat_map(|c| details(c, 1)).collect();
    if authority.is_empty() && chain.is_empty() {
        return None;
    }
    Some(Context { authority, chain })
}

/// The first certificates of a data source; those that cannot be read are left out.
fn details(source: &Value, most: usize) -> Vec<Known> {
    let text = |name: &str| source.get(name).and_then(Value::as_str);
    let (path, pem) = match text("filename") {
        Some(file) => (file, std::fs::read(file).unwrap_or_default()),
        None => {
            let inline = text("inline_string").map(|s| s.as_bytes().to_vec());
            ("<inline>", inline.or_else(|| decode_base64(text("inline_bytes")?)).unwrap_or_default())
        }
    };
    let certificates = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).take(most);
    certificates.filter_map(|der| X509Certificate::from_der(&der).ok().map(|(_, c)| one(&c, path))).collect()
}

fn one(certificate: &X509Certificate<'_>, path: &str) -> Known {
    let validity = certificate.validity();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let left = validity.not_after.timestamp() - now as i64;
    let serial: String = certificate.raw_serial().iter().map(|byte| format!("{byte:02x}")).collect();
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.iter().flat_map(|n| &n.value.general_names).filter_map(name).collect::<Vec<_>>();
    let shown = json!({
        "path": path,
        "serial_number": serial,
        "subject_alt_names": names,
        "days_until_expiration": left.div_euclid(86_400).max(0).to_string(),
        "valid_from": time(&validity.not_before),
        "expiration_time": time(&validity.not_after),
    });
    Known { expires: validity.not_after.timestamp(), shown }
}

fn time(time: &ASN1Time) -> String {
    let since = std::time::Duration::from_secs(time.timestamp().max(0) as u64);
    format_time(UNIX_EPOCH + since, "%Y-%m-%dT%H:%M:%SZ")
}

fn name(name: &GeneralName<'_>) -> Option<Value> {
    match name {
        GeneralName::DNSName(name) => Some(json!({"dns": name})),
        GeneralName::URI(uri) => Some(json!({"uri": uri})),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(std::net::IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(std::net::IpAddr::from));
            address.ok().map(|address| json!({"ip_address": address.to_string()}))
        }
        _ => None,
    }
}
