//! `envoy.extensions.filters.http.stateful_session.v3.StatefulSession`, compiled.
use std::time::Duration;

use crate::json::Value;

use super::value::{Get, Scope};

/// Requests of one session go to one endpoint.
#[derive(Debug)]
pub(crate) struct Session {
    /// Where the session is kept; nothing is done without.
    pub(crate) state: Option<SessionState>,
    /// Whether no other endpoint may answer.
    pub(crate) strict: bool,
}

/// Where a session is kept.
#[derive(Debug)]
pub(crate) enum SessionState {
    /// In a cookie.
    Cookie {
        /// Its name.
        name: String,
        /// How long it lives; zero is until the browser closes.
        ttl: Duration,
        /// The paths that it is for; every path when empty.
        path: String,
        /// Further attributes.
        attributes: Vec<(String, String)>,
    },
    /// In a header, of requests and of responses.
    Header(Vec<u8>),
}

impl Session {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let config = value.get_field("session_state").get_field("typed_config");
        let kind = config.type_name();
        let state = if kind.ends_with("CookieBasedSessionState") {
            Some(cookie(config.get_field("cookie")))
        } else if kind.ends_with("HeaderBasedSessionState") {
            Some(SessionState::Header(config.text("name").to_ascii_lowercase().into_bytes()))
        } else {
            None
        };
        if let Some(SessionState::Cookie { name, .. }) = &state
            && name.is_empty()
        {
            scope.field("session_state.typed_config.cookie.name").refuse("a cookie needs a name");
        }
        Self { state, strict: value.flag("strict") }
    }
}

fn cookie(value: Option<&Value>) -> SessionState {
    let attributes = value.items("attributes").iter();
    SessionState::Cookie {
        name: value.text("name").to_owned(),
        ttl: value.duration("ttl").unwrap_or_default(),
        path: value.text("path").to_owned(),
        attributes: attributes.map(|a| (a.text("name").to_owned(), a.text("value").to_owned())).collect(),
    }
}

/// Whether a cookie with this path belongs to a request; after `CookieBasedSessionStateFactory`.
pub(crate) fn covers(path: &str, request: &str) -> bool {
    if path.is_empty() || path == "/" {
        return true;
    }
    let Some(rest) = request.strip_prefix(path) else { return false };
    path.ends_with('/') || rest.is_empty() || rest.starts_with(['/', '?', '#'])
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn cookies_are_for_whole_segments() {
        for (path, request, wanted) in [
            ("", "/x", true),
            ("/", "/x", true),
            ("/x", "/x", true),
            ("/x", "/x/y", true),
            ("/x", "/x?a", true),
            ("/x", "/xy", false),
            ("/x/", "/x", false),
            ("/x/", "/x/y", true),
        ] {
            assert_eq!(covers(path, request), wanted, "{path} {request}");
        }
    }
}
