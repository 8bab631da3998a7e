//! A client that speaks TLS, and the certificates of tests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use x509_parser::prelude::{FromDer, X509Certificate};

/// A file of certificates or keys.
pub(crate) fn file(name: &str) -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests");
    ["wire", "tls"]
        .map(|folder| tests.join(folder).join(name))
        .into_iter()
        .find(|path| path.exists())
        .unwrap()
}

/// How a client begins.
#[derive(Clone)]
pub(crate) struct Client {
    certificate: Option<&'static str>,
    groups: &'static [&'static str],
}

/// A connection of a client.
pub(crate) type Connection = StreamOwned<ClientConnection, TcpStream>;

impl Client {
    pub(crate) fn new() -> Self {
        Self { certificate: None, groups: &[] }
    }

    /// A client that shows a certificate.
    pub(crate) const fn with(name: &'static str) -> Self {
        Self { certificate: Some(name), groups: &[] }
    }

    /// Agrees on keys in these groups only.
    pub(crate) fn groups(self, groups: &'static [&'static str]) -> Self {
        Self { groups, ..self }
    }

    pub(crate) fn connect(&self, port: u16) -> Option<Connection> {
        let mut provider = rustls::crypto::ring::default_provider();
        if !self.groups.is_empty() {
            provider.kx_groups.retain(|group| self.groups.contains(&format!("{:?}", group.name()).as_str()));
        }
        let provider = Arc::new(provider);
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider)));
        let config = match self.certificate {
            Some(name) => {
                let read = |ending: &str| std::fs::read(file(&format!("{name}.{ending}"))).unwrap();
                let chain = CertificateDer::pem_slice_iter(&read("pem")).map(Result::unwrap).collect();
                builder
                    .with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(&read("key")).unwrap())
                    .unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        let name = ServerName::try_from("server.example").unwrap();
        let session = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut connection = StreamOwned::new(session, stream);
        while connection.conn.is_handshaking() {
            connection.conn.complete_io(&mut connection.sock).ok()?;
        }
        Some(connection)
    }

    /// What is answered on a new connection, after what was agreed on and the name of the server; `None` without an answer.
    pub(crate) fn ask(&self, port: u16) -> Option<String> {
        ask(&mut self.connect(port)?)
    }
}

/// What is answered on a connection.
pub(crate) fn ask(connection: &mut Connection) -> Option<String> {
    connection.write_all(b"GET /a HTTP/1.1\r\nhost: h\r\n\r\n").ok()?;
    let mut text = format!(
        "{:?} {:?} {}\n",
        connection.conn.protocol_version()?,
        connection.conn.negotiated_cipher_suite()?.suite(),
        server(connection)
    );
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        connection.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).and_then(|l| l.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    connection.read_exact(&mut body).ok()?;
    text.push_str(&head);
    text.push_str(&String::from_utf8_lossy(&body));
    Some(text)
}

/// The first name of a server.
pub(crate) fn server(connection: &Connection) -> String {
    let certificates = connection.conn.peer_certificates().unwrap();
    let (_, certificate) = X509Certificate::from_der(&certificates[0]).unwrap();
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    names.value.general_names[0].to_string()
}

/// Trusts every server.
#[derive(Debug)]
struct Anybody(Arc<rustls::crypto::CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
