//! What the client gets over HTTP.

use mp_ir::plan::RouteAction;

use super::Walk;
use super::around::Answered;
use super::cors;
use super::exchange::{Exchange, get, remove, set};
use super::local::{Local, grpc_message, grpc_status_of};
use super::outcome::{Response, Stage};

/// The status of gRPC in the head of a response.
pub(crate) fn grpc_status_in_head(answered: &Answered) -> Option<u32> {
    get(&answered.headers, "grpc-status").and_then(|text| text.parse().ok())
}

/// The status of gRPC of a response, from its trailers or its head.
pub(crate) fn grpc_status(answered: &Answered) -> Option<u32> {
    answered.grpc_status.or_else(|| grpc_status_in_head(answered))
}

/// Statuses whose responses have no body.
fn bodiless(status: u32) -> bool {
    status < 200 || status == 204 || status == 304
}

impl<'p> Walk<'p, '_> {
    /// The response of an upstream.
    pub(super) fn via_upstream(&mut self, exchange: &Exchange<'_>, answered: Answered) -> Response {
        self.out.details = "via_upstream".to_owned();
        let mut headers = answered.headers.clone();
        let mut close = false;
        if exchange.upgrade && answered.status != 101 {
            // The client may already speak the other protocol, so the connection cannot be used again.
            self.out.details = "websocket_handshake_unsuccessful".to_owned();
            remove(&mut headers, "content-type");
            close = true;
        }
        self.change_response(exchange, &mut headers);
        let unsized_body = !answered.sized && !bodiless(answered.status);
        if !exchange.http2 {
            remove(&mut headers, "connection");
            if close {
                set(&mut headers, "connection", "close");
            }
            if unsized_body && !answered.bodiless {
                set(&mut headers, "transfer-encoding", "chunked");
            }
        }
        if answered.breaks {
            self.out.details = "upstream_reset_after_response_started{protocol_error}".to_owned();
            self.flag("UPE");
        }
        let grpc_status = grpc_status(&answered).filter(|_| exchange.http2);
        Response { status: answered.status, grpc_status, headers, body: None }
    }

    /// An answer of the proxy itself.
    pub(super) fn local(&mut self, exchange: &Exchange<'_>, local: Local) -> Response {
        self.out.details.clone_from(&local.details);
        if let Some(flag) = local.flag {
            self.flag(flag);
        }
        let mut headers = local.headers.clone();
        let mut body = local.body.clone();
        let mut status = local.status;
        let mut grpc_status = None;
        // What filters answer is changed as the route says, where it leads to a cluster (`FilterManager::sendLocalReply`).
        let forwards = exchange.route.is_some_and(|route| matches!(route.action, RouteAction::Forward(_)));
        if local.routed || forwards {
            self.change_response(exchange, &mut headers);
        }
        let head = exchange.call.method == "HEAD";
        if exchange.grpc {
            let code = local.grpc.unwrap_or_else(|| grpc_status_of(local.status));
            status = 200;
            set(&mut headers, "content-type", "application/grpc");
            headers.push(("grpc-status".to_owned(), code.to_string()));
            if !body.is_empty() && !head {
                headers.push(("grpc-message".to_owned(), grpc_message(&body)));
            }
            body.clear();
            grpc_status = Some(code).filter(|_| exchange.http2);
        } else if body.is_empty() {
            remove(&mut headers, "content-type");
        } else if get(&headers, "content-type").is_none() {
            headers.push(("content-type".to_owned(), "text/plain".to_owned()));
        }
        if !exchange.http2 {
            frame(exchange, &local, status, &mut headers, &body);
        }
        if head {
            body.clear();
        }
        let text = if local.details.is_empty() { String::new() } else { format!(" ({})", local.details) };
        self.step(Stage::Reply, None, || format!("the proxy itself answers {status}{text}"));
        Response { status, grpc_status, headers, body: Some(body) }
    }

    /// What filters and the connection manager add to every response.
    pub(super) fn finish(&mut self, exchange: &Exchange<'p>, response: Response) -> Response {
        let mut response = self.lua_responses(exchange, response);
        cors::answer(exchange, &mut response.headers);
        response.headers.extend(exchange.response_headers.iter().cloned());
        let hcm = exchange.hcm;
        if !hcm.server_header_pass_through {
            let name = if hcm.server_name.is_empty() { "envoy" } else { &hcm.server_name };
            set(&mut response.headers, "server", name);
        }
        response
    }
}

/// What HTTP/1.1 adds to an answer of the proxy.
fn frame(
    exchange: &Exchange<'_>,
    local: &Local,
    status: u32,
    headers: &mut Vec<(String, String)>,
    body: &str,
) {
    let incomplete = !exchange.body.is_empty() && !local.awaited;
    if local.close || incomplete {
        set(headers, "connection", "close");
    }
    if exchange.call.method == "HEAD" && body.is_empty() && !bodiless(status) {
        set(headers, "transfer-encoding", "chunked");
    }
}
