//! Hash policies of consistent load balancers.
use std::time::Duration;

use crate::json::Value;

use super::action::Substitution;
use super::value::{Get, Scope};

/// One hash policy.
#[derive(Debug)]
pub(crate) struct HashPolicy {
    /// What is hashed.
    pub(crate) source: HashSource,
    /// Whether later policies are skipped once there is a hash.
    pub(crate) terminal: bool,
}

/// What a policy hashes.
#[derive(Debug)]
pub(crate) enum HashSource {
    /// A request header.
    Header(Vec<u8>, Option<Substitution>),
    /// A cookie, generated when it has a lifetime and is missing.
    Cookie {
        /// Its name.
        name: String,
        /// Its lifetime; `None` when it is not generated.
        ttl: Option<Duration>,
        /// Its path.
        path: String,
        /// Further attributes.
        attributes: Vec<(String, String)>,
    },
    /// The client's address.
    SourceIp,
    /// A query parameter.
    Query(Vec<u8>),
}

impl HashPolicy {
    pub(super) fn list(value: &Value, scope: &Scope<'_>) -> Vec<Self> {
        let items = value.items("hash_policy").iter().enumerate();
        items
            .filter_map(|(i, item)| {
                let scope = scope.item("hash_policy", i);
                let source = source(item, &scope);
                if source.is_none() {
                    scope.refuse("a hash policy without a source");
                }
                Some(Self { source: source?, terminal: item.flag("terminal") })
            })
            .collect()
    }
}

fn source(item: &Value, scope: &Scope<'_>) -> Option<HashSource> {
    if let Some(header) = item.get_field("header") {
        let rewrite = header.get_field("regex_rewrite");
        let rewrite = rewrite.and_then(|r| Substitution::new(r, &scope.field("header.regex_rewrite")));
        return Some(HashSource::Header(
            header.text("header_name").to_ascii_lowercase().into_bytes(),
            rewrite,
        ));
    }
    if let Some(cookie) = item.get_field("cookie") {
        let attributes = cookie.items("attributes").iter();
        return Some(HashSource::Cookie {
            name: cookie.text("name").to_owned(),
            ttl: cookie.duration("ttl"),
            path: cookie.text("path").to_owned(),
            attributes: attributes.map(|a| (a.text("name").to_owned(), a.text("value").to_owned())).collect(),
        });
    }
    if let Some(query) = item.get_field("query_parameter") {
        return Some(HashSource::Query(query.text("name").as_bytes().to_vec()));
    }
    item.get_field("connection_properties").is_some().then_some(HashSource::SourceIp)
}
