//! One request as the caller sends it.

use std::borrow::Cow;

use mp_ir::plan::is_one_line;
use serde::{Deserialize, Serialize};

use crate::header_lines::in_one;

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

    /// Values of a header in order as policies read them, by name in lower case: one for each line, or all lines in one.
    #[must_use]
    pub fn header_values(&self, name: &str) -> Vec<Cow<'_, str>> {
        let same = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        let lines = self.headers.iter().filter(same).map(|(_, value)| value.as_str());
        if is_one_line(name) {
            in_one(lines).map(Cow::Owned).into_iter().collect()
        } else {
            lines.map(Cow::Borrowed).collect()
        }
    }
}
