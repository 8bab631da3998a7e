//! All places where a VirtualService names a destination.

use mp_ir::mesh::{Destination, HttpRoute, Mesh, RouteDestination, VirtualService};

/// One destination and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    /// The VirtualService.
    pub(crate) service: &'a VirtualService,
    /// The destination.
    pub(crate) destination: &'a Destination,
    /// Path of the destination in the object.
    pub(crate) field: String,
}

/// Destinations of HTTP routes, their mirrors, TLS routes and TCP routes, in written order.
pub(crate) fn destinations(mesh: &Mesh) -> impl Iterator<Item = Place<'_>> {
    mesh.virtual_services.iter().flat_map(|service| {
        let http = service.http.iter().enumerate().flat_map(move |(at, route)| of_http(service, at, route));
        let tls = service.tls.iter().enumerate();
        let tls = tls.flat_map(move |(at, route)| of_list(service, &route.route, format!("spec.tls[{at}]")));
        let tcp = service.tcp.iter().enumerate();
        let tcp = tcp.flat_map(move |(at, route)| of_list(service, &route.route, format!("spec.tcp[{at}]")));
        http.chain(tls).chain(tcp)
    })
}

fn of_http<'a>(service: &'a VirtualService, at: usize, route: &'a HttpRoute) -> Vec<Place<'a>> {
    let mut out = of_list(service, &route.route, format!("spec.http[{at}]"));
    out.extend(route.mirrors.iter().map(|mirror| Place {
        service,
        destination: &mirror.destination,
        field: format!("spec.http[{at}].mirror"),
    }));
    out
}

fn of_list<'a>(service: &'a VirtualService, list: &'a [RouteDestination], prefix: String) -> Vec<Place<'a>> {
    let place = |(at, entry): (usize, &'a RouteDestination)| Place {
        service,
        destination: &entry.destination,
        field: format!("{prefix}.route[{at}].destination"),
    };
    list.iter().enumerate().map(place).collect()
}

/// The weighted lists of all routes with their path, in written order.
pub(crate) fn route_lists(
    mesh: &Mesh,
) -> impl Iterator<Item = (&VirtualService, String, &[RouteDestination])> {
    mesh.virtual_services.iter().flat_map(|service| {
        let http = service.http.iter().map(|route| route.route.as_slice()).enumerate();
        let tls = service.tls.iter().map(|route| route.route.as_slice()).enumerate();
        let tcp = service.tcp.iter().map(|route| route.route.as_slice()).enumerate();
        let named = [("http", http.collect::<Vec<_>>()), ("tls", tls.collect()), ("tcp", tcp.collect())];
        named.into_iter().flat_map(move |(kind, lists)| {
            lists.into_iter().map(move |(at, list)| (service, format!("spec.{kind}[{at}].route"), list))
        })
    })
}
