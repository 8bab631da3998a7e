//! Redirects that the proxy follows itself (`Filter::setupRedirect` of `source/common/router/router.cc`).
use super::forward::Attempts;
use super::stream::{Exchange, Stop};
use super::upstream::{Source, Started};
use crate::access::info::Info;
use crate::config::internal_redirect::InternalRedirect;
use crate::http::{Framing, Head};
use crate::stats::{Count, HttpStats, add};

/// Where a redirect leads.
struct Location {
    scheme: Vec<u8>,
    authority: Vec<u8>,
    path: Vec<u8>,
}

impl Location {
    /// Reads an absolute URL; the fragment is for browsers.
    fn new(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let text = text.split('#').next()?;
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return None;
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = (rest.get(..end)?, rest.get(end..)?);
        let slash = if path.starts_with('/') { "" } else { "/" };
        (!authority.is_empty()).then(|| Self {
            scheme: scheme.into_bytes(),
            authority: authority.as_bytes().to_vec(),
            path: format!("{slash}{path}").into_bytes(),
        })
    }
}

impl<'a> Exchange<'a> {
    /// Passes a response on, or follows it when it is a redirect that the route wants to be followed.
    pub(super) async fn respond_or_follow(
        &mut self,
        started: Started,
        attempts: Attempts<'a>,
    ) -> Result<(), Stop> {
        let Some(policy) = &attempts.forward.internal_redirect else {
            return self.respond(started, attempts).await;
        };
        if !policy.statuses.contains(&started.head.status) {
            return self.respond(started, attempts).await;
        }
        let whole = attempts.replay.ended && !attempts.replay.lost;
        if !whole || !self.turn(policy, &started.head) {
            attempts.cluster.shared.count(|c| &c.upstream_internal_redirect_failed_total);
            return self.respond(started, attempts).await;
        }
        attempts.cluster.shared.count(|c| &c.upstream_internal_redirect_succeeded_total);
        let dropped = started.head.status == 303 && self.head.method != b"HEAD";
        if dropped {
            self.head.method = b"GET".to_vec();
            self.head.remove(b"content-length");
        } else {
            self.buffered = attempts.replay.data;
            self.buffered_trailers = attempts.replay.trailers;
        }
        self.info.status = started.head.status;
        if let Source::H1(connection, Framing::None, false) = started.source {
            attempts.cluster.release(*connection);
        }
        self.response = Some(started.head);
        Err(Stop::Again)
    }

    /// Makes the request the one that a redirect asks for; false when it is not followed.
    fn turn(&mut self, policy: &InternalRedirect, response: &Head) -> bool {
        let refused = |why: fn(&HttpStats) -> &Count| add(why(&self.hcm.stats().http), 1);
        let Some(location) = response.get(b"location").filter(|l| !l.is_empty()) else { return false };
        let Some(location) = Location::new(location) else {
            refused(|s| &s.passthrough_internal_redirect_bad_location);
            return false;
        };
        if !policy.across_schemes && location.scheme != self.head.scheme {
            refused(|s| &s.passthrough_internal_redirect_unsafe_scheme);
            return false;
        }
        if self.notes.redirects >= policy.most {
            refused(|s| &s.passthrough_internal_redirect_too_many_redirects);
            return false;
        }
        let old = self.head.clone();
        for name in &policy.copied {
            self.head.remove(name);
            for value in response.fields(name) {
                self.head.add(name, value);
            }
        }
        let mut original = old.scheme.clone();
        original.extend_from_slice(b"://");
        original.extend_from_slice(old.authority.as_deref().unwrap_or_default());
        original.extend_from_slice(&old.path);
        self.head.scheme = location.scheme;
        self.head.authority = Some(location.authority);
        self.head.path = location.path;
        if self.find_route().is_err() || self.matched.is_none() {
            add(&self.hcm.stats().http.passthrough_internal_redirect_no_route, 1);
            self.head = old;
            let _found = self.find_route();
            return false;
        }
        self.head.set(b"x-envoy-original-url", &original);
        self.notes.redirects += 1;
        true
    }

    /// Begins the request that a redirect asks for; the first one ends in the log.
    pub(super) fn begin_again(&mut self) {
        self.info.details = "internal_redirect".into();
        self.log();
        let fresh = Info::new(self.connection.clone(), self.info.protocol);
        let old = std::mem::replace(&mut self.info, fresh);
        self.info.remote = old.remote;
        self.response = None;
        self.matched = None;
        self.response_headers.clear();
        self.notes.cookies.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Location;

    #[test]
    fn locations_are_absolute() {
        let read = |text: &str| {
            let location = Location::new(text.as_bytes())?;
            let text = [&location.scheme[..], b" ", &location.authority, b" ", &location.path].concat();
            String::from_utf8(text).ok()
        };
        for (text, wanted) in [
            ("http://h/p?a=1#f", Some("http h /p?a=1")),
            ("HTTPS://h:8443", Some("https h:8443 /")),
            ("http://h?a=1", Some("http h /?a=1")),
            ("/p", None),
            ("ftp://h/p", None),
            ("http:///p", None),
        ] {
            assert_eq!(read(text).as_deref(), wanted, "{text}");
        }
    }
}
