//! # Star in a match that takes it as it stands
//!
//! `exact` and `prefix` know no wildcards: `exact: "*"` matches the value `*` alone, and `prefix: "/api/*"` paths that begin with `/api/*`. For any value write
//! `regex: ".*"` (or `{}` for a header), for a start `prefix: /api/`.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart.example]
//!   http:
//!   - match:
//!     - headers: {x-canary: {exact: "*"}}
//! #                         ^^^^^^^^^^^^ MP1027 any value
//!     - uri: {prefix: /api/*}
//! #          ^^^^^^^^^^^^^^^^ MP1027 `/api/*`
//!     - authority: {exact: "*.example"}
//! #                ^^^^^^^^^^^^^^^^^^^^ MP1027 star
//!     directResponse: {status: 200}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: ["*.example"]
//!   http:
//!   - match:
//!     - headers: {x-canary: {regex: ".*"}, x-other: {}, accept: {exact: "*/*"}, if-match: {exact: "*"}}
//!     - uri: {prefix: /api/}
//!     - queryParams: {q: {exact: "a*b"}}
//!     directResponse: {status: 200}
//! ```

use mp_ir::base::{At, Level};
use mp_ir::mesh::{HttpMatch, StringMatch, VirtualService};

use crate::{Check, Cx, Findings};

/// Headers in which a star is a value.
const STAR_IS_A_VALUE: &[&str] =
    &["accept", "accept-encoding", "accept-language", "if-match", "if-none-match"];

pub(crate) static CHECK: Check = Check {
    code: "MP1027",
    name: "star-as-any-value",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("star_as_any_value.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for service in &cx.mesh.virtual_services {
        for (at, route) in service.http.iter().enumerate() {
            for (n, own) in route.matches.iter().enumerate() {
                look(out, service, &format!("spec.http[{at}].match[{n}]"), own);
            }
        }
    }
}

fn look(out: &mut Findings, service: &VirtualService, path: &str, own: &HttpMatch) {
    let single =
        [("uri", &own.uri), ("scheme", &own.scheme), ("method", &own.method), ("authority", &own.authority)];
    for (field, text) in single {
        text.iter().for_each(|text| report(out, service, format!("{path}.{field}"), text));
    }
    for (field, map) in [("headers", &own.headers), ("withoutHeaders", &own.without_headers)] {
        for (name, text) in
            map.iter().filter(|(name, _)| !STAR_IS_A_VALUE.contains(&name.to_ascii_lowercase().as_str()))
        {
            report(out, service, format!("{path}.{field}.{name}"), text);
        }
    }
    for (name, text) in &own.query_params {
        report(out, service, format!("{path}.queryParams.{name}"), text);
    }
}

fn report(out: &mut Findings, service: &VirtualService, field: String, text: &At<StringMatch>) {
    let (StringMatch::Exact(value) | StringMatch::Prefix(value)) = &text.value else { return };
    let help = match (value.strip_suffix('*'), value.strip_prefix('*')) {
        (Some(""), _) => "for any value write `regex: \".*\"`".to_owned(),
        (Some(start), _) if !start.contains('*') => {
            format!("for everything that begins so write `prefix: \"{start}\"`")
        }
        (_, Some(end)) if !end.contains('*') => {
            let escaped = end.replace('.', "\\.");
            format!("for everything that ends so write `regex: '.*{escaped}'`")
        }
        _ => return,
    };
    out.report(
        text.origin,
        &service.meta.object,
        field,
        format!("the star in `{value}` is taken as it stands"),
    )
    .label(if value == "*" {
        "matches the value `*` alone, not any value"
    } else {
        "no wildcard: matches a star alone"
    })
    .help(help);
}
