//! What a client does at a proxy: a connection, with one request or some bytes on it.

use std::net::IpAddr;

use mp_ir::mesh::TlsVersion;

/// A connection and what it carries.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The listener whose socket takes the connection, by name.
    pub listener: String,
    /// The client's address.
    pub source: IpAddr,
    /// Where the client meant to go: address and port before any redirection.
    pub destination: (IpAddr, u32),
    /// The SPIFFE id of the caller, where the connection came out of a tunnel that showed it.
    pub tunnel_peer: Option<String>,
    /// The TLS hello; `None` is plain text.
    pub hello: Option<Hello>,
    /// What is sent.
    pub payload: Payload,
}

/// A TLS hello, and the certificate behind it.
#[derive(Clone, Debug, Default)]
pub struct Hello {
    /// Server name; empty for none.
    pub server_name: String,
    /// Protocols offered, in the client's order.
    pub alpn: Vec<String>,
    /// The client's certificate.
    pub certificate: Option<Certificate>,
    /// Highest version; [`TlsVersion::Auto`] is 1.3.
    pub max_version: TlsVersion,
}

/// What matters of a client's certificate. The mesh's authority signed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// Names as `URI:…` and `DNS:…`.
    pub names: Vec<String>,
    /// Subject in RFC 2253 form.
    pub subject: String,
}

impl Certificate {
    /// The names of one kind, such as `URI:`, without it.
    pub fn names_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        self.names.iter().filter_map(move |name| name.strip_prefix(kind))
    }
}

/// What is sent over a connection.
#[derive(Clone, Debug)]
pub enum Payload {
    /// Bytes; what is not text is one character per byte (Latin-1).
    Bytes(String),
    /// One HTTP request.
    Http(Ask),
}

/// An HTTP request as the client sends it.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// HTTP/2 rather than HTTP/1.1.
    pub http2: bool,
    /// Method.
    pub method: String,
    /// `Host`.
    pub authority: String,
    /// Request target.
    pub path: String,
    /// Header lines in order.
    pub headers: Vec<(String, String)>,
    /// Body; empty for none.
    pub body: String,
}

impl Ask {
    /// Whether it is a gRPC call by its content type.
    #[must_use]
    pub fn is_grpc(&self) -> bool {
        is_grpc(&self.headers)
    }
}

/// Whether headers are those of a gRPC call (`Grpc::Common::isGrpcRequestHeaders`).
pub(crate) fn is_grpc(headers: &[(String, String)]) -> bool {
    let kind = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let rest = kind.and_then(|(_, value)| value.strip_prefix("application/grpc"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

impl Payload {
    /// The first bytes on the wire, as far as anybody looks at them before TLS is over.
    pub(crate) fn first_bytes(&self) -> Vec<u8> {
        match self {
            Payload::Bytes(text) => {
                text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
            }
            Payload::Http(ask) if ask.http2 => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            Payload::Http(ask) => format!("{} {} HTTP/1.1\r\n", ask.method, ask.path).into_bytes(),
        }
    }
}
