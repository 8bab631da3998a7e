//! Redirects and direct responses.
use super::prepare::rewritten;
use super::reply::Reply;
use super::stream::{Exchange, Matched};
use crate::config::action::Redirect;

/// Where the port of a host begins, whatever it consists of (`source/common/http/header_utility.cc`, getPortStart); the length of a
/// host without one.
fn port_start(host: &[u8]) -> usize {
    let colon = memchr::memrchr(b':', host);
    let inside = colon.is_some_and(|at| memchr::memrchr(b']', host).is_some_and(|end| end > at));
    colon.filter(|_| !inside).unwrap_or(host.len())
}

impl<'a> Exchange<'a> {
    /// The answer of a redirect route.
    pub(super) fn redirect(&mut self, redirect: &Redirect, matched: Matched<'a>) -> Reply {
        let old_scheme = self.head.scheme.clone();
        let scheme = redirect.scheme.clone().unwrap_or_else(|| old_scheme.clone());
        let authority = self.head.authority.clone().unwrap_or_default();
        let mut host = redirect.host.clone().unwrap_or_else(|| authority.clone());
        if let Some(port) = redirect.port {
            // A host that the route states keeps what stands behind it.
            if redirect.host.is_none() {
                host.truncate(port_start(&host));
            }
            host.extend_from_slice(format!(":{port}").as_bytes());
        } else if redirect.host.is_none() && scheme != old_scheme {
            // The default port of the old scheme makes no sense with the new one.
            let default: &[u8] = if old_scheme == b"https" { b":443" } else { b":80" };
            if host.ends_with(default) {
                host.truncate(host.len() - default.len());
            }
        }
        let path = self.redirect_path(redirect, matched);
        let mut location = scheme;
        location.extend_from_slice(b"://");
        location.extend_from_slice(&host);
        if path.first() != Some(&b'/') {
            location.push(b'/');
        }
        location.extend_from_slice(&path);
        location.retain(|b| !matches!(b, b'\r' | b'\n' | 0));
        Reply::new(redirect.status, "".as_bytes(), "direct_response").header(b"location", location)
    }

    /// The answer of a route that answers itself; one that created something or leads elsewhere says where (`Filter::decodeHeaders`
    /// of `router.cc`).
    pub(super) fn direct(&self, status: u16, body: Vec<u8>) -> Reply {
        let reply = Reply::new(status, body, "direct_response");
        if status != 201 && !(300..400).contains(&status) {
            return reply;
        }
        let mut location = self.head.scheme.clone();
        location.extend_from_slice(b"://");
        location.extend_from_slice(self.head.authority.as_deref().unwrap_or_default());
        location.extend_from_slice(&self.head.path);
        reply.header(b"location", location)
    }

    fn redirect_path(&mut self, redirect: &Redirect, matched: Matched<'a>) -> Vec<u8> {
        let query = |path: &[u8]| {
            memchr::memchr(b'?', path).and_then(|at| path.get(at..)).unwrap_or_default().to_vec()
        };
        if let Some(path) = &redirect.path {
            let mut path = path.clone();
            if !redirect.strip_query && !path.contains(&b'?') {
                path.extend_from_slice(&query(&self.head.path));
            }
            return path;
        }
        if let Some(path) = rewritten(&self.head, &redirect.rewrite, matched) {
            // The rewritten path is what the log shows.
            self.replace_path(path);
        }
        let mut path = self.head.path.clone();
        if redirect.strip_query {
            path.truncate(self.head.path_only().len());
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::port_start;

    #[test]
    fn a_port_is_what_follows_the_last_colon() {
        for (host, wanted) in
            [("a", 1), ("a:80", 1), ("a:b:8", 3), ("a:", 1), ("[::1]", 5), ("[::1]:80", 5), ("::1", 1)]
        {
            assert_eq!(port_start(host.as_bytes()), wanted, "{host}");
        }
    }
}
