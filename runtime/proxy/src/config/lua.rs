//! The Lua filter, compiled: `envoy.extensions.filters.http.lua.v3.Lua` and `LuaPerRoute`.
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::json::Value;

use super::source;
use super::value::{Get, Scope};
use crate::lua::Code;

/// What scripts read as their context.
type Context = Arc<serde_json::Map<String, serde_json::Value>>;

/// The filter.
#[derive(Debug)]
pub(crate) struct LuaFilter {
    /// The script of requests whose route says nothing.
    code: Option<Arc<Code>>,
    /// Scripts that routes name.
    named: BTreeMap<String, Arc<Code>>,
    context: Context,
    /// Whether a change of the request's headers lets the route be looked for again.
    pub(crate) clears: bool,
    /// Before the names of its statistics, below the connection manager's.
    pub(crate) prefix: String,
}

/// What a route says about the filter.
#[derive(Debug)]
pub(crate) struct LuaRoute {
    name: String,
    code: Option<Arc<Code>>,
    context: Option<Context>,
}

impl LuaFilter {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let inline = value.opt_text("inline_code");
        let default = value.get_field("default_source_code");
        if inline.is_some() && default.is_some() {
            scope.refuse("only one of inline_code and default_source_code can be set");
        }
        let code = match inline {
            Some(text) => load(text.as_bytes().to_vec(), &scope.field("inline_code")),
            None => read(default, &scope.field("default_source_code")),
        };
        let codes = scope.field("source_codes");
        let named = value.entries("source_codes");
        let prefix = value.text("stat_prefix");
        let dot = if prefix.is_empty() || prefix.ends_with('.') { "" } else { "." };
        Self {
            code,
            named: named
                .filter_map(|(name, one)| Some((name.to_owned(), read(Some(one), &codes.field(name))?)))
                .collect(),
            context: context(value.get_field("filter_context")),
            clears: value.opt_flag("clear_route_cache").unwrap_or(true),
            prefix: format!("lua.{prefix}{dot}"),
        }
    }

    /// The script for a route, and what it reads as its context.
    pub(crate) fn script<'a>(&'a self, route: Option<&'a LuaRoute>) -> Option<(&'a Arc<Code>, &'a Context)> {
        let Some(route) = route else { return Some((self.code.as_ref()?, &self.context)) };
        let code = match (&route.code, route.name.is_empty()) {
            (_, false) => self.named.get(&route.name),
            (Some(code), true) => Some(code),
            (None, true) => self.code.as_ref(),
        };
        Some((code?, route.context.as_ref().unwrap_or(&self.context)))
    }
}

impl LuaRoute {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let name = value.text("name").to_owned();
        let source = value.get_field("source_code").filter(|_| name.is_empty());
        Self {
            code: read(source, &scope.field("source_code")),
            context: value.get_field("filter_context").map(|fields| context(Some(fields))),
            name,
        }
    }
}

fn context(value: Option<&Value>) -> Context {
    match value.map(Value::to_json) {
        Some(serde_json::Value::Object(fields)) => Arc::new(fields),
        _ => Context::default(),
    }
}

fn read(value: Option<&Value>, scope: &Scope<'_>) -> Option<Arc<Code>> {
    load(source::read(value, scope)?, scope)
}

/// Loads a script, as Envoy does before it takes a configuration.
fn load(text: Vec<u8>, scope: &Scope<'_>) -> Option<Arc<Code>> {
    Code::new(text).map_err(|error| scope.refuse(error)).ok()
}
