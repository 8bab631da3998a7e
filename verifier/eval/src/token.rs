//! The token filter (Envoy's `jwt_authn`): a token that is there must be good; none passes without claims.

use std::borrow::Cow;

use mp_ir::plan::{JwtAuthn, JwtProvider};
use serde_json::{Map, Value};

use crate::http::HttpView;
use crate::request::{Request, Token, TokenKind};

/// What the filter says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenOutcome {
    /// No token is wanted or there is none.
    None,
    /// The claims of a good token.
    Claims(Map<String, Value>),
    /// Refused: status and why.
    Refused(u16, &'static str),
}

/// One provider's opinion of the token.
enum Opinion {
    Missing,
    Good,
    UnknownIssuer,
    Bad(u16, &'static str),
}

/// Runs the filter; a good token is taken off the headers unless it is to be passed on.
pub(crate) fn check(filter: &JwtAuthn, request: &Request, view: &mut HttpView) -> TokenOutcome {
    // Providers are asked about paths, so that CONNECT needs no token either.
    if is_preflight(view) || view.path.is_empty() {
        return TokenOutcome::None;
    }
    for provider in &filter.providers {
        let made = provider.claim_headers.iter().map(|(header, _)| header).chain([&provider.payload_header]);
        let made: Vec<String> = made.map(|name| name.to_ascii_lowercase()).collect();
        view.headers.retain(|(name, _)| !made.contains(name));
    }
    // What stands at a token's place without being one is no token.
    let nothing = Token { kind: TokenKind::Garbage, ..Token::default() };
    let token = request.jwt.as_ref().unwrap_or(&nothing);
    let mut refusal = None;
    let mut unknown = false;
    for provider in &filter.providers {
        match opinion(provider, view, token) {
            Opinion::Good => return accept(provider, request, token, view),
            Opinion::Missing => {}
            Opinion::UnknownIssuer => unknown = true,
            Opinion::Bad(status, reason) => refusal = Some((status, reason)),
        }
    }
    match refusal {
        Some((status, reason)) => TokenOutcome::Refused(status, reason),
        None if unknown => TokenOutcome::Refused(401, "the issuer is not configured"),
        None => TokenOutcome::None,
    }
}

fn accept(provider: &JwtProvider, request: &Request, token: &Token, view: &mut HttpView) -> TokenOutcome {
    let (place, _) = request.token_place();
    if !provider.forward {
        view.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(place));
    }
    for (header, claim) in &provider.claim_headers {
        let text = claim_text(&token.claims, claim);
        view.headers.extend(text.map(|text| (header.to_ascii_lowercase(), text)));
    }
    if !provider.payload_header.is_empty() {
        view.headers.push((provider.payload_header.to_ascii_lowercase(), "payload".to_owned()));
    }
    TokenOutcome::Claims(spread(&token.claims, &provider.space_delimited))
}

/// The text of a claim, `.` leading into objects.
pub(crate) fn claim_text(claims: &Map<String, Value>, claim: &str) -> Option<String> {
    let found = claim.split('.').try_fold(None, |at: Option<&Value>, key| match at {
        None => claims.get(key).map(Some),
        Some(value) => value.get(key).map(Some),
    });
    match found.flatten() {
        Some(Value::String(text)) => Some(text.clone()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
        _ => None,
    }
}

/// Texts of some claims are lists separated by spaces.
pub(crate) fn spread(claims: &Map<String, Value>, names: &[String]) -> Map<String, Value> {
    let mut out = claims.clone();
    for name in names {
        if let Some(Value::String(text)) = claims.get(name) {
            let items =
                text.split(' ').filter(|item| !item.is_empty()).map(|item| Value::String(item.to_owned()));
            out.insert(name.clone(), Value::Array(items.collect()));
        }
    }
    out
}

fn is_preflight(view: &HttpView) -> bool {
    is_preflight_of(&view.method, |name| view.lines(name).into_iter().next().map(Cow::into_owned))
}

/// Whether a request with these headers is a preflight, which needs no token.
pub(crate) fn is_preflight_of(method: &str, header: impl Fn(&str) -> Option<String>) -> bool {
    let filled = |name: &str| header(name).is_some_and(|value| !value.is_empty());
    method == "OPTIONS" && filled("origin") && filled("access-control-request-method")
}

fn opinion(provider: &JwtProvider, view: &HttpView, token: &Token) -> Opinion {
    let Some(whole) = looked_up(provider, view) else { return Opinion::Missing };
    if token.kind == TokenKind::Garbage || !whole {
        return Opinion::Bad(401, "it is no token");
    }
    // Claims with a meaning must have its type, or the token is no token.
    if !is_well_typed(&token.claims) {
        return Opinion::Bad(401, "a registered claim has another type");
    }
    let issuer = token.claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    if !provider.issuer.value.is_empty() && provider.issuer.value != issuer {
        return Opinion::UnknownIssuer;
    }
    match token.kind {
        TokenKind::Expired => return Opinion::Bad(401, "the token is expired"),
        TokenKind::NotYet => return Opinion::Bad(401, "the token is not valid yet"),
        _ => {}
    }
    if !provider.audiences.is_empty() && !audience_allowed(&provider.audiences, &token.claims) {
        return Opinion::Bad(403, "the audience is not allowed");
    }
    match token.kind {
        TokenKind::BadSignature => Opinion::Bad(401, "the signature is wrong"),
        _ => Opinion::Good,
    }
}

/// Whether registered claims have their types (`jwt_verify_lib`, `Jwt::parseFromString`).
fn is_well_typed(claims: &Map<String, Value>) -> bool {
    let texts = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
    let named = |name: &str| claims.get(name);
    ["iss", "sub"].into_iter().filter_map(named).all(Value::is_string)
        && named("aud").is_none_or(|value| value.is_string() || texts(value))
}

/// Envoy compares audiences without scheme and trailing slash (`jwt_verify_lib`, `CheckAudience`).
pub(crate) fn audience_allowed(allowed: &[String], claims: &Map<String, Value>) -> bool {
    let plain = |text: &str| {
        let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
        text.strip_suffix('/').unwrap_or(text).to_owned()
    };
    let stated: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    stated.iter().any(|audience| allowed.iter().any(|known| plain(known) == plain(audience)))
}

/// Stands for the text of a token, where only its place matters.
pub(crate) const TEXT: &str = "eyJhIjoxfQ.eyJhIjoxfQ.c2ln";

/// What the provider takes for a token: the request's or something else; `None` when it finds nothing.
fn looked_up(provider: &JwtProvider, view: &HttpView) -> Option<bool> {
    let usual = [("authorization".to_owned(), "Bearer ".to_owned())];
    let nowhere = provider.from_headers.is_empty()
        && provider.from_params.is_empty()
        && provider.from_cookies.is_empty();
    let places = if nowhere { usual.as_slice() } else { &provider.from_headers };
    let found = places.iter().filter_map(|(name, wanted)| {
        let value = view.line(&name.to_ascii_lowercase())?;
        Some(token_in(&value, wanted)? == TEXT)
    });
    found.reduce(|one, other| one || other)
}

/// What stands for a token in a header's value: the first run of its characters behind the prefix, which may stand anywhere; the whole
/// value where there is no such run, or no prefix is asked for (`extractor.cc`, `extract` and `extractJWT`). `None` without the prefix.
pub(crate) fn token_in<'v>(value: &'v str, prefix: &str) -> Option<&'v str> {
    if prefix.is_empty() {
        return Some(value);
    }
    let (_, rest) = value.split_once(prefix)?;
    let belongs = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let run = rest.trim_start_matches(|c| !belongs(c));
    let end = run.find(|c| !belongs(c)).unwrap_or(run.len());
    Some(if run.is_empty() { value } else { run.get(..end).unwrap_or(run) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_cut_out_of_headers() {
        for (value, prefix, token) in [
            ("Bearer a.b.c", "Bearer ", Some("a.b.c")),
            ("a.b.c", "Bearer ", None),
            ("bearer a.b.c", "Bearer ", None),
            ("Bearer a.b.c", "", Some("Bearer a.b.c")),
            ("x Bearer  a.b.c, d", "Bearer ", Some("a.b.c")),
            ("T-a.b.c", "", Some("T-a.b.c")),
            ("Bearer ", "Bearer ", Some("Bearer ")),
        ] {
            assert_eq!(token_in(value, prefix), token, "{value} {prefix}");
        }
    }
}
