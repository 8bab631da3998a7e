//! What EnvoyFilters change, as far as it is followed: local rate limits, and what only logs and counts. Everything else they change
//! is unknown to those whom it may touch.

use mp_ir::base::Origin;
use mp_ir::mesh::{ApplyTo, EnvoyPatch, PatchContext, PatchOperation};
use mp_ir::plan::{Direction, HttpConnectionManager, HttpFilter, Listener, Plan, ProxyKind};
use serde_json::{Map, Value};

use super::local::Local;
use super::outcome::{Stage, Unknown};
use super::{Proxy, Walk};

/// A local rate limit (`envoy.filters.http.local_ratelimit`).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RateLimit {
    context: Option<PatchContext>,
    /// Requests that pass before the bucket is filled again.
    tokens: u64,
    status: u32,
    headers: Vec<(String, String)>,
    /// Shares in parts per million of requests that are counted, and that are refused.
    enabled: u64,
    enforced: u64,
    origin: Origin,
}

/// What the patches of a plan come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Patched {
    limits: Vec<RateLimit>,
    open: Vec<Open>,
}

/// A patch that is not followed.
#[derive(Clone, Debug, PartialEq)]
struct Open {
    patch: EnvoyPatch,
    unknown: Unknown,
}

/// What a patch may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Every connection of a listener.
    Connection,
    /// Every request.
    Request,
    /// Requests that take a route.
    Route,
    /// What goes to a cluster.
    Cluster,
}

const fn part(apply_to: ApplyTo) -> Part {
    match apply_to {
        ApplyTo::Listener
        | ApplyTo::ListenerFilter
        | ApplyTo::FilterChain
        | ApplyTo::NetworkFilter
        | ApplyTo::ExtensionConfig
        | ApplyTo::Bootstrap => Part::Connection,
        ApplyTo::HttpFilter => Part::Request,
        ApplyTo::RouteConfiguration | ApplyTo::VirtualHost | ApplyTo::HttpRoute => Part::Route,
        ApplyTo::Cluster => Part::Cluster,
    }
}

/// Reads the patches of a plan.
pub(super) fn read(plan: &Plan) -> Patched {
    let mut out = Patched::default();
    for patch in &plan.patches {
        match rate_limit(patch) {
            Some(limit) => out.limits.push(limit),
            None if only_watches(patch) => {}
            None => out.open.push(Open {
                unknown: Unknown { reason: reason(patch), origin: patch.origin },
                patch: patch.clone(),
            }),
        }
    }
    out
}

/// Fields that change what is written down of a request, and not what becomes of it.
pub(super) const WATCHING: [&str; 11] = [
    "@type",
    "name",
    "access_log",
    "accessLog",
    "tracing",
    "stat_prefix",
    "statPrefix",
    "alt_stat_name",
    "altStatName",
    "access_log_options",
    "accessLogOptions",
];

/// Whether a patch merges nothing but what watches.
fn only_watches(patch: &EnvoyPatch) -> bool {
    let merges = matches!(patch.operation, PatchOperation::Merge | PatchOperation::MergeReplaceLists);
    let watches = |fields: &Map<String, Value>| fields.keys().all(|key| WATCHING.contains(&key.as_str()));
    merges
        && value(patch).is_some_and(|value| {
            let config = config(&value).and_then(Value::as_object);
            let outer = value.as_object().map(|fields| {
                fields.iter().filter(|(key, _)| !matches!(key.as_str(), "typed_config" | "typedConfig"))
            });
            config.is_none_or(watches)
                && outer.into_iter().flatten().all(|(key, _)| WATCHING.contains(&key.as_str()))
        })
}

pub(super) fn value(patch: &EnvoyPatch) -> Option<Value> {
    serde_json::from_str(patch.value.as_deref()?).ok()
}

fn reason(patch: &EnvoyPatch) -> String {
    let value = value(patch);
    let kind = value.as_ref().and_then(kind).unwrap_or_default();
    if kind.ends_with(".Lua") || kind.ends_with(".LuaPerRoute") {
        return "an EnvoyFilter brings in Lua code, which may do anything".to_owned();
    }
    "an EnvoyFilter changes what the proxy is told in a way that is not followed".to_owned()
}

/// The type in a filter's configuration.
fn kind(value: &Value) -> Option<&str> {
    config(value)?.get("@type")?.as_str()
}

pub(super) fn config(value: &Value) -> Option<&Value> {
    value.get("typed_config").or_else(|| value.get("typedConfig"))
}

/// A field in either spelling.
pub(super) fn field<'v>(value: &'v Value, snake: &str, camel: &str) -> Option<&'v Value> {
    value.get(snake).or_else(|| value.get(camel))
}

fn rate_limit(patch: &EnvoyPatch) -> Option<RateLimit> {
    let inserts = matches!(
        patch.operation,
        PatchOperation::Add
            | PatchOperation::InsertBefore
            | PatchOperation::InsertAfter
            | PatchOperation::InsertFirst
    );
    if patch.apply_to != ApplyTo::HttpFilter || !inserts {
        return None;
    }
    let value = value(patch)?;
    if !kind(&value)?.ends_with("local_ratelimit.v3.LocalRateLimit") {
        return None;
    }
    let limit = config(&value)?;
    let bucket = field(limit, "token_bucket", "tokenBucket")?;
    let tokens = number(field(bucket, "max_tokens", "maxTokens")?)?;
    let status = limit.get("status").and_then(|status| number(status.get("code")?));
    let headers = field(limit, "response_headers_to_add", "responseHeadersToAdd").and_then(Value::as_array);
    let header = |one: &Value| {
        let header = one.get("header")?;
        let text = |key: &str| header.get(key).and_then(Value::as_str);
        Some((text("key")?.to_ascii_lowercase(), text("value").unwrap_or_default().to_owned()))
    };
    Some(RateLimit {
        context: patch.context,
        tokens,
        status: status.and_then(|code| u32::try_from(code).ok()).filter(|code| *code >= 400).unwrap_or(429),
        headers: headers.into_iter().flatten().filter_map(header).collect(),
        enabled: share(field(limit, "filter_enabled", "filterEnabled")),
        enforced: share(field(limit, "filter_enforced", "filterEnforced")),
        origin: patch.origin,
    })
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// A share in parts per million; nothing stated is none.
fn share(value: Option<&Value>) -> u64 {
    let Some(stated) = value.and_then(|value| field(value, "default_value", "defaultValue")) else {
        return 0;
    };
    let parts = stated.get("numerator").and_then(number).unwrap_or_default();
    let scale = match stated.get("denominator").and_then(Value::as_str) {
        None | Some("HUNDRED") => 10_000,
        Some("TEN_THOUSAND") => 100,
        Some(_) => 1,
    };
    parts * scale
}

/// Whether a patch of a context is for such a proxy and its listener. What a waypoint has is inbound, and no part of istiod works in the
/// context that is called after waypoints.
pub(super) fn applies(context: Option<PatchContext>, kind: ProxyKind, listener: Option<&Listener>) -> bool {
    let inbound = listener.is_some_and(|listener| listener.direction == Direction::Inbound);
    match context {
        None => true,
        Some(PatchContext::Gateway) => kind == ProxyKind::Router,
        Some(PatchContext::Waypoint) => false,
        Some(PatchContext::SidecarInbound) => {
            kind == ProxyKind::Waypoint || (kind == ProxyKind::Sidecar && inbound)
        }
        Some(PatchContext::SidecarOutbound) => kind == ProxyKind::Sidecar && !inbound,
    }
}

impl Open {
    /// Whether the patch is for a listener of the proxy, by context, name and port; `dialled` is the port before any redirection.
    fn touches(&self, proxy: &Proxy<'_>, listener: Option<&Listener>, dialled: u32) -> bool {
        if !applies(self.patch.context, proxy.plan.proxy.kind, listener) {
            return false;
        }
        let Some(wanted) = &self.patch.listener else { return true };
        let own = listener.map_or(0, |l| l.address.port);
        let port = wanted.port == 0 || wanted.port == own || wanted.port == dialled;
        port && (wanted.name.is_empty() || listener.is_some_and(|l| l.name == wanted.name))
    }
}

fn is_for_route(patch: &EnvoyPatch, table: &str, host: &str, route: &str) -> bool {
    let is = |wanted: &str, name: &str| wanted.is_empty() || wanted == name;
    let Some(wanted) = &patch.route else { return true };
    let inner = wanted.virtual_host.as_ref();
    is(&wanted.name, table)
        && inner.is_none_or(|inner| {
            is(&inner.name, host) && inner.route.as_ref().is_none_or(|(name, _)| is(name, route))
        })
}

fn is_for_cluster(patch: &EnvoyPatch, cluster: &str) -> bool {
    let parts: Vec<&str> = cluster.split('|').collect();
    let (port, subset, host) = match parts.as_slice() {
        [_, port, subset, host] => (*port, *subset, *host),
        _ => ("", "", ""),
    };
    let Some(wanted) = &patch.cluster else { return true };
    if !wanted.name.is_empty() {
        return wanted.name == cluster;
    }
    (wanted.service.is_empty() || wanted.service == host)
        && (wanted.subset.is_empty() || wanted.subset == subset)
        && (wanted.port == 0 || wanted.port.to_string() == port)
}

/// What a request meets at a proxy.
#[derive(Clone, Debug)]
pub struct Met<'a> {
    /// The listener that serves the connection.
    pub listener: &'a Listener,
    /// The port that was dialled, before any redirection.
    pub dialled: u32,
    /// The connection manager that serves it.
    pub manager: &'a HttpConnectionManager,
    /// Names of route table, virtual host and route; empty for none.
    pub route: (&'a str, &'a str, &'a str),
    /// Names of the clusters that may take it.
    pub clusters: Vec<&'a str>,
}

impl Proxy<'_> {
    /// What the input cannot tell of requests that meet this: code of the user, and patches that are not followed.
    #[must_use]
    pub fn left_open(&self, met: &Met<'_>) -> Vec<Unknown> {
        let (table, host, route) = met.route;
        let touches = |open: &&Open| {
            let part = match part(open.patch.apply_to) {
                Part::Connection | Part::Request => true,
                Part::Route => is_for_route(&open.patch, table, host, route),
                Part::Cluster => met.clusters.iter().any(|cluster| is_for_cluster(&open.patch, cluster)),
            };
            part && open.touches(self, Some(met.listener), met.dialled)
        };
        let patches = self.patched.open.iter().filter(touches).map(|open| open.unknown.clone());
        patches.chain(met.manager.filters.iter().filter_map(code)).collect()
    }
}

/// What code of the user leaves open.
pub(super) fn code(filter: &HttpFilter) -> Option<Unknown> {
    let (kind, name) = if let HttpFilter::Wasm(name) = filter {
        ("Wasm module", name)
    } else if let HttpFilter::Lua { name, .. } = filter {
        ("Lua code", name)
    } else {
        return None;
    };
    Some(Unknown { reason: format!("the {kind} `{name}` may do anything"), origin: None })
}

impl<'p> Walk<'p, '_> {
    /// Tells what patches leave open of a part of the way.
    fn left_open(&mut self, wanted: Part, touches: impl Fn(&EnvoyPatch) -> bool) {
        let proxy = self.proxy;
        let listener = proxy.plan.listeners.iter().find(|l| l.name == self.out.listener);
        for open in proxy.patched.open.iter().filter(|open| part(open.patch.apply_to) == wanted) {
            if open.touches(proxy, listener, self.arrival.destination.1) && touches(&open.patch) {
                self.unknown(open.unknown.reason.clone(), open.unknown.origin);
            }
        }
    }

    /// Tells what patches leave open of every connection of the listener.
    pub(super) fn connection_left_open(&mut self) {
        self.left_open(Part::Connection, |_| true);
    }

    /// Tells what patches leave open of the route.
    pub(super) fn route_left_open(&mut self, table: &str, host: &str, route: &str) {
        self.left_open(Part::Route, |patch| is_for_route(patch, table, host, route));
    }

    /// Tells what patches leave open of the cluster.
    pub(super) fn cluster_left_open(&mut self, cluster: &str) {
        self.left_open(Part::Cluster, |patch| is_for_cluster(patch, cluster));
    }

    /// Applies the rate limits of patches.
    pub(super) fn patched(&mut self) -> Result<(), Box<Local>> {
        let proxy = self.proxy;
        self.left_open(Part::Request, |_| true);
        for (at, limit) in proxy.patched.limits.iter().enumerate() {
            if self.in_context(limit.context) && self.chance.happens(limit.enabled) {
                self.rate_limit(at, limit)?;
            }
        }
        Ok(())
    }

    fn in_context(&self, context: Option<PatchContext>) -> bool {
        let plan = self.proxy.plan;
        applies(context, plan.proxy.kind, plan.listeners.iter().find(|l| l.name == self.out.listener))
    }

    fn rate_limit(&mut self, at: usize, limit: &RateLimit) -> Result<(), Box<Local>> {
        let bucket = format!("{} {} {at}", self.out.listener, self.out.chain);
        if self.around.take_token(&bucket, limit.tokens) || !self.chance.happens(limit.enforced) {
            self.step(Stage::Policy, limit.origin, || "the rate limit lets it pass".to_owned());
            return Ok(());
        }
        self.step(Stage::Policy, limit.origin, || "the rate limit is reached".to_owned());
        let local = Local::new(limit.status, "local_rate_limited", "local_rate_limited").flagged("RL");
        Err(Box::new(Local { headers: limit.headers.clone(), ..local }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mp_ir::mesh::ProxyCondition;

    #[test]
    fn rate_limits_are_read_and_the_rest_is_unknown() {
        let patch = |value: &str| EnvoyPatch {
            apply_to: ApplyTo::HttpFilter,
            operation: PatchOperation::InsertBefore,
            context: Some(PatchContext::Gateway),
            proxy: ProxyCondition::default(),
            listener: None,
            route: None,
            cluster: None,
            value: Some(value.to_owned()),
            origin: None,
        };
        let limit = r#"{"typed_config": {"@type": "x/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
            "token_bucket": {"max_tokens": 3}, "filter_enabled": {"default_value": {"numerator": 50}},
            "response_headers_to_add": [{"header": {"key": "X-RL", "value": "1"}}]}}"#;
        let plan = Plan { patches: vec![patch(limit), patch("{}")], ..Plan::default() };
        let read = read(&plan);
        let found = read.limits.first().unwrap();
        assert_eq!((found.tokens, found.status, found.enabled, found.enforced), (3, 429, 500_000, 0));
        assert_eq!(found.headers, [("x-rl".to_owned(), "1".to_owned())]);
        assert_eq!(read.open.len(), 1);
    }

    #[test]
    fn what_only_watches_leaves_nothing_open() {
        let merge = |value: &str| EnvoyPatch {
            apply_to: ApplyTo::NetworkFilter,
            operation: PatchOperation::Merge,
            context: None,
            proxy: ProxyCondition::default(),
            listener: None,
            route: None,
            cluster: None,
            value: Some(value.to_owned()),
            origin: None,
        };
        let open = |value: &str| read(&Plan { patches: vec![merge(value)], ..Plan::default() }).open.len();
        assert_eq!(open(r#"{"name": "x", "typed_config": {"@type": "x", "access_log": []}}"#), 0);
        assert_eq!(
            open(r#"{"name": "x", "typed_config": {"@type": "x", "access_log": [], "server_name": "y"}}"#),
            1
        );
        assert_eq!(open(r#"{"connect_timeout": "1s"}"#), 1);
    }
}
