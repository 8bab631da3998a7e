//! What EnvoyFilters change, as far as it is followed: local rate limits. Everything else they change is unknown.

use mp_ir::base::Origin;
use mp_ir::mesh::{ApplyTo, EnvoyPatch, PatchContext, PatchOperation};
use mp_ir::plan::{Direction, Plan, ProxyKind};
use serde_json::Value;

use super::Walk;
use super::local::Local;
use super::outcome::{Stage, Unknown};

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
    open: Vec<Unknown>,
}

/// Reads the patches of a plan.
pub(super) fn read(plan: &Plan) -> Patched {
    let mut out = Patched::default();
    for patch in &plan.patches {
        match rate_limit(patch) {
            Some(limit) => out.limits.push(limit),
            None => out.open.push(Unknown { reason: reason(patch), origin: patch.origin }),
        }
    }
    out
}

fn reason(patch: &EnvoyPatch) -> String {
    let value = patch.value.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
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

fn config(value: &Value) -> Option<&Value> {
    value.get("typed_config").or_else(|| value.get("typedConfig"))
}

/// A field in either spelling.
fn field<'v>(value: &'v Value, snake: &str, camel: &str) -> Option<&'v Value> {
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
    let value: Value = serde_json::from_str(patch.value.as_deref()?).ok()?;
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

impl<'p> Walk<'p, '_> {
    /// Tells what patches leave open, and applies their rate limits.
    pub(super) fn patched(&mut self) -> Result<(), Box<Local>> {
        let proxy = self.proxy;
        for unknown in &proxy.patched.open {
            self.unknown(unknown.reason.clone(), unknown.origin);
        }
        for (at, limit) in proxy.patched.limits.iter().enumerate() {
            if self.in_context(limit.context) && self.chance.happens(limit.enabled) {
                self.rate_limit(at, limit)?;
            }
        }
        Ok(())
    }

    fn in_context(&self, context: Option<PatchContext>) -> bool {
        let plan = self.proxy.plan;
        let listener = plan.listeners.iter().find(|l| l.name == self.out.listener);
        let inbound = listener.is_some_and(|l| l.direction == Direction::Inbound);
        match context {
            None => true,
            Some(PatchContext::Gateway) => plan.proxy.kind == ProxyKind::Router,
            Some(PatchContext::Waypoint) => plan.proxy.kind == ProxyKind::Waypoint,
            Some(PatchContext::SidecarInbound) => plan.proxy.kind == ProxyKind::Sidecar && inbound,
            Some(PatchContext::SidecarOutbound) => plan.proxy.kind == ProxyKind::Sidecar && !inbound,
        }
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
}
