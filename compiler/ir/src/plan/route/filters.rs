//! What is done to a request and its answer on the way: headers, faults, CORS, affinity.

use super::Fraction;
use crate::mesh::StringMatch;

/// Changes of headers, applied in this order: removals, then the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderMutation {
    /// Request headers written.
    pub request_add: Vec<HeaderValue>,
    /// Request headers removed.
    pub request_remove: Vec<String>,
    /// Response headers written.
    pub response_add: Vec<HeaderValue>,
    /// Response headers removed.
    pub response_remove: Vec<String>,
}

/// A header that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderValue {
    /// Its name.
    pub name: String,
    /// Its value; `%…%` is Envoy's command syntax.
    pub value: String,
    /// Whether it takes the place of one that is there, instead of coming after it.
    pub overwrite: bool,
}

/// Faults injected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fault {
    /// A pause.
    pub delay: Option<(i128, Fraction)>,
    /// An error; without a share it never fires.
    pub abort: Option<(Abort, Option<Fraction>)>,
}

/// The error of a [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abort {
    /// An HTTP status.
    Http(u32),
    /// A gRPC status number.
    Grpc(u32),
}

/// A CORS policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// Origins that may ask.
    pub allow_origins: Vec<StringMatch>,
    /// Methods, comma separated.
    pub allow_methods: String,
    /// Request headers, comma separated.
    pub allow_headers: String,
    /// Response headers, comma separated.
    pub expose_headers: String,
    /// Seconds that a preflight may be kept, as text; empty for none.
    pub max_age: String,
    /// Cookies are allowed.
    pub allow_credentials: Option<bool>,
    /// Preflights of other origins go to the destination.
    pub forward_not_matching_preflights: bool,
}

/// Session affinity kept in the client (`envoy.filters.http.stateful_session`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatefulSession {
    /// In a cookie.
    Cookie {
        /// Its name.
        name: String,
        /// Its path.
        path: String,
    },
    /// In a header.
    Header(String),
}
