//! TLS between the client and the proxy.

use mp_ir::mesh::TlsVersion;
use mp_ir::plan::{ClientValidation, DownstreamTls, NameMatch};

use super::Walk;
use super::arrival::{Arrival, Certificate, Hello};
use super::outcome::{End, Reply, Session, Stage};
use crate::decision::By;

/// A client has finished its part of the handshake and learns afterwards that it is refused.
pub const LATE: &str = "TLSV13_ALERT_CERTIFICATE_REQUIRED";

impl Walk<'_, '_> {
    /// The handshake; false when it fails and the connection is over.
    pub(super) fn handshake(&mut self, tls: &DownstreamTls) -> bool {
        let Some(hello) = &self.arrival.hello else {
            self.step(Stage::Tls, tls.origin, || "TLS is wanted, and plain text comes".to_owned());
            self.out.reply = Reply::Bytes(End::Closed, String::new());
            return false;
        };
        let Some(version) = agreed_version(tls, hello) else {
            self.step(Stage::Tls, tls.origin, || "client and proxy have no TLS version in common".to_owned());
            self.out.reply = Reply::TlsError("TLSV1_ALERT_PROTOCOL_VERSION");
            return false;
        };
        let alpn = tls.alpn.iter().find(|own| hello.alpn.contains(own)).cloned();
        let server_names = tls.certificates.first().and_then(|secret| self.around.own_names(&secret.name));
        self.out.tls = Some(Session { alpn, version, server_names });
        let certificate = shown(tls, self.arrival);
        if let Some(why) = refusal(tls, certificate) {
            self.step(Stage::Tls, tls.origin, || why);
            self.ended_by(By::Mtls);
            self.out.reply = if version == "TLSv1.3" {
                // The client has finished its part of the handshake and only then learns that it is refused.
                Reply::TlsError(LATE)
            } else {
                self.out.tls = None;
                Reply::TlsError("SSLV3_ALERT_HANDSHAKE_FAILURE")
            };
            return false;
        }
        let who = match certificate.map(|certificate| certificate.names.first()) {
            Some(Some(name)) => format!("`{name}`"),
            Some(None) => "a certificate without a name".to_owned(),
            None => "a client without certificate".to_owned(),
        };
        self.step(Stage::Tls, tls.origin, || format!("{version} with {who}"));
        true
    }
}

/// The certificate of a client that is asked for one.
pub(super) fn shown<'a>(tls: &DownstreamTls, arrival: &'a Arrival) -> Option<&'a Certificate> {
    let asks = tls.require_client_certificate || tls.validation.is_some();
    arrival.hello.as_ref().filter(|_| asks)?.certificate.as_ref()
}

fn agreed_version(tls: &DownstreamTls, hello: &Hello) -> Option<&'static str> {
    let or = |version: TlsVersion, own: TlsVersion| if version == TlsVersion::Auto { own } else { version };
    let most = or(tls.max_version, TlsVersion::V1_3).min(or(hello.max_version, TlsVersion::V1_3));
    if most < or(tls.min_version, TlsVersion::V1_2) {
        return None;
    }
    Some(match most {
        TlsVersion::V1_3 | TlsVersion::Auto => "TLSv1.3",
        TlsVersion::V1_2 => "TLSv1.2",
        TlsVersion::V1_1 => "TLSv1.1",
        TlsVersion::V1_0 => "TLSv1",
    })
}

/// Why a client's certificate, or the want of one, is not taken.
fn refusal(tls: &DownstreamTls, certificate: Option<&Certificate>) -> Option<String> {
    let Some(certificate) = certificate else {
        return tls
            .require_client_certificate
            .then(|| "a client certificate is wanted, and none comes".to_owned());
    };
    let validation = tls.validation.as_ref()?;
    (!accepts(validation, certificate))
        .then(|| format!("no name of the certificate is accepted: {}", certificate.names.join(", ")))
}

fn accepts(validation: &ClientValidation, certificate: &Certificate) -> bool {
    let fits = |wanted: &NameMatch| {
        let name_fits = |name: &str| match wanted {
            NameMatch::Exact(whole) => name == whole,
            NameMatch::Prefix(start) => name.starts_with(start.as_str()),
        };
        certificate.names_of("URI:").chain(certificate.names_of("DNS:")).any(name_fits)
    };
    validation.names.is_empty() || validation.names.iter().any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_wanted_and_their_names_compared() {
        let names = vec![NameMatch::Prefix("spiffe://td/".to_owned())];
        let tls = DownstreamTls {
            require_client_certificate: true,
            validation: Some(ClientValidation { names, ..ClientValidation::default() }),
            ..DownstreamTls::default()
        };
        let with = |name: &str| Certificate { names: vec![name.to_owned()], ..Certificate::default() };
        assert!(refusal(&tls, None).is_some());
        assert!(refusal(&tls, Some(&with("URI:spiffe://other/ns/a/sa/b"))).is_some());
        assert_eq!(refusal(&tls, Some(&with("URI:spiffe://td/ns/a/sa/b"))), None);
    }

    #[test]
    fn the_lower_maximum_counts() {
        let hello = |max_version| Hello { max_version, ..Hello::default() };
        let tls = DownstreamTls::default();
        assert_eq!(agreed_version(&tls, &hello(TlsVersion::Auto)), Some("TLSv1.3"));
        assert_eq!(agreed_version(&tls, &hello(TlsVersion::V1_2)), Some("TLSv1.2"));
        assert_eq!(agreed_version(&tls, &hello(TlsVersion::V1_1)), None);
    }
}
