//! Small filters that let requests through or answer them, compiled.
use crate::json::Value;

use super::action::{Fraction, matchers};
use super::matcher::{HeaderMatcher, StringMatcher};
use super::value::{Get, Scope};

/// `envoy.extensions.filters.http.csrf.v3.CsrfPolicy`.
#[derive(Debug)]
pub(crate) struct Csrf {
    /// The share of requests it refuses.
    pub(crate) enabled: Fraction,
    /// Origins besides the own host.
    pub(crate) origins: Vec<StringMatcher>,
}

impl Csrf {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let origins = value.items("additional_origins").iter();
        Self {
            enabled: value.get_field("filter_enabled").map_or(Fraction::new(&Value::Null), Fraction::runtime),
            origins: origins.map(|o| StringMatcher::new(o, scope)).collect(),
        }
    }
}

/// `envoy.extensions.filters.http.health_check.v3.HealthCheck` without pass-through.
#[derive(Debug)]
pub(crate) struct HealthFilter {
    /// Requests that are health checks.
    pub(crate) headers: Vec<HeaderMatcher>,
    /// Clusters with the share of healthy hosts that they need, in percent.
    pub(crate) clusters: Vec<(String, f64)>,
}

impl HealthFilter {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        if value.flag("pass_through_mode") {
            scope.field("pass_through_mode").refuse("health checks are answered here; set it to false");
        }
        let clusters = value.entries("cluster_min_healthy_percentages");
        Self {
            headers: matchers(value, "headers", scope),
            clusters: clusters
                .map(|(name, p)| {
                    (name.to_owned(), p.get_field("value").and_then(Value::as_f64).unwrap_or(0.0))
                })
                .collect(),
        }
    }
}
