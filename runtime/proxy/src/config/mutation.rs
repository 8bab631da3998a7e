//! Header mutation, compiled.
use crate::json::Value;

use super::header_ops::HeaderOps;
use super::matcher::StringMatcher;
use super::value::{Get, Scope};
use crate::access::format::Source;
use crate::http::Head;

/// `envoy.extensions.filters.http.header_mutation.v3.Mutations`.
#[derive(Debug, Default)]
pub(crate) struct Mutations {
    /// Changes of requests.
    pub(crate) request: Vec<Mutation>,
    /// Changes of responses.
    pub(crate) response: Vec<Mutation>,
    /// Changes of query parameters: removals, and additions as header operations on a head of parameters.
    pub(crate) query: Vec<QueryMutation>,
}

/// One change of headers.
#[derive(Debug)]
pub(crate) enum Mutation {
    /// A header goes.
    Remove(Vec<u8>),
    /// Headers go whose names match.
    RemoveMatching(StringMatcher),
    /// A header is written.
    Write(HeaderOps),
}

/// One change of the query.
#[derive(Debug)]
pub(crate) enum QueryMutation {
    /// A parameter goes.
    Remove(Vec<u8>),
    /// A parameter is written; the name is a header's there.
    Write(HeaderOps),
}

impl Mutations {
    pub(super) fn new(value: Option<&Value>, scope: &Scope<'_>) -> Self {
        let list = |field: &str| -> Vec<Mutation> {
            let items = value.items(field).iter().enumerate();
            items.filter_map(|(i, item)| mutation(item, &scope.item(field, i))).collect()
        };
        let query = value.items("query_parameter_mutations").iter().enumerate();
        Self {
            request: list("request_mutations"),
            response: list("response_mutations"),
            query: query
                .map(|(i, item)| {
                    let scope = scope.item("query_parameter_mutations", i);
                    match item.opt_text("remove") {
                        Some(name) => QueryMutation::Remove(name.as_bytes().to_vec()),
                        None => QueryMutation::Write(HeaderOps::parameter(item.get_field("append"), &scope)),
                    }
                })
                .collect(),
        }
    }
}

fn mutation(value: &Value, scope: &Scope<'_>) -> Option<Mutation> {
    if let Some(name) = value.opt_text("remove") {
        return Some(Mutation::Remove(name.to_ascii_lowercase().into_bytes()));
    }
    if let Some(matcher) = value.get_field("remove_on_match").get_field("key_matcher") {
        return Some(Mutation::RemoveMatching(StringMatcher::new(matcher, scope)));
    }
    value.get_field("append").map(|option| Mutation::Write(HeaderOps::one(option, &scope.field("append"))))
}

impl Mutation {
    /// Changes a head.
    pub(crate) fn apply(&self, source: Source<'_>, head: &mut Head) {
        match self {
            Self::Remove(name) => {
                head.remove(name);
            }
            Self::RemoveMatching(matcher) => head.remove_where(|name, _| matcher.matches(name)),
            Self::Write(ops) => {
                let pass = ops.evaluate(source);
                // A header that is overwritten moves to the end here.
                ops.forget_overwritten(head);
                ops.apply(pass, head);
            }
        }
    }
}
