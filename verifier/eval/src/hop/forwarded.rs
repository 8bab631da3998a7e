//! What the connection manager does to headers before filters see them (`ConnectionManagerUtility::mutateRequestHeaders`).

use std::net::IpAddr;

use mp_ir::plan::Cidr;

use super::arrival::Arrival;
use super::exchange::{Exchange, get, joined, set};
pub(super) use crate::header_lines::append_xff;
use crate::header_lines::{EDGE, EXTERNAL, end_hop};

/// What stands for the id that a proxy makes for each request.
pub(super) const REQUEST_ID: &str = "<uuid>";

/// Edits the headers of a request.
pub(super) fn apply(exchange: &mut Exchange<'_>, arrival: &Arrival) {
    let hcm = exchange.hcm;
    let known = |word: &str| hcm.upgrades.iter().any(|known| known.eq_ignore_ascii_case(word));
    exchange.upgrade = end_hop(&mut exchange.call.headers, known);
    let had = get(&exchange.call.headers, "x-forwarded-for").is_some();
    let scheme = if exchange.terminated { "https" } else { "http" };
    let (client, alone) = if exchange.hcm.use_remote_address {
        let behind = exchange.hcm.xff_trusted_hops.checked_sub(1);
        let client = behind.and_then(|skip| last_address(exchange, skip)).map(|(address, _)| address);
        record_peer(exchange, arrival, scheme);
        (Some(client.unwrap_or(arrival.source)), !had)
    } else {
        let last = last_address(exchange, exchange.hcm.xff_trusted_hops);
        (last.map(|(address, _)| address), last.is_some_and(|(_, alone)| alone))
    };
    let headers = &mut exchange.call.headers;
    if get(headers, "x-forwarded-proto").is_none() {
        set(headers, "x-forwarded-proto", scheme);
    }
    let proto = get(headers, "x-forwarded-proto").unwrap_or(scheme).to_ascii_lowercase();
    // Over HTTP/2 the client itself names the scheme.
    let named = if arrival.hello.is_some() { "https" } else { "http" };
    exchange.call.scheme = match proto.as_str() {
        _ if exchange.http2 => named.to_owned(),
        "http" | "https" => proto,
        _ => scheme.to_owned(),
    };
    exchange.remote = client.unwrap_or(arrival.source);
    let internal = alone && client.is_some_and(|client| is_internal(exchange, client));
    internal_headers(exchange, internal);
}

/// Adds this hop to `x-forwarded-*`, as a proxy at the edge does.
fn record_peer(exchange: &mut Exchange<'_>, arrival: &Arrival, scheme: &str) {
    let hcm = exchange.hcm;
    let headers = &mut exchange.call.headers;
    append_xff(headers, &arrival.source.to_string());
    let first = hcm.xff_trusted_hops == 0;
    if first || get(headers, "x-forwarded-proto").is_none() {
        set(headers, "x-forwarded-proto", scheme);
    }
    if hcm.append_x_forwarded_port && (first || get(headers, "x-forwarded-port").is_none()) {
        set(headers, "x-forwarded-port", arrival.destination.1.to_string());
    }
}

/// The address that stands `skip` places before the last one in `x-forwarded-for`, and whether it is the only one.
fn last_address(exchange: &Exchange<'_>, skip: u32) -> Option<(IpAddr, bool)> {
    let value = joined(&exchange.call.headers, "x-forwarded-for")?;
    let mut parts = value.rsplit(',');
    let part = parts.nth(usize::try_from(skip).ok()?)?;
    let address = part.trim().parse().ok()?;
    Some((address, skip == 0 && parts.next().is_none()))
}

fn is_internal(exchange: &Exchange<'_>, client: IpAddr) -> bool {
    let inside = |(address, bits): &(String, u32)| {
        let block = address.parse().ok().zip(u8::try_from(*bits).ok());
        block.is_some_and(|(address, bits)| Cidr { address, bits }.contains(client))
    };
    exchange.hcm.internal_ranges.iter().flatten().any(inside)
}

fn internal_headers(exchange: &mut Exchange<'_>, internal: bool) {
    let edge = !internal && exchange.hcm.use_remote_address;
    let remote = exchange.remote.to_string();
    let headers = &mut exchange.call.headers;
    if internal {
        set(headers, "x-envoy-internal", "true");
    } else {
        headers.retain(|(name, _)| {
            let outside = EXTERNAL.contains(&name.as_str()) || edge && EDGE.contains(&name.as_str());
            !outside
        });
    }
    if edge {
        set(headers, "x-envoy-external-address", remote);
    }
    let generate = exchange.hcm.generate_request_id != Some(false);
    if generate && (edge || get(headers, "x-request-id").is_none_or(str::is_empty)) {
        set(headers, "x-request-id", REQUEST_ID);
    }
}
