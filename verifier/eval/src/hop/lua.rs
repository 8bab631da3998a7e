//! Lua filters on both ways (`source/extensions/filters/http/lua/lua_filter.cc`).

use mp_ir::base::Origin;
use mp_ir::plan::HttpFilter;

use super::Walk;
use super::exchange::Exchange;
use super::local::Local;
use super::outcome::{Response, Stage};
use crate::lua::{self, Body, End, Head, Ran, Stream};

impl<'p> Walk<'p, '_> {
    /// Runs `envoy_on_request`.
    pub(super) fn lua(
        &mut self,
        exchange: &mut Exchange<'p>,
        code: &str,
        origin: Origin,
    ) -> Result<(), Box<Local>> {
        let body = known_body(&exchange.body);
        let stream = Stream { head: request_head(exchange), body, ..self.seen_by_script(exchange) };
        let ran = lua::run(code, "envoy_on_request", stream);
        self.tell_deeds(&ran, "the request", origin);
        exchange.written.extend(ran.wrote.iter().cloned());
        let Ran { stream, stale, waited, end, .. } = ran;
        take_head(exchange, stream.head);
        if let Body::Known(text) = stream.body {
            exchange.body = text;
        }
        match end {
            End::Answered(status, mut headers, body) => {
                headers.retain(|(name, _)| !name.starts_with(':') && name != "content-length");
                let local = Local { headers, awaited: waited, ..Local::new(status, body, "lua_response") };
                return Err(Box::new(local));
            }
            other => self.tell_end(other, origin),
        }
        if stale {
            self.choose_route(exchange);
        }
        check_head(exchange)
    }

    /// Runs `envoy_on_response` of all Lua filters, the last one first.
    pub(super) fn lua_responses(&mut self, exchange: &Exchange<'p>, mut response: Response) -> Response {
        let mut written = Vec::new();
        for filter in exchange.hcm.filters.iter().rev() {
            let HttpFilter::Lua { code, origin, .. } = filter else { continue };
            response = self.lua_response(exchange, (code, *origin), response, &mut written);
        }
        response
    }

    fn lua_response(
        &mut self,
        exchange: &Exchange<'p>,
        (code, origin): (&str, Origin),
        response: Response,
        written: &mut Vec<String>,
    ) -> Response {
        let body = match &response.body {
            Some(text) => known_body(text),
            None if exchange.call.method == "HEAD" || matches!(response.status, 204 | 304) => Body::Absent,
            None => Body::Unknown,
        };
        let head =
            Head { pseudo: vec![(":status", response.status.to_string())], lines: response.headers.clone() };
        let mut stream =
            Stream { head, request: Some(request_head(exchange)), body, ..self.seen_by_script(exchange) };
        stream.written.extend(written.iter().cloned());
        let ran = lua::run(code, "envoy_on_response", stream);
        self.tell_deeds(&ran, "the response", origin);
        written.extend(ran.wrote.iter().cloned());
        let Ran { stream, end, .. } = ran;
        self.tell_end(end, origin);
        let status = stream.head.pseudo(":status").and_then(|text| text.parse().ok());
        let mut headers = stream.head.lines;
        // Lengths are left out of all responses.
        headers.retain(|(name, _)| name != "content-length");
        let body = match (response.body, stream.body) {
            (Some(_), Body::Known(text)) => Some(text),
            (old, _) => old,
        };
        Response { status: status.unwrap_or(response.status), headers, body, ..response }
    }

    fn seen_by_script(&self, exchange: &Exchange<'_>) -> Stream {
        let hello = self.arrival.hello.as_ref();
        let mut written = exchange.written.clone();
        for filter in &exchange.hcm.filters {
            let name = match filter {
                HttpFilter::Jwt(_) => "envoy.filters.http.jwt_authn",
                HttpFilter::Rbac(_) => "envoy.filters.http.rbac",
                HttpFilter::ExtAuthz(_) => "envoy.filters.http.ext_authz",
                _ => continue,
            };
            written.push(name.to_owned());
        }
        Stream {
            protocol: if exchange.http2 { "HTTP/2" } else { "HTTP/1.1" },
            route: self.out.route.clone(),
            server_name: hello.map(|hello| hello.server_name.clone()).unwrap_or_default(),
            tls: exchange.terminated,
            written,
            ..Stream::default()
        }
    }

    fn tell_deeds(&mut self, ran: &Ran, what: &str, origin: Origin) {
        for (line, deed) in &ran.deeds {
            self.step(Stage::Policy, origin, || format!("{} for {what} {deed}", place(*line)));
        }
        if let End::Answered(status, ..) = &ran.end {
            self.step(Stage::Policy, origin, || format!("the Lua code answers {status}"));
        } else if ran.deeds.is_empty() && ran.end == End::Done {
            self.step(Stage::Policy, origin, || format!("the Lua code leaves {what} as it is"));
        }
    }

    fn tell_end(&mut self, end: End, origin: Origin) {
        match end {
            End::Done | End::Answered(..) => {}
            End::Failed(error) => {
                self.step(Stage::Policy, origin, || format!("the Lua code fails, and is passed by: {error}"));
            }
            End::Unknown(line, what) => {
                self.unknown(format!("{} asks for {what}", place(line)), origin);
            }
            End::Broken(error) => {
                let reason = format!("the Lua code does not load, so Envoy refuses the listener: {error}");
                self.unknown(reason, origin);
            }
        }
    }
}

/// A line of the code; a call in the last place of a function leaves none.
fn place(line: usize) -> String {
    if line == 0 { "the Lua code".to_owned() } else { format!("line {line} of the Lua code") }
}

fn known_body(text: &str) -> Body {
    if text.is_empty() { Body::Absent } else { Body::Known(text.to_owned()) }
}

fn request_head(exchange: &Exchange<'_>) -> Head {
    let call = &exchange.call;
    let all = [
        (":authority", &call.authority),
        (":path", &call.path),
        (":method", &call.method),
        (":scheme", &call.scheme),
    ];
    let there = all.into_iter().filter(|(_, value)| !value.is_empty());
    Head { pseudo: there.map(|(name, value)| (name, value.clone())).collect(), lines: call.headers.clone() }
}

fn take_head(exchange: &mut Exchange<'_>, head: Head) {
    let pseudo = |name: &str| head.pseudo(name).unwrap_or_default().to_owned();
    let call = &mut exchange.call;
    call.authority = pseudo(":authority");
    call.path = pseudo(":path");
    call.method = pseudo(":method");
    call.scheme = pseudo(":scheme");
    call.headers = head.lines;
}

/// What the router does not send (`HeaderUtility::checkRequiredRequestHeaders`, `HeaderUtility::checkValidRequestHeaders`).
fn check_head(exchange: &Exchange<'_>) -> Result<(), Box<Local>> {
    let refused = |text: String| {
        let details = format!("filter_removed_required_request_headers{{{}}}", text.replace(' ', "_"));
        Err(Box::new(Local::new(503, text, details)))
    };
    if exchange.route.is_none() {
        return Ok(());
    }
    if exchange.call.method.is_empty() {
        return refused("missing required header: :method".to_owned());
    }
    let broken = |value: &str| value.contains(['\r', '\n']);
    match exchange.call.headers.iter().find(|(_, value)| broken(value)) {
        Some((name, _)) => refused(format!("invalid header value for: {name}")),
        None => Ok(()),
    }
}
