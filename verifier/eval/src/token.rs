//! The token filter (Envoy's `jwt_authn`): a token that is there must be good; none passes without claims.

use std::borrow::Cow;

use mp_ir::plan::{JwtAuthn, JwtProvider};
use serde_json::{Map, Value};

use crate::base64;
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

/// Runs the filter; a good token is taken off the headers unless it is to be passed on.
pub(crate) fn check(filter: &JwtAuthn, request: &Request, view: &mut HttpView) -> TokenOutcome {
    filter.providers.iter().for_each(|provider| forget_made(provider, &mut view.headers));
    // Providers are asked about paths, so that CONNECT needs no token either.
    if is_preflight(view) || view.path.is_empty() {
        return TokenOutcome::None;
    }
    // What stands at a token's place without being one is no token.
    let nothing = Token { kind: TokenKind::Garbage, ..Token::default() };
    let token = request.jwt.as_ref().unwrap_or(&nothing);
    let mut claims = None;
    let told = verdict(filter.providers.len(), |at| {
        let provider = filter.providers.get(at).ok_or(None)?;
        opinion(provider, token, view, &mut claims)
    });
    match told {
        Ok(()) => claims.map_or(TokenOutcome::None, TokenOutcome::Claims),
        Err(told) => {
            let (status, reason) = told.unwrap_or((401, "the issuer is not configured"));
            TokenOutcome::Refused(status, reason)
        }
    }
}

/// Takes off the headers that a provider alone writes: at first, whatever comes of the request, and again before each look at its tokens
/// (seen in Envoy).
pub(crate) fn forget_made(provider: &JwtProvider, headers: &mut Vec<(String, String)>) {
    for name in provider.claim_headers.iter().map(|(header, _)| header).chain([&provider.payload_header]) {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }
}

/// What becomes of a request, asking `count` providers by their place: whether there is a good token, or why one is none, where `None` is
/// a foreign issuer.
///
/// Istio asks for one good token, else that no provider sees a bad one (`convertToEnvoyJwtConfig`), so that all are asked twice: a good
/// token is gone by then, and with it whatever else its header held. The first refusal then is told; where that is a foreign issuer, the
/// last one of the first round that says more (`AllVerifierImpl` and `AnyVerifierImpl`, verifier.cc).
pub(crate) fn verdict<R: Copy>(
    count: usize,
    mut ask: impl FnMut(usize) -> Result<bool, Option<R>>,
) -> Result<(), Option<R>> {
    let (mut refused, mut telling) = (false, None);
    for at in 0..count {
        match ask(at) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(reason) => (refused, telling) = (true, reason.or(telling)),
        }
    }
    if count == 1 {
        return if refused { Err(telling) } else { Ok(()) };
    }
    (0..count).try_for_each(|at| ask(at).map(|_| ()).map_err(|reason| reason.or(telling)))
}

fn accept(provider: &JwtProvider, token: &Token, place: &str, view: &mut HttpView) -> Map<String, Value> {
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
    spread(&token.claims, &provider.space_delimited)
}

/// The text of a claim, `.` leading into objects.
pub(crate) fn claim_text(claims: &Map<String, Value>, claim: &str) -> Option<String> {
    let found = claim.split('.').try_fold(None, |at: Option<&Value>, key| match at {
        None => claims.get(key).map(Some),
        Some(value) => value.get(key).map(Some),
    });
    match found.flatten() {
        Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
        Some(Value::Number(number)) => number.as_f64().map(number_text),
        Some(value @ Value::Bool(_)) => Some(value.to_string()),
        Some(value @ (Value::Array(_) | Value::Object(_))) => {
            Some(base64::encode_padded(value.to_string().as_bytes()))
        }
        Some(Value::Null) | None => None,
    }
}

/// A number of a claim: whole ones that are not negative as such, others with six digits (`convertClaimDoubleToString`).
fn number_text(number: f64) -> String {
    let whole = number >= 0.0 && number < u64::MAX as f64 && number.fract() == 0.0;
    if whole { (number as u64).to_string() } else { format!("{number:.6}") }
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

/// Whether a provider finds a token, if each that it finds is good; else why one is none.
fn opinion(
    provider: &JwtProvider,
    token: &Token,
    view: &mut HttpView,
    claims: &mut Option<Map<String, Value>>,
) -> Result<bool, Option<(u16, &'static str)>> {
    forget_made(provider, &mut view.headers);
    let found = looked_up(provider, view);
    for (place, whole) in found.iter().rev() {
        is_good(provider, token, *whole)?;
        *claims = Some(accept(provider, token, place, view));
    }
    Ok(!found.is_empty())
}

fn is_good(provider: &JwtProvider, token: &Token, whole: bool) -> Result<(), Option<(u16, &'static str)>> {
    let bad = |status, reason| Err(Some((status, reason)));
    if token.kind == TokenKind::Garbage || !whole {
        return bad(401, "it is no token");
    }
    // Claims with a meaning must have its type, or the token is no token.
    if !is_well_typed(&token.claims) {
        return bad(401, "a registered claim has another type");
    }
    let issuer = token.claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    if !provider.issuer.value.is_empty() && provider.issuer.value != issuer {
        return Err(None);
    }
    match token.kind {
        TokenKind::Expired => return bad(401, "the token is expired"),
        TokenKind::NotYet => return bad(401, "the token is not valid yet"),
        _ => {}
    }
    if !provider.audiences.is_empty() && !audience_allowed(&provider.audiences, &token.claims) {
        return bad(403, "the audience is not allowed");
    }
    match token.kind {
        TokenKind::BadSignature => bad(401, "the signature is wrong"),
        _ => Ok(()),
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

/// The headers in which a provider finds what it takes for a token, line by line, and whether that is the request's or something else.
fn looked_up(provider: &JwtProvider, view: &HttpView) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for (name, prefix) in places(provider) {
        let lines = view.lines(&name);
        let tokens = lines.iter().filter_map(|line| token_in(line, &prefix));
        found.extend(tokens.map(|token| (name.clone(), token == TEXT)));
    }
    found
}

/// The headers in which a provider looks, in lower case, and what stands before the token, in the order in which they are kept: by both
/// put together (`ExtractorImpl`, `header_locations_`).
pub(crate) fn places(provider: &JwtProvider) -> Vec<(String, String)> {
    if provider.looks_nowhere() {
        return vec![("authorization".to_owned(), "Bearer ".to_owned())];
    }
    let stated = provider.from_headers.iter();
    let mut places: Vec<_> =
        stated.map(|(name, prefix)| (name.to_ascii_lowercase(), prefix.clone())).collect();
    places.sort_by_key(|(name, prefix)| format!("{name}{prefix}"));
    places.dedup();
    places
}

/// What stands for a token in a line of a header: all of it from the first letter of tokens behind the prefix, which may stand anywhere; the
/// whole line where there is no such letter, or no prefix (`extractor.cc`, `extractJWT`). `None` without the prefix.
pub(crate) fn token_in<'v>(value: &'v str, prefix: &str) -> Option<&'v str> {
    if prefix.is_empty() {
        return Some(value);
    }
    let (_, rest) = value.split_once(prefix)?;
    let begins = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    Some(rest.find(begins).and_then(|at| rest.get(at..)).unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_written_as_envoy_does() {
        let claims = serde_json::json!({"t": "x", "e": "", "n": 5.0, "m": -5, "h": 0.5, "b": true, "l": ["a"], "o": {"k": {"z": 1}}});
        let text = |claim: &str| claim_text(claims.as_object().unwrap(), claim);
        let said = ["t", "n", "m", "h", "b", "l", "o.k.z"].map(|claim| text(claim).unwrap());
        assert_eq!(said, ["x", "5", "-5.000000", "0.500000", "true", "WyJhIl0=", "1"]);
        assert_eq!([text("e"), text("x"), text("t.x")], [None, None, None]);
    }

    #[test]
    fn the_first_refusal_is_told_and_the_last_one_behind_a_foreign_issuer() {
        let told = |answers: &[Result<bool, Option<u16>>]| {
            verdict(answers.len(), |at| answers.get(at).copied().unwrap_or(Ok(false)))
        };
        assert_eq!(told(&[Ok(false), Ok(false)]), Ok(()));
        assert_eq!(told(&[Err(Some(401)), Ok(true)]), Ok(()));
        assert_eq!(told(&[Ok(false), Err(Some(403)), Err(Some(401))]), Err(Some(403)));
        assert_eq!(told(&[Err(None), Err(Some(403)), Err(Some(401)), Err(None)]), Err(Some(401)));
        assert_eq!(told(&[Err(None), Ok(false)]), Err(None));
    }

    #[test]
    fn a_good_token_takes_along_what_else_its_header_held() {
        let claims = [("iss".to_owned(), Value::from("a"))].into_iter().collect();
        let request = Request {
            jwt: Some(Token { kind: TokenKind::Valid, claims, ..Token::default() }),
            ..Request::default()
        };
        let provider = |issuer: &str, headers: &[(&str, &str)], forward| JwtProvider {
            name: issuer.to_owned(),
            issuer: mp_ir::base::At::implied(issuer.to_owned()),
            audiences: Vec::new(),
            forward,
            payload_header: String::new(),
            from_headers: headers
                .iter()
                .map(|(name, prefix)| ((*name).to_owned(), (*prefix).to_owned()))
                .collect(),
            from_params: Vec::new(),
            from_cookies: Vec::new(),
            claim_headers: Vec::new(),
            space_delimited: Vec::new(),
            keys: mp_ir::plan::KeySource::Inline(String::new()),
            origin: None,
        };
        let passes = |providers: Vec<JwtProvider>| {
            let filter = JwtAuthn { providers, clear_route_cache: false };
            let mut view = HttpView { method: "GET".to_owned(), path: b"/".to_vec(), ..HttpView::default() };
            view.headers.push(("x".to_owned(), format!("Bearer {TEXT}")));
            matches!(check(&filter, &request, &mut view), TokenOutcome::Claims(_))
        };
        let both = [("x", ""), ("x", "Bearer ")];
        let other = || provider("b", &[("y", "")], false);
        assert!(passes(vec![provider("a", &both[1..], false)]));
        assert!(passes(vec![provider("a", &both, false), other()]));
        assert!(!passes(vec![provider("a", &both, true), other()]));
        assert!(!passes(vec![provider("a", &both, false)]));
    }

    #[test]
    fn providers_are_asked_again_only_when_they_are_several() {
        let refused_once = |count: usize| {
            let mut asked = 0;
            verdict(count, |_| {
                asked += 1;
                if asked > count { Ok(false) } else { Err(Some(401)) }
            })
        };
        assert_eq!(refused_once(1), Err(Some(401)));
        assert_eq!(refused_once(2), Ok(()));
    }

    #[test]
    fn tokens_are_cut_out_of_headers() {
        for (value, prefix, token) in [
            ("Bearer a.b.c", "Bearer ", Some("a.b.c")),
            ("a.b.c", "Bearer ", None),
            ("bearer a.b.c", "Bearer ", None),
            ("Bearer a.b.c", "", Some("Bearer a.b.c")),
            ("x Bearer  a.b.c, d", "Bearer ", Some("a.b.c, d")),
            ("T-a.b.c", "", Some("T-a.b.c")),
            ("Bearer ", "Bearer ", Some("Bearer ")),
        ] {
            assert_eq!(token_in(value, prefix), token, "{value} {prefix}");
        }
    }
}
