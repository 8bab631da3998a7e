//! Rate limit actions of routes, and what descriptors they make of a request.
use std::net::IpAddr;

use serde_json::Map;

use super::matcher::{HeaderMatcher, QueryMatcher, query_value};
use super::value::{Get, Scope};
use crate::http::Head;
use crate::json::Value;

/// Keys with values, in order.
pub(crate) type Descriptor = Vec<(String, String)>;

/// One `envoy.config.route.v3.RateLimit`.
#[derive(Debug)]
pub(crate) struct RateLimitActions {
    /// Only filters of this stage look at it.
    pub(crate) stage: u64,
    actions: Vec<Action>,
}

/// What actions read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'f> {
    /// The request's head.
    pub(crate) head: &'f Head,
    /// The client's address.
    pub(crate) remote: Option<IpAddr>,
    /// Dynamic metadata.
    pub(crate) dynamic: &'f Map<String, serde_json::Value>,
    /// The cluster of the route.
    pub(crate) cluster: &'f str,
    /// The cluster of the own node.
    pub(crate) own_cluster: &'f str,
}

#[derive(Debug)]
enum Action {
    SourceCluster,
    DestinationCluster,
    RemoteAddress,
    MaskedAddress(u32, u32),
    Header { name: Vec<u8>, key: String, optional: bool },
    Query { name: Vec<u8>, key: String, optional: bool },
    Generic { key: String, value: String },
    HeaderMatch { key: String, value: String, expect: bool, headers: Vec<HeaderMatcher> },
    QueryMatch { key: String, value: String, expect: bool, parameters: Vec<QueryMatcher> },
    Metadata { key: String, path: Vec<String>, default: String, optional: bool },
}

/// What one action adds.
enum Entry {
    Some(String, String),
    Nothing,
    /// There is no descriptor at all.
    Stop,
}

impl RateLimitActions {
    /// Compiles `rate_limits` of a message.
    pub(super) fn list(value: &Value, scope: &Scope<'_>) -> Vec<Self> {
        let items = value.items("rate_limits").iter().enumerate();
        items.map(|(i, item)| Self::new(item, &scope.item("rate_limits", i))).collect()
    }

    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let items = value.items("actions").iter().enumerate();
        let actions = items.filter_map(|(i, item)| {
            let scope = scope.item("actions", i);
            let action = action(item, &scope);
            if action.is_none() {
                scope.refuse("this action is not supported; run the bootstrap in Envoy");
            }
            action
        });
        Self { stage: value.int("stage").unwrap_or(0), actions: actions.collect() }
    }

    /// The descriptor of a request; `None` when an action finds nothing.
    pub(crate) fn descriptor(&self, facts: Facts<'_>) -> Option<Descriptor> {
        let mut out = Vec::new();
        for action in &self.actions {
            match action.entry(facts) {
                Entry::Some(key, value) => out.push((key, value)),
                Entry::Nothing => {}
                Entry::Stop => return None,
            }
        }
        (!out.is_empty()).then_some(out)
    }
}

fn action(value: &Value, scope: &Scope<'_>) -> Option<Action> {
    let (name, fields) = value.as_map()?.first()?;
    let text = |field: &str| fields.text(field).to_owned();
    let key = |default: &str| fields.opt_text("descriptor_key").unwrap_or(default).to_owned();
    let optional = fields.flag("skip_if_absent");
    Some(match name.as_ref() {
        "source_cluster" => Action::SourceCluster,
        "destination_cluster" => Action::DestinationCluster,
        "remote_address" => Action::RemoteAddress,
        "masked_remote_address" => {
            let length = |name, default| fields.int(name).map_or(default, |v| v as u32);
            Action::MaskedAddress(length("v4_prefix_mask_len", 32), length("v6_prefix_mask_len", 128))
        }
        "request_headers" => Action::Header {
            name: text("header_name").to_ascii_lowercase().into_bytes(),
            key: key(""),
            optional,
        },
        "query_parameters" => {
            Action::Query { name: text("query_parameter_name").into_bytes(), key: key(""), optional }
        }
        "generic_key" => Action::Generic { key: key("generic_key"), value: text("descriptor_value") },
        "header_value_match" | "query_parameter_value_match" => matching(name, fields, scope),
        "metadata" if matches!(fields.text("source"), "" | "DYNAMIC") => metadata(fields, optional),
        _ => return None,
    })
}

/// An action that adds its value when a request matches.
fn matching(name: &str, fields: &Value, scope: &Scope<'_>) -> Action {
    let value = fields.text("descriptor_value").to_owned();
    let key = |default: &str| fields.opt_text("descriptor_key").unwrap_or(default).to_owned();
    let expect = fields.opt_flag("expect_match").unwrap_or(true);
    if name == "header_value_match" {
        let headers = HeaderMatcher::list(fields, "headers", &scope.field("header_value_match"));
        return Action::HeaderMatch { key: key("header_match"), value, expect, headers };
    }
    let items = fields.items("query_parameters").iter();
    let parameters = items.map(|q| QueryMatcher::new(q, scope)).collect();
    Action::QueryMatch { key: key("query_match"), value, expect, parameters }
}

fn metadata(fields: &Value, optional: bool) -> Action {
    let key = fields.get_field("metadata_key");
    let path = key.items("path").iter().map(|p| p.text("key").to_owned());
    Action::Metadata {
        key: fields.text("descriptor_key").to_owned(),
        path: std::iter::once(key.text("key").to_owned()).chain(path).collect(),
        default: fields.text("default_value").to_owned(),
        optional,
    }
}

fn found(key: &str, value: Option<&[u8]>, optional: bool) -> Entry {
    match value {
        Some(value) => Entry::Some(key.to_owned(), String::from_utf8_lossy(value).into_owned()),
        None if optional => Entry::Nothing,
        None => Entry::Stop,
    }
}

impl Action {
    fn entry(&self, facts: Facts<'_>) -> Entry {
        let fixed = |key: &str, value: String| Entry::Some(key.to_owned(), value);
        let when = |hit: bool, key: &str, value: &str| {
            if hit { fixed(key, value.to_owned()) } else { Entry::Stop }
        };
        match self {
            Self::SourceCluster => fixed("source_cluster", facts.own_cluster.to_owned()),
            Self::DestinationCluster => fixed("destination_cluster", facts.cluster.to_owned()),
            // A client that is not on the network has no address to count by.
            Self::RemoteAddress => {
                facts.remote.map_or(Entry::Stop, |ip| fixed("remote_address", ip.to_string()))
            }
            Self::MaskedAddress(v4, v6) => {
                facts.remote.map_or(Entry::Stop, |ip| fixed("masked_remote_address", masked(ip, *v4, *v6)))
            }
            Self::Header { name, key, optional } => found(key, facts.head.field(name), *optional),
            Self::Query { name, key, optional } => {
                found(key, query_value(facts.head.query(), name), *optional)
            }
            Self::Generic { key, value } => fixed(key, value.clone()),
            Self::HeaderMatch { key, value, expect, headers } => {
                when(headers.iter().all(|m| m.matches(facts.head)) == *expect, key, value)
            }
            Self::QueryMatch { key, value, expect, parameters } => {
                when(parameters.iter().all(|m| m.matches(facts.head.query())) == *expect, key, value)
            }
            Self::Metadata { key, path, default, optional } => {
                let mut steps = path.iter();
                let first = steps.next().and_then(|name| facts.dynamic.get(name));
                let value = steps.fold(first, |at, name| at?.get(name)).and_then(serde_json::Value::as_str);
                let value = value.filter(|v| !v.is_empty()).unwrap_or(default);
                found(key, Some(value.as_bytes()).filter(|v| !v.is_empty()), *optional)
            }
        }
    }
}

fn masked(address: IpAddr, v4: u32, v6: u32) -> String {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - v4.min(32)).unwrap_or(0);
            format!("{}/{v4}", std::net::Ipv4Addr::from(u32::from(address) & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - v6.min(128)).unwrap_or(0);
            format!("{}/{v6}", std::net::Ipv6Addr::from(u128::from(address) & mask))
        }
    }
}
