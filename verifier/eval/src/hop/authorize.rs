//! External authorisers that are asked over HTTP (`ext_authz`).

use mp_ir::plan::ExtAuthz;

use super::Walk;
use super::around::{Answer, Answered};
use super::exchange::{Exchange, remove, set};
use super::local::Local;
use super::outcome::{Seen, SeenRequest, Stage, What};
use crate::decision::By;

impl<'p> Walk<'p, '_> {
    pub(super) fn ext_authz(
        &mut self,
        exchange: &mut Exchange<'p>,
        authz: &'p ExtAuthz,
    ) -> Result<(), Box<Local>> {
        let asked = |(_, policy): &(&str, &str)| policy.starts_with(authz.policy_prefix.as_str());
        // `ext_authz.cc`, `getPerRouteFlags`: what has no route is not asked about.
        let routed = exchange.route.is_some() || exchange.needs_tls;
        if !routed || !exchange.shadows.iter().any(asked) {
            return Ok(());
        }
        if !authz.http {
            self.unknown(format!("what the authoriser `{}` says", authz.provider), None);
            return Ok(());
        }
        match self.ask(exchange, authz) {
            Some(answer) if answer.status == 200 => {
                self.step(Stage::Policy, None, || format!("the authoriser `{}` consents", authz.provider));
                consent(exchange, authz, &answer);
                Ok(())
            }
            Some(answer) if answer.status < 500 => {
                self.step(Stage::Policy, None, || format!("the authoriser `{}` refuses", authz.provider));
                self.ended_by(By::ExtAuthz);
                Err(Box::new(refusal(authz, &answer)))
            }
            _ => {
                let fails = format!("the authoriser `{}` cannot be reached", authz.provider);
                self.step(Stage::Policy, None, || fails);
                if authz.fail_open {
                    return Ok(());
                }
                self.ended_by(By::ExtAuthz);
                let status = authz.status_on_error.unwrap_or(403);
                Err(Box::new(Local::new(status, "", "ext_authz_error").flagged("UAEX").awaited()))
            }
        }
    }

    fn ask(&mut self, exchange: &Exchange<'p>, authz: &ExtAuthz) -> Option<Answered> {
        let cluster = self.proxy.cluster(&authz.cluster)?;
        let notes = std::mem::replace(&mut self.notes, false);
        let picked = self.pick_any(cluster, "", &[]);
        let transport = picked.as_ref().and_then(|picked| self.transport(cluster, picked, ""));
        self.notes = notes;
        let picked = picked.filter(|picked| self.around.accepts(&picked.place))?;
        let seen = Seen {
            cluster: authz.cluster.clone(),
            place: picked.place,
            what: Some(What::Request(check(exchange, authz))),
            aside: true,
            tunnelled: picked.tunnel,
            tls: transport.map(|transport| transport.seen()),
            tls_error: None,
        };
        let answer = self.around.answer(&seen);
        self.out.upstream.push(seen);
        match answer {
            Answer::Response(mut answered) if answered.after <= authz.timeout => {
                if exchange.call.method == "HEAD" {
                    answered.body.clear();
                }
                Some(answered)
            }
            _ => None,
        }
    }
}

/// The request that the authoriser gets.
fn check(exchange: &Exchange<'_>, authz: &ExtAuthz) -> SeenRequest {
    let call = &exchange.call;
    let body = match authz.body {
        Some((most, ..)) => exchange.body.chars().take(usize::try_from(most).unwrap_or(usize::MAX)).collect(),
        None => String::new(),
    };
    let mut headers = vec![("content-length".to_owned(), body.len().to_string())];
    let shown = |name: &str| name == "authorization" || authz.request_headers.iter().any(|h| fits(h, name));
    let passed = call.headers.iter().filter(|(name, _)| name != "content-length" && shown(name));
    headers.extend(passed.cloned());
    for (name, value) in &authz.extra_headers {
        set(&mut headers, &name.to_ascii_lowercase(), value.as_str());
    }
    headers.push(("x-envoy-internal".to_owned(), "true".to_owned()));
    let millis = (authz.timeout / 1_000_000).to_string();
    headers.push(("x-envoy-expected-rq-timeout-ms".to_owned(), millis));
    SeenRequest {
        http2: false,
        method: call.method.clone(),
        path: format!("{}{}", authz.path_prefix, call.path),
        authority: call.authority.clone(),
        headers,
        body,
    }
}

/// Whether a header name fits a pattern with `*` at one end.
fn fits(pattern: &str, name: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    if let Some(end) = pattern.strip_prefix('*') {
        return name.ends_with(end);
    }
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

fn consent(exchange: &mut Exchange<'_>, authz: &ExtAuthz, answer: &Answered) {
    for (name, value) in &answer.headers {
        if authz.upstream_headers.iter().any(|pattern| fits(pattern, name)) {
            remove(&mut exchange.call.headers, name);
            set(&mut exchange.call.headers, name, value.as_str());
        }
        if authz.client_headers_on_allow.iter().any(|pattern| fits(pattern, name)) {
            exchange.response_headers.push((name.clone(), value.clone()));
        }
    }
}

/// Headers of a refusal that always reach the client.
const ALWAYS: [&str; 2] = ["location", "www-authenticate"];

fn refusal(authz: &ExtAuthz, answer: &Answered) -> Local {
    let mut local =
        Local::new(answer.status, answer.body.clone(), "ext_authz_denied").flagged("UAEX").awaited();
    let listed = &authz.client_headers_on_deny;
    for (name, value) in &answer.headers {
        let chosen = listed.is_empty() && name != "content-type"
            || ALWAYS.contains(&name.as_str())
            || listed.iter().any(|pattern| fits(pattern, name));
        if chosen {
            local = local.header(name, value.as_str());
        }
    }
    local
}
