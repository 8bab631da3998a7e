//! Endpoints of other networks are replaced by the gateways of those networks (`EndpointsByNetworkFilter`).

use std::collections::BTreeMap;
use std::net::IpAddr;

use mp_ir::mesh::{EndpointAddress, NetworkGateway};
use mp_ir::plan::{LbEndpoint, LocalityEndpoints, ProxyKind};

use crate::Context;

/// Replaces remote endpoints. Gateways that are only known by a host name would have to be looked up, and do not count.
pub(super) fn filter(cx: &Context<'_>, groups: &mut [LocalityEndpoints]) {
    let known = |gateway: &&NetworkGateway| gateway.address.parse::<IpAddr>().is_ok();
    let gateways: Vec<&NetworkGateway> = cx.mesh.network_gateways.iter().filter(known).collect();
    if gateways.is_empty() {
        return;
    }
    let scale = scale(&gateways);
    for group in groups {
        let mut shares: BTreeMap<&NetworkGateway, u32> = BTreeMap::new();
        let endpoints = std::mem::take(&mut group.endpoints);
        for mut endpoint in endpoints {
            let weight = endpoint.weight.filter(|w| *w != 0).unwrap_or(1).saturating_mul(scale);
            endpoint.weight = Some(weight);
            let network = network(cx, &endpoint);
            let ways = ways(cx, &gateways, network);
            let forced = cx.proxy.network.is_empty() && !network.is_empty() && !ways.is_empty();
            if !forced && (same_or_unknown(&cx.proxy.network, network) || ways.is_empty()) {
                if endpoint.address != EndpointAddress::Host(String::new()) {
                    group.endpoints.push(endpoint);
                }
                continue;
            }
            let reachable: Vec<&NetworkGateway> = ways.into_iter().filter(|way| in_family(cx, way)).collect();
            let Ok(count @ 1..) = u32::try_from(reachable.len()) else { continue };
            for way in reachable.into_iter().filter(|_| endpoint.mutual_tls) {
                *shares.entry(way).or_default() += weight / count;
            }
        }
        group.endpoints.extend(shares.into_iter().map(|(way, weight)| through(cx, way, weight.max(1))));
        let weights = group.endpoints.iter().map(|endpoint| endpoint.weight.unwrap_or_default());
        group.weight = (!group.endpoints.is_empty()).then(|| weights.fold(0, u32::wrapping_add));
    }
}

/// Weights are multiplied by this, so that they can be divided among the gateways of any network.
fn scale(gateways: &[&NetworkGateway]) -> u32 {
    let mut counts: BTreeMap<(&str, Option<&str>), u32> = BTreeMap::new();
    for gateway in gateways {
        *counts.entry((&gateway.network, None)).or_default() += 1;
        *counts.entry((&gateway.network, Some(&gateway.cluster))).or_default() += 1;
    }
    counts.into_values().fold(1, |all, count| all / divisor(all, count).max(1) * count)
}

fn divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { divisor(b, a % b) }
}

fn network<'a>(cx: &Context<'a>, endpoint: &LbEndpoint) -> &'a str {
    let place = endpoint.source.and_then(|(service, at)| cx.mesh.endpoints.get(service)?.get(at));
    place.map_or("", |endpoint| endpoint.network.as_str())
}

fn same_or_unknown(a: &str, b: &str) -> bool {
    a.is_empty() || b.is_empty() || a == b
}

/// Gateways of a network, those of the own cluster before others; sidecars need ones that take mutual TLS.
fn ways<'g>(cx: &Context<'_>, gateways: &[&'g NetworkGateway], network: &str) -> Vec<&'g NetworkGateway> {
    let of_network = gateways.iter().copied().filter(|gateway| gateway.network == network);
    let cluster = &cx.mesh.settings.cluster_id;
    let mut out: Vec<&NetworkGateway> =
        of_network.clone().filter(|gateway| gateway.cluster == *cluster).collect();
    if out.is_empty() {
        out = of_network.collect();
    }
    out.retain(|gateway| gateway.port != 0 || cx.proxy.kind != ProxyKind::Sidecar);
    out
}

fn in_family(cx: &Context<'_>, gateway: &NetworkGateway) -> bool {
    match gateway.address.parse::<IpAddr>() {
        _ if cx.proxy.supports_ipv4() && cx.proxy.supports_ipv6() => true,
        Ok(IpAddr::V4(_)) => cx.proxy.supports_ipv4(),
        Ok(IpAddr::V6(_)) => cx.proxy.supports_ipv6(),
        Err(_) => false,
    }
}

fn through(cx: &Context<'_>, gateway: &NetworkGateway, weight: u32) -> LbEndpoint {
    LbEndpoint {
        weight: Some(weight),
        mutual_tls: true,
        workload: super::endpoints::labels_workloads(cx).then(|| format!(";;;;{}", gateway.cluster)),
        tunnel: None,
        gateway_to: Some(gateway.network.clone()),
        origin: gateway.origin,
        ..LbEndpoint::bare(EndpointAddress::Host(gateway.address.clone()), gateway.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_can_be_divided_among_the_gateways_of_each_network() {
        let gateway = |network: &str, address: &str| NetworkGateway {
            network: network.into(),
            address: address.into(),
            ..NetworkGateway::default()
        };
        let all =
            [gateway("a", "1"), gateway("a", "2"), gateway("b", "3"), gateway("b", "4"), gateway("b", "5")];
        assert_eq!(scale(&all.iter().collect::<Vec<_>>()), 6);
        assert_eq!(scale(&all.iter().take(1).collect::<Vec<_>>()), 1);
    }
}
