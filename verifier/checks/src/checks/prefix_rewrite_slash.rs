//! # Rewrite of a prefix that breaks slashes
//!
//! `rewrite.uri` takes the place of the matched prefix and of nothing else. When one of the two ends with a slash and the other does not, a slash too many
//! (`/foo/bar` becomes `//bar`) or too few (`/foo/bar` becomes `/newbar`) is left.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart.example]
//!   http:
//!   - match: [{uri: {prefix: /foo}}]
//!     rewrite: {uri: /}
//! #                  ^ MP1020 //bar
//!     route: [{destination: {host: cart}}]
//!   - match: [{uri: {prefix: /old/}}]
//!     rewrite: {uri: /new}
//! #                  ^^^^ MP1020 /newbar
//!     route: [{destination: {host: cart}}]
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart.example]
//!   http:
//!   - match: [{uri: {prefix: /foo/}}]
//!     rewrite: {uri: /}
//!     route: [{destination: {host: cart}}]
//!   - match: [{uri: {prefix: /old}}]
//!     rewrite: {uri: /new}
//!     route: [{destination: {host: cart}}]
//!   - match: [{uri: {exact: /login}}]
//!     rewrite: {uri: /auth/}
//!     route: [{destination: {host: cart}}]
//!   - match: [{uri: {prefix: /bar/}}, {uri: {exact: /bar}}]
//!     rewrite: {uri: /}
//!     route: [{destination: {host: cart}}]
//!   - match: [{uri: {prefix: /baz}}, {uri: {prefix: /baz/}}]
//!     rewrite: {uri: /}
//!     route: [{destination: {host: cart}}]
//!   - rewrite: {uri: /v2/}
//!     route: [{destination: {host: cart}}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{HttpRoute, StringMatch};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1020",
    name: "prefix-rewrite-slash",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("prefix_rewrite_slash.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for service in &cx.mesh.virtual_services {
        for (at, route) in service.http.iter().enumerate() {
            let Some(uri) = route.rewrite.as_ref().map(|r| r.uri.as_str()).filter(|uri| !uri.is_empty())
            else {
                continue;
            };
            let Some((prefix, place)) = broken(route, uri) else { continue };
            let trimmed = prefix.trim_end_matches('/');
            let from = format!("{trimmed}/bar");
            let to = format!("{uri}{}", from.strip_prefix(prefix).unwrap_or_default());
            let field = format!("spec.http[{at}].rewrite.uri");
            let help = if prefix.ends_with('/') {
                format!("end the rewrite with a slash as well: `{uri}/`")
            } else {
                format!(
                    "match `{prefix}/` (and `{prefix}` with a match of its own), or leave out the slash at the end"
                )
            };
            // What the Gateway API is turned into joins paths by rules of its own.
            let Some(here) = cx.place(&service.meta.object, &field) else { continue };
            out.at(here, Some(&service.meta.object), field, format!("`{from}` becomes `{to}`"))
                .label(format!("takes the place of `{prefix}` alone"))
                .also(place, "the prefix that is replaced")
                .help(help);
        }
    }
}

/// A prefix that the rewrite does not fit; none where another match of the route takes the paths with a slash.
fn broken<'r>(route: &'r HttpRoute, uri: &str) -> Option<(&'r str, mp_ir::base::Origin)> {
    let prefixes = || {
        route.matches.iter().filter_map(|m| m.uri.as_ref()).filter_map(|uri| match &uri.value {
            StringMatch::Prefix(prefix) => Some((prefix.as_str(), uri.origin)),
            _ => None,
        })
    };
    let bad = |prefix: &str| prefix != "/" && prefix.ends_with('/') != uri.ends_with('/');
    let (prefix, place) = prefixes().find(|(prefix, _)| bad(prefix))?;
    let beside = format!("{prefix}/");
    (!prefixes().any(|(other, _)| other == beside)).then_some((prefix, place))
}
