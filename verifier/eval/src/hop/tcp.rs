//! The TCP proxy: bytes that are passed on as they are, a client's TLS and HTTP among them.

use mp_ir::mesh::TlsVersion;
use mp_ir::plan::{FilterChain, NetworkFilter, TcpProxy, TcpTarget};

use super::around::Answer;
use super::arrival::{Arrival, Payload};
use super::cluster::{Picked, Transport};
use super::connect::NO_TLS;
use super::outcome::{End, Reply, Response, Seen, SeenRequest, SeenTls, Session, Stage, What};
use super::{Walk, response};

impl Walk<'_, '_> {
    pub(super) fn tcp(&mut self, chain: &FilterChain, proxy: &TcpProxy) {
        let name = match &proxy.target {
            TcpTarget::Cluster(name) => name.clone(),
            TcpTarget::Weighted(several) => {
                let shares: Vec<u64> = several.iter().map(|(_, weight)| u64::from(*weight)).collect();
                let picked = self.chance.pick(&shares).and_then(|at| several.get(at));
                picked.map(|(name, _)| name.clone()).unwrap_or_default()
            }
        };
        self.tcp_to(chain, &name);
    }

    /// The cluster that a chain would lead to, as far as there is one alone.
    pub(super) fn announced_cluster(&self, chain: &FilterChain) -> String {
        let single = |filter: &NetworkFilter| match filter {
            NetworkFilter::TcpProxy(proxy) => match &proxy.target {
                TcpTarget::Cluster(name) => Some(name.clone()),
                TcpTarget::Weighted(_) => None,
            },
            _ => None,
        };
        chain.filters.iter().find_map(single).unwrap_or_default()
    }

    pub(super) fn tcp_to(&mut self, chain: &FilterChain, name: &str) {
        let Some(cluster) = self.proxy.cluster(name) else {
            self.step(Stage::Cluster, chain.origin, || format!("there is no cluster `{name}`"));
            self.flag("NC");
            self.out.reply = self.cut();
            return;
        };
        self.out.cluster = name.to_owned();
        self.cluster_note(cluster);
        let Some(place) = self.pick(cluster, "", &[]) else {
            self.flag("UH");
            self.out.reply = self.cut();
            return;
        };
        if !self.around.accepts(&place.place) {
            self.flag("UF");
            self.flag("URX");
            self.out.transport_failure = super::tries::REFUSED.to_owned();
            self.out.reply = self.cut();
            return;
        }
        let transport = self.transport(cluster, &place, "");
        self.pass_on(name, place, transport, chain.tls.is_some());
    }

    /// How a client sees that its connection is dropped before anything comes back.
    fn cut(&self) -> Reply {
        match (&self.arrival.hello, &self.out.tls) {
            (None, _) => Reply::Bytes(End::Reset, String::new()),
            (Some(_), None) => Reply::TlsError("closed"),
            (Some(_), Some(_)) => Reply::TlsError("EOF"),
        }
    }

    /// Whether the upstream of a chain refuses connections. Then the client has lost its own before its bytes come to a policy.
    pub(super) fn refused_early(&mut self, chain: &FilterChain) -> bool {
        let Some(cluster) = self.proxy.cluster(&self.announced_cluster(chain)) else { return false };
        let notes = std::mem::replace(&mut self.notes, false);
        let picked = self.pick_any(cluster, "", &[]);
        self.notes = notes;
        picked.is_some_and(|picked| !self.around.accepts(&picked.place))
    }

    fn pass_on(&mut self, name: &str, to: Picked, transport: Option<Transport>, terminated: bool) {
        let hello = self.arrival.hello.as_ref().filter(|_| !terminated);
        let (cluster, tunnelled) = (name.to_owned(), to.tunnel);
        let mut seen = Seen { cluster, place: to.place, tunnelled, ..Seen::default() };
        if let Some(transport) = &transport {
            if let Some(error) = self.verify(transport, &seen.place) {
                self.flag("UF");
                self.flag("URX");
                self.out.transport_failure = error;
                seen.tls_error = Some(super::tries::UNKNOWN_CERTIFICATE);
                self.out.upstream.push(seen);
                self.out.reply = self.cut();
                return;
            }
            seen.tls = Some(transport.seen());
        }
        if let Some(hello) = hello {
            // The upstream ends the client's TLS, unless it is inside of the proxy's.
            if transport.is_some() || !self.around.speaks_tls(&seen.place) {
                seen.what = Some(What::ClientHello);
                self.out.upstream.push(seen);
                self.out.reply = Reply::TlsError(NO_TLS);
                return;
            }
            let own = self.around.server_alpn(&seen.place);
            let old = hello.max_version == TlsVersion::V1_2;
            self.out.tls = Some(Session {
                alpn: own.iter().find(|own| hello.alpn.contains(own)).cloned(),
                version: if old { "TLSv1.2" } else { "TLSv1.3" },
                server_names: self.around.server_names(&seen.place),
            });
            seen.tls = Some(passed_through(self.arrival));
        }
        self.deliver(seen);
    }

    /// Hands what the client sent to the upstream, and its answer back.
    fn deliver(&mut self, mut seen: Seen) {
        match &self.arrival.payload {
            Payload::Bytes(text) => {
                seen.what = Some(What::Bytes(text.clone()));
                let echo = self.around.echo(&seen);
                let end = if echo.closes { End::Closed } else { End::Open };
                self.out.reply = Reply::Bytes(end, echo.data);
            }
            Payload::Http(ask) => {
                seen.what = Some(What::Request(SeenRequest {
                    http2: ask.http2,
                    method: ask.method.clone(),
                    path: ask.path.clone(),
                    authority: ask.authority.clone(),
                    headers: ask.headers.clone(),
                    body: ask.body.clone(),
                }));
                self.out.reply = match self.around.answer(&seen) {
                    Answer::Response(answered) | Answer::Garbled(answered) => {
                        self.out.elapsed += answered.after;
                        Reply::Response(Response {
                            status: answered.status,
                            grpc_status: response::grpc_status(&answered),
                            headers: answered.headers,
                            body: None,
                        })
                    }
                    Answer::Reset(_) => {
                        self.flag("UR");
                        Reply::Bytes(End::Closed, String::new())
                    }
                    Answer::Closed(_) | Answer::Refused => Reply::Bytes(End::Closed, String::new()),
                };
            }
        }
        self.out.upstream.push(seen);
    }
}

/// The client as an upstream sees it whose TLS the proxy passes through.
fn passed_through(arrival: &Arrival) -> SeenTls {
    let hello = arrival.hello.clone().unwrap_or_default();
    SeenTls {
        server_name: hello.server_name,
        client: hello.certificate.map(|c| c.names).unwrap_or_default(),
        alpn: hello.alpn,
    }
}
