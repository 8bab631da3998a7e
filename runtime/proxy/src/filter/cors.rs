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
            let mut reply = Reply::new(200, "".as_bytes(), "cors_response").by_filter();
            reply = reply.header(b"access-control-allow-origin", origin);
            for (name, value) in [
                ("access-control-allow-credentials", if policy.credentials { "true" } else { "" }),
                ("access-control-allow-methods", policy.methods.as_str()),
                ("access-control-allow-headers", policy.headers.as_str()),
                ("access-control-max-age", policy.max_age.as_str()),
                ("access-control-expose-headers", policy.expose.as_str()),
            ] {
                if !value.is_empty() {
                    reply = reply.header(name.as_bytes(), value);
                }
            }
            if policy.private_network
                && self.head.get(b"access-control-request-private-network").is_some_and(|v| v == b"true")
            {
                reply = reply.header(b"access-control-allow-private-network", "true");
            }
            return Err(reply);
        }
        self.cors = Some((policy, origin));
        Ok(())
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
