// tidy: table
//! Command operators of TLS sessions, of clients and of endpoints.
use std::time::{Duration, UNIX_EPOCH};

use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::format::Source;
use super::info::TlsInfo;
use super::plain::put;
use super::time::format_time;
use crate::tls::{subject, url_encoded_pem};

/// What is said of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TlsField {
    /// Protocol version.
    Version,
    /// Cipher suite.
    Cipher,
    /// Group of the key exchange.
    Group,
    /// What stands in the peer's certificate.
    Peer(Part),
    /// What stands in the own certificate.
    Own(Part),
}

/// What stands in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// URI names.
    Uri,
    /// DNS names.
    Dns,
    /// IP addresses.
    Ip,
    /// Addresses of mail.
    Email,
    /// Subject.
    Subject,
    /// Issuer.
    Issuer,
    /// Serial number, hexadecimal.
    Serial,
    /// SHA-1 of the certificate.
    Sha1,
    /// SHA-256 of the certificate.
    Sha256,
    /// All of it, PEM in URL encoding.
    Pem,
    /// Beginning of its validity, in a format.
    Start(String),
    /// End of its validity, in a format.
    End(String),
}

impl TlsField {
    /// The operator of this name, and whether it speaks of the endpoint.
    pub(super) fn parse(name: &str, argument: &str) -> Option<(Self, bool)> {
        let (side, rest) = name.split_once('_')?;
        let upstream = match side {
            "UPSTREAM" => true,
            "DOWNSTREAM" => false,
            _ => return None,
        };
        let field = match rest {
            "TLS_VERSION" => Self::Version,
            "TLS_CIPHER" => Self::Cipher,
            "TLS_GROUP" => Self::Group,
            _ => {
                let (whose, part) = rest.split_once('_')?;
                let part = Part::parse(part, argument)?;
                match whose {
                    "PEER" => Self::Peer(part),
                    "LOCAL" => Self::Own(part),
                    _ => return None,
                }
            }
        };
        // Not everything is said of every side.
        let known = match (&field, upstream) {
            (Self::Version | Self::Cipher | Self::Group, _) => true,
            (Self::Peer(_), false) => true,
            (Self::Peer(part), true) => {
                !matches!(part, Part::Serial | Part::Sha1 | Part::Sha256 | Part::Email)
            }
            (Self::Own(part), false) => {
                matches!(part, Part::Uri | Part::Dns | Part::Ip | Part::Email | Part::Subject)
            }
            (Self::Own(part), true) => matches!(part, Part::Uri | Part::Dns | Part::Ip),
        };
        known.then_some((field, upstream))
    }

    /// Whether it takes a format of times.
    pub(super) fn takes_format(name: &str) -> bool {
        name.ends_with("_PEER_CERT_V_START") || name.ends_with("_PEER_CERT_V_END")
    }

    /// Writes the value; false when there is none.
    pub(super) fn write(&self, upstream: bool, source: Source<'_>, out: &mut Vec<u8>) -> bool {
        let info = source.info;
        let tls = if upstream { info.upstream_tls.as_deref() } else { info.connection.tls.as_deref() };
        let Some(tls) = tls else { return false };
        match self {
            Self::Version => put(out, tls.version),
            Self::Cipher => put(out, tls.cipher),
            Self::Group => put(out, tls.group),
            Self::Peer(part) => part.of(&tls.peer_der).is_some_and(|text| put(out, text)),
            Self::Own(part) => part.of(&tls.own_der).is_some_and(|text| put(out, text)),
        }
    }
}

impl Part {
    fn parse(name: &str, argument: &str) -> Option<Self> {
        Some(match name {
            "URI_SAN" => Self::Uri,
            "DNS_SAN" => Self::Dns,
            "IP_SAN" => Self::Ip,
            "EMAIL_SAN" => Self::Email,
            "SUBJECT" => Self::Subject,
            "ISSUER" => Self::Issuer,
            "SERIAL" => Self::Serial,
            "FINGERPRINT_1" => Self::Sha1,
            "FINGERPRINT_256" => Self::Sha256,
            "CERT" => Self::Pem,
            "CERT_V_START" => Self::Start(argument.to_owned()),
            "CERT_V_END" => Self::End(argument.to_owned()),
            _ => return None,
        })
    }

    /// What a certificate says; nothing without one.
    fn of(&self, der: &[u8]) -> Option<String> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let digest = |algorithm| hex(ring::digest::digest(algorithm, der).as_ref());
        let time = |seconds: i64, format: &str| {
            let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
            format_time(at, format)
        };
        Some(match self {
            Self::Uri => names(&parsed, |name| match name {
                GeneralName::URI(uri) => Some((*uri).to_owned()),
                _ => None,
            }),
            Self::Dns => names(&parsed, |name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                _ => None,
            }),
            Self::Email => names(&parsed, |name| match name {
                GeneralName::RFC822Name(name) => Some((*name).to_owned()),
                _ => None,
            }),
            Self::Ip => names(&parsed, |name| match name {
                GeneralName::IPAddress(bytes) => ip(bytes),
                _ => None,
            }),
            Self::Subject => subject(parsed.subject()),
            Self::Issuer => subject(parsed.issuer()),
            Self::Serial => serial(parsed.raw_serial()),
            Self::Sha1 => digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha256 => digest(&ring::digest::SHA256),
            Self::Pem => url_encoded_pem(der),
            Self::Start(format) => time(parsed.validity().not_before.timestamp(), format),
            Self::End(format) => time(parsed.validity().not_after.timestamp(), format),
        })
    }
}

/// The names of one kind, with commas between them.
fn names(certificate: &X509Certificate<'_>, wanted: impl Fn(&GeneralName<'_>) -> Option<String>) -> String {
    let names = certificate.subject_alternative_name().ok().flatten();
    let names =
        names.map(|extension| extension.value.general_names.iter().filter_map(wanted).collect::<Vec<_>>());
    names.unwrap_or_default().join(",")
}

fn ip(bytes: &[u8]) -> Option<String> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::Ipv4Addr::from(v4).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|v6| std::net::Ipv6Addr::from(v6).to_string())
}

/// The digits of a serial number, without zeros that only keep it positive.
fn serial(bytes: &[u8]) -> String {
    let at = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    hex(bytes.get(at..).unwrap_or_default())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name that OpenSSL has for a cipher suite.
pub(crate) fn cipher_name(suite: rustls::CipherSuite) -> &'static str {
    match suite {
        rustls::CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
        rustls::CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
        rustls::CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
        rustls::CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => "ECDHE-ECDSA-AES128-GCM-SHA256",
        rustls::CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => "ECDHE-ECDSA-AES256-GCM-SHA384",
        rustls::CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-ECDSA-CHACHA20-POLY1305",
        rustls::CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "ECDHE-RSA-AES128-GCM-SHA256",
        rustls::CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "ECDHE-RSA-AES256-GCM-SHA384",
        rustls::CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-RSA-CHACHA20-POLY1305",
        _ => "",
    }
}

/// The name that BoringSSL has for a group.
pub(crate) fn group_name(group: rustls::NamedGroup) -> &'static str {
    match group {
        rustls::NamedGroup::X25519 => "X25519",
        rustls::NamedGroup::secp256r1 => "P-256",
        rustls::NamedGroup::secp384r1 => "P-384",
        rustls::NamedGroup::X25519MLKEM768 => "X25519MLKEM768",
        _ => "",
    }
}

/// What of a session is the same for all its requests.
pub(crate) fn of_session(session: &rustls::CommonState) -> TlsInfo {
    TlsInfo {
        version: match session.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
            _ => "TLSv1.2",
        },
        cipher: session.negotiated_cipher_suite().map_or("", |suite| cipher_name(suite.suite())),
        group: session.negotiated_key_exchange_group().map_or("", |group| group_name(group.name())),
        ..TlsInfo::default()
    }
}
