//! The token filter (`pilot/pkg/security/authn/policy_applier.go`, `convertToEnvoyJwtConfig`).

use mp_ir::mesh::{JwtRule, Mesh};
use mp_ir::plan::{JwtAuthn, JwtProvider, KeySource};

use super::ext_authz::lookup_cluster;
use super::select::{self, Subject};

const SECOND: i128 = 1_000_000_000;

/// `None` when no rule applies.
pub(super) fn filter(mesh: &Mesh, subject: &Subject<'_>) -> Option<JwtAuthn> {
    let policies = select::request_authentications(mesh, subject);
    let mut rules: Vec<&JwtRule> = policies.iter().flat_map(|policy| &policy.rules).collect();
    if rules.is_empty() {
        return None;
    }
    rules.sort_by(|a, b| a.issuer.value.cmp(&b.issuer.value));
    let providers = rules.iter().enumerate().map(|(at, rule)| provider(mesh, at, rule)).collect();
    Some(JwtAuthn { providers, clear_route_cache: subject.router })
}

fn provider(mesh: &Mesh, at: usize, rule: &JwtRule) -> JwtProvider {
    let mut space_delimited = rule.space_delimited_claims.clone();
    space_delimited.extend(["permission".to_owned(), "scope".to_owned()]);
    space_delimited.sort();
    space_delimited.dedup();
    JwtProvider {
        name: format!("origins-{at}"),
        issuer: rule.issuer.clone(),
        audiences: rule.audiences.clone(),
        forward: rule.forward_original_token,
        payload_header: rule.output_payload_to_header.clone(),
        from_headers: rule.from_headers.iter().map(|h| (h.name.clone(), h.prefix.clone())).collect(),
        from_params: rule.from_params.clone(),
        from_cookies: rule.from_cookies.clone(),
        claim_headers: rule
            .output_claim_to_headers
            .iter()
            .map(|c| (c.header.clone(), c.claim.clone()))
            .collect(),
        space_delimited,
        keys: key_source(mesh, rule),
        origin: rule.origin,
    }
}

/// Who fetches the keys (`PILOT_JWT_ENABLE_REMOTE_JWKS`): istiod, unless Envoy is told to.
fn key_source(mesh: &Mesh, rule: &JwtRule) -> KeySource {
    let mode = mesh.compat.env.get("PILOT_JWT_ENABLE_REMOTE_JWKS").map_or("false", String::as_str);
    let by_envoy = matches!(mode, "envoy" | "hybrid" | "true");
    if by_envoy && !rule.jwks_uri.is_empty() {
        let (host, port) = host_and_port(&rule.jwks_uri);
        let timeout = rule.timeout.unwrap_or(5 * SECOND);
        if let Some((_, cluster)) = lookup_cluster(mesh, &host, port) {
            return KeySource::Remote { uri: rule.jwks_uri.clone(), cluster, timeout };
        }
        if mode == "envoy" {
            let cluster = format!("outbound|{port}||{host}");
            return KeySource::Remote { uri: rule.jwks_uri.clone(), cluster, timeout };
        }
        return KeySource::Fetched(rule.jwks_uri.clone());
    }
    if rule.jwks.is_empty() {
        KeySource::Fetched(rule.jwks_uri.clone())
    } else {
        KeySource::Inline(rule.jwks.clone())
    }
}

/// Host and port of an address; the port follows the scheme when it is not written (`security.ParseJwksURI`).
fn host_and_port(uri: &str) -> (String, u32) {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("https", uri));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let default = if scheme == "http" { 80 } else { 443 };
    match authority.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (host.to_owned(), port),
        None => (authority.to_owned(), default),
    }
}
