//! Sessions: the endpoint of the first request answers the further ones; after `stateful_session.cc`.
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use crate::cluster::ClusterRuntime;
use crate::cluster::shared::Host;
use crate::config::session::{Session, SessionState, covers};
use crate::config::{decode_base64, encode_base64};
use crate::http::Head;
use crate::proto;
use crate::server::stream::Exchange;
use crate::server::{cookie, set_cookie};

/// The session of a request.
#[derive(Debug)]
pub(crate) struct Kept<'a> {
    session: &'a Session,
    /// The endpoint that the client names.
    address: Option<String>,
}

/// What a session says about the endpoint.
pub(crate) enum Chosen {
    /// This one.
    Host(Arc<Host>),
    /// One that may not be used, and no other one either.
    Nobody,
}

impl<'a> Exchange<'a> {
    /// Reads the session of a request.
    pub(super) fn find_session(&mut self, session: &'a Session) {
        let address = match &session.state {
            None => return,
            Some(SessionState::Cookie { name, path, .. }) => {
                let request = String::from_utf8_lossy(&self.head.path);
                if !covers(path, &request) {
                    return;
                }
                cookie(&self.head, name).and_then(|value| told(&value))
            }
            Some(SessionState::Header(name)) => {
                let value = self.head.get(name).and_then(|v| decode_base64(std::str::from_utf8(v).ok()?));
                value.and_then(|v| String::from_utf8(v).ok()).filter(|a| !a.is_empty())
            }
        };
        self.notes.session = Some(Kept { session, address });
    }

    /// The endpoint that the session wants; retries are free to go elsewhere.
    pub(crate) fn session_host(&self, cluster: &ClusterRuntime) -> Option<Chosen> {
        let (address, strict) = match (&self.notes.wanted, &self.notes.session) {
            (Some((address, strict)), _) => (address, *strict),
            (None, Some(kept)) if self.info.attempts <= 1 => (kept.address.as_ref()?, kept.session.strict),
            (None, _) => return None,
        };
        let hosts = cluster.shared.hosts.load();
        let fits = |h: &&Arc<Host>| h.address.to_string() == *address && (h.is_healthy() || h.is_degraded());
        match hosts.iter().find(fits) {
            Some(host) => Some(Chosen::Host(host.clone())),
            None => strict.then_some(Chosen::Nobody),
        }
    }

    /// Tells the client its endpoint when that is another one than it has named.
    pub(super) fn keep_session(&self, head: &mut Head) {
        let (Some(kept), Some(host)) = (&self.notes.session, &self.notes.upstream_host) else { return };
        let address = host.address.to_string();
        if kept.address.as_ref() == Some(&address) {
            return;
        }
        match &kept.session.state {
            None => {}
            Some(SessionState::Header(name)) => {
                head.set(name, encode_base64(address.as_bytes(), true, false).as_bytes());
            }
            Some(SessionState::Cookie { name, ttl, path, attributes }) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                let expires = if ttl.is_zero() { 0 } else { now.as_secs() + ttl.as_secs() };
                let message = proto::SessionCookie { address, expires };
                let value = encode_base64(&message.encode_to_vec(), true, false);
                let ttl = Some(*ttl).filter(|t| !t.is_zero());
                head.add(b"set-cookie", set_cookie(name, &value, ttl, path, attributes).as_bytes());
            }
        }
    }
}

/// The address in a cookie that is not too old.
fn told(value: &[u8]) -> Option<String> {
    let bytes = decode_base64(std::str::from_utf8(value).ok()?)?;
    let message = proto::SessionCookie::decode(bytes.as_slice()).ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let old = message.expires != 0 && message.expires < now;
    Some(message.address).filter(|address| !old && !address.is_empty())
}
