//! External authorization.
use std::time::Instant;

use serde_json::{Map, Value};

use crate::access::info::flag;
use crate::config::authz::{Authorizer, BodySettings, CheckSettings, ExtAuthz, HttpAuthorizer};
use crate::config::matcher::StringMatcher;
use crate::http::Head;
use crate::server::reply::Reply;
use crate::server::send_request;
use crate::server::stream::{Exchange, Stop};

/// Request headers that are part of every check over HTTP.
const ALWAYS: &[&[u8]] = &[b"authorization"];

/// The response header in which authorizers over HTTP name request headers that upstream must not see.
const TO_REMOVE: &[u8] = b"x-envoy-auth-headers-to-remove";

/// Where authorizers put metadata.
const NAMESPACE: &str = "envoy.filters.http.ext_authz";

/// What the authorizer said.
pub(super) enum Answer {
    /// The request may pass, and the head is changed as the authorizer has asked: whether that may lead to another route.
    Allowed(bool),
    /// It may not.
    Denied(Box<Reply>),
    /// There was no answer.
    Failed,
}

pub(super) fn matches(matchers: &[StringMatcher], name: &[u8]) -> bool {
    matchers.iter().any(|m| m.matches(name))
}

impl<'a> Exchange<'a> {
    /// Asks the authorizer about the request.
    pub(super) async fn ext_authz(
        &mut self,
        authz: &'a ExtAuthz,
        settings: Option<&'a CheckSettings>,
    ) -> Result<(), Stop> {
        if authz.metadata.as_ref().is_some_and(|m| !m.matches(&self.info.metadata)) {
            return Ok(());
        }
        if !authz.enabled.includes(self.worker.random()) {
            if authz.deny_at_disable {
                let reply = Reply::new(authz.error_status, "".as_bytes(), "ext_authz_denied");
                return Err(reply.flagged(flag::UNAUTHORIZED_EXTERNAL).into());
            }
            return self.counted(authz, "disabled");
        }
        let body = settings.and_then(|s| s.body).or(authz.body);
        let body = body.filter(|_| !settings.is_some_and(|s| s.without_body) && !self.body.is_done());
        let body = match body {
            Some(settings) => Some((settings, self.read_body(settings).await?)),
            None => None,
        };
        let answer = match &authz.authorizer {
            Authorizer::Http(http) => self.ask_http(authz, http, body).await?,
            Authorizer::Grpc(service) => self.ask_grpc(authz, service, settings, body).await?,
        };
        self.conclude(authz, answer)
    }

    /// Does what the authorizer said.
    fn conclude(&mut self, authz: &ExtAuthz, answer: Answer) -> Result<(), Stop> {
        match answer {
            Answer::Allowed(changed) => {
                self.counted(authz, "ok")?;
                if authz.clear_route && changed { Ok(self.find_route()?) } else { Ok(()) }
            }
            Answer::Denied(reply) => {
                self.counted(authz, "denied")?;
                Err(Stop::Reply(reply))
            }
            Answer::Failed if authz.open => {
                self.counted(authz, "error")?;
                if authz.open_header {
                    self.head.add(b"x-envoy-auth-failure-mode-allowed", b"true");
                }
                self.counted(authz, "failure_mode_allowed")
            }
            Answer::Failed => {
                self.counted(authz, "error")?;
                Err(Reply::new(authz.error_status, "".as_bytes(), "ext_authz_error")
                    .flagged(flag::UNAUTHORIZED_EXTERNAL)
                    .awaited()
                    .into())
            }
        }
    }

    fn counted(&self, authz: &ExtAuthz, what: &str) -> Result<(), Stop> {
        let dot = if authz.stat_prefix.is_empty() { "" } else { "." };
        self.hcm.stats().filters.add(&format!("ext_authz.{}{dot}{what}", authz.stat_prefix));
        Ok(())
    }

    /// Reads the body as far as a check needs it; true when it was cut.
    async fn read_body(&mut self, settings: BodySettings) -> Result<bool, Stop> {
        let whole = self.buffer_body(settings.most).await?;
        if !whole && !settings.partial {
            let reply = Reply::new(413, "Payload Too Large".as_bytes(), "request_payload_too_large");
            return Err(reply.awaited().closing().into());
        }
        Ok(!whole)
    }

    /// The part of the body that a check shows.
    pub(super) fn shown_body(&self, settings: BodySettings) -> Vec<u8> {
        let mut body = self.buffered.concat();
        body.truncate(settings.most);
        body
    }

    async fn ask_http(
        &mut self,
        authz: &ExtAuthz,
        http: &HttpAuthorizer,
        body: Option<(BodySettings, bool)>,
    ) -> Result<Answer, Stop> {
        let (worker, since) = (self.worker, Instant::now());
        let shown = body.map(|(settings, _)| self.shown_body(settings)).unwrap_or_default();
        let check = self.check_request(authz, http, shown.len(), body.map(|(_, cut)| cut));
        let answer = match worker.cluster(&http.cluster) {
            Some(cluster) => {
                let asked = send_request(cluster, worker.random(), &check, &shown, http.timeout);
                self.unless_gone(asked).await?
            }
            None => None,
        };
        Ok(match answer {
            Some((head, _)) if head.status == 200 => {
                let changed = self.allowed(http, &head);
                self.tell_metadata(told_metadata(http, &head), since);
                Answer::Allowed(changed)
            }
            Some((head, body)) if head.status < 500 => Answer::Denied(Box::new(denied(http, &head, body))),
            _ => Answer::Failed,
        })
    }

    fn check_request(
        &self,
        authz: &ExtAuthz,
        http: &HttpAuthorizer,
        length: usize,
        partial: Option<bool>,
    ) -> Head {
        let mut check = Head::request(&self.head.method);
        check.path = if http.path_override.is_empty() {
            format!("{}{}", http.path_prefix, String::from_utf8_lossy(&self.head.path)).into_bytes()
        } else {
            http.path_override.clone().into_bytes()
        };
        check.authority.clone_from(&self.head.authority);
        check.add(b"content-length", length.to_string().as_bytes());
        let allowed = authz.allowed.as_deref().unwrap_or_default();
        for (name, value) in self.head.iter() {
            let wanted = ALWAYS.contains(&name) || matches(allowed, name);
            if name != b"content-length" && wanted && !matches(&authz.disallowed, name) {
                check.add(name, value);
            }
        }
        if let Some(partial) = partial {
            check.set(b"x-envoy-auth-partial-body", partial.to_string().as_bytes());
        }
        for (name, value) in &http.headers_to_add {
            check.set(name.as_bytes(), value.as_bytes());
        }
        check.add(b"x-envoy-internal", b"true");
        check.add(b"x-envoy-expected-rq-timeout-ms", http.timeout.as_millis().to_string().as_bytes());
        check
    }

    /// Does to the request what a positive answer asks for; whether a header was set or removed.
    fn allowed(&mut self, http: &HttpAuthorizer, answer: &Head) -> bool {
        let mut changed = false;
        for (name, value) in answer.iter().filter(|(name, _)| *name != TO_REMOVE) {
            if matches(&http.upstream, name) {
                self.head.set(name, value);
                changed = true;
            } else if matches(&http.upstream_append, name) {
                self.head.add(name, value);
            }
            if matches(&http.client_success, name) {
                self.response_headers.push((name.to_vec(), value.to_vec()));
            }
        }
        let names = answer.fields(TO_REMOVE).flat_map(|value| value.split(|b| *b == b','));
        for name in names.map(<[u8]>::trim_ascii).filter(|name| !name.is_empty()) {
            changed = true;
            if name.first() != Some(&b':') && !name.eq_ignore_ascii_case(b"host") {
                self.head.remove(&name.to_ascii_lowercase());
            }
        }
        changed
    }

    /// Merges what an authoriser tells into dynamic metadata, with the milliseconds that it took; of nothing nothing is told.
    pub(super) fn tell_metadata(&mut self, mut fields: Map<String, Value>, since: Instant) {
        if fields.is_empty() {
            return;
        }
        fields.insert("ext_authz_duration".to_owned(), (since.elapsed().as_millis() as u64).into());
        self.add_metadata(NAMESPACE, fields);
    }

    /// Merges fields into dynamic metadata.
    pub(super) fn add_metadata(&mut self, namespace: &str, fields: Map<String, Value>) {
        let known = self.info.metadata.entry(namespace);
        if let Value::Object(known) = known.or_insert_with(|| Value::Object(Map::new())) {
            known.extend(fields);
        }
    }
}

/// The headers of an answer that become metadata.
fn told_metadata(http: &HttpAuthorizer, answer: &Head) -> Map<String, Value> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let told = answer.iter().filter(|(name, _)| *name != TO_REMOVE && matches(&http.metadata, name));
    told.map(|(name, value)| (text(name), Value::from(text(value)))).collect()
}

fn denied(http: &HttpAuthorizer, answer: &Head, body: Vec<u8>) -> Reply {
    let mut reply =
        Reply::new(answer.status, body, "ext_authz_denied").flagged(flag::UNAUTHORIZED_EXTERNAL).awaited();
    let always = [b"location".as_slice(), b"www-authenticate"];
    for (name, value) in answer.iter().filter(|(name, _)| *name != TO_REMOVE) {
        let framing = name == b"content-length" || name == b"content-type" && http.client.is_empty();
        let chosen =
            if http.client.is_empty() { true } else { always.contains(&name) || matches(&http.client, name) };
        if chosen && !framing {
            reply = reply.header(name, value);
        }
    }
    reply
}
