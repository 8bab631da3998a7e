//! `typed_per_filter_config`: what a route, virtual host or weighted cluster changes about filters.
use crate::json::Value;

use super::authz::CheckSettings;
use super::compressor::CompressorRoute;
use super::fault::Fault;
use super::filter::CorsPolicy;
use super::gate::Csrf;
use super::global_limit::GlobalLimitRoute;
use super::local_limit::LocalLimit;
use super::lua::LuaRoute;
use super::mutation::Mutations;
use super::policies::PolicyRules;
use super::session::Session;
use super::value::{Get, Scope};

/// Settings by filter name.
#[derive(Debug, Default)]
pub(crate) struct PerRoute {
    items: Vec<(String, PerFilter)>,
}

/// The setting of one filter.
#[derive(Debug)]
pub(crate) enum PerFilter {
    /// The filter is off.
    Disabled,
    /// Another fault.
    Fault(Box<Fault>),
    /// A CORS policy.
    Cors(CorsPolicy),
    /// Another limit.
    LocalLimit(Box<LocalLimit>),
    /// Other rules; none allows everything.
    Rbac(Box<PolicyRules>),
    /// Other settings of checks.
    ExtAuthz(CheckSettings),
    /// Other settings of a rate limit service.
    GlobalLimit(GlobalLimitRoute),
    /// Further changes of headers.
    Mutation(Mutations),
    /// Another limit of bodies.
    Buffer(usize),
    /// Another policy.
    Csrf(Csrf),
    /// Another session.
    Session(Box<Session>),
    /// Another script or context.
    Lua(Box<LuaRoute>),
    /// Other settings of compression.
    Compressor(Box<CompressorRoute>),
    /// Another requirement by name.
    Jwt(String),
}

impl PerFilter {
    /// What it says about a Lua filter.
    pub(crate) fn lua(&self) -> Option<&LuaRoute> {
        match self {
            Self::Lua(route) => Some(route),
            _ => None,
        }
    }
}

impl PerRoute {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let scope = scope.field("typed_per_filter_config");
        let items = value.entries("typed_per_filter_config");
        let items =
            items.filter_map(|(name, item)| Some((name.to_owned(), setting(item, &scope.field(name))?)));
        Self { items: items.collect() }
    }

    /// The setting of a filter.
    pub(crate) fn get(&self, filter: &str) -> Option<&PerFilter> {
        self.items.iter().find(|(name, _)| name == filter).map(|(_, setting)| setting)
    }
}

fn setting(value: &Value, scope: &Scope<'_>) -> Option<PerFilter> {
    match value.type_name().rsplit('.').next().unwrap_or_default() {
        "FilterConfig" if value.flag("disabled") => Some(PerFilter::Disabled),
        "FilterConfig" => setting(value.get_field("config")?, &scope.field("config")),
        "HTTPFault" => Some(PerFilter::Fault(Box::new(Fault::new(value, scope)))),
        "CorsPolicy" => Some(PerFilter::Cors(CorsPolicy::new(value, scope))),
        "LocalRateLimit" => Some(PerFilter::LocalLimit(Box::new(LocalLimit::new(value, scope)))),
        "RBACPerRoute" => {
            let rules = PolicyRules::new(value.get_field("rbac"), &scope.field("rbac"));
            Some(PerFilter::Rbac(Box::new(rules)))
        }
        "PerRouteConfig" if value.flag("disabled") => Some(PerFilter::Disabled),
        "PerRouteConfig" => Some(PerFilter::Jwt(value.text("requirement_name").to_owned())),
        "RateLimitPerRoute" => Some(PerFilter::GlobalLimit(GlobalLimitRoute::new(value))),
        "HeaderMutationPerRoute" => {
            let mutations = value.get_field("mutations");
            Some(PerFilter::Mutation(Mutations::new(mutations, &scope.field("mutations"))))
        }
        "StatefulSessionPerRoute" if value.flag("disabled") => Some(PerFilter::Disabled),
        "StatefulSessionPerRoute" => {
            let session = value.get_field("stateful_session")?;
            Some(PerFilter::Session(Box::new(Session::new(session, &scope.field("stateful_session")))))
        }
        "LuaPerRoute" if value.flag("disabled") => Some(PerFilter::Disabled),
        "LuaPerRoute" => Some(PerFilter::Lua(Box::new(LuaRoute::new(value, scope)))),
        "BufferPerRoute" if value.flag("disabled") => Some(PerFilter::Disabled),
        "BufferPerRoute" => {
            let limit = value.get_field("buffer").int("max_request_bytes").unwrap_or(0);
            Some(PerFilter::Buffer(limit as usize))
        }
        "CsrfPolicy" => Some(PerFilter::Csrf(Csrf::new(value, scope))),
        "CompressorPerRoute" => Some(PerFilter::Compressor(Box::new(CompressorRoute::new(value, scope)))),
        "ExtAuthzPerRoute" if value.flag("disabled") => Some(PerFilter::Disabled),
        "ExtAuthzPerRoute" => {
            value.get_field("check_settings").map(|s| PerFilter::ExtAuthz(CheckSettings::new(s)))
        }
        _ => None,
    }
}
