//! Redirects that the proxy follows itself (`Filter::setupRedirect` of `source/common/router/router.cc`).
use super::forward::Attempts;
use super::stream::{Exchange, Stop};
use super::upstream::{Source, Started};
use crate::access::info::Info;
use crate::config::internal_redirect::{InternalRedirect, Predicate};
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

/// Takes headers over, in the place of those of the same names.
fn copy(names: &[Vec<u8>], from: &Head, into: &mut Head) {
    for name in names {
        into.remove(name);
        from.fields(name).for_each(|value| into.add(name, value));
    }
}

/// The URL of a request.
fn url(head: &Head) -> Vec<u8> {
    let authority = head.authority.as_deref().unwrap_or_default();
    [head.scheme.as_slice(), b"://", authority, &head.path].concat()
}

impl<'a> Exchange<'a> {
    /// Passes a response on, or follows it when it is a redirect that the route wants to be followed.
    pub(super) async fn respond_or_follow(
        &mut self,
        started: Started,
        attempts: Box<Attempts<'a>>,
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
        let from = self.route_name();
        copy(&policy.copied, response, &mut self.head);
        self.head.scheme = location.scheme;
        self.head.authority = Some(location.authority);
        self.head.path = location.path;
        let why: Option<fn(&HttpStats) -> &Count> = if self.find_route().is_err() || self.matched.is_none() {
            Some(|s| &s.passthrough_internal_redirect_no_route)
        } else if !self.accepts_redirect(policy, &from, &old.scheme) {
            Some(|s| &s.passthrough_internal_redirect_predicate)
        } else {
            None
        };
        if let Some(why) = why {
            refused(why);
            self.head = old;
            let _found = self.find_route();
            return false;
        }
        self.head.set(b"x-envoy-original-url", &url(&old));
        self.notes.redirects += 1;
        true
    }

    fn route_name(&self) -> String {
        self.matched.map(|m| m.route.name.clone()).unwrap_or_default()
    }

    /// Whether the route that a redirect leads to is one that the policy lets it lead to.
    fn accepts_redirect(&mut self, policy: &InternalRedirect, from: &str, scheme: &[u8]) -> bool {
        let to = self.route_name();
        let step = (from.to_owned(), to);
        let fits = policy.predicates.iter().all(|predicate| match predicate {
            Predicate::NewRoute => !self.notes.followed.contains(&step),
            Predicate::Listed(names) => names.contains(&step.1),
            Predicate::SafeScheme => scheme == b"https" || self.head.scheme != b"https",
        });
        if fits {
            self.notes.followed.push(step);
        }
        fits
    }

    /// Begins the request that a redirect asks for; the first one ends in the log.
    pub(super) fn begin_again(&mut self) {
        self.info.details = "internal_redirect".into();
        self.log();
        let fresh = Info::new(self.connection.clone(), self.info.protocol);
        let old = std::mem::replace(&mut self.info, fresh);
        self.info.remote = old.remote.clone();
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
