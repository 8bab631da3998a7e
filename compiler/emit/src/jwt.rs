//! The filter that checks JSON web tokens.

use mp_ir::plan::{JwtAuthn, JwtProvider, KeySource};
use serde_json::{Value, json};

use crate::json::{Object, duration, extension, list};

/// The filter; a single provider needs no alternatives.
#[must_use]
pub fn jwt_authn(filter: &JwtAuthn) -> Value {
    let mut providers = Object::new();
    for one in &filter.providers {
        providers = providers.set(&one.name, provider(one, filter.clear_route_cache));
    }
    let valid = |p: &JwtProvider| json!({"providerName": p.name});
    let valid_or_missing =
        |p: &JwtProvider| json!({"requiresAny": {"requirements": [valid(p), {"allowMissing": {}}]}});
    let requires = match filter.providers.as_slice() {
        [one] => valid_or_missing(one),
        several => {
            let every = json!({"requiresAll": {"requirements": list(several.iter().map(valid_or_missing))}});
            json!({"requiresAny": {"requirements": list(several.iter().map(valid).chain([every]))}})
        }
    };
    let config = Object::typed("envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication")
        .set("providers", providers)
        .set("rules", json!([{"match": {"prefix": "/"}, "requires": requires}]))
        .set("bypassCorsPreflight", true);
    extension("envoy.filters.http.jwt_authn", config)
}

fn provider(p: &JwtProvider, clear_route_cache: bool) -> Value {
    let header = |(name, prefix): &(String, String)| {
        Object::new().set("name", name.as_str()).unless_default("valuePrefix", prefix.as_str())
    };
    let claim = |(header, claim): &(String, String)| json!({"headerName": header, "claimName": claim});
    let texts = |items: &[String]| list(items.iter().map(String::as_str));
    let object = Object::new()
        .unless_default("issuer", p.issuer.value.as_str())
        .unless_default("audiences", texts(&p.audiences))
        .unless_default("forward", p.forward)
        .unless_default("forwardPayloadHeader", p.payload_header.as_str())
        .unless_default("fromHeaders", list(p.from_headers.iter().map(header)))
        .unless_default("fromParams", texts(&p.from_params))
        .unless_default("fromCookies", texts(&p.from_cookies))
        .unless_default("claimToHeaders", list(p.claim_headers.iter().map(claim)))
        .unless_default("clearRouteCache", clear_route_cache)
        .set("payloadInMetadata", "payload")
        .set("normalizePayloadInMetadata", json!({"spaceDelimitedClaims": texts(&p.space_delimited)}));
    match &p.keys {
        KeySource::Inline(keys) => object.set("localJwks", json!({"inlineString": keys})),
        KeySource::Fetched(_) => object.set("localJwks", json!({"inlineString": NOBODYS_KEY})),
        KeySource::Remote { uri, cluster, timeout } => object.set(
            "remoteJwks",
            json!({"httpUri": {"uri": uri, "cluster": cluster, "timeout": duration(*timeout)}, "cacheDuration": "300s"}),
        ),
    }
    .into()
}

/// What istiod sends while it has no keys: a public key whose private half nobody has, so that no token is good
/// (`jwks_resolver.go`, `PublicOnlyJwks`; the text is part of what proxies receive).
const NOBODYS_KEY: &str = r#"{
  "keys": [
    {
      "kty": "RSA",
      "e": "AQAB",
      "n": "0xObjM0UvS_oaazjpEYlAbwctEJ4L8pH3OuTb7qth7gUwqet-EzQB4dgFdvSdMgrLnSncQGRjpEYz3F3viIbH-3EN3TxSlPNviHxeOdyiBVfumN8dMxbLvVJUpfNOnvmMxJcl-8NNjAwcOjk4otSALaYgYYyOPyvKtgVdrQr-FoubWX4yrjxW-MJ2-7OBeepUUNOsVwGV23YX03sVkkyvY3otRflkBcY3_HKpBxJl9wk2GyOShN4_PNUF9-vwfnvOXMbCDX-w4PTef4geeb_GiT40YCKHTKMSPVanGRn5GExIWmki-mmqh94-mPTJyBR74ShspL3BxPZitDL574T1w"
    }
  ]
}"#;
