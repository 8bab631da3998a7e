//! JSON web tokens: what the filter does before and after the tokens are looked at.
use std::time::Duration;

use super::demand::{Demand, MISSING, forget_made, found};
use super::token::Token;
use crate::config::jwt::{JwtAuthn, KeySource, RemoteKeys, Requirement};
use crate::config::per_route::PerFilter;
use crate::server::reply::Reply;
use crate::server::send_request;
use crate::server::stream::{Exchange, Stop};
use crate::server::worker::Worker;

/// Why a token is not accepted; the texts are those of Envoy's jwt_verify_lib.
pub(super) type Failure = &'static str;

/// Bytes of a path that a challenge repeats (`source/extensions/filters/http/jwt_authn/filter.cc`, MaximumUriLength).
const LONGEST_PATH: usize = 256;

impl<'a> Exchange<'a> {
    /// Demands the tokens that the request needs.
    pub(super) async fn jwt(&mut self, jwt: &'a JwtAuthn, setting: Option<&PerFilter>) -> Result<(), Stop> {
        jwt.providers.values().for_each(|provider| forget_made(provider, &mut self.head));
        if jwt.bypass_preflight && self.is_preflight() {
            return Ok(());
        }
        let requirement = self.requirement(jwt, setting)?;
        let Some(requirement) = requirement else { return Ok(()) };
        self.fetch_keys(jwt).await?;
        let mut demand = Demand::new(jwt, &mut self.head);
        let met = demand.meet(requirement);
        let (payloads, stale_route) = (demand.payloads, demand.stale_route);
        // What good tokens say is kept whatever comes of the request.
        if !payloads.is_empty() {
            let fields = self.info.metadata.entry("envoy.filters.http.jwt_authn");
            if let serde_json::Value::Object(fields) = fields.or_insert_with(|| serde_json::Map::new().into())
            {
                fields.extend(payloads);
            }
        }
        if let Err(failure) = met {
            self.hcm.stats().filters.add("jwt_authn.denied");
            return Err(self.jwt_refusal(failure, jwt.silent).into());
        }
        self.hcm.stats().filters.add("jwt_authn.allowed");
        if stale_route { Ok(self.find_route()?) } else { Ok(()) }
    }

    /// `Utility::isPreflightRequest`: both headers hold something.
    fn is_preflight(&self) -> bool {
        let filled = |name: &[u8]| self.head.fields(name).next().is_some_and(|value| !value.is_empty());
        self.head.method == b"OPTIONS" && filled(b"origin") && filled(b"access-control-request-method")
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
            let known =
                |text: &str| Token::read(text).is_ok_and(|token| provider.is_issuer(token.claims.get("iss")));
            let is_wanted = || found(&[provider], &self.head).iter().any(|one| known(&one.text));
            if provider.keys.keys().is_none() && is_wanted() {
                let fetched = self.unless_gone(fetch(self.worker, remote)).await?;
                let stats = &self.hcm.stats().filters;
                let name = if fetched { "success" } else { "failed" };
                stats.add(&format!("jwt_authn.jwks_fetch_{name}"));
            }
        }
        Ok(())
    }

    fn jwt_refusal(&self, failure: Failure, silent: bool) -> Reply {
        let scheme = String::from_utf8_lossy(&self.head.scheme);
        let host = String::from_utf8_lossy(self.head.authority.as_deref().unwrap_or_default());
        let path = self.head.path.get(..LONGEST_PATH).unwrap_or(&self.head.path);
        let path = String::from_utf8_lossy(path);
        let error = if failure == MISSING { "" } else { ", error=\"invalid_token\"" };
        let challenge = format!("Bearer realm=\"{scheme}://{host}{path}\"{error}");
        let status = if failure == "Audiences in Jwt are not allowed" { 403 } else { 401 };
        let details = format!("jwt_authn_access_denied{{{}}}", failure.replace(' ', "_"));
        if silent {
            return Reply::new(status, "".as_bytes(), details);
        }
        let reply = Reply::new(status, failure.as_bytes(), details);
        reply.header(b"www-authenticate", challenge)
    }
}

/// Asks for keys, again where that fails and the policy says so; false when there was no usable answer
/// (`JwksFetcherImpl::fetch`).
pub(crate) async fn fetch(worker: &Worker, remote: &RemoteKeys) -> bool {
    let Some(cluster) = worker.cluster(&remote.cluster) else { return false };
    let begin = std::time::Instant::now();
    let (mut left, (mut wait, longest)) = (remote.retries, remote.back_off);
    loop {
        let rest = remote.timeout.saturating_sub(begin.elapsed());
        let answer = send_request(cluster, worker.random(), &remote.head, &[], rest).await;
        let failed = answer.as_ref().is_none_or(|(head, _)| head.status >= 500);
        let jitter =
            Duration::from_millis(worker.random() % u64::try_from(wait.as_millis()).unwrap_or(1).max(1));
        if !failed || left == 0 || begin.elapsed() + jitter >= remote.timeout {
            return answer.is_some_and(|(head, body)| head.status == 200 && remote.store(&body));
        }
        tokio::time::sleep(jitter).await;
        (left, wait) = (left - 1, (wait * 2).min(longest));
    }
}

/// Keys are fetched so long before they are too old (`RefetchBeforeExpiredSec`).
const EARLY: Duration = Duration::from_secs(5);

/// Fetches keys again and again before requests need them, when the bootstrap asks for it.
pub(crate) async fn fetch_ahead(worker: &Worker, remote: &RemoteKeys) {
    let Some(again) = remote.ahead else { return };
    let good = remote.lifetime.checked_sub(EARLY).filter(|time| !time.is_zero()).unwrap_or(remote.lifetime);
    loop {
        let wait = if fetch(worker, remote).await { good } else { again };
        tokio::time::sleep(wait).await;
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
