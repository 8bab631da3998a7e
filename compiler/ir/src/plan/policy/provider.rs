//! Those whom the proxy asks or believes: external authorisers and issuers of tokens.

use crate::base::{At, Origin};

/// An external authoriser, asked when a CUSTOM rule matched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExtAuthz {
    /// Name of the extension provider.
    pub provider: String,
    /// Cluster.
    pub cluster: String,
    /// Host name of the service.
    pub hostname: String,
    /// HTTP rather than gRPC.
    pub http: bool,
    /// Requests pass when it cannot be reached.
    pub fail_open: bool,
    /// Status when it cannot be reached.
    pub status_on_error: Option<u32>,
    /// Nanoseconds.
    pub timeout: i128,
    /// `pathPrefix`.
    pub path_prefix: String,
    /// Headers that it sees, with `*` as wildcard; empty for the default ones.
    pub request_headers: Vec<String>,
    /// Headers added for it, sorted by name.
    pub extra_headers: Vec<(String, String)>,
    /// Headers of its answer that go upstream.
    pub upstream_headers: Vec<String>,
    /// Headers of its refusal that go to the client.
    pub client_headers_on_deny: Vec<String>,
    /// Headers of its consent that go to the client.
    pub client_headers_on_allow: Vec<String>,
    /// Request body for it: largest size, partial bodies, as bytes.
    pub body: Option<(u32, bool, bool)>,
    /// Beginning of policy names that ask it.
    pub policy_prefix: String,
}

/// Where the keys of a token come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeySource {
    /// Keys as text (JWKS).
    Inline(String),
    /// Fetched by istiod from this address, which is live state: until then no token is good.
    Fetched(String),
    /// Fetched by the proxy: address, cluster, nanoseconds.
    Remote {
        /// Address.
        uri: String,
        /// Cluster.
        cluster: String,
        /// Nanoseconds.
        timeout: i128,
    },
}

/// One accepted kind of token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JwtProvider {
    /// `origins-I`.
    pub name: String,
    /// Issuer; empty accepts any.
    pub issuer: At<String>,
    /// Audiences; empty accepts any.
    pub audiences: Vec<String>,
    /// Token is passed on.
    pub forward: bool,
    /// Header for the payload; empty for none.
    pub payload_header: String,
    /// Header and prefix of the token.
    pub from_headers: Vec<(String, String)>,
    /// Query parameters.
    pub from_params: Vec<String>,
    /// Cookies.
    pub from_cookies: Vec<String>,
    /// Claims copied to headers: header, claim.
    pub claim_headers: Vec<(String, String)>,
    /// Claims whose text is a list separated by spaces, sorted.
    pub space_delimited: Vec<String>,
    /// Keys.
    pub keys: KeySource,
    /// The rule in the file.
    pub origin: Origin,
}

impl JwtProvider {
    /// Whether no place is stated, so that the usual ones hold.
    #[must_use]
    pub fn looks_nowhere(&self) -> bool {
        self.from_headers.is_empty() && self.from_params.is_empty() && self.from_cookies.is_empty()
    }
}

/// The token filter: a token that is there must be good; none passes without claims.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JwtAuthn {
    /// Sorted by issuer.
    pub providers: Vec<JwtProvider>,
    /// The route is chosen again after the claims are known.
    pub clear_route_cache: bool,
}
