//! Cross-origin requests.
use crate::config::filter::CorsPolicy;
use crate::http::Head;
use crate::server::reply::Reply;
use crate::server::stream::Exchange;

impl<'a> Exchange<'a> {
    /// Answers preflights and remembers the origin for the response.
    pub(super) fn cors_request(&mut self, policy: &'a CorsPolicy) -> Result<(), Reply> {
        if !policy.enabled.includes(self.worker.random()) {
            return Ok(());
        }
        let Some(origin) = self.head.get(b"origin").filter(|o| !o.is_empty()).map(<[u8]>::to_vec) else {
            return Ok(());
        };
        let preflight = self.head.method == b"OPTIONS"
            && self.head.get(b"access-control-request-method").is_some_and(|m| !m.is_empty());
        if !policy.allows(&origin) {
            if preflight && !policy.forward_not_matching {
                return Err(Reply::new(200, "".as_bytes(), "cors_response").by_filter());
            }
            return Ok(());
        }
        if preflight {
            return Err(self.preflight(policy, origin));
        }
        self.cors = Some((policy, origin));
        Ok(())
    }

    /// The answer to a preflight.
    fn preflight(&self, policy: &CorsPolicy, origin: Vec<u8>) -> Reply {
        let mut reply = Reply::new(200, "".as_bytes(), "cors_response").by_filter();
        reply = reply.header(b"access-control-allow-origin", origin);
        // Where everything is allowed, what was asked for is named, and nothing where nothing was.
        let asked = |list: &str, header: &[u8]| match list {
            "*" => self.head.get(header).unwrap_or_default().to_vec(),
            list => list.as_bytes().to_vec(),
        };
        let methods = asked(&policy.methods, b"access-control-request-method");
        let headers = asked(&policy.headers, b"access-control-request-headers");
        let credentials = if policy.credentials { "true" } else { "" };
        for (name, stated, value) in [
            ("access-control-allow-credentials", credentials, credentials.as_bytes()),
            ("access-control-allow-methods", &policy.methods, &methods),
            ("access-control-allow-headers", &policy.headers, &headers),
            ("access-control-max-age", &policy.max_age, policy.max_age.as_bytes()),
            ("access-control-expose-headers", &policy.expose, policy.expose.as_bytes()),
        ] {
            if !stated.is_empty() {
                reply = reply.header(name.as_bytes(), value);
            }
        }
        if policy.private_network
            && self.head.get(b"access-control-request-private-network").is_some_and(|v| v == b"true")
        {
            reply = reply.header(b"access-control-allow-private-network", "true");
        }
        reply
    }

    /// Adds the headers of an allowed origin to a response.
    pub(crate) fn cors_response(&mut self, head: &mut Head) {
        let Some((policy, origin)) = self.cors.take() else { return };
        head.set(b"access-control-allow-origin", &origin);
        if policy.credentials {
            head.set(b"access-control-allow-credentials", b"true");
        }
        if !policy.expose.is_empty() {
            head.set(b"access-control-expose-headers", policy.expose.as_bytes());
        }
    }
}
