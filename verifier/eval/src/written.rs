//! What the connection manager writes into a request before policies read it (`ConnectionManagerUtility::mutateRequestHeaders`,
//! `mutateXfccRequestHeader`), as far as the caller and the point tell.

use std::net::IpAddr;

use mp_ir::plan::{EnforcementPoint, PointKind};

use crate::header_lines::{EDGE, EXTERNAL, append_xff, end_hop, get, joined, remove, set};
use crate::http::HttpView;
use crate::request::Request;
use crate::token;

const CERTIFICATE: &str = "x-forwarded-client-cert";

/// Edits the headers of a request; `view.headers` are those that the caller sent.
pub(crate) fn write(point: &EnforcementPoint, request: &Request, view: &mut HttpView) {
    let gateway = point.kind == PointKind::Gateway;
    let scheme = if request.peer.is_some() { "https" } else { "http" };
    let headers = &mut view.headers;
    if request.jwt.is_some() {
        let (name, prefix) = request.token_place();
        headers.push((name.to_ascii_lowercase(), format!("{prefix}{}", token::TEXT).trim().to_owned()));
    }
    end_hop(headers, |word| word == "websocket");
    if gateway {
        append_xff(headers, &request.src);
    }
    if get(headers, "x-forwarded-proto").is_none() || gateway && point.trusted_hops == 0 {
        set(headers, "x-forwarded-proto", scheme);
    }
    let told = get(headers, "x-forwarded-proto").unwrap_or_default().to_ascii_lowercase();
    view.scheme = if matches!(told.as_str(), "http" | "https") { told } else { scheme.to_owned() };
    headers
        .retain(|(name, _)| !(EXTERNAL.contains(&name.as_str()) || gateway && EDGE.contains(&name.as_str())));
    if gateway || get(headers, "x-request-id").is_none_or(str::is_empty) {
        set(headers, "x-request-id", "<uuid>");
    }
    certificate(gateway, request, headers);
}

/// The client's address as `x-forwarded-for` says, as far as it is believed; `None` takes the TCP peer's.
pub(crate) fn client_address(point: &EnforcementPoint, view: &HttpView) -> Option<IpAddr> {
    if point.use_remote_address && point.trusted_hops == 0 {
        return None;
    }
    // Where the proxy uses the peer's address, it has appended it, so that one entry more is passed over than it trusts.
    let told = view.line("x-forwarded-for")?;
    let entry = told.rsplit(',').nth(usize::try_from(point.trusted_hops).ok()?)?;
    entry.trim().parse().ok()
}

/// Tells the client's address, as a proxy at the edge does.
pub(crate) fn external_address(view: &mut HttpView, address: IpAddr) {
    set(&mut view.headers, "x-envoy-external-address", address.to_string());
}

/// The caller's certificate, behind those that a sidecar is told of; without one nothing that the caller says of it is kept.
fn certificate(gateway: bool, request: &Request, headers: &mut Vec<(String, String)>) {
    let Some(peer) = &request.peer else {
        remove(headers, CERTIFICATE);
        return;
    };
    let new = format!("By=<own>;Hash=<sha256>;Subject=\"\";URI={peer}");
    let old = joined(headers, CERTIFICATE).filter(|old| !gateway && !old.is_empty());
    set(headers, CERTIFICATE, old.map_or_else(|| new.clone(), |old| format!("{old},{new}")));
}
