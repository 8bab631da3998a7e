//! The router: what the route does with a request (`router.cc`, `Filter::decodeHeaders`).

use mp_ir::plan::{Body, DirectResponse, Forward, Route, RouteAction, Target, WeightedCluster};

use super::Walk;
use super::arrival::is_grpc;
use super::exchange::{Exchange, get, joined, remove, set};
use super::local::Local;
use super::outcome::{Loser, Note, Response, Stage};
use crate::{rewrite, route as routes};

/// Envoy's time for a request where the route states none.
const USUAL_TIMEOUT: i128 = 15_000_000_000;

impl<'p> Walk<'p, '_> {
    pub(super) fn forward(
        &mut self,
        exchange: &mut Exchange<'p>,
        suppress: bool,
    ) -> Result<Response, Box<Local>> {
        if exchange.needs_tls {
            let origin = exchange.host.and_then(|host| host.origin);
            self.step(Stage::Reply, origin, || "plain text is redirected to https".to_owned());
            let location = routes::tls_location(&exchange.call);
            return Err(Box::new(
                Local::new(301, "", "direct_response").header("location", location).routed(),
            ));
        }
        let Some(route) = exchange.route else {
            return Err(Box::new(Local::new(404, "", "route_not_found").flagged("NR")));
        };
        match &route.action {
            RouteAction::Missing => Err(Box::new(Local::new(404, "", "route_not_found").flagged("NR"))),
            RouteAction::Redirect(redirect) => {
                let location = rewrite::location(redirect, route, &exchange.call);
                self.step(Stage::Reply, route.origin, || format!("it is redirected to {location}"));
                let local = Local::new(redirect.code, "", "direct_response");
                Err(Box::new(local.header("location", location).routed()))
            }
            RouteAction::Direct(direct) => {
                self.step(Stage::Reply, route.origin, || format!("it is answered with {}", direct.status));
                let mut local = self.direct(direct, route);
                // One that created something or leads elsewhere says where.
                if direct.status == 201 || (300..400).contains(&direct.status) {
                    let call = &exchange.call;
                    let location = format!("{}://{}{}", call.scheme, call.authority, call.path);
                    local = local.header("location", location);
                }
                Err(Box::new(local))
            }
            RouteAction::Forward(forward) => self.at_cluster(exchange, route, forward, suppress),
        }
    }

    fn direct(&mut self, direct: &DirectResponse, route: &Route) -> Local {
        let body = match &direct.body {
            None => String::new(),
            Some(Body::Text(text)) => text.clone(),
            Some(Body::Base64(_)) => {
                self.unknown("what bytes that are no text look like to the client", route.origin);
                String::new()
            }
        };
        Local::new(direct.status, body, "direct_response").routed()
    }

    fn at_cluster(
        &mut self,
        exchange: &mut Exchange<'p>,
        route: &'p Route,
        forward: &'p Forward,
        suppress: bool,
    ) -> Result<Response, Box<Local>> {
        let goal = exchange.target;
        let Some(cluster) = goal.and_then(|goal| self.proxy.cluster(goal.name)) else {
            let name = goal.map(|goal| goal.name).unwrap_or_default();
            self.step(Stage::Cluster, route.origin, || format!("there is no cluster `{name}`"));
            let status = forward.cluster_not_found.unwrap_or(503);
            return Err(Box::new(Local::new(status, "", "cluster_not_found").flagged("NC").routed()));
        };
        if let Some(one) = goal.and_then(|goal| goal.weighted) {
            self.note(|| share_note(forward, one));
        }
        self.cluster_note(cluster);
        self.prepare(exchange, route, forward, suppress);
        if self.leads_anywhere(cluster, &exchange.call.authority) {
            self.mirrors(exchange, forward);
        }
        self.tries(exchange, cluster, forward)
    }

    /// Finishes the head before the first try.
    fn prepare(&mut self, exchange: &mut Exchange<'p>, route: &Route, forward: &Forward, suppress: bool) {
        let per_try = forward.retry.as_ref().and_then(|retry| retry.per_try_timeout).unwrap_or_default();
        let whole = route_timeout(exchange, forward);
        let expected = if per_try > 0 && (whole == 0 || per_try < whole) { per_try } else { whole };
        let headers = &mut exchange.call.headers;
        remove(headers, "x-envoy-expected-rq-timeout-ms");
        let millis = expected / 1_000_000;
        if !suppress && expected > 0 {
            set(headers, "x-envoy-expected-rq-timeout-ms", millis.to_string());
        }
        if expected > 0 && forward.max_grpc_timeout.is_some() && is_grpc(headers) {
            set(headers, "grpc-timeout", format!("{millis}m"));
        }
        if exchange.host.is_some_and(|host| host.include_request_attempt_count) {
            set(headers, "x-envoy-attempt-count", "1");
        }
        self.change_request(exchange);
        self.rewrite_host(exchange, forward, suppress);
        if let Some(path) = rewrite::path(forward, route, &exchange.call.path, &self.proxy.patterns) {
            let old = std::mem::replace(&mut exchange.call.path, path.clone());
            self.step(Stage::Rewrite, route.origin, || format!("the path {old} becomes {path}"));
            if !suppress {
                set(&mut exchange.call.headers, "x-envoy-original-path", old);
            }
        }
    }

    /// Path and host that the route gives the request.
    pub(super) fn sends(&self, exchange: &Exchange<'_>) -> Option<(String, String)> {
        let route = exchange.route?;
        let RouteAction::Forward(forward) = &route.action else { return None };
        let call = &exchange.call;
        let path = rewrite::path(forward, route, &call.path, &self.proxy.patterns);
        let host = exchange.own_host().or_else(|| forward.host_rewrite.clone());
        Some((path.unwrap_or_else(|| call.path.clone()), host.unwrap_or_else(|| call.authority.clone())))
    }

    fn rewrite_host(&mut self, exchange: &mut Exchange<'p>, forward: &Forward, suppress: bool) {
        let own = exchange.own_host();
        let Some(host) = own.clone().or_else(|| forward.host_rewrite.clone()) else { return };
        let origin = exchange.route.and_then(|route| route.origin);
        self.step(Stage::Rewrite, origin, || format!("the host becomes `{host}`"));
        let old = std::mem::replace(&mut exchange.call.authority, host);
        if own.is_some() {
            // A destination of several replaces the host without a trace.
            return;
        }
        let headers = &mut exchange.call.headers;
        if !suppress {
            set(headers, "x-envoy-original-host", old.as_str());
        }
        if forward.append_x_forwarded_host {
            let hosts = joined(headers, "x-forwarded-host").filter(|hosts| !hosts.is_empty());
            set(headers, "x-forwarded-host", hosts.map_or_else(|| old.clone(), |all| format!("{all},{old}")));
        }
    }
}

/// Which share of several was taken.
fn share_note(forward: &Forward, taken: &WeightedCluster) -> Note {
    let all = match &forward.target {
        Target::Weighted(several) => several.as_slice(),
        Target::Cluster(_) => &[],
    };
    let sum: u32 = all.iter().map(|one| one.weight).sum();
    let others = all.iter().filter(|one| !std::ptr::eq(*one, taken));
    let loser = |one: &WeightedCluster| Loser {
        name: format!("cluster `{}`", one.cluster),
        why: format!("it gets {} of {sum}", one.weight),
        origin: one.origin,
    };
    Note {
        stage: Stage::Cluster,
        text: format!("{} of {sum} go to `{}`", taken.weight, taken.cluster),
        origin: taken.origin,
        losers: others.map(loser).collect(),
        decides: false,
    }
}

/// The time for all tries in nanoseconds; 0 is no limit.
pub(super) fn route_timeout(exchange: &Exchange<'_>, forward: &Forward) -> i128 {
    let stated = forward.timeout.unwrap_or(USUAL_TIMEOUT);
    let Some(most) = forward.max_grpc_timeout.filter(|_| is_grpc(&exchange.call.headers)) else {
        return stated;
    };
    let asked = get(&exchange.call.headers, "grpc-timeout").and_then(grpc_timeout).unwrap_or_default();
    if most > 0 && (asked == 0 || asked > most) { most } else { asked }
}

/// `grpc-timeout`: at most eight digits and a unit, in nanoseconds.
fn grpc_timeout(value: &str) -> Option<i128> {
    let unit = value.chars().last()?;
    let digits = value.strip_suffix(unit)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let scale = match unit {
        'H' => 3_600_000_000_000,
        'M' => 60_000_000_000,
        'S' => 1_000_000_000,
        'm' => 1_000_000,
        'u' => 1_000,
        'n' => 1,
        _ => return None,
    };
    Some(digits.parse::<i128>().ok()? * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_timeouts_have_digits_and_a_unit() {
        let read = ["100m", "2S", "1H", "123456789m", "m", "5x"].map(grpc_timeout);
        let expect = [Some(100_000_000), Some(2_000_000_000), Some(3_600_000_000_000), None, None, None];
        assert_eq!(read, expect);
    }
}
