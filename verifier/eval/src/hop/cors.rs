//! Cross-origin requests (`cors_filter.cc`).

use mp_ir::plan::Cors;

use super::Walk;
use super::exchange::{Exchange, get, set};
use super::local::Local;
use super::outcome::Stage;

impl<'p> Walk<'p, '_> {
    /// Answers preflights, and remembers the origin for the response.
    pub(super) fn cors(&mut self, exchange: &mut Exchange<'p>) -> Result<(), Box<Local>> {
        let Some(policy) = exchange.route.and_then(|route| route.cors.as_ref()) else { return Ok(()) };
        let headers = &exchange.call.headers;
        let Some(origin) = get(headers, "origin").filter(|o| !o.is_empty()).map(str::to_owned) else {
            return Ok(());
        };
        let asks = get(headers, "access-control-request-method").is_some_and(|m| !m.is_empty());
        let preflight = exchange.call.method == "OPTIONS" && asks;
        let at = exchange.route.and_then(|route| route.origin);
        // A pattern that matches `*` itself lets every origin ask.
        let knows = |text: &str| {
            let patterns = &self.proxy.patterns;
            policy.allow_origins.iter().any(|pattern| patterns.text_matches(pattern, text))
        };
        if !knows("*") && !knows(&origin) {
            self.step(Stage::Policy, at, || format!("CORS does not know the origin `{origin}`"));
            if preflight && !policy.forward_not_matching_preflights {
                return Err(Box::new(Local::new(200, "", "cors_response")));
            }
            return Ok(());
        }
        self.step(Stage::Policy, at, || format!("CORS allows the origin `{origin}`"));
        if preflight {
            return Err(Box::new(allowed(policy, &origin, headers)));
        }
        exchange.cors = Some((policy, origin));
        Ok(())
    }
}

/// The answer to a preflight; where everything is allowed it names what was asked for, and nothing where nothing was.
fn allowed(policy: &Cors, origin: &str, asked: &[(String, String)]) -> Local {
    let reflected = |list: &str, header: &str| match list {
        "*" => get(asked, header).unwrap_or_default().to_owned(),
        list => list.to_owned(),
    };
    let methods = reflected(&policy.allow_methods, "access-control-request-method");
    let allow_headers = reflected(&policy.allow_headers, "access-control-request-headers");
    let mut local = Local::new(200, "", "cors_response").header("access-control-allow-origin", origin);
    let credentials = if policy.allow_credentials == Some(true) { "true" } else { "" };
    for (name, stated, value) in [
        ("access-control-allow-credentials", credentials, credentials),
        ("access-control-allow-methods", &policy.allow_methods, &methods),
        ("access-control-allow-headers", &policy.allow_headers, &allow_headers),
        ("access-control-max-age", &policy.max_age, &policy.max_age),
        ("access-control-expose-headers", &policy.expose_headers, &policy.expose_headers),
    ] {
        if !stated.is_empty() {
            local = local.header(name, value);
        }
    }
    local
}

/// Adds the headers of an allowed origin to a response.
pub(super) fn answer(exchange: &Exchange<'_>, headers: &mut Vec<(String, String)>) {
    let Some((policy, origin)) = &exchange.cors else { return };
    set(headers, "access-control-allow-origin", origin.as_str());
    if policy.allow_credentials == Some(true) {
        set(headers, "access-control-allow-credentials", "true");
    }
    if !policy.expose_headers.is_empty() {
        set(headers, "access-control-expose-headers", policy.expose_headers.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_allowed_is_what_was_asked_for() {
        let policy =
            Cors { allow_headers: "*".to_owned(), allow_methods: "GET".to_owned(), ..Cors::default() };
        let told = |asked: &[(String, String)]| {
            let local = allowed(&policy, "https://a.example", asked);
            get(&local.headers, "access-control-allow-headers").map(str::to_owned)
        };
        assert_eq!(told(&[]).as_deref(), Some(""));
        let asked = [("access-control-request-headers".to_owned(), "x-a".to_owned())];
        assert_eq!(told(&asked).as_deref(), Some("x-a"));
    }
}
