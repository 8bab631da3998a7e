//! # HTTP method in lower case
//!
//! Methods are compared letter by letter, and clients send them in capitals: `get` matches no request. An ALLOW rule with it admits nobody, a DENY rule refuses nobody, a
//! route is never taken.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: read, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {methods: [get, "POST"]}}]
//! #                               ^^^ MP3012 get
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - match: [{method: {exact: delete}}]
//! #                            ^^^^^^ MP3012 delete
//!     route: [{destination: {host: cart}}]
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: read, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {methods: [GET, PURGE, purge, P*]}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - match: [{method: {exact: GET}}, {method: {regex: "get|GET"}}]
//!     route: [{destination: {host: cart}}]
//! ```

use mp_ir::base::{Level, ObjectRef, Span};
use mp_ir::mesh::StringMatch;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3012",
    name: "method-in-lower-case",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("method_in_lower_case.rs"),
    run,
};

/// The methods of RFC 9110 and RFC 5789: others may be written in any letters.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for policy in &cx.mesh.authorization_policies {
        for (at, rule) in policy.rules.iter().enumerate() {
            for method in rule.to.iter().flat_map(|to| to.methods.iter().chain(&to.not_methods)) {
                let Some(span) = method.origin else { continue };
                look(cx, out, (&policy.meta.object, format!("spec.rules[{at}].to")), (&method.value, span));
            }
        }
    }
    for service in &cx.mesh.virtual_services {
        for (at, route) in service.http.iter().enumerate() {
            for method in route.matches.iter().filter_map(|m| m.method.as_ref()) {
                let StringMatch::Exact(word) = &method.value else { continue };
                let Some(span) = method.origin.map(|span| inner(cx, span, word)) else { continue };
                look(cx, out, (&service.meta.object, format!("spec.http[{at}].match")), (word, span));
            }
        }
    }
}

/// The word itself where the place is the whole of `{exact: word}`.
fn inner(cx: &Cx<'_>, span: Span, word: &str) -> Span {
    let text = cx.workspace.sources().slice(span);
    let Some(at) = text.rfind(word).filter(|_| text.len() > word.len() + 2) else { return span };
    let offset = |at: usize| u32::try_from(at).unwrap_or(0);
    Span { start: span.start + offset(at), end: span.start + offset(at + word.len()), ..span }
}

fn look(cx: &Cx<'_>, out: &mut Findings, (object, field): (&ObjectRef, String), (word, span): (&str, Span)) {
    let upper = word.to_ascii_uppercase();
    if upper == word || !METHODS.contains(&upper.as_str()) {
        return;
    }
    out.at(span, Some(object), field, format!("`{word}` is no method that clients send"))
        .label("compared letter by letter: it matches no request")
        .help(format!("write `{upper}`"))
        .fix(cx.workspace.replacement(span, word, &upper, format!("write `{upper}`")));
}
