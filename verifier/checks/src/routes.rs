//! Routes of the Gateway API of all kinds, and what they name.

use mp_model::views::gateway::{BackendRef, ParentReference};
use mp_model::{FromNode as _, Kind, Node, Object};

use crate::Cx;

/// All routes, by kind and in input order.
pub(crate) fn routes<'a>(cx: &Cx<'a>) -> impl Iterator<Item = &'a Object> {
    let kinds = [Kind::HttpRoute, Kind::GrpcRoute, Kind::TlsRoute, Kind::TcpRoute, Kind::UdpRoute];
    let workspace = cx.workspace;
    kinds.into_iter().flat_map(move |kind| workspace.of_kind(kind))
}

/// The `parentRefs` of a route.
pub(crate) fn parents<'a>(cx: &Cx<'a>, route: &Object) -> Vec<ParentReference<'a>> {
    let refs = spec(cx, route).and_then(|spec| spec.get("parentRefs"));
    refs.into_iter().flat_map(Node::items).filter_map(ParentReference::from_node).collect()
}

/// The `backendRefs` of all rules of a route, each with its path.
pub(crate) fn backends<'a>(cx: &Cx<'a>, route: &Object) -> Vec<(String, BackendRef<'a>)> {
    let rules = spec(cx, route).and_then(|spec| spec.get("rules"));
    let rules = rules.into_iter().flat_map(Node::items).enumerate();
    let of_rule = |(at, rule): (usize, Node<'a>)| {
        let refs = rule.get("backendRefs").into_iter().flat_map(Node::items).enumerate();
        refs.filter_map(move |(place, node)| {
            Some((format!("spec.rules[{at}].backendRefs[{place}]"), BackendRef::from_node(node)?))
        })
    };
    rules.flat_map(of_rule).collect()
}

fn spec<'a>(cx: &Cx<'a>, route: &Object) -> Option<Node<'a>> {
    cx.workspace.root(route)?.get("spec")
}
