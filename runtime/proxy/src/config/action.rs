//! What a route does: forward, redirect or answer directly.
use std::time::Duration;

use crate::json::Value;
use regex::bytes::Regex;

use super::hash::HashPolicy;
use super::internal_redirect::InternalRedirect;
use super::matcher::{HeaderMatcher, search_regex};
use super::mirror::Mirror;
use super::rate_limit::RateLimitActions;
use super::retry::RetryPolicy;
use super::route::Level;
use super::value::{Get, Scope};
use crate::http::Head;

/// A share of requests, in parts per million.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fraction(pub(super) u32);

impl Fraction {
    /// Every request.
    pub(crate) const ALL: Self = Self(1_000_000);

    /// Reads `envoy.type.v3.FractionalPercent`.
    pub(crate) fn new(value: &Value) -> Self {
        let scale = match value.text("denominator") {
            "TEN_THOUSAND" => 100,
            "MILLION" => 1,
            _ => 10_000,
        };
        let parts = value.int("numerator").unwrap_or(0).saturating_mul(scale);
        Self(u32::try_from(parts).unwrap_or(u32::MAX).min(1_000_000))
    }

    /// Reads `envoy.config.core.v3.RuntimeFractionalPercent`.
    pub(crate) fn runtime(value: &Value) -> Self {
        value.get_field("default_value").map_or(Self(0), Self::new)
    }

    /// Whether a random number falls into the share.
    pub(crate) fn includes(self, random: u64) -> bool {
        random % 1_000_000 < u64::from(self.0)
    }
}

/// What a route does.
#[derive(Debug)]
pub(crate) enum Action {
    /// Forwards to a cluster.
    Forward(Box<Forward>),
    /// Answers with a redirect.
    Redirect(Box<Redirect>),
    /// Answers with this status and body.
    Direct(u16, Vec<u8>),
}

/// A rewrite by search and replace.
#[derive(Debug)]
pub(crate) struct Substitution {
    regex: Regex,
    replacement: Vec<u8>,
}

impl Substitution {
    /// Compiles `RegexMatchAndSubstitute`; `\1` refers to a group.
    pub(crate) fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let pattern = value.get_field("pattern").text("regex").to_owned();
        let regex = search_regex(&pattern, &scope.field("pattern.regex"))?;
        Some(Self { regex, replacement: replacement(value.text("substitution")) })
    }

    /// Replaces every match.
    pub(crate) fn apply(&self, text: &[u8]) -> Vec<u8> {
        self.regex.replace_all(text, self.replacement.as_slice()).into_owned()
    }
}

/// `\1` of RE2 as `${1}`, with `$` escaped.
fn replacement(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'$' => out.extend_from_slice(b"$$"),
            b'\\' => match bytes.next() {
                Some(digit @ b'0'..=b'9') => out.extend_from_slice(&[b'$', b'{', digit, b'}']),
                Some(other) => out.push(other),
                None => out.push(b'\\'),
            },
            other => out.push(other),
        }
    }
    out
}

/// How the host header is rewritten.
#[derive(Debug)]
pub(crate) enum HostRewrite {
    /// As it came.
    Keep,
    /// To this.
    Literal(Vec<u8>),
    /// To this header's value.
    Header(Vec<u8>),
    /// To the path after a substitution.
    Path(Substitution),
    /// To the endpoint's host name.
    Auto,
}

/// How the path is rewritten.
#[derive(Debug)]
pub(crate) enum PathRewrite {
    /// As it came.
    Keep,
    /// The matched prefix is replaced.
    Prefix(Vec<u8>),
    /// Matches are replaced.
    Regex(Substitution),
}

/// One of the clusters of a forwarding route.
#[derive(Debug)]
pub(crate) struct Target {
    cluster: String,
    /// The request header that names the cluster instead.
    header: Option<Vec<u8>>,
    /// Metadata that endpoints must carry, sorted by key.
    pub(crate) metadata: Vec<(String, serde_json::Value)>,
    weight: u64,
    /// Header operations of this cluster.
    pub(crate) level: Level,
    /// Host rewrite of this cluster.
    pub(crate) host: Option<Vec<u8>>,
}

impl Target {
    /// The name of the cluster for a request.
    pub(crate) fn cluster<'t>(&'t self, head: &'t Head) -> &'t str {
        match &self.header {
            Some(name) => head.get(name).and_then(|v| std::str::from_utf8(v).ok()).unwrap_or_default(),
            None => &self.cluster,
        }
    }
}

/// The metadata that a subset of endpoints is chosen by (`envoy.lb`), sorted by key.
pub(super) fn subset(value: Option<&Value>) -> Vec<(String, serde_json::Value)> {
    let fields = value.get_field("filter_metadata").entries("envoy.lb");
    let mut fields: Vec<_> = fields.map(|(k, v)| (k.to_owned(), v.to_json())).collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields
}

/// A forwarding action.
#[derive(Debug)]
pub(crate) struct Forward {
    /// One cluster, or several with weights.
    targets: Vec<Target>,
    total_weight: u64,
    /// Whether the clusters came as `weighted_clusters`.
    pub(crate) not_found: u16,
    /// Host rewrite.
    pub(crate) host: HostRewrite,
    /// Path rewrite.
    pub(crate) path: PathRewrite,
    /// Whether `x-forwarded-host` is added when the host is rewritten.
    pub(crate) forwarded_host: bool,
    /// Time for the whole response; zero is forever.
    pub(crate) timeout: Duration,
    /// Longest silence of a stream.
    pub(crate) idle_timeout: Option<Duration>,
    /// Longest life of a stream.
    pub(crate) max_duration: Option<Duration>,
    /// Whether limits of streams are set, which replace `timeout` and `max_grpc_timeout`.
    pub(crate) limits_streams: bool,
    /// Cap of `grpc-timeout`; zero means no cap.
    pub(crate) grpc_timeout_max: Option<Duration>,
    /// The older cap that acts on the route timeout.
    pub(crate) max_grpc_timeout: Option<Duration>,
    /// Retries.
    pub(crate) retry: Option<RetryPolicy>,
    /// Whether a try that takes too long goes on beside the next one.
    pub(crate) hedge: bool,
    /// Whether the breakers of high priority count its requests.
    pub(crate) high_priority: bool,
    /// Rate limit actions of the route, and whether those of the virtual host apply as well.
    pub(crate) rate_limits: (Vec<RateLimitActions>, bool),
    /// Mirrors.
    pub(crate) mirrors: Vec<Mirror>,
    /// Hashing for consistent load balancers.
    pub(crate) hash: Vec<HashPolicy>,
    /// Upgrades switched on or off for this route.
    pub(crate) upgrades: Vec<(String, bool)>,
    /// Redirects of endpoints that are followed here.
    pub(crate) internal_redirect: Option<InternalRedirect>,
    /// Methods that end here: their bytes go to the endpoint without HTTP.
    pub(crate) terminates: &'static [&'static str],
}

/// A redirect.
#[derive(Debug)]
pub(crate) struct Redirect {
    /// The status.
    pub(crate) status: u16,
    /// New scheme.
    pub(crate) scheme: Option<Vec<u8>>,
    /// New host.
    pub(crate) host: Option<Vec<u8>>,
    /// New port.
    pub(crate) port: Option<u64>,
    /// New path.
    pub(crate) path: Option<Vec<u8>>,
    /// Path rewrite.
    pub(crate) rewrite: PathRewrite,
    /// Whether the query is dropped.
    pub(crate) strip_query: bool,
}

impl Action {
    pub(super) fn new(value: &Value, host: &Value, scope: &Scope<'_>) -> Self {
        if let Some(forward) = value.get_field("route") {
            return Self::Forward(Box::new(Forward::new(forward, host, &scope.field("route"))));
        }
        if let Some(redirect) = value.get_field("redirect") {
            return Self::Redirect(Box::new(Redirect::new(redirect, &scope.field("redirect"))));
        }
        let Some(direct) = value.get_field("direct_response") else {
            scope.refuse("a route needs one of route, redirect and direct_response");
            return Self::Direct(404, Vec::new());
        };
        let status = u16::try_from(direct.int("status").unwrap_or(200)).unwrap_or(500);
        let body = super::source::read(direct.get_field("body"), &scope.field("direct_response.body"));
        Self::Direct(status, body.unwrap_or_default())
    }
}

impl Forward {
    fn new(value: &Value, host: &Value, scope: &Scope<'_>) -> Self {
        let targets = targets(value, scope);
        let upgrades = value.items("upgrade_configs");
        let own = value.items("request_mirror_policies");
        let mirrors = if own.is_empty() { host.items("request_mirror_policies") } else { own };
        let duration = value.get_field("max_stream_duration");
        let either = |name: &str| value.get_field(name).or(host.get_field(name));
        if value.get_field("cors").is_some() {
            scope.field("cors").refuse("move the policy to typed_per_filter_config");
        }
        Self {
            total_weight: targets.iter().map(|t| t.weight).sum(),
            targets,
            not_found: not_found(value),
            host: host_rewrite(value, scope),
            path: path_rewrite(value, scope),
            forwarded_host: value.flag("append_x_forwarded_host"),
            timeout: value.duration("timeout").unwrap_or(Duration::from_secs(15)),
            idle_timeout: value.duration("idle_timeout"),
            limits_streams: duration.is_some(),
            max_duration: duration.duration("max_stream_duration"),
            grpc_timeout_max: duration.duration("grpc_timeout_header_max"),
            max_grpc_timeout: value.duration("max_grpc_timeout"),
            retry: either("retry_policy").map(|r| RetryPolicy::new(r, &scope.field("retry_policy"))),
            hedge: either("hedge_policy").flag("hedge_on_per_try_timeout"),
            high_priority: value.text("priority") == "HIGH",
            rate_limits: (RateLimitActions::list(value, scope), value.flag("include_vh_rate_limits")),
            mirrors: mirrors.iter().map(Mirror::new).collect(),
            hash: HashPolicy::list(value, scope),
            internal_redirect: value.get_field("internal_redirect_policy").map(InternalRedirect::new),
            terminates: super::tunnel::terminates(upgrades),
            upgrades: upgrades
                .iter()
                .map(|u| (u.text("upgrade_type").to_ascii_lowercase(), u.opt_flag("enabled").unwrap_or(true)))
                .collect(),
        }
    }

    /// Picks a cluster by weight.
    pub(crate) fn target(&self, random: u64) -> Option<&Target> {
        if self.targets.len() <= 1 || self.total_weight == 0 {
            return self.targets.first();
        }
        let mut left = random % self.total_weight;
        self.targets.iter().find(|target| {
            let here = left < target.weight;
            left = left.saturating_sub(target.weight);
            here
        })
    }
}

/// The status where there is no such cluster.
fn not_found(value: &Value) -> u16 {
    match value.text("cluster_not_found_response_code") {
        "NOT_FOUND" => 404,
        "INTERNAL_SERVER_ERROR" => 500,
        _ => 503,
    }
}

fn targets(value: &Value, scope: &Scope<'_>) -> Vec<Target> {
    let own = subset(value.get_field("metadata_match"));
    let Some(weighted) = value.get_field("weighted_clusters") else {
        let cluster = value.text("cluster").to_owned();
        let header = value.opt_text("cluster_header").map(|h| h.to_ascii_lowercase().into_bytes());
        if cluster.is_empty() && header.is_none() {
            scope.refuse("a route needs cluster, cluster_header or weighted_clusters");
        }
        return vec![Target {
            cluster,
            header,
            metadata: own,
            weight: 1,
            level: Level::default(),
            host: None,
        }];
    };
    let scope = scope.field("weighted_clusters");
    let items = weighted.items("clusters").iter().enumerate();
    items
        .map(|(i, item)| Target {
            cluster: item.text("name").to_owned(),
            header: item.opt_text("cluster_header").map(|h| h.to_ascii_lowercase().into_bytes()),
            metadata: merged(&own, subset(item.get_field("metadata_match"))),
            weight: item.int("weight").unwrap_or(0),
            level: Level::new(item, &scope.item("clusters", i)),
            host: item.opt_text("host_rewrite_literal").map(|h| h.as_bytes().to_vec()),
        })
        .collect()
}

/// The metadata of a weighted cluster wins over that of its route.
fn merged(
    route: &[(String, serde_json::Value)],
    mut own: Vec<(String, serde_json::Value)>,
) -> Vec<(String, serde_json::Value)> {
    for (key, value) in route {
        if !own.iter().any(|(k, _)| k == key) {
            own.push((key.clone(), value.clone()));
        }
    }
    own.sort_by(|a, b| a.0.cmp(&b.0));
    own
}

fn host_rewrite(value: &Value, scope: &Scope<'_>) -> HostRewrite {
    if let Some(host) = value.opt_text("host_rewrite_literal") {
        return HostRewrite::Literal(host.as_bytes().to_vec());
    }
    if let Some(header) = value.opt_text("host_rewrite_header") {
        return HostRewrite::Header(header.to_ascii_lowercase().into_bytes());
    }
    if let Some(rewrite) = value.get_field("host_rewrite_path_regex") {
        let rewrite = Substitution::new(rewrite, &scope.field("host_rewrite_path_regex"));
        return rewrite.map_or(HostRewrite::Keep, HostRewrite::Path);
    }
    if value.flag("auto_host_rewrite") { HostRewrite::Auto } else { HostRewrite::Keep }
}

fn path_rewrite(value: &Value, scope: &Scope<'_>) -> PathRewrite {
    if let Some(prefix) = value.opt_text("prefix_rewrite") {
        return PathRewrite::Prefix(prefix.as_bytes().to_vec());
    }
    if let Some(rewrite) = value.get_field("regex_rewrite") {
        let rewrite = Substitution::new(rewrite, &scope.field("regex_rewrite"));
        return rewrite.map_or(PathRewrite::Keep, PathRewrite::Regex);
    }
    PathRewrite::Keep
}

impl Redirect {
    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let text = |name: &str| value.opt_text(name).map(|t| t.as_bytes().to_vec());
        let https = value.flag("https_redirect").then(|| b"https".to_vec());
        Self {
            status: match value.text("response_code") {
                "FOUND" => 302,
                "SEE_OTHER" => 303,
                "TEMPORARY_REDIRECT" => 307,
                "PERMANENT_REDIRECT" => 308,
                _ => 301,
            },
            scheme: text("scheme_redirect").or(https),
            host: text("host_redirect"),
            port: value.int("port_redirect").filter(|p| *p != 0),
            path: text("path_redirect"),
            rewrite: path_rewrite(value, scope),
            strip_query: value.flag("strip_query"),
        }
    }
}

/// Compiles header matchers of a named field; retry policies and faults use it.
pub(super) fn matchers(value: &Value, field: &str, scope: &Scope<'_>) -> Vec<HeaderMatcher> {
    HeaderMatcher::list(value, field, scope)
}
