//! The destinations of a VirtualService (istio 1.31 `pkg/config/analysis/analyzers/virtualservice/util.go`).

use mp_model::admission::message::Message;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination<'m> {
    /// What it says; `None` where a route has none.
    pub(crate) to: Option<&'m Message>,
}

impl<'m> Destination<'m> {
    /// The host; empty where none is written.
    pub(crate) fn host(self) -> &'m str {
        self.to.map_or("", |to| to.text("host"))
    }

    /// The subset; empty where none is written.
    pub(crate) fn subset(self) -> &'m str {
        self.to.map_or("", |to| to.text("subset"))
    }

    /// The number of the port, if one is asked for.
    pub(crate) fn port(self) -> Option<i128> {
        Some(self.to?.message("port")?.int("number"))
    }
}

/// Where routes lead to: those of TCP first, then TLS and HTTP.
pub(crate) fn of_routes(service: &Message) -> impl Iterator<Item = Destination<'_>> {
    let routes = ["tcp", "tls", "http"].into_iter().flat_map(|field| service.messages(field));
    let routes = routes.flat_map(|route| route.messages("route"));
    routes.map(|route| Destination { to: route.message("destination") })
}

/// Where copies of requests go.
pub(crate) fn of_mirrors(service: &Message) -> impl Iterator<Item = Destination<'_>> {
    service.messages("http").flat_map(|http| {
        let one = http.message("mirror").map(|to| Destination { to: Some(to) });
        let more = http.messages("mirrors").map(|mirror| Destination { to: mirror.message("destination") });
        one.into_iter().chain(more)
    })
}
