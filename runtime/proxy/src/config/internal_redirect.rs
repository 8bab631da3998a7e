//! `envoy.config.route.v3.InternalRedirectPolicy`, compiled.
use crate::json::Value;

use super::value::Get;

/// Redirects of endpoints that the proxy follows itself.
#[derive(Debug)]
pub(crate) struct InternalRedirect {
    /// Statuses that are followed.
    pub(crate) statuses: Vec<u16>,
    /// How many redirects of one request are followed.
    pub(crate) most: u32,
    /// Whether a redirect may go from `http` to `https` or back.
    pub(crate) across_schemes: bool,
    /// Headers of the response that go into the next request.
    pub(crate) copied: Vec<Vec<u8>>,
    /// What the route that a redirect leads to must fulfil.
    pub(crate) predicates: Vec<Predicate>,
}

/// A condition for a redirect (`source/extensions/internal_redirect`).
#[derive(Debug)]
pub(crate) enum Predicate {
    /// No redirect of this route has led to that route before.
    NewRoute,
    /// The route has one of these names.
    Listed(Vec<String>),
    /// It does not lead from `http` to `https`.
    SafeScheme,
}

impl Predicate {
    fn new(value: &Value) -> Option<Self> {
        let config = value.get_field("typed_config");
        match config?.type_name().rsplit('.').next().unwrap_or_default() {
            "PreviousRoutesConfig" => Some(Self::NewRoute),
            "AllowListedRoutesConfig" => Some(Self::Listed(config.texts("allowed_route_names"))),
            "SafeCrossSchemeConfig" => Some(Self::SafeScheme),
            _ => None,
        }
    }
}

impl InternalRedirect {
    pub(super) fn new(value: &Value) -> Self {
        let codes = value.items("redirect_response_codes").iter();
        let codes: Vec<_> = codes.filter_map(|c| c.as_u64().and_then(|c| u16::try_from(c).ok())).collect();
        let known = |code: &u16| matches!(code, 301 | 302 | 303 | 307 | 308);
        let statuses: Vec<_> = codes.iter().copied().filter(known).collect();
        Self {
            statuses: if codes.is_empty() { vec![302] } else { statuses },
            most: value.int("max_internal_redirects").map_or(1, |most| most as u32),
            across_schemes: value.flag("allow_cross_scheme_redirect"),
            predicates: value.items("predicates").iter().filter_map(Predicate::new).collect(),
            copied: value
                .texts("response_headers_to_copy")
                .into_iter()
                .map(|name| name.to_ascii_lowercase().into_bytes())
                .collect(),
        }
    }
}
