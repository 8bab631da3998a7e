//! JSON web tokens.
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::jwks::Check;
use super::token::Token;
use crate::config::encode_base64;
use crate::config::jwt::{JwtAuthn, KeySource, Provider, RemoteKeys, Requirement};
use crate::config::matcher::query_value;
use crate::config::per_route::PerFilter;
use crate::http::Head;
use crate::http::path::percent_decoded;
use crate::server::reply::Reply;
use crate::server::stream::{Exchange, Stop};
use crate::server::worker::Worker;
use crate::server::{cookie, send_request};

/// Why a token is not accepted; the texts are those of Envoy's jwt_verify_lib.
pub(super) type Failure = &'static str;

const MISSING: Failure = "Jwt is missing";

/// Where a token was found.
#[derive(Debug, Clone)]
enum Place {
    Header(Vec<u8>),
    Param(String),
    Cookie,
}

/// A verified token and what its provider does with it.
struct Verified<'a> {
    provider: &'a Provider,
    payload: Value,
    raw_payload: String,
    place: Place,
}

impl<'a> Exchange<'a> {
    /// Demands the tokens that the request needs; tells whether they change what routes match.
    pub(super) async fn jwt(&mut self, jwt: &'a JwtAuthn, setting: Option<&PerFilter>) -> Result<bool, Stop> {
        if jwt.bypass_preflight
            && self.head.method == b"OPTIONS"
            && self.head.has(b"access-control-request-method")
        {
            return Ok(false);
        }
        let requirement = self.requirement(jwt, setting)?;
        let Some(requirement) = requirement else { return Ok(false) };
        self.fetch_keys(jwt).await?;
        let mut verified = Vec::new();
        let original = self.head.clone();
        match demand(requirement, jwt, &original, &mut verified) {
            Ok(()) => {
                self.hcm.stats().filters.add("jwt_authn.allowed");
                let mut clears = false;
                for token in verified {
                    clears |= self.use_token(token);
                }
                Ok(clears)
            }
            Err(failure) => {
                self.hcm.stats().filters.add("jwt_authn.denied");
                Err(self.jwt_refusal(failure).into())
            }
        }
    }

    /// What the route, or the first rule that matches, demands.
    fn requirement(
        &self,
        jwt: &'a JwtAuthn,
        setting: Option<&PerFilter>,
    ) -> Result<Option<&'a Requirement>, Reply> {
        match setting {
            Some(PerFilter::Jwt(name)) => match jwt.named.get(name) {
                Some(requirement) => Ok(Some(requirement)),
                None => Err(Reply::new(
                    403,
                    "Wrong requirement_name".as_bytes(),
                    "jwt_authn_access_denied{Wrong_requirement_name}",
                )),
            },
            _ => {
                let path = self.head.path_only();
                let rule = jwt
                    .rules
                    .iter()
                    .find(|(route, _)| route.matches(path, &self.head, &self.info.metadata, 0));
                Ok(rule.and_then(|(_, requirement)| requirement.as_ref()))
            }
        }
    }

    /// Fetches the keys of issuers whose tokens the request carries.
    async fn fetch_keys(&mut self, jwt: &JwtAuthn) -> Result<(), Stop> {
        for provider in jwt.providers.values() {
            let KeySource::Remote(remote) = &provider.keys else { continue };
            let known = |(text, _): &(String, Place)| {
                Token::read(text).is_ok_and(|token| provider.is_issuer(token.claims.get("iss")))
            };
            if provider.keys.keys().is_none() && tokens(provider, &self.head).iter().any(known) {
                let fetched = self.unless_gone(fetch(self.worker, remote)).await?;
                let stats = &self.hcm.stats().filters;
                let name = if fetched { "success" } else { "failed" };
                stats.add(&format!("jwt_authn.jwks_fetch_{name}"));
            }
        }
        Ok(())
    }

    fn jwt_refusal(&self, failure: Failure) -> Reply {
        let scheme = String::from_utf8_lossy(&self.head.scheme);
        let host = String::from_utf8_lossy(self.head.authority.as_deref().unwrap_or_default());
        let path = String::from_utf8_lossy(&self.head.path);
        let error = if failure == MISSING { "" } else { ", error=\"invalid_token\"" };
        let challenge = format!("Bearer realm=\"{scheme}://{host}{path}\"{error}");
        let status = if failure == "Audiences in Jwt are not allowed" { 403 } else { 401 };
        let details = format!("jwt_authn_access_denied{{{}}}", failure.replace(' ', "_"));
        let reply = Reply::new(status, failure.as_bytes(), details);
        reply.header(b"www-authenticate", challenge)
    }

    /// Takes over what a token says; tells whether the route is looked for again: as `Authenticator::doneWithStatus` of
    /// `authenticator.cc`, when a claim has become a header or metadata.
    fn use_token(&mut self, token: Verified<'_>) -> bool {
        let provider = token.provider;
        let mut told = provider.payload_metadata.is_some();
        if let Some(header) = &provider.payload_header {
            let padding = if provider.pad_payload { (4 - token.raw_payload.len() % 4) % 4 } else { 0 };
            let value = format!("{}{}", token.raw_payload, "=".repeat(padding));
            self.head.set(header, value.as_bytes());
        }
        for (header, claim) in &provider.claims {
            if let Some(text) = claim_text(&token.payload, claim) {
                self.head.set(header, text.as_bytes());
                told = true;
            }
        }
        if !provider.forward {
            match &token.place {
                Place::Header(name) => {
                    self.head.remove(name);
                }
                Place::Param(name) => strip_param(&mut self.head.path, name.as_bytes()),
                Place::Cookie => {}
            }
        }
        if let Some(key) = &provider.payload_metadata {
            let fields = self.info.metadata.entry("envoy.filters.http.jwt_authn");
            if let Value::Object(fields) = fields.or_insert_with(|| Value::Object(Map::new())) {
                fields.insert(key.clone(), normalized(token.payload, &provider.space_separated));
            }
        }
        provider.clear_route && told
    }
}

/// Asks for keys; false when there was no usable answer.
pub(crate) async fn fetch(worker: &Worker, remote: &RemoteKeys) -> bool {
    let Some(cluster) = worker.cluster(&remote.cluster) else { return false };
    let answer = send_request(cluster, worker.random(), &remote.head, &[], remote.timeout).await;
    answer.is_some_and(|(head, body)| head.status == 200 && remote.store(&body))
}

/// Fetches keys again and again before requests need them, when the bootstrap asks for it.
pub(crate) async fn fetch_ahead(worker: &Worker, remote: &RemoteKeys) {
    let Some(again) = remote.ahead else { return };
    loop {
        let wait = if fetch(worker, remote).await { remote.lifetime.mul_f64(0.9) } else { again };
        tokio::time::sleep(wait).await;
    }
}

/// Splits claims that hold several values separated by spaces.
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

fn claim_text(payload: &Value, claim: &str) -> Option<String> {
    let value = claim.split('.').try_fold(payload, |v, key| v.get(key))?;
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => Some(encode_base64(value.to_string().as_bytes(), false, true)),
        Value::Null => None,
    }
}

fn demand<'a>(
    requirement: &'a Requirement,
    jwt: &'a JwtAuthn,
    head: &Head,
    verified: &mut Vec<Verified<'a>>,
) -> Result<(), Failure> {
    match requirement {
        Requirement::Provider(name, audiences) => {
            let provider = jwt.providers.get(name).ok_or(MISSING)?;
            let audiences = if audiences.is_empty() { &provider.audiences } else { audiences };
            verified.push(verify_first(provider, audiences, head)?);
            Ok(())
        }
        Requirement::All(list) => list.iter().try_for_each(|r| demand(r, jwt, head, verified)),
        Requirement::Any(list) => any(list, jwt, head, verified),
        Requirement::AllowMissing => {
            // Tokens that are there must be valid for one of the providers.
            let providers: Vec<_> = jwt.providers.values().collect();
            allow_missing(&providers, head, verified)
        }
        Requirement::AllowMissingOrFailed => {
            for provider in jwt.providers.values() {
                if let Ok(token) = verify_first(provider, &provider.audiences, head) {
                    verified.push(token);
                }
            }
            Ok(())
        }
    }
}

/// One of the requirements; with `allow_missing` among them, the tokens of the others may be missing but not wrong.
fn any<'a>(
    list: &'a [Requirement],
    jwt: &'a JwtAuthn,
    head: &Head,
    verified: &mut Vec<Verified<'a>>,
) -> Result<(), Failure> {
    let mut failure = MISSING;
    for requirement in
        list.iter().filter(|r| !matches!(r, Requirement::AllowMissing | Requirement::AllowMissingOrFailed))
    {
        match demand(requirement, jwt, head, verified) {
            Ok(()) => return Ok(()),
            // The most telling failure is reported: a missing token and a foreign issuer say little.
            Err(reason) if reason != MISSING => {
                if failure == MISSING || failure == "Jwt issuer is not configured" {
                    failure = reason;
                }
            }
            Err(_) => {}
        }
    }
    if list.iter().any(|r| matches!(r, Requirement::AllowMissingOrFailed)) {
        return Ok(());
    }
    let missing = list.iter().any(|r| matches!(r, Requirement::AllowMissing));
    // Another provider of the same request accepts a token of a foreign issuer.
    if missing
        && (failure == MISSING || failure == "Jwt issuer is not configured" && known_elsewhere(jwt, head))
    {
        return Ok(());
    }
    Err(failure)
}

fn known_elsewhere(jwt: &JwtAuthn, head: &Head) -> bool {
    jwt.providers.values().any(|p| verify_first(p, &p.audiences, head).is_ok())
}

fn allow_missing<'a>(
    providers: &[&'a Provider],
    head: &Head,
    verified: &mut Vec<Verified<'a>>,
) -> Result<(), Failure> {
    let mut failure = None;
    for provider in providers {
        match verify_first(provider, &provider.audiences, head) {
            Ok(token) => {
                verified.push(token);
                return Ok(());
            }
            Err(MISSING) => {}
            Err(reason) => failure = failure.or(Some(reason)),
        }
    }
    failure.map_or(Ok(()), Err)
}

/// Verifies the tokens of a provider's places; every token that is there must be valid.
fn verify_first<'a>(
    provider: &'a Provider,
    audiences: &[String],
    head: &Head,
) -> Result<Verified<'a>, Failure> {
    let mut result = Err(MISSING);
    for (token, place) in tokens(provider, head) {
        let (payload, raw_payload) = verify(provider, audiences, &token)?;
        if result.is_err() {
            result = Ok(Verified { provider, payload, raw_payload, place });
        }
    }
    result
}

fn tokens(provider: &Provider, head: &Head) -> Vec<(String, Place)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut found = Vec::new();
    for (name, prefix) in &provider.headers {
        for value in head.fields(name) {
            let value = text(value);
            let after = if prefix.is_empty() {
                Some(value.as_str())
            } else {
                value.find(prefix.as_str()).and_then(|at| value.get(at + prefix.len()..))
            };
            if let Some(after) = after {
                // Whatever cannot begin a token is no part of it; what follows it is (`ExtractorImpl::extractJWT`).
                let begins = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
                let token = after.find(begins).and_then(|at| after.get(at..)).unwrap_or(after);
                found.push((token.to_owned(), Place::Header(name.clone())));
            }
        }
    }
    for name in &provider.params {
        if let Some(value) = query_value(head.query(), name.as_bytes()) {
            found.push((text(&percent_decoded(value)), Place::Param(name.clone())));
        }
    }
    for name in &provider.cookies {
        if let Some(value) = cookie(head, name) {
            found.push((text(&value), Place::Cookie));
        }
    }
    found
}

fn verify(provider: &Provider, audiences: &[String], text: &str) -> Result<(Value, String), Failure> {
    let token = Token::read(text)?;
    if !provider.is_issuer(token.claims.get("iss")) {
        return Err("Jwt issuer is not configured");
    }
    check_times(&token, provider.skew)?;
    if !audiences.is_empty() && !audience_allowed(&token.claims, audiences) {
        return Err("Audiences in Jwt are not allowed");
    }
    let Some(keys) = provider.keys.keys() else { return Err("Jwks remote fetch is failed") };
    match keys.verify(&token.algorithm, token.key.as_deref(), token.message.as_bytes(), &token.signature) {
        Check::Valid => Ok((token.claims, token.payload.to_owned())),
        Check::NoKey => Err("Jwks doesn't have key to match kid or alg from Jwt"),
        Check::Wrong => Err("Jwt verification fails"),
    }
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

/// Removes a query parameter from a path.
pub(super) fn strip_param(path: &mut Vec<u8>, name: &[u8]) {
    let Some(at) = memchr::memchr(b'?', path) else { return };
    let query = path.split_off(at);
    let kept: Vec<_> = query
        .get(1..)
        .unwrap_or_default()
        .split(|b| *b == b'&')
        .filter(|pair| pair.split(|b| *b == b'=').next() != Some(name))
        .collect();
    if !kept.is_empty() {
        path.push(b'?');
        path.extend_from_slice(&kept.join(&b'&'));
    }
}
