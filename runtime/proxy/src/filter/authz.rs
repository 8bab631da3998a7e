//! External authorization over HTTP.
use crate::access::info::flag;
use crate::config::authz::ExtAuthz;
use crate::config::matcher::StringMatcher;
use crate::http::Head;
use crate::server::reply::Reply;
use crate::server::send_request;
use crate::server::stream::{Exchange, Stop};

/// Request headers that are part of every check.
const ALWAYS: &[&[u8]] = &[b"authorization"];

fn matches(matchers: &[StringMatcher], name: &[u8]) -> bool {
    matchers.iter().any(|m| m.matches(name))
}

impl<'a> Exchange<'a> {
    /// Asks the authorizer about the request.
    pub(super) async fn ext_authz(&mut self, authz: &'a ExtAuthz) -> Result<(), Stop> {
        if authz.metadata.as_ref().is_some_and(|m| !m.matches(&self.info.metadata)) {
            return Ok(());
        }
        let worker = self.worker;
        let check = self.check_request(authz);
        let answer = match worker.cluster(&authz.cluster) {
            Some(cluster) => send_request(cluster, worker.random(), &check, &[], authz.timeout).await,
            None => None,
        };
        match answer {
            Some((head, _)) if head.status == 200 => {
                self.allowed(authz, &head);
                if authz.clear_route { Ok(self.find_route()?) } else { Ok(()) }
            }
            Some((head, body)) if head.status < 500 => Err(denied(authz, &head, body).into()),
            _ if authz.open => {
                if authz.open_header {
                    self.head.add(b"x-envoy-auth-failure-mode-allowed", b"true");
                }
                Ok(())
            }
            _ => Err(Reply::new(authz.error_status, "".as_bytes(), "ext_authz_error")
                .flagged(flag::UNAUTHORIZED_EXTERNAL)
                .awaited()
                .into()),
        }
    }

    fn check_request(&self, authz: &ExtAuthz) -> Head {
        let mut check = Head::request(&self.head.method);
        check.path =
            format!("{}{}", authz.path_prefix, String::from_utf8_lossy(&self.head.path)).into_bytes();
        check.authority.clone_from(&self.head.authority);
        check.add(b"content-length", b"0");
        for (name, value) in self.head.iter() {
            if name != b"content-length" && (ALWAYS.contains(&name) || matches(&authz.allowed, name)) {
                check.add(name, value);
            }
        }
        for (name, value) in &authz.headers_to_add {
            check.set(name.as_bytes(), value.as_bytes());
        }
        check.add(b"x-envoy-internal", b"true");
        check.add(b"x-envoy-expected-rq-timeout-ms", authz.timeout.as_millis().to_string().as_bytes());
        check
    }

    fn allowed(&mut self, authz: &ExtAuthz, answer: &Head) {
        for (name, value) in answer.iter() {
            if matches(&authz.upstream, name) {
                self.head.set(name, value);
            } else if matches(&authz.upstream_append, name) {
                self.head.add(name, value);
            }
            if matches(&authz.client_success, name) {
                self.response_headers.push((name.to_vec(), value.to_vec()));
            }
        }
    }
}

fn denied(authz: &ExtAuthz, answer: &Head, body: Vec<u8>) -> Reply {
    let mut reply =
        Reply::new(answer.status, body, "ext_authz_denied").flagged(flag::UNAUTHORIZED_EXTERNAL).awaited();
    let always = [b"location".as_slice(), b"www-authenticate", b"proxy-authenticate", b"set-cookie"];
    for (name, value) in answer.iter() {
        let framing = name == b"content-length" || name == b"content-type" && authz.client.is_empty();
        let chosen = if authz.client.is_empty() {
            true
        } else {
            always.contains(&name) || matches(&authz.client, name)
        };
        if chosen && !framing {
            reply = reply.header(name, value);
        }
    }
    reply
}
