//! What the router does to a request's head: timeouts, attempt count, header operations, rewrites, hashing, mirrors.
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use xxhash_rust::xxh64::xxh64;

use super::client;
use super::clock::Clock;
use super::clock::deadline;
use super::forward::Attempts;
use super::mutate::append_xff;
use super::stream::{Exchange, Matched};
use super::timeouts::{Timeouts, grpc_timeout, spelled_timeout};
use crate::cluster::shared::Host;
use crate::config::action::{Forward, HostRewrite, PathRewrite, Target};
use crate::config::hash::HashSource;
use crate::config::matcher::query_value;
use crate::config::route::Level;
use crate::http::Head;

impl<'a> Exchange<'a> {
    /// The limits that run from the beginning.
    pub(super) fn clock(&self, forward: &Forward) -> Clock {
        let mut clock = Clock::new(self.idle_timeout());
        if !self.body.is_done() {
            clock.request = deadline(self.hcm.times.request_timeout);
        }
        let duration = match (forward.grpc_timeout_max, grpc_timeout(&self.head)) {
            (Some(max), Some(asked)) if max.is_zero() => Some(asked),
            (Some(max), Some(asked)) => Some(asked.min(max)),
            _ => forward.max_duration.or(self.hcm.times.max_stream_duration),
        };
        // A deadline of zero in the request is over at once; zero in the configuration is none.
        let asked = forward.grpc_timeout_max.is_some() && grpc_timeout(&self.head).is_some();
        clock.duration = match duration {
            Some(time) if asked => std::time::Instant::now().checked_add(time),
            other => other.and_then(deadline),
        };
        clock
    }

    /// Finishes the head before the first attempt.
    pub(super) fn prepare_request(
        &mut self,
        forward: &Forward,
        matched: Matched<'a>,
        target: &'a Target,
        clock: &Clock,
        times: Timeouts,
    ) {
        self.info.names.virtual_cluster = matched.host.virtual_cluster(&self.head);
        times.tell(clock, self.hcm.filters.suppress_envoy_headers, &mut self.head);
        self.notes.silent_timeout = self.head.remove(b"x-envoy-upstream-rq-timeout-alt-response");
        if matched.host.attempt_count {
            self.head.set(b"x-envoy-attempt-count", b"1");
        }
        if forward.grpc_timeout_max.is_some()
            && let Some(time) = grpc_timeout(&self.head)
        {
            self.head.set(b"grpc-timeout", spelled_timeout(time).as_bytes());
        }
        self.apply_level(&target.level);
        if let Some(host) = &target.host {
            // A weighted cluster replaces the host without a trace.
            self.head.authority = Some(host.clone());
        }
        self.apply_levels(matched);
        self.rewrite_host(forward);
        self.rewrite_path(&forward.path, matched);
        self.inject_trace();
    }

    /// Header operations of route, virtual host and table, in the order that the table states.
    fn apply_levels(&mut self, matched: Matched<'a>) {
        let routes = &self.hcm.routes;
        let mut levels = [&matched.route.level, &matched.host.level, &routes.level];
        if routes.most_specific_wins {
            levels.reverse();
        }
        levels.iter().for_each(|level| self.apply_level(level));
    }

    fn apply_level(&mut self, level: &Level) {
        if !level.request.is_empty() {
            let pass = level.request.evaluate(self.source());
            level.request.apply(pass, &mut self.head);
        }
    }

    /// Renews what changes from attempt to attempt.
    pub(super) fn update_attempt(&mut self, attempts: &Attempts<'_>) {
        let quiet = self.hcm.filters.suppress_envoy_headers;
        attempts.times.tell(&attempts.clock, quiet, &mut self.head);
        if self.head.has(b"x-envoy-attempt-count") {
            let text = self.info.attempts.to_string();
            self.head.set(b"x-envoy-attempt-count", text.as_bytes());
        }
    }

    fn rewrite_host(&mut self, forward: &Forward) {
        let host = match &forward.host {
            HostRewrite::Literal(host) => Some(host.clone()),
            HostRewrite::Header(name) => self.head.get(name).map(<[u8]>::to_vec).filter(|h| !h.is_empty()),
            HostRewrite::Path(rewrite) => Some(rewrite.apply(self.head.path_only())),
            HostRewrite::Keep | HostRewrite::Auto => None,
        };
        if let Some(host) = host {
            self.set_host(host, forward.forwarded_host);
        }
    }

    /// Rewrites the host to the name of the endpoint when the route asks for it.
    pub(super) fn rewrite_host_to(&mut self, host: &Arc<Host>, forward: &Forward) {
        if matches!(forward.host, HostRewrite::Auto) && !host.endpoint.hostname.is_empty() {
            let name = host.endpoint.hostname.clone().into_bytes();
            if self.head.authority.as_deref() != Some(&name) {
                self.set_host(name, forward.forwarded_host);
            }
        }
    }

    fn set_host(&mut self, host: Vec<u8>, forwarded: bool) {
        let old = self.head.authority.replace(host).unwrap_or_default();
        if !self.hcm.filters.suppress_envoy_headers {
            self.head.set(b"x-envoy-original-host", &old);
        }
        if forwarded {
            let mut hosts =
                self.head.joined(b"x-forwarded-host").filter(|h| !h.is_empty()).unwrap_or_default();
            if !hosts.is_empty() {
                hosts.push(b',');
            }
            hosts.extend_from_slice(&old);
            self.head.set(b"x-forwarded-host", &hosts);
        }
    }

    fn rewrite_path(&mut self, rewrite: &PathRewrite, matched: Matched<'a>) {
        if let Some(path) = rewritten(&self.head, rewrite, matched) {
            self.replace_path(path);
        }
    }

    /// Puts another path in the place of the one that was asked for, which a header keeps.
    pub(super) fn replace_path(&mut self, path: Vec<u8>) {
        let old = std::mem::replace(&mut self.head.path, path);
        if !self.hcm.filters.suppress_envoy_headers {
            self.head.set(b"x-envoy-original-path", &old);
        }
    }

    /// The hash for consistent balancers; may set a cookie.
    pub(super) fn hash(&mut self, forward: &Forward) -> Option<u64> {
        let mut hash: Option<u64> = None;
        for policy in &forward.hash {
            let new = match &policy.source {
                HashSource::Header(name, rewrite) => self.header_hash(name, rewrite.as_ref()),
                HashSource::Cookie { name, ttl, path, attributes } => {
                    self.cookie_hash(name, *ttl, path, attributes)
                }
                HashSource::SourceIp => self.info.remote.ip().map(|ip| xxh64(ip.to_string().as_bytes(), 0)),
                HashSource::Query(name) => query_value(self.head.query(), name).map(|v| xxh64(v, 0)),
            };
            if let Some(new) = new {
                hash = Some(hash.map_or(new, |old| old.rotate_left(1) ^ new));
            }
            if policy.terminal && hash.is_some() {
                break;
            }
        }
        hash
    }

    fn header_hash(&self, name: &[u8], rewrite: Option<&crate::config::action::Substitution>) -> Option<u64> {
        let mut values: Vec<_> = self.head.fields(name).collect();
        values.sort_unstable();
        let mut hash = None;
        for value in values {
            let value = rewrite.map_or_else(|| value.to_vec(), |r| r.apply(value));
            hash = Some(xxh64(&value, hash.unwrap_or(0)));
        }
        hash
    }

    fn cookie_hash(
        &mut self,
        name: &str,
        ttl: Option<Duration>,
        path: &str,
        attributes: &[(String, String)],
    ) -> Option<u64> {
        if let Some(value) = cookie(&self.head, name) {
            return Some(xxh64(&value, 0));
        }
        let ttl = ttl?;
        let value = format!("{:016x}", self.worker.random());
        let header = set_cookie(name, &value, Some(ttl).filter(|t| !t.is_zero()), path, attributes);
        self.notes.cookies.push(header);
        Some(xxh64(value.as_bytes(), 0))
    }

    /// Sends copies of the request to mirrors; their responses are dropped.
    pub(super) fn mirror(&self, forward: &Forward, body: &[Bytes]) {
        for mirror in &forward.mirrors {
            if !mirror.fraction.includes(self.worker.random()) {
                continue;
            }
            let mut head = self.head.clone();
            if let Some(authority) = head.authority.as_mut().filter(|_| mirror.suffix) {
                let at = crate::config::route::without_port(authority).len();
                let port = authority.split_off(at);
                authority.extend_from_slice(b"-shadow");
                authority.extend_from_slice(&port);
            }
            head.set(b"x-envoy-internal", b"true");
            append_xff(&mut head, self.worker.global.node_ip);
            client::send_and_forget(self.worker.clone(), mirror.cluster.clone(), head, body.concat());
        }
    }
}

/// The path after a rewrite; `None` when it stays.
pub(super) fn rewritten(head: &Head, rewrite: &PathRewrite, matched: Matched<'_>) -> Option<Vec<u8>> {
    let path = head.path_only();
    let query = head.path.get(path.len()..).unwrap_or_default();
    let mut out = match rewrite {
        PathRewrite::Keep => return None,
        PathRewrite::Prefix(prefix) => {
            let mut out = prefix.clone();
            out.extend_from_slice(path.get(matched.route.path().matched_length(path)..).unwrap_or_default());
            out
        }
        PathRewrite::Regex(rewrite) => rewrite.apply(path),
    };
    if out.is_empty() {
        // A path that nothing is left of stays as it was.
        return None;
    }
    out.extend_from_slice(query);
    Some(out)
}

/// The value of a cookie.
pub(crate) fn cookie(head: &Head, name: &str) -> Option<Vec<u8>> {
    head.fields(b"cookie").flat_map(|header| header.split(|b| *b == b';')).find_map(|pair| {
        let pair = pair.trim_ascii();
        let (key, value) = pair.split_at(memchr::memchr(b'=', pair)?);
        let value = value.get(1..)?.trim_ascii();
        let value = value.strip_prefix(b"\"").and_then(|v| v.strip_suffix(b"\"")).unwrap_or(value);
        (key == name.as_bytes()).then(|| value.to_vec())
    })
}

/// A cookie that lives for a time, or as long as the browser runs; after `makeSetCookieValue`.
pub(crate) fn set_cookie(
    name: &str,
    value: &str,
    ttl: Option<Duration>,
    path: &str,
    attributes: &[(String, String)],
) -> String {
    let mut header = format!("{name}=\"{value}\"");
    if let Some(ttl) = ttl {
        header.push_str(&format!("; Max-Age={}", ttl.as_secs()));
    }
    if !path.is_empty() {
        header.push_str(&format!("; Path={path}"));
    }
    for (name, value) in attributes {
        header.push_str("; ");
        header.push_str(name);
        if !value.is_empty() {
            header.push('=');
            header.push_str(value);
        }
    }
    header.push_str("; HttpOnly");
    header
}
