//! One request on a connection of its own, with the identity, token and place that the witness names.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use mp_eval::{Proto, Request, TokenKind};
use mp_ir::plan::EnforcementPoint;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use socket2::{Domain, Socket, Type};

use super::certificates::Authority;

/// What came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// HTTP status; `None` when the connection ended without one.
    pub(super) status: Option<u16>,
    /// Whether any bytes came back.
    pub(super) answered: bool,
}

/// A connection from the caller's address, where that is `bound`.
fn connect(place: SocketAddr, bound: bool, source: &str) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(place), Type::STREAM, None)?;
    if let Some(source) = source.parse::<IpAddr>().ok().filter(|_| bound) {
        socket.bind(&SocketAddr::new(source, 0).into())?;
    }
    socket.connect(&place.into())?;
    Ok(socket.into())
}

/// What tells Envoy where a connection comes from and goes to: both addresses are of one family.
fn proxy_line(point: &EnforcementPoint, request: &Request) -> String {
    let v6 = |text: &str| text.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6());
    let of_v6 = v6(&request.src);
    let mut known = request.dst.iter().chain(&point.addresses);
    let other = if of_v6 { "fd00::1" } else { "10.0.0.1" };
    let to = known.find(|to| v6(to) == of_v6).map_or(other, String::as_str);
    let family = if of_v6 { "TCP6" } else { "TCP4" };
    format!("PROXY {family} {} {to} 40000 {}\r\n", request.src, request.port)
}

/// Sends a request to a place of this machine, from the caller's own address where that is `bound`; `tls` speaks TLS without an identity too.
pub(super) fn send(
    (place, bound): (SocketAddr, bool),
    point: &EnforcementPoint,
    request: &Request,
    tls: bool,
    authority: &mut Authority,
) -> Result<Seen, String> {
    let broken = |e: std::io::Error| e.to_string();
    let mut stream = connect(place, bound, &request.src).map_err(broken)?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).map_err(broken)?;
    stream.write_all(proxy_line(point, request).as_bytes()).map_err(broken)?;
    let text = match request.proto {
        Proto::Tcp => b"ping\n".to_vec(),
        Proto::Http => rendered(request, authority)?,
    };
    // A refused handshake or connection is an answer: nothing comes back.
    Ok(match (&request.peer, tls) {
        (None, false) => exchange(&mut stream, &text),
        (peer, _) => {
            let config = config(peer.as_deref(), request, authority)?;
            let name = request.sni.clone().unwrap_or_else(|| "replay.invalid".to_owned());
            let unsaid = format!("the TLS of this program says no server name such as `{name}`");
            let name = ServerName::try_from(name).map_err(|_| unsaid)?;
            let session = ClientConnection::new(Arc::new(config), name).map_err(|e| e.to_string())?;
            exchange(&mut StreamOwned::new(session, stream), &text)
        }
    })
}

fn exchange(stream: &mut (impl Read + Write), text: &[u8]) -> Seen {
    let mut back = Vec::new();
    if stream.write_all(text).and_then(|()| stream.flush()).is_err() {
        return Seen::default();
    }
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        back.extend(piece.iter().take(count));
        if back.windows(4).any(|end| end == b"\r\n\r\n") || text == b"ping\n" {
            break;
        }
    }
    let head = String::from_utf8_lossy(&back);
    let status =
        head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.split(' ').next()).and_then(|s| s.parse().ok());
    Seen { status, answered: !back.is_empty() }
}

fn rendered(request: &Request, authority: &Authority) -> Result<Vec<u8>, String> {
    let mut out = format!(
        "{} {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
        request.method, request.path, request.host
    );
    for (name, value) in &request.headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(token) = &request.jwt {
        if token.kind != TokenKind::Valid {
            return Err("only good tokens are played here".to_owned());
        }
        let (header, prefix) = request.token_place();
        let text = authority.token(&token.claims).map_err(|e| e.to_string())?;
        out.push_str(&format!("{header}: {prefix}{text}\r\n"));
    }
    if ["POST", "PUT", "PATCH"].contains(&request.method.as_str()) {
        out.push_str("content-length: 0\r\n");
    }
    out.push_str("\r\n");
    // Characters of a witness are bytes.
    Ok(out.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect())
}

fn config(peer: Option<&str>, request: &Request, authority: &mut Authority) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone));
    let mut out = match peer {
        None => builder.with_no_client_auth(),
        Some(peer) => {
            let leaf = authority.leaf(peer).map_err(|e| e.to_string())?;
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf.key.clone()));
            let chain = vec![CertificateDer::from(leaf.certificate.clone())];
            builder.with_client_auth_cert(chain, key).map_err(|e| e.to_string())?
        }
    };
    out.enable_sni = request.sni.is_some();
    let offered: &[&str] = match (peer, request.proto) {
        (None, _) => &["http/1.1"],
        (Some(_), Proto::Http) => &["istio-http/1.1", "istio"],
        (Some(_), Proto::Tcp) => &["istio-peer-exchange", "istio"],
    };
    out.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
    Ok(out)
}

/// Takes any server: it is the one that was just started.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
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
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
