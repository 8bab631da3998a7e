//! The JWT filter, compiled.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::json::Value;

use super::matcher::StringMatcher;
use super::route::Route;
use super::source;
use super::value::{Get, Scope};
use crate::filter::jwks::Jwks;
use crate::http::Head;

/// `envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication`.
#[derive(Debug)]
pub(crate) struct JwtAuthn {
    /// Providers by name.
    pub(crate) providers: BTreeMap<String, Provider>,
    /// Rules in order; the first that matches applies.
    pub(crate) rules: Vec<(Route, Option<Requirement>)>,
    /// Requirements that routes name.
    pub(crate) named: BTreeMap<String, Requirement>,
    /// Whether refusals say nothing of the reason.
    pub(crate) silent: bool,
    /// Whether CORS preflights pass without a token.
    pub(crate) bypass_preflight: bool,
}

/// One issuer of tokens.
#[derive(Debug)]
pub(crate) struct Provider {
    /// `iss`; not checked when empty.
    pub(crate) issuer: String,
    /// `aud`; not checked when empty.
    pub(crate) audiences: Vec<String>,
    /// Keys.
    pub(crate) keys: KeySource,
    /// Whether the token stays in the request.
    pub(crate) forward: bool,
    /// Headers with a prefix that carry the token.
    pub(crate) headers: Vec<(Vec<u8>, String)>,
    /// Query parameters that carry the token.
    pub(crate) params: Vec<String>,
    /// Cookies that carry the token.
    pub(crate) cookies: Vec<String>,
    /// Header that receives the payload.
    pub(crate) payload_header: Option<Vec<u8>>,
    /// Whether that payload is padded.
    pub(crate) pad_payload: bool,
    /// What `sub` must be.
    pub(crate) subject: Option<StringMatcher>,
    /// Whether `exp` must be there.
    pub(crate) must_expire: bool,
    /// The longest time until `exp`.
    pub(crate) longest: Option<Duration>,
    /// Metadata key that receives the header.
    pub(crate) header_metadata: Option<String>,
    /// Metadata key that receives why a token is refused.
    pub(crate) failure_metadata: Option<String>,
    /// Metadata key that receives the payload.
    pub(crate) payload_metadata: Option<String>,
    /// Claims split at spaces when they are stored (`normalize_payload_in_metadata`).
    pub(crate) space_delimited: Vec<String>,
    /// Leeway of `exp` and `nbf` in seconds.
    pub(crate) skew: u64,
    /// Whether the route is chosen again once a token was verified.
    pub(crate) clear_route: bool,
    /// Headers that receive claims.
    pub(crate) claims: Vec<(Vec<u8>, String)>,
}

/// Where the keys of an issuer come from.
#[derive(Debug)]
pub(crate) enum KeySource {
    /// The bootstrap.
    Local(Arc<Jwks>),
    /// A server.
    Remote(RemoteKeys),
}

/// `envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks`
#[derive(Debug)]
pub(crate) struct RemoteKeys {
    /// The cluster that is asked.
    pub(crate) cluster: String,
    /// The request.
    pub(crate) head: Box<Head>,
    /// How long an answer may take.
    pub(crate) timeout: Duration,
    /// How long keys are used.
    pub(crate) lifetime: Duration,
    /// How often a fetch that failed is tried again at once.
    pub(crate) retries: u64,
    /// First wait before that, and the longest.
    pub(crate) back_off: (Duration, Duration),
    /// Whether keys are fetched before a request needs them, and how soon again after a failure.
    pub(crate) ahead: Option<Duration>,
    cached: Mutex<Option<(Instant, Arc<Jwks>)>>,
}

impl KeySource {
    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let remote = value.get_field("remote_jwks").map(|r| KeySource::Remote(RemoteKeys::new(r)));
        let keys = remote.or_else(|| {
            let text = source::read(value.get_field("local_jwks"), &scope.field("local_jwks"))?;
            Some(KeySource::Local(Arc::new(Jwks::parse(&text)?)))
        });
        if keys.is_none() {
            scope.refuse(
                "remote_jwks or local_jwks is needed, the latter with at least one key this proxy can use \
                 (RS, PS, ES, EdDSA, HS)",
            );
        }
        keys.unwrap_or_else(|| Self::Local(Arc::default()))
    }

    /// The keys, when there are any that may be used.
    pub(crate) fn keys(&self) -> Option<Arc<Jwks>> {
        match self {
            Self::Local(keys) => Some(keys.clone()),
            Self::Remote(remote) => {
                let cached = remote.cached.lock().unwrap_or_else(PoisonError::into_inner);
                // Keys that are fetched ahead are used until there are others (`JwksCacheImpl::setJwksToAllThreads`).
                let fresh = |(since, _): &&(Instant, Arc<Jwks>)| {
                    remote.ahead.is_some() || since.elapsed() < remote.lifetime
                };
                cached.as_ref().filter(fresh).map(|(_, keys)| keys.clone())
            }
        }
    }
}

impl RemoteKeys {
    fn new(value: &Value) -> Self {
        let uri = value.get_field("http_uri");
        let text = uri.text("uri");
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut head = Head::request(b"GET");
        head.path = if path.is_empty() { b"/".to_vec() } else { path.as_bytes().to_vec() };
        head.authority = Some(host.as_bytes().to_vec());
        let ahead = value.get_field("async_fetch");
        let retry = value.get_field("retry_policy");
        let waits = retry.get_field("retry_back_off");
        let base = waits.duration("base_interval").unwrap_or(Duration::from_secs(1));
        Self {
            retries: retry.map_or(0, |policy| policy.int("num_retries").unwrap_or(1)),
            back_off: (base, waits.duration("max_interval").unwrap_or(base * 10)),
            cluster: uri.text("cluster").to_owned(),
            head: Box::new(head),
            timeout: uri.duration("timeout").unwrap_or(Duration::from_secs(5)),
            lifetime: value.duration("cache_duration").unwrap_or(Duration::from_secs(600)),
            ahead: ahead.map(|a| a.duration("failed_refetch_duration").unwrap_or(Duration::from_secs(1))),
            cached: Mutex::default(),
        }
    }

    /// Keeps an answer; false when it holds no usable key.
    pub(crate) fn store(&self, body: &[u8]) -> bool {
        let Some(keys) = Jwks::parse(body) else { return false };
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        *cached = Some((Instant::now(), Arc::new(keys)));
        true
    }
}

/// What a request must show.
#[derive(Debug)]
pub(crate) enum Requirement {
    /// A token of this provider, optionally for other audiences.
    Provider(String, Vec<String>),
    /// One of these.
    Any(Vec<Requirement>),
    /// All of these.
    All(Vec<Requirement>),
    /// No token, or a valid one of any provider.
    AllowMissing,
    /// Nothing, but valid tokens are used.
    AllowMissingOrFailed,
}

impl JwtAuthn {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let providers: BTreeMap<_, _> = {
            let scope = scope.field("providers");
            value
                .entries("providers")
                .map(|(name, p)| (name.to_owned(), Provider::new(p, &scope.field(name))))
                .collect()
        };
        let named = value.entries("requirement_map");
        let named: BTreeMap<_, _> = named.collect();
        let rules = value.items("rules").iter().enumerate().map(|(i, rule)| {
            let scope = scope.item("rules", i);
            let matching = rule.get_field("match").unwrap_or(&Value::Null);
            let requires = match rule.opt_text("requirement_name") {
                Some(name) if !named.contains_key(name) => {
                    scope.field("requirement_name").refuse("names nothing in requirement_map");
                    None
                }
                Some(name) => named.get(name).copied(),
                None => rule.get_field("requires"),
            };
            let requires = requires.map(|r| Requirement::new(r, &providers, &scope.field("requires")));
            (Route::bare(matching, &scope), requires)
        });
        let rules = rules.collect();
        let named = named.into_iter().map(|(name, r)| {
            (name.to_owned(), Requirement::new(r, &providers, &scope.field("requirement_map")))
        });
        Self {
            rules,
            named: named.collect(),
            silent: value.flag("strip_failure_response"),
            bypass_preflight: value.flag("bypass_cors_preflight"),
            providers,
        }
    }
}

impl Provider {
    /// Whether its tokens say that they are issued by this.
    pub(crate) fn is_issuer(&self, said: Option<&serde_json::Value>) -> bool {
        self.issuer.is_empty() || said.and_then(serde_json::Value::as_str) == Some(&self.issuer)
    }

    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let headers = value.items("from_headers").iter();
        let headers: Vec<_> = headers
            .map(|h| (h.text("name").to_ascii_lowercase().into_bytes(), h.text("value_prefix").to_owned()))
            .collect();
        let params = value.texts("from_params");
        let cookies = value.texts("from_cookies");
        let default = headers.is_empty() && params.is_empty() && cookies.is_empty();
        Self {
            issuer: value.text("issuer").to_owned(),
            audiences: value.texts("audiences"),
            keys: KeySource::new(value, scope),
            forward: value.flag("forward"),
            headers: if default { vec![(b"authorization".to_vec(), "Bearer ".to_owned())] } else { headers },
            params: if default { vec!["access_token".to_owned()] } else { params },
            cookies,
            payload_header: value
                .opt_text("forward_payload_header")
                .map(|h| h.to_ascii_lowercase().into_bytes()),
            pad_payload: value.flag("pad_forward_payload_header"),
            payload_metadata: value.opt_text("payload_in_metadata").map(str::to_owned),
            header_metadata: value.opt_text("header_in_metadata").map(str::to_owned),
            failure_metadata: value.opt_text("failed_status_in_metadata").map(str::to_owned),
            subject: value
                .get_field("subjects")
                .map(|subjects| StringMatcher::new(subjects, &scope.field("subjects"))),
            must_expire: value.flag("require_expiration"),
            longest: value.duration("max_lifetime"),
            space_delimited: value.get_field("normalize_payload_in_metadata").texts("space_delimited_claims"),
            skew: value.int("clock_skew_seconds").unwrap_or(60),
            clear_route: value.flag("clear_route_cache"),
            claims: value
                .items("claim_to_headers")
                .iter()
                .map(|c| {
                    (c.text("header_name").to_ascii_lowercase().into_bytes(), c.text("claim_name").to_owned())
                })
                .collect(),
        }
    }
}

impl Requirement {
    fn new(value: &Value, providers: &BTreeMap<String, Provider>, scope: &Scope<'_>) -> Self {
        let list = |field: &str| -> Option<Vec<Self>> {
            let list = value.get_field(field)?;
            Some(list.items("requirements").iter().map(|r| Self::new(r, providers, scope)).collect())
        };
        if let Some(list) = list("requires_any") {
            return Self::Any(list);
        }
        if let Some(list) = list("requires_all") {
            return Self::All(list);
        }
        if value.get_field("allow_missing_or_failed").is_some() {
            return Self::AllowMissingOrFailed;
        }
        if value.get_field("allow_missing").is_some() {
            return Self::AllowMissing;
        }
        let both = value.get_field("provider_and_audiences");
        let name = both.opt_text("provider_name").unwrap_or_else(|| value.text("provider_name"));
        if !providers.contains_key(name) {
            scope.refuse(format!("there is no provider {name:?}"));
        }
        Self::Provider(name.to_owned(), both.texts("audiences"))
    }
}
