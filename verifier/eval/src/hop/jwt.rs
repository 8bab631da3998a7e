//! Checks of JSON web tokens where requests carry them as text (`jwt_authn`, `jwt_verify_lib`).

use mp_ir::plan::{JwtAuthn, JwtProvider, KeySource, is_one_line};
use serde_json::{Map, Value};

use super::Walk;
use super::around::{Signature, SignedToken};
use super::exchange::{Exchange, get, remove, set};
use super::local::Local;
use super::outcome::Stage;
use crate::base64;
use crate::decision::By;
use crate::header_lines::joined;
use crate::token::{
    audience_allowed, claim_text, forget_made, is_preflight_of, places, spread, token_in, verdict,
};

/// Seconds by which clocks may differ.
const SKEW: u64 = 60;

const UNKNOWN_ISSUER: &str = "Jwt issuer is not configured";
const AUDIENCES: &str = "Audiences in Jwt are not allowed";

/// A token that was found, and where.
struct Found {
    text: String,
    header: Option<String>,
    parameter: Option<String>,
}

impl<'p> Walk<'p, '_> {
    pub(super) fn jwt(
        &mut self,
        exchange: &mut Exchange<'p>,
        filter: &'p JwtAuthn,
    ) -> Result<(), Box<Local>> {
        filter.providers.iter().for_each(|provider| forget_made(provider, &mut exchange.call.headers));
        // Providers are asked about paths, so that CONNECT needs no token.
        let header = |name: &str| get(&exchange.call.headers, name).map(str::to_owned);
        if exchange.call.path.is_empty() || is_preflight_of(&exchange.call.method, header) {
            return Ok(());
        }
        let told = verdict(filter.providers.len(), |at| match filter.providers.get(at) {
            Some(provider) => self.asked(provider, exchange),
            None => Ok(false),
        });
        let asking = filter.providers.first().and_then(|provider| provider.origin);
        let Err(told) = told else {
            if exchange.call.claims.is_none() {
                self.step(Stage::Policy, asking, || "there is no token".to_owned());
            } else if filter.clear_route_cache {
                self.choose_route(exchange);
            }
            return Ok(());
        };
        let reason = told.unwrap_or(UNKNOWN_ISSUER);
        self.step(Stage::Policy, asking, || format!("the token is refused: {reason}"));
        self.ended_by(By::Jwt);
        Err(Box::new(refusal(exchange, reason)))
    }

    /// Whether a provider finds a token, if each that it finds is good; else why one is none, where `None` is a foreign issuer. The last
    /// place comes first, and a good token is dealt with before the next one is read (`AuthenticatorImpl`, `startVerify`).
    fn asked(
        &mut self,
        provider: &JwtProvider,
        exchange: &mut Exchange<'_>,
    ) -> Result<bool, Option<&'static str>> {
        forget_made(provider, &mut exchange.call.headers);
        let found = tokens(provider, exchange);
        for one in found.iter().rev() {
            let read = self.verify_token(provider, &one.text);
            let (claims, payload) =
                read.map_err(|reason| Some(reason).filter(|reason| *reason != UNKNOWN_ISSUER))?;
            self.step(Stage::Policy, provider.origin, || {
                format!("the token of `{}` is good", provider.issuer.value)
            });
            accept(exchange, provider, one, claims, &payload);
        }
        Ok(!found.is_empty())
    }

    /// The claims of a good token and its payload as text, else why it is none.
    fn verify_token(
        &mut self,
        provider: &JwtProvider,
        token: &str,
    ) -> Result<(Map<String, Value>, String), &'static str> {
        let [head, payload, signature] = parts(token)?;
        let head_fields =
            object(head, "Jwt header is an invalid Base64url encoded", "Jwt header is an invalid JSON")?;
        let claims =
            object(payload, "Jwt payload is an invalid Base64url encoded", "Jwt payload is an invalid JSON")?;
        let text = |name: &str| head_fields.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("alg").is_empty() {
            return Err("Jwt header [alg] field is required and must be a string");
        }
        let bytes = base64::decode(signature).ok_or("Jwt signature is an invalid Base64url encoded")?;
        let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
        if !provider.issuer.value.is_empty() && issuer != provider.issuer.value {
            return Err(UNKNOWN_ISSUER);
        }
        self.times(&claims)?;
        if !provider.audiences.is_empty() && !audience_allowed(&provider.audiences, &claims) {
            return Err(AUDIENCES);
        }
        let message = format!("{head}.{payload}");
        let signed =
            SignedToken { algorithm: text("alg"), key_id: text("kid"), message: &message, signature: &bytes };
        match self.around.signature(&provider.keys, &signed) {
            Signature::Good => {}
            Signature::NoKey => return Err("Jwks doesn't have key to match kid or alg from Jwt"),
            Signature::Wrong => return Err("Jwt verification fails"),
            Signature::Unknown => {
                let reason = format!(
                    "whether the token's signature is good: the keys {}",
                    whereabouts(&provider.keys)
                );
                self.unknown(reason, provider.origin);
            }
        }
        Ok((spread(&claims, &provider.space_delimited), payload.to_owned()))
    }

    fn times(&self, claims: &Map<String, Value>) -> Result<(), &'static str> {
        let time = |name: &str| claims.get(name).and_then(Value::as_f64).map(|seconds| seconds as u64);
        let now = self.around.now();
        if time("nbf").is_some_and(|from| from > now + SKEW) {
            return Err("Jwt not yet valid");
        }
        if time("exp").is_some_and(|until| until + SKEW < now) {
            return Err("Jwt is expired");
        }
        Ok(())
    }
}

/// The three parts of a token.
fn parts(token: &str) -> Result<[&str; 3], &'static str> {
    let parts: Vec<&str> = token.split('.').collect();
    <[&str; 3]>::try_from(parts)
        .map_err(|_| "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections")
}

/// The object in a part of a token, else which of the two failures it is.
fn object(
    text: &str,
    encoding: &'static str,
    json: &'static str,
) -> Result<Map<String, Value>, &'static str> {
    let bytes = base64::decode(text).ok_or(encoding)?;
    serde_json::from_slice::<Map<String, Value>>(&bytes).map_err(|_| json)
}

fn whereabouts(keys: &KeySource) -> String {
    match keys {
        KeySource::Inline(_) => "cannot be read".to_owned(),
        KeySource::Fetched(uri) | KeySource::Remote { uri, .. } => format!("are at {uri}"),
    }
}

fn refusal(exchange: &Exchange<'_>, reason: &str) -> Local {
    let call = &exchange.call;
    let challenge = format!(
        "Bearer realm=\"{}://{}{}\", error=\"invalid_token\"",
        call.scheme, call.authority, call.path
    );
    let status = if reason == AUDIENCES { 403 } else { 401 };
    let details = format!("jwt_authn_access_denied{{{}}}", reason.replace(' ', "_"));
    Local::new(status, reason, details).header("www-authenticate", challenge)
}

/// The values of a header: one for each line, or all lines in one.
fn lines(headers: &[(String, String)], name: &str) -> Vec<String> {
    if is_one_line(name) {
        return joined(headers, name).into_iter().collect();
    }
    headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
}

/// The tokens at the places where a provider looks.
fn tokens(provider: &JwtProvider, exchange: &Exchange<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (name, prefix) in places(provider) {
        for line in lines(&exchange.call.headers, &name) {
            let text = token_in(&line, &prefix).map(str::to_owned);
            found.extend(text.map(|text| Found { text, header: Some(name.clone()), parameter: None }));
        }
    }
    let usual = ["access_token".to_owned()];
    for name in if provider.looks_nowhere() { usual.as_slice() } else { &provider.from_params } {
        let query = crate::matching::split_query(&exchange.call.path).1.trim_start_matches('?');
        let pair = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| key == name);
        found.extend(pair.map(|(_, value)| Found {
            text: value.to_owned(),
            header: None,
            parameter: Some(name.clone()),
        }));
    }
    for name in &provider.from_cookies {
        found.extend(cookie(exchange, name).map(|text| Found { text, header: None, parameter: None }));
    }
    found
}

fn cookie(exchange: &Exchange<'_>, name: &str) -> Option<String> {
    let lines = exchange.call.headers.iter().filter(|(known, _)| known == "cookie");
    let mut pairs =
        lines.flat_map(|(_, line)| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.trim_matches('"').to_owned())
}

/// Takes over a good token: its claims, what they are copied to, and what is left of it for the upstream.
fn accept(
    exchange: &mut Exchange<'_>,
    provider: &JwtProvider,
    found: &Found,
    claims: Map<String, Value>,
    payload: &str,
) {
    let headers = &mut exchange.call.headers;
    if !provider.payload_header.is_empty() {
        set(headers, &provider.payload_header.to_ascii_lowercase(), payload);
    }
    for (header, claim) in &provider.claim_headers {
        if let Some(text) = claim_text(&claims, claim) {
            set(headers, &header.to_ascii_lowercase(), text);
        }
    }
    if !provider.forward {
        if let Some(name) = &found.header {
            remove(headers, name);
        }
        if let Some(name) = &found.parameter {
            exchange.call.path = without_parameter(&exchange.call.path, name);
        }
    }
    exchange.call.claims = Some(claims);
}

fn without_parameter(path: &str, name: &str) -> String {
    let (path, query) = crate::matching::split_query(path);
    let kept: Vec<&str> = query
        .trim_start_matches('?')
        .split('&')
        .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name))
        .collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}
