//! The service that is asked about global rate limits. Where there is an Envoy, it asks the same and answers the same.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes and opens sockets")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/grpc_server.rs"]
mod grpc_server;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use envoy::twin;
use proxy::{Proxy, cluster, filter, upstream};
use serde_json::{Value, json};

/// Limits requests whose descriptors say so; needs a token.
fn service() -> u16 {
    grpc_server::serve(|request, respond| async move {
        let known = request.headers().get("x-token").is_some_and(|token| token == "secret");
        let mut body = request.into_body();
        let mut data = Vec::new();
        while let Some(Ok(part)) = body.data().await {
            data.extend_from_slice(&part);
        }
        if !known || !is_asked(&data) {
            return drop(respond);
        }
        let limited = String::from_utf8_lossy(&data).contains("limited");
        grpc_server::reply(respond, if limited { &[8, 2] } else { &[8, 1] });
    })
}

/// Whether it is a message with the domain of the test.
fn is_asked(data: &[u8]) -> bool {
    data.windows(4).any(|part| part == b"here")
}

/// Answers to a request that is limited and to one that is not, of the proxy and of Envoy, which are alike.
fn compare(name: &str, limit: Value, token: &str, headers: &str, wanted: (&str, &str)) {
    let mut all = json!({"domain": "here", "timeout": "2s", "rateLimitService": {"transportApiVersion": "V3", "grpcService": {
        "envoyGrpc": {"clusterName": "limits"}, "initialMetadata": [{"key": "x-token", "value": token}]}}});
    for (key, value) in limit.as_object().unwrap() {
        all[key] = value.clone();
    }
    let actions = json!([{"actions": [{"requestHeaders": {"headerName": "x-who", "descriptorKey": "who"}}]}]);
    let routes = json!([{"match": {"prefix": "/"}, "route": {"cluster": "up", "rateLimits": actions}}]);
    let h2 = json!({"typedExtensionProtocolOptions": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicitHttpConfig": {"http2ProtocolOptions": {}}}}});
    let clusters = [cluster("up", &[upstream()], json!({})), cluster("limits", &[service()], h2)];
    let inside =
        json!({"internalAddressConfig": {"cidrRanges": [{"addressPrefix": "10.0.0.0", "prefixLen": 8}]}});
    let proxy = Proxy::start(&[filter("http.ratelimit.v3.RateLimit", all)], routes, &clusters, inside);
    let answers = |side: &Proxy| {
        ["limited", "free"].map(|who| {
            let (head, body) = side.get("/a", &format!("x-who: {who}\r\n{headers}"));
            let varies =
                ["date:", "x-envoy-upstream-service-time:", "x-port:", "x-request-id:", "content-length:"];
            let text = format!("{head}{body}");
            let kept = text.lines().filter(|line| !varies.iter().any(|name| line.starts_with(name)));
            kept.collect::<Vec<_>>().join("\n")
        })
    };
    let ours = answers(&proxy);
    for (said, wanted) in ours.iter().zip([wanted.0, wanted.1]) {
        let (absent, text) = wanted.strip_prefix('!').map_or((false, wanted), |text| (true, text));
        assert!(said.contains(text) != absent, "{name}: {wanted} {said}");
    }
    if let Some((_running, twin)) = twin(&proxy, &[]) {
        assert_eq!(ours, answers(&twin), "{name}");
    }
}

#[test]
fn requests_are_limited_as_the_service_says() {
    const FREE: &str = "HTTP/1.1 200 OK";
    let plain = || json!({});
    compare("rate_limit_service", plain(), "secret", "", ("HTTP/1.1 429 Too Many Requests", FREE));
    compare("marked", plain(), "secret", "", ("x-envoy-ratelimited: true", FREE));
    let quiet = json!({"disableXEnvoyRatelimitedHeader": true});
    compare("disable_x_envoy_ratelimited_header", quiet, "secret", "", ("!x-envoy-ratelimited", FREE));
    let status = json!({"rateLimitedStatus": {"code": "ServiceUnavailable"}});
    compare("rate_limited_status", status, "secret", "", ("HTTP/1.1 503", FREE));
}

#[test]
fn a_service_that_fails_stops_requests_or_not() {
    compare("failing", json!({}), "wrong", "", ("HTTP/1.1 200 OK", "HTTP/1.1 200 OK"));
    let deny = json!({"failureModeDeny": true});
    compare("failure_mode_deny", deny, "wrong", "", ("HTTP/1.1 500", "HTTP/1.1 500"));
}

#[test]
fn requests_from_inside_and_outside_are_told_apart() {
    let only = |kind: &str| json!({"requestType": kind});
    let (limited, free) = ("HTTP/1.1 429", "HTTP/1.1 200");
    let inside = "x-forwarded-for: 10.0.0.1\r\n";
    compare("internal from inside", only("internal"), "secret", inside, (limited, free));
    compare("internal from outside", only("internal"), "secret", "", (free, free));
    compare("external from inside", only("external"), "secret", inside, (free, free));
    compare("external from outside", only("external"), "secret", "", (limited, free));
    compare("both", only("both"), "secret", inside, (limited, free));
}
