//! Rows of `requests.jsonl`: connections with what is sent over them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use mp_ir::mesh::TlsVersion;
use serde::Deserialize;

use super::arrival::{Arrival, Ask, Certificate, Hello, Payload};
use crate::lines::{BadLine, json_lines};

/// Subject of the certificates of clients, which the rows do not tell.
const SUBJECT: &str = "O=meshproof test";
/// The client where a row names none.
const USUAL_CLIENT: &str = "203.0.113.9";

/// One line of the file.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// Name of the row.
    pub id: String,
    /// The proxy that is asked; empty for the first.
    #[serde(default)]
    pub proxy: String,
    #[serde(default)]
    listener: String,
    #[serde(default)]
    src: Option<String>,
    dst: String,
    #[serde(default)]
    tls: Option<Tls>,
    #[serde(default)]
    tcp: Option<String>,
    #[serde(default)]
    http: Option<Http>,
    #[serde(default)]
    protocol: Option<String>,
    /// How often it is sent.
    #[serde(default = "once")]
    pub repeat: u32,
}

fn once() -> u32 {
    1
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tls {
    #[serde(default)]
    sni: Option<String>,
    #[serde(default)]
    alpn: Option<Vec<String>>,
    #[serde(default)]
    client_cert: Option<String>,
    #[serde(default)]
    max: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Http {
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    authority: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    headers: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    body: String,
}

/// Reads `requests.jsonl`.
///
/// # Errors
/// The first line that is no request.
pub fn read_rows(text: &str) -> Result<Vec<Row>, BadLine> {
    json_lines(text, |row: &Row| match row.destination() {
        Some(_) => Ok(()),
        None => Err(format!("`{}` is not an address and a port", row.dst)),
    })
}

impl Row {
    /// Whether it sends bytes rather than a request.
    #[must_use]
    pub fn is_tcp(&self) -> bool {
        self.tcp.is_some()
    }

    fn destination(&self) -> Option<(IpAddr, u32)> {
        let (ip, port) = self.dst.rsplit_once(':')?;
        Some((ip.trim_matches(['[', ']']).parse().ok()?, port.parse().ok()?))
    }

    /// The connection of one turn; `{i}` is its number.
    #[must_use]
    pub fn arrival(&self, turn: u32) -> Arrival {
        let here = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let source = self.src.as_deref().unwrap_or(USUAL_CLIENT);
        Arrival {
            listener: self.listener.clone(),
            source: source.parse().unwrap_or(here),
            destination: self.destination().unwrap_or((here, 0)),
            tunnel_peer: None,
            hello: self.tls.as_ref().and_then(hello),
            payload: self.payload(turn),
        }
    }

    fn payload(&self, turn: u32) -> Payload {
        let filled = |text: &str| text.replace("{i}", &turn.to_string());
        if let Some(text) = &self.tcp {
            return Payload::Bytes(filled(text));
        }
        let http = self.http.clone().unwrap_or_default();
        let protocol = self.protocol.as_deref().unwrap_or("http/1.1");
        let grpc = protocol == "grpc";
        let http2 = grpc || protocol == "h2";
        let mut ask = Ask {
            http2,
            method: if grpc { "POST".to_owned() } else { http.method.unwrap_or_else(|| "GET".to_owned()) },
            authority: filled(&http.authority),
            path: filled(http.path.as_deref().unwrap_or("/")),
            headers: Vec::new(),
            body: filled(&http.body),
        };
        if grpc {
            ask.headers.push(("content-type".to_owned(), "application/grpc".to_owned()));
            ask.headers.push(("te".to_owned(), "trailers".to_owned()));
            if ask.body.is_empty() {
                ask.body = "\0\0\0\0\0".to_owned();
            }
        }
        for (name, value) in &http.headers {
            let lines = value.as_array().map_or_else(|| vec![value], |several| several.iter().collect());
            let text =
                |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            ask.headers.extend(lines.into_iter().map(|line| (name.clone(), filled(&text(line)))));
        }
        state_length(&mut ask);
        Payload::Http(ask)
    }
}

/// HTTP/1.1 clients state the length of bodies, also of those that a method leads one to expect.
fn state_length(ask: &mut Ask) {
    let stated = ask.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let expected = matches!(ask.method.as_str(), "POST" | "PUT" | "PATCH");
    if !ask.http2 && (!ask.body.is_empty() || (expected && !stated)) {
        ask.headers.push(("content-length".to_owned(), ask.body.len().to_string()));
    }
}

/// An object without a field is no TLS.
fn hello(tls: &Tls) -> Option<Hello> {
    if tls.sni.is_none() && tls.alpn.is_none() && tls.client_cert.is_none() && tls.max.is_none() {
        return None;
    }
    let names = |name: &String| {
        let kind = if name.starts_with("spiffe") { "URI" } else { "DNS" };
        Certificate { names: vec![format!("{kind}:{name}")], subject: SUBJECT.to_owned() }
    };
    let versions = BTreeMap::from([
        ("TLSv1", TlsVersion::V1_0),
        ("TLSv1_1", TlsVersion::V1_1),
        ("TLSv1_2", TlsVersion::V1_2),
        ("TLSv1_3", TlsVersion::V1_3),
    ]);
    Some(Hello {
        server_name: tls.sni.clone().unwrap_or_default(),
        alpn: tls.alpn.clone().unwrap_or_default(),
        certificate: tls.client_cert.as_ref().map(names),
        max_version: tls.max.as_deref().and_then(|max| versions.get(max)).copied().unwrap_or_default(),
    })
}
