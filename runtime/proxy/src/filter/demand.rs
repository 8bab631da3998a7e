//! Whether a request carries the tokens that are demanded of it, and what they leave in it.
//!
//! Requirements are met one after the other, and a good token is dealt with at once: it leaves the request before the next one is looked
//! for (`verifier.cc`, `authenticator.cc` and `extractor.cc` of Envoy's `jwt_authn`).
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::jwks::Check;
use super::jwt::{Failure, strip_param};
use super::token::Token;
use crate::config::encode_base64;
use crate::config::jwt::{JwtAuthn, Provider, Requirement};
use crate::config::matcher::query_value;
use crate::http::Head;
use crate::http::path::percent_decoded;
use crate::server::cookie;

/// There is none.
pub(super) const MISSING: Failure = "Jwt is missing";
const FOREIGN: Failure = "Jwt issuer is not configured";
const WRONG: Failure = "Jwt verification fails";

/// Failures in the order of `jwt_verify_lib`, the first of which is number one.
const CODES: &[Failure] = &[
    MISSING,
    "Jwt not yet valid",
    "Jwt is expired",
    "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections",
    "Jwt header is an invalid Base64url encoded",
    "Jwt header is an invalid JSON",
    "Jwt header [alg] field is required and must be a string",
    "Jwt header [alg] is not supported",
    "Jwt header [kid] field is not a string",
    "Jwt payload is an invalid Base64url encoded",
    "Jwt payload is an invalid JSON",
    "Jwt payload [iss] field is not a string",
    "Jwt payload [sub] field is not a string",
    "Jwt payload [iat] field is not an integer",
    "Jwt payload [iat] field is not a positive 64 bit integer",
    "Jwt payload [nbf] field is not an integer",
    "Jwt payload [nbf] field is not a positive 64 bit integer",
    "Jwt payload [exp] field is not an integer",
    "Jwt payload [exp] field is not a positive 64 bit integer",
    "Jwt payload [jti] field is not a string",
    "Jwt payload [aud] field is not a string or string list",
    "Jwt signature is an invalid Base64url encoded",
    "Jwt ED25519 signature is wrong length",
    FOREIGN,
    "Audiences in Jwt are not allowed",
    WRONG,
];

/// The number of a failure.
fn code(failure: Failure) -> u64 {
    let late = [
        ("Jwks doesn't have key to match kid or alg from Jwt", NO_KEY),
        ("Jwks remote fetch is failed", NO_KEYS),
    ];
    let known = CODES.iter().position(|known| *known == failure).map(|at| at as u64 + 1);
    known.or_else(|| late.iter().find(|(text, _)| *text == failure).map(|(_, code)| *code)).unwrap_or(0)
}

const NO_KEY: u64 = 32;
const NO_KEYS: u64 = 40;

/// Where a token was found.
#[derive(Debug, Clone, PartialEq)]
enum Place {
    Header(Vec<u8>),
    Param(String),
    Cookie,
}

/// A text that stands where tokens do.
pub(super) struct Found<'a> {
    /// What may be a token.
    pub(super) text: String,
    place: Place,
    /// Whose place it is.
    owners: Vec<&'a Provider>,
}

/// A request whose tokens are looked at.
pub(super) struct Demand<'a, 'h> {
    jwt: &'a JwtAuthn,
    head: &'h mut Head,
    /// Payloads by the key under which filters find them.
    pub(super) payloads: Vec<(String, Value)>,
    /// Whether the route must be chosen again.
    pub(super) stale_route: bool,
}

impl<'a, 'h> Demand<'a, 'h> {
    /// Nothing was looked at yet.
    pub(super) const fn new(jwt: &'a JwtAuthn, head: &'h mut Head) -> Self {
        Self { jwt, head, payloads: Vec::new(), stale_route: false }
    }

    /// Whether the tokens are there that are wanted.
    pub(super) fn meet(&mut self, requirement: &'a Requirement) -> Result<(), Failure> {
        match requirement {
            Requirement::Provider(name, audiences) => {
                let provider = self.jwt.providers.get(name).ok_or(MISSING)?;
                let audiences = if audiences.is_empty() { &provider.audiences } else { audiences };
                forget_made(provider, self.head);
                let mut met = Err(MISSING);
                for one in found(&[provider], self.head).into_iter().rev() {
                    met = self.verify(&one, provider, audiences);
                    // All that are there must be good.
                    met?;
                }
                met
            }
            Requirement::All(list) => list.iter().try_for_each(|one| self.meet(one)),
            Requirement::Any(list) => self.any(list),
            Requirement::AllowMissing => match self.of_anybody() {
                Err(MISSING) => Ok(()),
                met => met,
            },
            Requirement::AllowMissingOrFailed => {
                // What is good is used, whatever else there is.
                let _ = self.of_anybody();
                Ok(())
            }
        }
    }

    /// One of the requirements; a missing token and a foreign issuer say less than other failures, the last of which is told.
    fn any(&mut self, list: &'a [Requirement]) -> Result<(), Failure> {
        let lax =
            |one: &&Requirement| matches!(one, Requirement::AllowMissing | Requirement::AllowMissingOrFailed);
        if list.iter().all(|one| lax(&one)) {
            let failed = list.iter().find(|one| matches!(one, Requirement::AllowMissingOrFailed));
            return failed.or(list.first()).map_or(Ok(()), |one| self.meet(one));
        }
        let mut failure = MISSING;
        for requirement in list.iter().filter(|one| !lax(one)) {
            let Err(reason) = self.meet(requirement) else { return Ok(()) };
            if failure == MISSING || !matches!(reason, MISSING | FOREIGN) {
                failure = reason;
            }
        }
        let may_fail = list.iter().any(|one| matches!(one, Requirement::AllowMissingOrFailed));
        let may_miss = list.iter().any(|one| matches!(one, Requirement::AllowMissing));
        if may_fail || may_miss && failure == MISSING { Ok(()) } else { Err(failure) }
    }

    /// The tokens at the places of all providers, each judged by the provider of its issuer; what is told is what the last one says.
    fn of_anybody(&mut self) -> Result<(), Failure> {
        let providers: Vec<_> = self.jwt.providers.values().collect();
        providers.iter().for_each(|provider| forget_made(provider, self.head));
        let mut met = Err(MISSING);
        for one in found(&providers, self.head).into_iter().rev() {
            met = match Token::read(&one.text) {
                Ok(token) => {
                    let said = token.claims.get("iss");
                    let named = providers.iter().find(|p| !p.issuer.is_empty() && p.is_issuer(said));
                    let judge = named.or_else(|| providers.iter().find(|p| p.issuer.is_empty()));
                    let welcome = one.owners.iter().any(|owner| owner.is_issuer(said));
                    match judge.filter(|_| welcome) {
                        Some(judge) => self.verify(&one, judge, &judge.audiences),
                        None => Err(FOREIGN),
                    }
                }
                Err(reason) => Err(reason),
            };
        }
        met
    }

    /// Verifies a token and does with it what its provider wants.
    fn verify(
        &mut self,
        found: &Found<'_>,
        provider: &Provider,
        audiences: &[String],
    ) -> Result<(), Failure> {
        let met = self.verify_token(found, provider, audiences);
        if let (Err(failure), Some(key)) = (met, &provider.failure_metadata) {
            let status = json!({"code": code(failure), "message": failure});
            self.payloads.push((key.clone(), status));
        }
        met
    }

    fn verify_token(
        &mut self,
        found: &Found<'_>,
        provider: &Provider,
        audiences: &[String],
    ) -> Result<(), Failure> {
        let token = Token::read(&found.text)?;
        if !provider.is_issuer(token.claims.get("iss")) {
            return Err(FOREIGN);
        }
        check_times(&token, provider.skew)?;
        if !audiences.is_empty() && !audience_allowed(&token.claims, audiences) {
            return Err("Audiences in Jwt are not allowed");
        }
        if !is_for(&token, provider) {
            return Err(WRONG);
        }
        let Some(keys) = provider.keys.keys() else { return Err("Jwks remote fetch is failed") };
        match keys.verify(&token.algorithm, token.key.as_deref(), token.message.as_bytes(), &token.signature)
        {
            Check::Valid => self.accept(found, provider, &token),
            Check::NoKey => return Err("Jwks doesn't have key to match kid or alg from Jwt"),
            Check::Wrong => return Err(WRONG),
        }
        Ok(())
    }

    fn accept(&mut self, found: &Found<'_>, provider: &Provider, token: &Token<'_>) {
        if let Some(header) = &provider.payload_header {
            let padding = if provider.pad_payload { (4 - token.payload.len() % 4) % 4 } else { 0 };
            let value = format!("{}{}", token.payload, "=".repeat(padding));
            self.head.add(header, value.as_bytes());
        }
        let mut changed = false;
        for (header, claim) in &provider.claims {
            if let Some(text) = claim_text(&token.claims, claim) {
                self.head.add(header, text.as_bytes());
                changed = true;
            }
        }
        if !provider.forward {
            match &found.place {
                Place::Header(name) => {
                    self.head.remove(name);
                }
                Place::Param(name) => strip_param(&mut self.head.path, name.as_bytes()),
                Place::Cookie => {}
            }
        }
        if let Some(key) = &provider.header_metadata {
            self.payloads.push((key.clone(), token.header.clone()));
            changed = true;
        }
        if let Some(key) = &provider.payload_metadata {
            self.payloads.push((key.clone(), normalized(token.claims.clone(), &provider.space_delimited)));
            changed = true;
        }
        self.stale_route |= provider.clear_route && changed;
    }
}

/// Takes off what a provider alone writes: at first, whatever comes of the request, and again before each look at its tokens.
pub(super) fn forget_made(provider: &Provider, head: &mut Head) {
    for name in provider.claims.iter().map(|(name, _)| name).chain(&provider.payload_header) {
        head.remove(name);
    }
}

/// What stands at the places of some providers: in headers, then parameters, then cookies, each in the order of their
/// names, a prefix being part of the name.
pub(super) fn found<'a>(providers: &[&'a Provider], head: &Head) -> Vec<Found<'a>> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut found = Vec::new();
    let mut headers = places(providers, |p| &p.headers);
    headers.sort_by_key(|((name, prefix), _)| [name, prefix.as_bytes()].concat());
    for ((name, prefix), owners) in headers {
        for line in head.fields(&name).map(text) {
            if let Some(token) = token_in(&line, &prefix) {
                let (place, owners) = (Place::Header(name.clone()), owners.clone());
                found.push(Found { text: token.to_owned(), place, owners });
            }
        }
    }
    for (name, owners) in places(providers, |p| &p.params) {
        if let Some(value) = query_value(head.query(), name.as_bytes()) {
            found.push(Found { text: text(&percent_decoded(value)), place: Place::Param(name), owners });
        }
    }
    for (name, owners) in places(providers, |p| &p.cookies) {
        if let Some(value) = cookie(head, &name) {
            found.push(Found { text: text(&value), place: Place::Cookie, owners });
        }
    }
    found
}

/// Places of one kind without repetition, with their owners.
fn places<'a, P: Clone + Ord + 'a>(
    providers: &[&'a Provider],
    of: impl Fn(&'a Provider) -> &'a Vec<P>,
) -> Vec<(P, Vec<&'a Provider>)> {
    let mut all: std::collections::BTreeMap<P, Vec<&'a Provider>> = std::collections::BTreeMap::new();
    for provider in providers {
        for place in of(provider) {
            all.entry(place.clone()).or_default().push(provider);
        }
    }
    all.into_iter().collect()
}

/// What stands for a token in a header's value: all of it from the first letter of tokens behind the prefix, which may stand anywhere; the
/// whole value where there is no such letter, or no prefix (`ExtractorImpl::extractJWT`). `None` without the prefix.
fn token_in<'v>(value: &'v str, prefix: &str) -> Option<&'v str> {
    if prefix.is_empty() {
        return Some(value);
    }
    let (_, rest) = value.split_once(prefix)?;
    let begins = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    Some(rest.find(begins).and_then(|at| rest.get(at..)).unwrap_or(value))
}

fn normalized(mut payload: Value, claims: &[String]) -> Value {
    for claim in claims {
        if let Some(value) = payload.get_mut(claim)
            && let Some(text) = value.as_str()
        {
            *value = text.split(' ').filter(|p| !p.is_empty()).map(Value::from).collect();
        }
    }
    payload
}

/// The text of a claim, `.` leading into objects; nothing for an empty one (`addJWTClaimToHeader`).
fn claim_text(payload: &Value, claim: &str) -> Option<String> {
    match claim.split('.').try_fold(payload, |value, key| value.get(key))? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => number.as_f64().map(number_text),
        value @ (Value::Array(_) | Value::Object(_)) => {
            Some(encode_base64(value.to_string().as_bytes(), true, false))
        }
        Value::Null => None,
    }
}

/// Whole numbers that are not negative as such, others with six digits (`convertClaimDoubleToString`).
fn number_text(number: f64) -> String {
    let whole = number >= 0.0 && number < u64::MAX as f64 && number.fract() == 0.0;
    if whole { (number as u64).to_string() } else { format!("{number:.6}") }
}

/// Whether the subject and the time of a token are those that its provider gives.
fn is_for(token: &Token<'_>, provider: &Provider) -> bool {
    let subject = token.claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    let ends = token.time("exp");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let short = |longest: Duration| ends.is_some_and(|ends| Duration::from_secs(ends) <= now + longest);
    provider.subject.as_ref().is_none_or(|wanted| wanted.matches(subject.as_bytes()))
        && (!provider.must_expire || ends.is_some())
        && provider.longest.is_none_or(short)
}

fn check_times(token: &Token<'_>, skew: u64) -> Result<(), Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    if token.time("nbf").is_some_and(|time| time > now.saturating_add(skew)) {
        return Err("Jwt not yet valid");
    }
    if token.time("exp").is_some_and(|time| time.saturating_add(skew) < now) {
        return Err("Jwt is expired");
    }
    Ok(())
}

fn audience_allowed(claims: &Value, allowed: &[String]) -> bool {
    let bare = |text: &str| {
        let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
        text.strip_suffix('/').unwrap_or(text).to_owned()
    };
    let fits = |text: &str| allowed.iter().any(|a| bare(a) == bare(text));
    match claims.get("aud") {
        Some(Value::String(one)) => fits(one),
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).any(fits),
        _ => false,
    }
}
