//! TLS: verification of endpoints by chain, and what a peer's certificate says.
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate, X509Name};

use crate::access::info::TlsInfo;
use crate::access::tls_field::of_session;
use crate::config::encode_base64;
use crate::config::tls::Sans;

/// Verifies that a chain ends in a trusted root and nothing about names, as Envoy does: names are the business of
/// SAN matchers. Without roots every certificate is accepted.
#[derive(Debug)]
pub(crate) struct ChainOnly {
    roots: Option<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl ChainOnly {
    /// A verifier for these roots.
    pub(crate) fn new(roots: Option<RootCertStore>, provider: Arc<CryptoProvider>) -> Self {
        Self { roots, provider }
    }
}

impl ServerCertVerifier for ChainOnly {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(roots) = &self.roots else { return Ok(ServerCertVerified::assertion()) };
        let certificate = ParsedCertificate::try_from(end_entity)
            .map_err(|_| Error::from(CertificateError::BadEncoding))?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        rustls::client::verify_server_cert_signed_by_trust_anchor(
            &certificate,
            roots,
            intermediates,
            now,
            algorithms,
        )?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Verifies the chain and that the endpoint is called what it must be called, so that the endpoint learns of a refusal
/// from the handshake.
#[derive(Debug)]
pub(crate) struct NamedPeer {
    chain: Arc<ChainOnly>,
    sans: Arc<Sans>,
    /// The server name that was sent, when the certificate must be for it.
    host: Option<String>,
}

/// A certificate with the wrong names; holds them.
#[derive(Debug)]
struct WrongName(Vec<String>);

impl std::fmt::Display for WrongName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SAN matcher, certificate SANs are [{}]", self.0.join(", "))
    }
}

impl std::error::Error for WrongName {}

impl NamedPeer {
    /// A verifier that asks for names after it has asked for the chain.
    pub(crate) fn new(chain: Arc<ChainOnly>, sans: Arc<Sans>, host: Option<String>) -> Self {
        Self { chain, sans, host }
    }
}

impl ServerCertVerifier for NamedPeer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
        let (uris, dns, _) = names(end_entity);
        let named = self.host.as_ref().is_none_or(|host| dns.iter().any(|n| covers(n, host)));
        if named && self.sans.accept(&uris, &dns) {
            return Ok(verified);
        }
        let wrong = WrongName(uris.into_iter().chain(dns).collect());
        Err(Error::InvalidCertificate(CertificateError::Other(rustls::OtherError(Arc::new(wrong)))))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// Whether a DNS name of a certificate, possibly with a wildcard as its first label, stands for a host.
fn covers(pattern: &str, host: &str) -> bool {
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(domain), Some((_, parent))) => domain.eq_ignore_ascii_case(parent),
        (Some(_), None) => false,
        (None, _) => pattern.eq_ignore_ascii_case(host),
    }
}

/// Why a handshake with an endpoint failed, as Envoy puts it: for certificates in the words of its TLS library.
pub(crate) fn failure(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<Error>());
    let depth = "X509_verify_cert: certificate verification error at depth 0";
    let reason = match inner {
        Some(Error::InvalidCertificate(CertificateError::Other(other))) => Some(other.0.to_string()),
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            Some(format!("{depth}: unable to get local issuer certificate"))
        }
        Some(Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => Some(format!("{depth}: certificate has expired")),
        _ => None,
    };
    let text = match reason {
        Some(reason) => format!(
            "|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: {reason}:TLS_error_end"
        ),
        None => error.to_string(),
    };
    format!("TLS_error:{}", text.replace(' ', "_"))
}

/// The first URI SAN of a certificate; empty when there is none.
pub(crate) fn first_uri(certificate: &CertificateDer<'_>) -> String {
    names(certificate).0.into_iter().next().unwrap_or_default()
}

fn names(certificate: &CertificateDer<'_>) -> (Vec<String>, Vec<String>, String) {
    let (mut uris, mut dns) = (Vec::new(), Vec::new());
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
        return (uris, dns, String::new());
    };
    if let Ok(Some(extension)) = parsed.subject_alternative_name() {
        for name in &extension.value.general_names {
            match name {
                GeneralName::URI(uri) => uris.push((*uri).to_owned()),
                GeneralName::DNSName(name) => dns.push((*name).to_owned()),
                _ => {}
            }
        }
    }
    (uris, dns, subject(parsed.subject()))
}

/// RFC 2253: last attribute first, separated by commas.
pub(crate) fn subject(name: &X509Name<'_>) -> String {
    let parts = name.iter_attributes().map(|attribute| {
        let registry = x509_parser::objects::oid_registry();
        let key = x509_parser::objects::oid2abbrev(attribute.attr_type(), registry);
        let key = key.map_or_else(|_| attribute.attr_type().to_string(), str::to_owned);
        format!("{key}={}", escape(attribute.as_str().unwrap_or_default()))
    });
    let mut parts: Vec<_> = parts.collect();
    parts.reverse();
    parts.join(",")
}

fn escape(value: &str) -> String {
    value
        .chars()
        .flat_map(|c| {
            matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';').then_some('\\').into_iter().chain([c])
        })
        .collect()
}

/// What a connection's TLS session says about the peer.
pub(crate) fn peer_info(session: &rustls::CommonState) -> TlsInfo {
    let mut info = of_session(session);
    if let Some(certificate) = session.peer_certificates().and_then(<[_]>::first) {
        let (uris, dns, subject) = names(certificate);
        let hash = ring::digest::digest(&ring::digest::SHA256, certificate);
        info.peer_uris = uris;
        info.peer_dns = dns;
        info.peer_subject = subject;
        info.peer_hash = hash.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        info.peer_der = certificate.to_vec();
    }
    info
}

/// A certificate as PEM in URL encoding.
pub(crate) fn url_encoded_pem(certificate: &[u8]) -> String {
    let body = encode_base64(certificate, true, false);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in body.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    let mut out = String::new();
    for byte in pem.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn wildcards_stand_for_one_label() {
        for (pattern, host, wanted) in [
            ("a.example", "A.example", true),
            ("*.example", "a.example", true),
            ("*.example", "a.b.example", false),
            ("*.example", "example", false),
            ("a.example", "b.example", false),
        ] {
            assert_eq!(covers(pattern, host), wanted, "{pattern} {host}");
        }
    }
}
