//! Filters of a chain and of a connection manager, found again by what they hold: patches may have moved them.

use mp_ir::base::Origin;
use mp_ir::plan::{
    ExtAuthz, FilterChain, HttpConnectionManager, HttpFilter, JwtAuthn, NetworkFilter, Plan, Policy,
    RbacFilter,
};
use serde_json::Value;

use super::place::Place;
use super::{Step, name};

const MANAGER: &str = "envoy.filters.network.http_connection_manager";

const TCP_PROXY: &str = "envoy.filters.network.tcp_proxy";

/// The step into a network filter.
pub(super) fn network<'p>(plan: &'p Plan, chain: &'p FilterChain, item: &Value) -> Step<'p> {
    let piece = format!("network filter `{}`", name(item));
    for filter in &chain.filters {
        match filter {
            NetworkFilter::Http(manager) if name(item) == MANAGER => {
                return Step::piece(Place::Manager(manager), piece, vec![manager.origin]);
            }
            NetworkFilter::TcpProxy(tcp) if name(item) == TCP_PROXY => {
                return Step::piece(Place::Tcp(tcp), piece, Vec::new());
            }
            NetworkFilter::Rbac(rbac) if holds(rbac, item) => return of_rbac(rbac, piece),
            NetworkFilter::ExtAuthz(ext) if asks(ext, item) => {
                let rbac = chain.filters.iter().filter_map(|filter| match filter {
                    NetworkFilter::Rbac(rbac) => Some(rbac),
                    _ => None,
                });
                return Step::piece(Place::Inside, piece, askers(rbac, ext));
            }
            NetworkFilter::Wasm(resource) if resource == name(item) => {
                return Step::piece(Place::Inside, piece, module(plan, resource));
            }
            _ => {}
        }
    }
    Step::piece(Place::Inside, piece, Vec::new())
}

/// The step into an HTTP filter.
pub(super) fn http<'p>(plan: &'p Plan, manager: &'p HttpConnectionManager, item: &Value) -> Step<'p> {
    let piece = format!("HTTP filter `{}`", name(item));
    for filter in &manager.filters {
        match filter {
            HttpFilter::Rbac(rbac) if holds(rbac, item) => return of_rbac(rbac, piece),
            HttpFilter::Jwt(tokens) if item.pointer("/typedConfig/providers").is_some() => {
                return Step::piece(Place::Tokens(tokens), piece, issuers(tokens));
            }
            HttpFilter::ExtAuthz(ext) if asks(ext, item) => {
                let rbac = manager.filters.iter().filter_map(|filter| match filter {
                    HttpFilter::Rbac(rbac) => Some(rbac),
                    _ => None,
                });
                return Step::piece(Place::Inside, piece, askers(rbac, ext));
            }
            HttpFilter::Wasm(resource) if resource == name(item) => {
                return Step::piece(Place::Inside, piece, module(plan, resource));
            }
            HttpFilter::Lua { name: resource, origin, .. } if resource == name(item) => {
                return Step::piece(Place::Inside, piece, vec![*origin]);
            }
            _ => {}
        }
    }
    Step::piece(Place::Inside, piece, Vec::new())
}

fn of_rbac(rbac: &RbacFilter, piece: String) -> Step<'_> {
    Step::piece(Place::Rbac(rbac), piece, policies(rbac).map(|policy| policy.origin).collect())
}

/// All policies of a filter, the enforced ones first.
fn policies(rbac: &RbacFilter) -> impl Iterator<Item = &Policy> {
    rbac.rules.iter().chain(&rbac.shadow).flat_map(|rules| &rules.policies)
}

/// Whether a filter of the configuration is the one of the plan: several have one name, but their policies differ.
fn holds(rbac: &RbacFilter, item: &Value) -> bool {
    let lists = ["/typedConfig/rules/policies", "/typedConfig/shadowRules/policies"];
    lists
        .iter()
        .filter_map(|list| item.pointer(list)?.as_object())
        .any(|known| policies(rbac).any(|policy| known.contains_key(&policy.name)))
}

/// Whether a filter of the configuration asks this authoriser.
fn asks(ext: &ExtAuthz, item: &Value) -> bool {
    let prefix = item.pointer("/typedConfig/filterEnabledMetadata/value/stringMatch/prefix");
    prefix.and_then(Value::as_str) == Some(ext.policy_prefix.as_str())
}

/// The policies for whose sake an authoriser is asked.
fn askers<'p>(rbac: impl Iterator<Item = &'p RbacFilter>, ext: &ExtAuthz) -> Vec<Origin> {
    let all = rbac.flat_map(policies).filter(|policy| policy.name.starts_with(&ext.policy_prefix));
    all.map(|policy| policy.origin).collect()
}

fn issuers(tokens: &JwtAuthn) -> Vec<Origin> {
    tokens.providers.iter().map(|provider| provider.origin).collect()
}

fn module(plan: &Plan, resource: &str) -> Vec<Origin> {
    plan.modules
        .iter()
        .filter(|module| module.resource == resource)
        .map(|module| module.meta.origin)
        .collect()
}
