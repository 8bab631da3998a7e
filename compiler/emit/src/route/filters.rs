//! Settings of HTTP filters that belong to a route or virtual host.

use mp_ir::plan::{Abort, Cors, Fault, Fraction, Route, StatefulSession, VirtualHost};
use serde_json::{Value, json};

use super::action::fraction;
use super::string_match;
use crate::json::{Object, duration, extension, list};

const FAULT: &str = "envoy.extensions.filters.http.fault.v3.HTTPFault";
const CORS: &str = "envoy.extensions.filters.http.cors.v3.CorsPolicy";
const STATEFUL: &str = "envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute";
const COOKIE: &str = "envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState";
const HEADER: &str = "envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState";
const STATEFUL_FILTER: &str = "envoy.filters.http.stateful_session";

pub(super) fn of_route(route: &Route) -> Object {
    Object::new()
        .maybe("envoy.filters.http.fault", route.fault.as_ref().map(fault))
        .maybe("envoy.filters.http.cors", route.cors.as_ref().map(cors))
        .maybe(STATEFUL_FILTER, route.stateful_session.as_ref().map(stateful_session))
}

pub(super) fn of_host(host: &VirtualHost) -> Object {
    Object::new().maybe(STATEFUL_FILTER, host.stateful_session.as_ref().map(stateful_session))
}

fn fault(fault: &Fault) -> Object {
    let delay = |(fixed, share): (i128, Fraction)| json!({"fixedDelay": duration(fixed), "percentage": fraction(share)});
    let abort = |(error, share): (Abort, Option<Fraction>)| {
        let object = match error {
            Abort::Http(status) => Object::new().set("httpStatus", status),
            Abort::Grpc(status) => Object::new().set("grpcStatus", status),
        };
        object.maybe("percentage", share.map(fraction))
    };
    Object::typed(FAULT).maybe("delay", fault.delay.map(delay)).maybe("abort", fault.abort.map(abort))
}

fn cors(cors: &Cors) -> Object {
    Object::typed(CORS)
        .unless_default("allowOriginStringMatch", list(cors.allow_origins.iter().filter_map(string_match)))
        .unless_default("allowMethods", cors.allow_methods.as_str())
        .unless_default("allowHeaders", cors.allow_headers.as_str())
        .unless_default("exposeHeaders", cors.expose_headers.as_str())
        .unless_default("maxAge", cors.max_age.as_str())
        .maybe("allowCredentials", cors.allow_credentials)
        .set("filterEnabled", json!({"defaultValue": {"numerator": 100}}))
        .set("forwardNotMatchingPreflights", cors.forward_not_matching_preflights)
}

fn stateful_session(session: &StatefulSession) -> Object {
    let state: Value = match session {
        StatefulSession::Cookie { name, path } => {
            let config = Object::typed(COOKIE).set("cookie", json!({"name": name, "path": path}));
            extension("envoy.http.stateful_session.cookie", config)
        }
        StatefulSession::Header(name) => {
            extension("envoy.http.stateful_session.header", Object::typed(HEADER).set("name", name.as_str()))
        }
    };
    Object::typed(STATEFUL).set("statefulSession", json!({"sessionState": state}))
}
