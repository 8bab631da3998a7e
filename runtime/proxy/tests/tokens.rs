//! JSON web tokens: which requests pass, and what the tokens leave in them; each request is compared with Envoy where there is one.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens and connects")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use base64::engine::{Engine, general_purpose::URL_SAFE_NO_PAD};
use envoy::twin;
use proxy::{Proxy, cluster, filter, upstream};
use serde_json::{Value, json};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn token(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&json!({"alg": "HS256", "kid": "k"})), part(claims));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET);
    let signature = URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, message.as_bytes()));
    format!("{message}.{signature}")
}

/// Three issuers; `b` and `c` share a header, where `c` keeps its token.
fn providers() -> Value {
    let keys =
        json!({"keys": [{"kty": "oct", "kid": "k", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(SECRET)}]});
    let provider = |issuer: &str, more: Value| {
        let mut provider = json!({"issuer": issuer, "localJwks": {"inlineString": keys.to_string()}, "payloadInMetadata": "payload",
            "normalizePayloadInMetadata": {"spaceDelimitedClaims": ["scope"]}, "clearRouteCache": true});
        provider.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        provider
    };
    let claims = ["t", "n", "m", "h", "e", "l", "o.k"]
        .map(|claim| json!({"headerName": format!("x-{claim}"), "claimName": claim}));
    json!({
        "a": provider("a", json!({"audiences": ["one"]})),
        "b": provider("b", json!({"fromHeaders": [{"name": "x-b", "valuePrefix": "T "}, {"name": "X-B"}, {"name": "x-0"}],
            "fromParams": ["tok"], "fromCookies": ["jar"], "claimToHeaders": claims, "forwardPayloadHeader": "x-payload",
            "padForwardPayloadHeader": true})),
        "c": provider("c", json!({"fromHeaders": [{"name": "x-b", "valuePrefix": "T "}], "forward": true})),
    })
}

fn rules() -> Value {
    let named = |name: &str| json!({"providerName": name});
    let any = |list: &[Value]| json!({"requiresAny": {"requirements": list}});
    let all = |list: &[Value]| json!({"requiresAll": {"requirements": list}});
    let (miss, fail) = (json!({"allowMissing": {}}), json!({"allowMissingOrFailed": {}}));
    let each = ["a", "b", "c"].map(|name| any(&[named(name), miss.clone()]));
    let istio = any(&[named("a"), named("b"), named("c"), all(&each)]);
    let rules = [
        ("/none", None),
        ("/istio", Some(istio)),
        ("/a", Some(named("a"))),
        ("/b", Some(named("b"))),
        ("/two", Some(json!({"providerAndAudiences": {"providerName": "a", "audiences": ["two"]}}))),
        ("/any", Some(any(&[named("a"), named("b")]))),
        ("/optional", Some(any(&[named("a"), miss.clone()]))),
        ("/lax", Some(any(&[named("a"), fail.clone()]))),
        ("/miss", Some(miss.clone())),
        ("/onlymiss", Some(any(&[miss, fail.clone()]))),
        ("/fail", Some(fail)),
        ("/every", Some(all(&[named("a"), named("b")]))),
    ];
    let rule = |(prefix, requires): (&str, Option<Value>)| {
        let mut rule = json!({"match": {"prefix": prefix}});
        if let Some(requires) = requires {
            rule["requires"] = requires;
        }
        rule
    };
    Value::from(rules.map(rule).to_vec())
}

fn routes() -> Value {
    let scope = "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:payload:scope)%";
    let told = json!([{"header": {"key": "x-scope", "value": scope}}]);
    let by_claim = json!({"filter": "envoy.filters.http.jwt_authn", "path": [{"key": "payload"}, {"key": "t"}],
        "value": {"stringMatch": {"exact": "admin"}}});
    json!([
        {"match": {"prefix": "/", "dynamicMetadata": [by_claim]}, "directResponse": {"status": 299}},
        {"match": {"prefix": "/"}, "route": {"cluster": "up"}, "responseHeadersToAdd": told},
    ])
}

/// What is the same of both: the status, the text of a refusal, or what the endpoint saw of the tokens.
fn told((head, body): (String, String)) -> String {
    let line = |text: &str, wanted: &[&str]| {
        let lines =
            text.lines().filter(|line| wanted.iter().any(|name| line.to_ascii_lowercase().starts_with(name)));
        let mut lines: Vec<_> = lines.map(str::to_owned).collect();
        lines.sort();
        lines.join("|")
    };
    let status = head.split(' ').nth(1).unwrap_or_default();
    let head = line(&head, &["x-scope", "www-authenticate"]);
    let seen = if body.contains(" HTTP/1.1\r\n") {
        format!(
            "{} {}",
            body.lines().next().unwrap_or_default(),
            line(&body, &["x-", "authorization", "cookie"])
        )
    } else {
        body
    };
    let timeless = seen.split('|').filter(|line| !line.starts_with("x-request-id"));
    format!("{status} {head} {}", timeless.collect::<Vec<_>>().join("|"))
}

#[test]
fn tokens_are_judged_as_envoy_judges_them() {
    let jwt = json!({"providers": providers(), "rules": rules(), "bypassCorsPreflight": true});
    let filters = [filter("http.jwt_authn.v3.JwtAuthentication", jwt)];
    let proxy = Proxy::start(&filters, routes(), &[cluster("up", &[upstream()], json!({}))], json!({}));
    let twin = twin(&proxy, &[]);
    let claims = json!({"iss": "b", "t": "x", "n": 5.0, "m": -5, "h": 0.5, "e": "", "l": ["a", 1], "o": {"k": true}, "scope": "r  w"});
    let (b, c) = (token(&claims), token(&json!({"iss": "c", "t": "y"})));
    let (a, other) = (token(&json!({"iss": "a", "aud": "one"})), token(&json!({"iss": "a", "aud": ["two"]})));
    let (admin, foreign) = (token(&json!({"iss": "b", "t": "admin"})), token(&json!({"iss": "z"})));
    let old = token(&json!({"iss": "b", "exp": 1}));
    let wrong = format!("{}AAAA", b.get(..b.len() - 4).unwrap());
    let mut headers = vec!["x-t: evil\r\nx-payload: evil\r\n".to_owned()];
    for text in [&a, &b, &c, &other, &admin, &foreign, &old, &wrong, &"no.to.ken".to_owned()] {
        headers.push(format!("authorization: Bearer {text}\r\n"));
        headers.push(format!("x-b: {text}\r\n"));
        headers.push(format!("x-b: T {text}\r\n"));
        headers.push(format!("x-b: T {text}\r\nx-0: {b}\r\n"));
        headers.push(format!("x-b: T {b}\r\nx-0: {text}\r\n"));
        headers.push(format!("authorization: Bearer {a}\r\nx-b: {text}\r\n"));
        headers.push(format!("cookie: k=v; jar={text}\r\n"));
    }
    for form in [
        "T  {}, more",
        "x, T {}",
        "T ,{}",
        "T T {}",
        "T a.b.c, T {}",
        "t {}",
        "T {} ",
        "T {}=",
        "T {};q",
        "T (",
        "T ",
    ] {
        headers.push(format!("x-b: {}\r\n", form.replace("{}", &b)));
        headers.push(format!("authorization: {}\r\n", form.replace("T", "Bearer").replace("{}", &a)));
    }
    headers.push(format!("x-b: {b}\r\nx-b: {b}\r\n"));
    headers.push(format!("authorization: Bearer {a}\r\nauthorization: Bearer {a}\r\n"));
    headers.push(format!("authorization: x\r\nauthorization: Bearer {a}\r\n"));
    headers.push("x-b:\r\n".to_owned());
    headers.push("origin: o\r\naccess-control-request-method: GET\r\nx-t: evil\r\n".to_owned());
    let mut asked = Vec::new();
    for path in [
        "none", "istio", "a", "b", "two", "any", "optional", "lax", "miss", "onlymiss", "fail", "every",
        "zzz",
    ] {
        asked.extend(
            headers.iter().map(|headers| format!("GET /{path} HTTP/1.1\r\nhost: h\r\n{headers}\r\n")),
        );
    }
    asked.extend(
        ["/b?tok=", "/b?x=1&tok=", "/istio?tok=x&tok="]
            .map(|path| format!("GET {path}{b}&y=2 HTTP/1.1\r\nhost: h\r\n\r\n")),
    );
    asked.push("OPTIONS /b HTTP/1.1\r\nhost: h\r\norigin: o\r\naccess-control-request-method: GET\r\nx-t: evil\r\n\r\n".to_owned());
    asked.push(
        "OPTIONS /b HTTP/1.1\r\nhost: h\r\norigin:\r\naccess-control-request-method: GET\r\n\r\n".to_owned(),
    );
    let ours: Vec<String> = asked.iter().map(|request| told(proxy.ask(request))).collect();
    let status = |at: usize| ours.get(at).and_then(|told| told.get(..3)).unwrap_or_default().to_owned();
    assert_eq!(status(0), "200");
    assert!(
        !ours.iter().any(|told| told.contains("evil")),
        "what the filter writes cannot come from outside"
    );
    assert!(ours.iter().any(|told| told.starts_with("299")), "a claim chooses the route");
    assert!(ours.iter().any(|told| told.contains(r#"x-scope: ["r","w"]"#)), "scopes are lists");
    let Some((_, twin)) = &twin else { return println!("skipped: there is no Envoy") };
    let differing: Vec<_> = asked
        .iter()
        .zip(&ours)
        .filter_map(|(request, ours)| {
            let theirs = told(twin.ask(request));
            (theirs != *ours).then(|| format!("{request}ours   {ours}\nEnvoy's {theirs}\n"))
        })
        .collect();
    assert!(
        differing.is_empty(),
        "{} of {} differ\n{}",
        differing.len(),
        asked.len(),
        differing.iter().take(12).cloned().collect::<String>()
    );
}
