//! Route tables (`envoy.config.route.v3.RouteConfiguration`): what a proxy does with an HTTP request.

mod filters;

pub use filters::{Abort, Cors, Fault, HeaderMutation, HeaderValue, StatefulSession};

use crate::base::Origin;
use crate::mesh::StringMatch;

/// A table of routes that one or several listeners use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteTable {
    /// Its name; listeners ask for it by this.
    pub name: String,
    /// Virtual hosts. The one whose domain fits best is taken: exact, then longest `*suffix`, then `*`.
    pub virtual_hosts: Vec<VirtualHost>,
    /// Whether unknown clusters are an error; Istio says `false` everywhere but in unknown tables.
    pub validate_clusters: Option<bool>,
    /// The port of the `Host` header is cut before hosts are compared.
    pub ignore_port_in_host_matching: bool,
    /// Largest direct response in bytes; `None` is Envoy's own 4096.
    pub max_direct_response_body_size: Option<u32>,
}

/// Routes for a set of hosts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VirtualHost {
    /// Its name, `host:port` in most cases.
    pub name: String,
    /// Hosts in Envoy's notation: `host`, `*.suffix`, `*`. Compared without case.
    pub domains: Vec<String>,
    /// Routes; the first one that matches is taken.
    pub routes: Vec<Route>,
    /// Plain text is answered with a redirect to https.
    pub require_tls: bool,
    /// Sends `x-envoy-attempt-count` upstream.
    pub include_request_attempt_count: bool,
    /// Session affinity of the service.
    pub stateful_session: Option<StatefulSession>,
    /// The host in the file: of the VirtualService, the Service or the Gateway.
    pub origin: Origin,
}

/// One route.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    /// Its name; `default` for routes that Istio made.
    pub name: String,
    /// All parts must hold.
    pub matches: RouteMatch,
    /// What is done.
    pub action: RouteAction,
    /// Header changes of the route; those of a single destination are behind them.
    pub headers: HeaderMutation,
    /// Faults injected.
    pub fault: Option<Fault>,
    /// CORS policy.
    pub cors: Option<Cors>,
    /// Session affinity of the destination.
    pub stateful_session: Option<StatefulSession>,
    /// Operation name of traces.
    pub operation: Option<String>,
    /// Prefix of the route's own statistics; empty for none.
    pub stat_prefix: String,
    /// Path of the object that caused it (`istio.config` metadata): `/apis/<group>/<version>/namespaces/<ns>/<kind>/<name>`.
    pub config: Option<String>,
    /// Place of the HTTP route in its VirtualService, delegates merged, and of the match in that; `None` for routes that Istio made.
    pub place: Option<(usize, Option<usize>)>,
    /// The match in the file, else the route.
    pub origin: Origin,
}

/// What a request must look like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteMatch {
    /// Its path, without query.
    pub path: PathMatch,
    /// Whether case counts in the path; `None` (not written) counts.
    pub case_sensitive: Option<bool>,
    /// Headers, `:method`, `:authority` and `:scheme` among them.
    pub headers: Vec<HeaderMatch>,
    /// Query parameters.
    pub query: Vec<QueryMatch>,
    /// Claims of the verified token.
    pub claims: Vec<ClaimMatch>,
}

/// A condition on the path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathMatch {
    /// Begins with this text.
    Prefix(String),
    /// Begins with this text, and then ends or goes on with `/`. No trailing slash.
    SeparatedPrefix(String),
    /// Is this text.
    Exact(String),
    /// RE2 for the whole path.
    Regex(String),
}

impl Default for PathMatch {
    fn default() -> Self {
        Self::Prefix("/".to_owned())
    }
}

/// A condition on a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderMatch {
    /// Header name as written; compared without case.
    pub name: String,
    /// Its value. [`StringMatch::Present`] asks for presence alone.
    pub value: StringMatch,
    /// The condition must not hold.
    pub invert: bool,
    /// A header that is absent counts as the empty text.
    pub missing_as_empty: bool,
}

/// A condition on a query parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryMatch {
    /// Its name.
    pub name: String,
    /// Its value. [`StringMatch::Present`] asks for presence alone.
    pub value: StringMatch,
}

/// A condition on a claim: the text itself, or one text of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimMatch {
    /// Names from the token's payload down.
    pub path: Vec<String>,
    /// The claim's value.
    pub value: StringMatch,
    /// The condition must not hold.
    pub invert: bool,
}

/// What is done with a request that matches.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum RouteAction {
    /// Nothing is stated (Istio drops redirects with an unsupported code); Envoy refuses such a table.
    #[default]
    Missing,
    /// It goes to a cluster.
    Forward(Box<Forward>),
    /// It is answered with a redirect.
    Redirect(Redirect),
    /// It is answered at once.
    Direct(DirectResponse),
}

/// Where a request goes and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forward {
    /// The clusters.
    pub target: Target,
    /// Nanoseconds for the whole request, 0 is no limit; `None` is Envoy's own 15 s.
    pub timeout: Option<i128>,
    /// Upper limit of `grpc-timeout` in nanoseconds, 0 is no limit; `None` ignores the header.
    pub max_grpc_timeout: Option<i128>,
    /// Nanoseconds that a stream may live and the limit of `grpc-timeout`, 0 is no limit.
    pub max_stream_duration: Option<(i128, i128)>,
    /// Retries; `None` for none.
    pub retry: Option<Retry>,
    /// The matched prefix (or the whole exact path) becomes this.
    pub prefix_rewrite: Option<String>,
    /// Regular expression on the path, and its substitution with `\1`.
    pub regex_rewrite: Option<(String, String)>,
    /// The `Host` header becomes this.
    pub host_rewrite: Option<String>,
    /// The old host is added to `x-forwarded-host` when it changes.
    pub append_x_forwarded_host: bool,
    /// Copies sent elsewhere.
    pub mirrors: Vec<Mirror>,
    /// What decides the place on the hash ring.
    pub hash_policies: Vec<HashPolicy>,
    /// Status when the cluster is unknown; `None` is 503.
    pub cluster_not_found: Option<u32>,
}

/// The clusters of a route.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// One cluster.
    Cluster(String),
    /// One of several, by share; may be empty when no destination has a weight.
    Weighted(Vec<WeightedCluster>),
}

impl Default for Target {
    fn default() -> Self {
        Self::Weighted(Vec::new())
    }
}

/// A cluster with its share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedCluster {
    /// The cluster.
    pub cluster: String,
    /// Its share of the sum of all weights.
    pub weight: u32,
    /// Header changes of this destination.
    pub headers: HeaderMutation,
    /// The `Host` header becomes this; only where the route does not rewrite it.
    pub host_rewrite: Option<String>,
    /// The destination in the file.
    pub origin: Origin,
}

/// Retries of a route.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retry {
    /// Envoy's conditions, comma separated.
    pub on: String,
    /// How often.
    pub attempts: u32,
    /// Nanoseconds for each try.
    pub per_try_timeout: Option<i128>,
    /// Statuses that are retried under `retriable-status-codes`.
    pub status_codes: Vec<u32>,
    /// Hosts that were tried are left out.
    pub skip_previous_hosts: bool,
    /// Priorities that were tried are left out.
    pub skip_previous_priorities: bool,
    /// How often another host is looked for; 0 for Envoy's own 1.
    pub host_selection_attempts: i64,
    /// Nanoseconds of the first pause.
    pub backoff: Option<i128>,
}

/// A copy of the request.
#[derive(Clone, Debug, PartialEq)]
pub struct Mirror {
    /// Where it goes.
    pub cluster: String,
    /// Share of the requests.
    pub fraction: Fraction,
    /// The host is kept as it is, without `-shadow`.
    pub keep_host: bool,
}

/// A share of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// Parts.
    pub numerator: u32,
    /// Of how many.
    pub denominator: Denominator,
}

/// What a [`Fraction`] is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the numbers")]
pub enum Denominator {
    Hundred,
    TenThousand,
    Million,
}

impl Fraction {
    /// All requests.
    pub const ALL: Self = Self { numerator: 100, denominator: Denominator::Hundred };

    /// In parts per million.
    #[must_use]
    pub fn per_million(self) -> u64 {
        let scale = match self.denominator {
            Denominator::Hundred => 10_000,
            Denominator::TenThousand => 100,
            Denominator::Million => 1,
        };
        u64::from(self.numerator) * scale
    }
}

/// What decides the place on the hash ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HashPolicy {
    /// A header.
    Header(String),
    /// A cookie, made when `ttl` is there and the request has none.
    Cookie {
        /// Its name.
        name: String,
        /// Its life in nanoseconds; 0 is a session cookie.
        ttl: Option<i128>,
        /// Its path.
        path: String,
        /// Further attributes.
        attributes: Vec<(String, String)>,
    },
    /// The client's address.
    SourceIp(bool),
    /// A query parameter.
    QueryParameter(String),
}

/// A redirect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redirect {
    /// New host; empty keeps it.
    pub host: String,
    /// New path.
    pub path: RedirectPath,
    /// New scheme; `None` keeps it.
    pub scheme: Option<String>,
    /// New port; 0 is none written.
    pub port: u32,
    /// 301, 302, 303, 307 or 308.
    pub code: u32,
}

/// The path of a redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectPath {
    /// The whole path becomes this; empty keeps it.
    Full(String),
    /// The matched prefix becomes this.
    Prefix(String),
}

impl Default for RedirectPath {
    fn default() -> Self {
        Self::Full(String::new())
    }
}

/// An answer that the proxy gives itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectResponse {
    /// Its status.
    pub status: u32,
    /// Its body.
    pub body: Option<Body>,
}

/// Body of a [`DirectResponse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Text.
    Text(String),
    /// Bytes in base64.
    Base64(String),
}
