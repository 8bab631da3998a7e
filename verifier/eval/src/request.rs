//! One request as the caller sends it.

use serde::{Deserialize, Serialize};

/// What the caller speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proto {
    /// HTTP/1.1.
    #[default]
    Http,
    /// Bytes.
    Tcp,
}

/// State of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// Rightly signed by whoever it names, and in time.
    #[default]
    Valid,
    /// Out of time.
    Expired,
    /// Too early.
    NotYet,
    /// Signed by somebody else.
    BadSignature,
    /// No token at all.
    Garbage,
}

/// A JSON web token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// The payload.
    #[serde(default)]
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// Its state.
    #[serde(default, skip_serializing_if = "is_valid")]
    pub kind: TokenKind,
    /// Header and prefix that carry it; `authorization: Bearer ` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt_in: Option<(String, String)>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_valid(kind: &TokenKind) -> bool {
    *kind == TokenKind::Valid
}

/// A request, in the fields of the decision oracle. Characters of `path` are bytes (Latin-1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Name of the request in a list; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// SPIFFE id of the client certificate; `None` is plain text.
    #[serde(default)]
    pub peer: Option<String>,
    /// Source address of the connection.
    #[serde(default)]
    pub src: String,
    /// Original destination address; the workload's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dst: Option<String>,
    /// Original destination port.
    #[serde(default)]
    pub port: u32,
    /// What the caller speaks.
    #[serde(default)]
    pub proto: Proto,
    /// Method.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// Request target as sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// `Host` header as sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// Further header lines in order.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Server name of the TLS hello.
    #[serde(default)]
    pub sni: Option<String>,
    /// Token.
    #[serde(default)]
    pub jwt: Option<Token>,
    /// Header and prefix that carry the token, where the token itself does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt_in: Option<(String, String)>,
}

impl Request {
    /// Header and prefix that carry the token.
    #[must_use]
    pub fn token_place(&self) -> (&str, &str) {
        let stated = self.jwt.as_ref().and_then(|token| token.jwt_in.as_ref()).or(self.jwt_in.as_ref());
        stated.map_or(("authorization", "Bearer "), |(header, prefix)| (header, prefix))
    }

    /// Lines of a header in order, by name in any case of letters.
    pub fn header_lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
