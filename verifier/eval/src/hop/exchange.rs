//! An HTTP exchange from the codec to the last filter.

use std::net::IpAddr;

use mp_ir::plan::{
    Cors, FilterChain, HttpConnectionManager, Route, RouteTable, VirtualHost, WeightedCluster,
};

use super::arrival::{Ask, Payload, is_grpc};
use super::connect::NO_TLS;
use super::local::Local;
use super::outcome::{End, Reply, Response, Stage};
use super::{Walk, client_cert, codec, forwarded};
use crate::decision::By;
pub(super) use crate::header_lines::{get, joined, remove, set};
use crate::http::HttpView;
use crate::rbac::Facts;
use crate::route::HttpCall;

/// An exchange under way.
pub(super) struct Exchange<'p> {
    pub(super) hcm: &'p HttpConnectionManager,
    /// The proxy ended the client's TLS.
    pub(super) terminated: bool,
    /// The request as it is now.
    pub(super) call: HttpCall,
    pub(super) body: String,
    pub(super) http2: bool,
    pub(super) grpc: bool,
    /// The request asks to speak another protocol.
    pub(super) upgrade: bool,
    /// The client's address, behind trusted proxies.
    pub(super) remote: IpAddr,
    pub(super) host: Option<&'p VirtualHost>,
    pub(super) route: Option<&'p Route>,
    pub(super) needs_tls: bool,
    pub(super) target: Option<Goal<'p>>,
    /// The CORS policy whose origin asked, and the origin.
    pub(super) cors: Option<(&'p Cors, String)>,
    /// Policies that shadow rules found, prefix and name.
    pub(super) shadows: Vec<(&'p str, &'p str)>,
    /// Namespaces of metadata that scripts have written to.
    pub(super) written: Vec<String>,
    /// Headers that filters want on the response.
    pub(super) response_headers: Vec<(String, String)>,
}

impl Exchange<'_> {
    /// The host that one destination of several puts in place of the request's.
    pub(super) fn own_host(&self) -> Option<String> {
        self.target?.weighted?.host_rewrite.clone()
    }
}

/// The cluster that a route chose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal<'p> {
    pub(super) name: &'p str,
    /// Where it is one of several.
    pub(super) weighted: Option<&'p WeightedCluster>,
}

impl<'p> Walk<'p, '_> {
    pub(super) fn http(&mut self, chain: &'p FilterChain, hcm: &'p HttpConnectionManager) {
        let terminated = chain.tls.is_some();
        let Some(ask) = self.request(terminated) else { return };
        let mut exchange = Exchange {
            hcm,
            terminated,
            call: HttpCall::default(),
            body: ask.body.clone(),
            http2: ask.http2,
            grpc: is_grpc(&ask.headers),
            upgrade: false,
            remote: self.arrival.source,
            host: None,
            route: None,
            needs_tls: false,
            target: None,
            cors: None,
            shadows: Vec::new(),
            written: Vec::new(),
            response_headers: Vec::new(),
        };
        let done = self.run(&mut exchange, &ask);
        let response = match done {
            Ok(response) => response,
            Err(local) => {
                self.out.own_status = Some(local.status);
                self.local(&exchange, *local)
            }
        };
        let response = self.finish(&exchange, response);
        self.out.reply = Reply::Response(response);
    }

    /// The request on the connection; without one the codec has answered.
    fn request(&mut self, terminated: bool) -> Option<Ask> {
        let garbled = self.arrival.hello.is_some() && !terminated;
        match &self.arrival.payload {
            Payload::Http(ask) if !garbled => return Some(ask.clone()),
            _ => {}
        }
        if let Payload::Bytes(text) = &self.arrival.payload
            && !garbled
            && is_begun(text)
        {
            self.step(Stage::Request, None, || "the rest of a request is waited for".to_owned());
            self.flag("DC");
            self.out.details = "downstream_remote_disconnect".to_owned();
            self.out.reply = Reply::Bytes(End::Open, String::new());
            return None;
        }
        self.step(Stage::Request, None, || "this is no HTTP".to_owned());
        self.flag("DPE");
        self.out.details = "http1.codec_error".to_owned();
        self.out.reply = if garbled {
            Reply::TlsError(NO_TLS)
        } else {
            Reply::Bytes(End::Closed, "HTTP/1.1 400 Bad Request".to_owned())
        };
        None
    }

    fn run(&mut self, exchange: &mut Exchange<'p>, ask: &Ask) -> Result<Response, Box<Local>> {
        codec::read(exchange, ask).map_err(|local| self.unread(local))?;
        if exchange.call.path != ask.path {
            let path = exchange.call.path.clone();
            self.step(Stage::Request, exchange.hcm.origin, || format!("the path is read as {path}"));
        }
        forwarded::apply(exchange, self.arrival);
        let own = self.around.own_names("default").unwrap_or_default();
        client_cert::apply(exchange, self.certificate, &own);
        self.choose_route(exchange);
        self.filters(exchange)
    }

    /// Notes who refuses what cannot be read.
    fn unread(&mut self, local: Box<Local>) -> Box<Local> {
        self.out.by = Some(if codec::is_of_path(&local) { By::Route } else { By::Codec });
        local
    }

    /// What policies can ask about the request.
    pub(super) fn request_facts(&self, exchange: &Exchange<'_>) -> Facts {
        let call = &exchange.call;
        Facts {
            remote_ip: Some(exchange.remote),
            http: Some(HttpView {
                method: call.method.clone(),
                authority: call.authority.clone(),
                path: call.path.clone().into_bytes(),
                scheme: call.scheme.clone(),
                headers: call.headers.clone(),
            }),
            claims: call.claims.clone(),
            ..self.connection_facts()
        }
    }

    /// The table of the connection manager; `None` when the plan has none of that name.
    pub(super) fn table_of(&self, hcm: &'p HttpConnectionManager) -> Option<&'p RouteTable> {
        match &hcm.routes {
            mp_ir::plan::RouteSource::Named(name) => self.proxy.table(name),
            mp_ir::plan::RouteSource::Inline(table) => Some(table),
        }
    }
}

/// Whether bytes may become a request line: the codec looks at a line when it is whole, and at the first byte before
/// (`BalsaFrame::ProcessHeaders`).
fn is_begun(text: &str) -> bool {
    let line = text.trim_start_matches(['\r', '\n']);
    !line.contains('\n') && line.chars().next().is_none_or(|first| first > ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_line_is_waited_for() {
        let begun = ["hi", "Z", "{\"", "\r\nX Y", "\u{ff}"].map(is_begun);
        assert_eq!(begun, [true; 5]);
        assert_eq!(["\u{1}hello", " ", "hello\n", "get / HTTP/1.1\r\n"].map(is_begun), [false; 4]);
    }
}
