//! Answers that the proxy gives itself (`ApplyRedirect`, `ApplyDirectResponse`).

use mp_ir::mesh;
use mp_ir::plan::{Body, DirectResponse, Redirect, RedirectPath, RouteAction};

/// A redirect; an unsupported code leaves the route without action.
pub(super) fn redirect(asked: &mesh::Redirect, listen_port: u32, is_tls: bool) -> RouteAction {
    let code = match asked.code {
        0 | 301 => 301,
        302 | 303 | 307 | 308 => asked.code,
        _ => return RouteAction::Missing,
    };
    let path = if asked.prefix_rewrite.is_empty() {
        RedirectPath::Full(asked.uri.clone())
    } else {
        RedirectPath::Prefix(asked.prefix_rewrite.clone())
    };
    RouteAction::Redirect(Redirect {
        host: asked.authority.clone(),
        path,
        scheme: (!asked.scheme.is_empty()).then(|| asked.scheme.clone()),
        port: port(asked, listen_port, is_tls),
        code,
    })
}

/// The port that is written: none when it is the one that the scheme implies.
fn port(asked: &mesh::Redirect, listen_port: u32, is_tls: bool) -> u32 {
    let port = match (asked.port, asked.derive_port.as_deref()) {
        (Some(port), _) => port,
        (None, Some("FROM_REQUEST_PORT")) => listen_port,
        (None, _) => return 0,
    };
    let scheme = match asked.scheme.as_str() {
        "" if is_tls => "https",
        "" => "http",
        scheme => scheme,
    };
    if matches!((port, scheme), (80, "http") | (443, "https")) { 0 } else { port }
}

/// A direct response.
pub(super) fn direct(asked: &mesh::DirectResponse) -> RouteAction {
    let text = asked.body.clone().map(Body::Text);
    let bytes = asked.body_bytes.clone().map(Body::Base64);
    RouteAction::Direct(DirectResponse { status: asked.status, body: text.or(bytes) })
}
