//! Filters, balancing, health, tracing and statistics: each case was compared with Envoy 1.40 when it was written.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects and writes files")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
mod proxy;
mod support;

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use envoy::twin;
use proxy::{Proxy, address, cluster, filter, to, upstream};
use serde_json::json;

#[test]
fn headers_and_parameters_are_changed_both_ways() {
    let mutations = json!({"mutations": {
        "requestMutations": [{"remove": "x-a"}, {"append": {"header": {"key": "x-b", "value": "%REQ(x-c)%!"},
            "appendAction": "OVERWRITE_IF_EXISTS_OR_ADD"}}],
        "responseMutations": [{"append": {"header": {"key": "x-r", "value": "%RESPONSE_CODE%"}}}, {"remove": "x-port"}],
        "queryParameterMutations": [{"remove": "drop"}, {"append": {"record": {"key": "n", "value": "v"},
            "action": "OVERWRITE_IF_EXISTS_OR_ADD"}}]}});
    let proxy = Proxy::start(
        &[filter("http.header_mutation.v3.HeaderMutation", mutations)],
        to("up"),
        &[cluster("up", &[upstream()], json!({}))],
        json!({}),
    );
    let (head, body) = proxy.get("/x?n=0&k=2&drop=1", "x-a: 1\r\nx-b: 0\r\nx-c: C\r\n");
    assert!(head.contains("x-r: 200\r\n") && !head.contains("x-port"), "{head}");
    assert!(body.starts_with("GET /x?k=2&n=v HTTP/1.1\r\n"), "{body}");
    assert!(body.contains("x-b: C!\r\n") && !body.contains("x-a:") && !body.contains("x-b: 0"), "{body}");
}

#[test]
fn bodies_are_buffered_up_to_a_limit() {
    let proxy = Proxy::start(
        &[filter("http.buffer.v3.Buffer", json!({"maxRequestBytes": 10}))],
        to("up"),
        &[cluster("up", &[upstream()], json!({}))],
        json!({}),
    );
    let chunked = "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
    let (_, body) = proxy.ask(chunked);
    assert!(body.contains("content-length: 5\r\n") && body.ends_with("\r\n\r\nabcde"), "{body}");
    let long = "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 11\r\n\r\n01234567890";
    assert!(proxy.ask(long).0.starts_with("HTTP/1.1 413 Payload Too Large\r\n"));
}

#[test]
fn clients_may_ask_for_an_empty_answer_to_a_timeout() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let routes = json!([{"match": {"prefix": "/"}, "route": {"cluster": "up", "timeout": "0.05s"}}]);
    let inside =
        json!({"internalAddressConfig": {"cidrRanges": [{"addressPrefix": "10.0.0.0", "prefixLen": 8}]}});
    let up = cluster("up", &[silent.local_addr().unwrap().port()], json!({}));
    let proxy = Proxy::start(&[], routes, &[up], inside);
    let asking = "x-envoy-upstream-rq-timeout-alt-response: 1\r\n";
    assert_eq!(proxy.status("/", &format!("x-forwarded-for: 10.0.0.1\r\n{asking}")), "204");
    assert_eq!(proxy.status("/", asking), "504", "nobody from outside may");
}

#[test]
fn other_sites_may_not_change_anything() {
    let all = json!({"defaultValue": {"numerator": 100}});
    let policy = json!({"filterEnabled": all, "additionalOrigins": [{"suffix": "good.example"}]});
    let proxy = Proxy::start(
        &[filter("http.csrf.v3.CsrfPolicy", policy)],
        to("up"),
        &[cluster("up", &[upstream()], json!({}))],
        json!({}),
    );
    for (method, header, status) in [
        ("POST", "", "403"),
        ("POST", "origin: http://bad.example\r\n", "403"),
        ("POST", "origin: http://good.example\r\n", "200"),
        ("POST", "referer: http://h/x\r\n", "200"),
        ("GET", "", "200"),
    ] {
        let (head, _) =
            proxy.ask(&format!("{method} / HTTP/1.1\r\nhost: h\r\n{header}content-length: 0\r\n\r\n"));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{method} {header}: {head}");
    }
    let stats = proxy.admin("/stats?filter=csrf");
    assert!(stats.contains("http.p.csrf.missing_source_origin: 1\n"), "{stats}");
    assert!(stats.contains("http.p.csrf.request_valid: 2\n"), "{stats}");
}

#[test]
fn descriptors_have_their_own_tokens() {
    let all = json!({"defaultValue": {"numerator": 100}});
    let bucket = |tokens: u64| json!({"maxTokens": tokens, "tokensPerFill": tokens, "fillInterval": "1000s"});
    let limit = json!({"statPrefix": "rl", "filterEnabled": all, "filterEnforced": all, "tokenBucket": bucket(3),
        "enableXRatelimitHeaders": "DRAFT_VERSION_03",
        "descriptors": [{"entries": [{"key": "user", "value": "bob"}], "tokenBucket": bucket(1)}]});
    let actions =
        json!([{"actions": [{"requestHeaders": {"headerName": "x-user", "descriptorKey": "user"}}]}]);
    let routes = json!([{"match": {"prefix": "/"}, "route": {"cluster": "up", "rateLimits": actions}}]);
    let proxy = Proxy::start(
        &[filter("http.local_ratelimit.v3.LocalRateLimit", limit)],
        routes,
        &[cluster("up", &[upstream()], json!({}))],
        json!({}),
    );
    assert_eq!(proxy.status("/", "x-user: bob\r\n"), "200");
    let (head, body) = proxy.get("/", "x-user: bob\r\n");
    assert!(head.starts_with("HTTP/1.1 429 ") && head.contains("x-ratelimit-limit: 1\r\n"), "{head}");
    assert_eq!(body, "local_rate_limited");
    assert_eq!(proxy.status("/", "x-user: al\r\n"), "200");
    assert_eq!(proxy.status("/", ""), "200");
    assert_eq!(proxy.status("/", ""), "429");
}

#[test]
fn keys_are_fetched_when_a_token_needs_them() {
    let encode = |text: &str| {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut out = String::new();
        for chunk in text.as_bytes().chunks(3) {
            let word = chunk.iter().fold(0_u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
            out.extend((0..=chunk.len()).map(|i| ALPHABET[(word >> (18 - 6 * i) & 63) as usize] as char));
        }
        out
    };
    let provider = json!({"issuer": "me", "remoteJwks": {"httpUri": {"uri": "http://keys/keys", "cluster": "up",
        "timeout": "1s"}, "cacheDuration": "60s"}});
    let jwt = json!({"providers": {"p": provider}, "rules": [{"match": {"prefix": "/"}, "requires": {"providerName": "p"}}]});
    let proxy = Proxy::start(
        &[filter("http.jwt_authn.v3.JwtAuthentication", jwt)],
        to("up"),
        &[cluster("up", &[upstream()], json!({}))],
        json!({}),
    );
    let message = format!("{}.{}", encode(r#"{"alg":"HS256","kid":"k"}"#), encode(r#"{"iss":"me"}"#));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"secret");
    let tag = ring::hmac::sign(&key, message.as_bytes());
    let mut raw = String::new();
    for chunk in tag.as_ref().chunks(3) {
        // The signature is bytes, not text.
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let word = chunk.iter().fold(0_u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        raw.extend((0..=chunk.len()).map(|i| ALPHABET[(word >> (18 - 6 * i) & 63) as usize] as char));
    }
    assert_eq!(proxy.status("/", &format!("authorization: Bearer {message}.{raw}\r\n")), "200");
    assert_eq!(proxy.status("/", &format!("authorization: Bearer {message}.AAAA\r\n")), "401");
    assert_eq!(proxy.get("/", "").1, "Jwt is missing");
}

#[test]
fn subsets_headers_and_metadata_choose_endpoints() {
    let (one, two) = (upstream(), upstream());
    let mut sub = cluster(
        "sub",
        &[one, two],
        json!({"lbSubsetConfig": {"fallbackPolicy": "NO_FALLBACK",
        "subsetSelectors": [{"keys": ["v"]}]}}),
    );
    for (index, version) in ["1", "2"].iter().enumerate() {
        sub["loadAssignment"]["endpoints"][0]["lbEndpoints"][index]["metadata"] =
            json!({"filterMetadata": {"envoy.lb": {"v": version}}});
    }
    let wanted = |version: &str| json!({"filterMetadata": {"envoy.lb": {"v": version}}});
    let routes = json!([
        {"match": {"prefix": "/two"}, "route": {"cluster": "sub", "metadataMatch": wanted("2")}},
        {"match": {"prefix": "/none"}, "route": {"cluster": "sub", "metadataMatch": wanted("9")}},
        {"match": {"prefix": "/named"}, "route": {"clusterHeader": "x-cluster"}}]);
    let proxy = Proxy::start(&[], routes, &[sub, cluster("one", &[one], json!({}))], json!({}));
    for _ in 0..4 {
        assert!(proxy.get("/two", "").0.contains(&format!("x-port: {two}\r\n")));
    }
    assert_eq!(proxy.get("/none", "").1, "no healthy upstream");
    assert!(proxy.get("/named", "x-cluster: one\r\n").0.contains(&format!("x-port: {one}\r\n")));
    assert_eq!(proxy.status("/named", "x-cluster: other\r\n"), "503");
}

#[test]
fn endpoints_are_hashed_by_their_names_where_that_is_asked_for() {
    let ports = [upstream(), upstream(), upstream()];
    let named = |name: &str, shift: usize| {
        let more = json!({"type": "STRICT_DNS", "lbPolicy": "RING_HASH", "commonLbConfig": {"consistentHashingLbConfig": {"useHostnameForHashing": true}}});
        let mut named = cluster(name, &[], more);
        let endpoints = ["one.example", "two.example", "three.example"].iter().enumerate();
        let endpoints: Vec<_> = endpoints
            .map(|(at, host)| json!({"endpoint": {"hostname": host, "address": address(ports[(at + shift) % 3])}}))
            .collect();
        named["loadAssignment"]["endpoints"] = json!([{"lbEndpoints": endpoints}]);
        named
    };
    let route = |name: &str| {
        json!({"match": {"prefix": format!("/{name}")}, "route": {"cluster": name,
            "hashPolicy": [{"header": {"headerName": "x-key"}}]}})
    };
    let clusters = [named("first", 0), named("second", 1)];
    let proxy = Proxy::start(&[], json!([route("first"), route("second")]), &clusters, json!({}));
    // Which name a key leads to, whatever the address.
    let names = |side: &Proxy, cluster: &str, shift: usize| -> Vec<usize> {
        let ask = |key: u8| side.get(&format!("/{cluster}"), &format!("x-key: {key}\r\n")).0;
        let at = |head: String| {
            ports.iter().position(|port| head.contains(&format!("x-port: {port}\r\n"))).unwrap()
        };
        (0..12).map(|key| (at(ask(key)) + 3 - shift) % 3).collect()
    };
    let first = names(&proxy, "first", 0);
    assert_eq!(first, names(&proxy, "second", 1));
    assert!(first.iter().any(|name| *name != first[0]), "{first:?}");
    if let Some((_running, twin)) = twin(&proxy, &[]) {
        assert_eq!(first, names(&twin, "first", 0));
    }
}

/// Answers every request with a status, and keeps their heads and bodies.
fn collector(status: u16) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let got = Arc::new(Mutex::new(Vec::new()));
    let keep = got.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let keep = keep.clone();
            std::thread::spawn(move || {
                while let Some((head, body)) = proxy::read_message(&mut stream) {
                    keep.lock().unwrap().push(format!("{head}{body}"));
                    let text = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
                    if stream.write_all(text.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, got)
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn keys_are_fetched_ahead_and_soon_again_after_a_failure() {
    let (keys, asked) = collector(503);
    let provider = json!({"issuer": "me", "remoteJwks": {"httpUri": {"uri": "http://keys/keys", "cluster": "keys", "timeout": "1s"},
        "asyncFetch": {"fastListener": true, "failedRefetchDuration": "0.05s"}}});
    let jwt = json!({"providers": {"p": provider}, "rules": [{"match": {"prefix": "/"}, "requires": {"providerName": "p"}}]});
    let filters = [filter("http.jwt_authn.v3.JwtAuthentication", jwt)];
    let proxy = Proxy::start(&filters, to("keys"), &[cluster("keys", &[keys], json!({}))], json!({}));
    let begin = Instant::now();
    until("twenty questions", || asked.lock().unwrap().len() >= 20);
    // One second is the time between them where nothing else is said.
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert!(asked.lock().unwrap()[0].starts_with("GET /keys HTTP/1.1\r\nhost: keys\r\n"));
    assert_eq!(proxy.status("/", ""), "401");
}

#[test]
fn spans_go_to_the_service_that_collects_them() {
    let (port, got) = collector(202);
    let service =
        json!({"httpUri": {"uri": "http://zipkin.example/spans/v2", "cluster": "zipkin", "timeout": "1s"}});
    let provider = json!({"name": "z", "typedConfig": {"@type": "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig",
        "collectorService": service, "collectorEndpointVersion": "HTTP_JSON"}});
    let clusters = [cluster("up", &[upstream()], json!({})), cluster("zipkin", &[port], json!({}))];
    let proxy = Proxy::start(&[], to("up"), &clusters, json!({"tracing": {"provider": provider}}));
    let twin = twin(&proxy, &[]);
    for side in std::iter::once(&proxy).chain(twin.as_ref().map(|(_, twin)| twin)) {
        got.lock().unwrap().clear();
        assert_eq!(side.status("/told", ""), "200");
        // A body in chunks counts as a message of its own.
        let is_span = || {
            let got = got.lock().unwrap().concat();
            got.starts_with("POST /spans/v2 HTTP/1.1\r\nhost: zipkin.example\r\n") && got.contains("/told")
        };
        until("a span", is_span);
    }
}

#[test]
fn localities_share_load_by_their_weights() {
    let (near, far) = (upstream(), upstream());
    let locality = |port: u16, weight: u64, zone: &str| {
        json!({"locality": {"zone": zone}, "loadBalancingWeight": weight,
            "lbEndpoints": [{"endpoint": {"address": address(port)}}]})
    };
    let mut weighted = cluster("up", &[], json!({"commonLbConfig": {"localityWeightedLbConfig": {}}}));
    weighted["loadAssignment"]["endpoints"] = json!([locality(near, 3, "a"), locality(far, 1, "b")]);
    let proxy = Proxy::start(&[], to("up"), &[weighted], json!({}));
    let hits = (0..8).filter(|_| proxy.get("/", "").0.contains(&format!("x-port: {near}\r\n"))).count();
    assert_eq!(hits, 6);
}

#[test]
fn unhealthy_and_failing_hosts_are_left_out() {
    let (good, other) = (upstream(), upstream());
    let check = |path: &str| {
        json!({"healthChecks": [{"timeout": "1s", "interval": "60s", "unhealthyThreshold": 1, "healthyThreshold": 1,
            "httpHealthCheck": {"path": path}}], "commonLbConfig": {"healthyPanicThreshold": {"value": 0}}})
    };
    let outlier = json!({"outlierDetection": {"consecutive5xx": 2, "interval": "60s", "maxEjectionPercent": 50},
        "commonLbConfig": {"healthyPanicThreshold": {"value": 0}}});
    let clusters = [
        cluster("well", &[good], check("/")),
        cluster("ill", &[good], check("/code/500")),
        cluster("outlier", &[good, other], outlier),
    ];
    let route = |name: &str| json!({"match": {"headers": [{"name": "x-c", "stringMatch": {"exact": name}}], "prefix": "/"}, "route": {"cluster": name}});
    let proxy =
        Proxy::start(&[], json!([route("well"), route("ill"), route("outlier")]), &clusters, json!({}));
    let begin = Instant::now();
    while proxy.status("/", "x-c: well\r\n") != "200" {
        assert!(begin.elapsed() < Duration::from_secs(5), "the first check makes a host healthy");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(proxy.get("/", "x-c: ill\r\n").1, "no healthy upstream");
    // Two failures in a row take a host out; half of the hosts may be out.
    for _ in 0..8 {
        proxy.get("/code/500", "x-c: outlier\r\n");
    }
    let stats = proxy.admin("/stats?filter=outlier_detection");
    assert!(stats.contains("cluster.outlier.outlier_detection.ejections_enforced_total: 1\n"), "{stats}");
    assert!(stats.contains("ejections_active: 1\n") && !stats.contains("ejections_overflow: 0\n"), "{stats}");
    let clusters = proxy.admin("/clusters");
    assert!(clusters.contains("::health_flags::/failed_outlier_check\n"), "{clusters}");
    assert!(clusters.contains("::health_flags::/failed_active_hc\n"), "{clusters}");
}

#[test]
fn trace_contexts_are_carried_on() {
    let provider = json!({"name": "o", "typedConfig": {"@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
        "grpcService": {"envoyGrpc": {"clusterName": "up"}}}});
    let tracing = json!({"tracing": {"randomSampling": {"value": 100}, "provider": provider}});
    let proxy = Proxy::start(&[], to("up"), &[cluster("up", &[upstream()], json!({}))], tracing);
    let header = |body: &str| {
        let line = body.lines().find_map(|l| l.strip_prefix("traceparent: "));
        line.unwrap_or_default().to_owned()
    };
    let fresh = header(&proxy.get("/", "").1);
    assert!(fresh.starts_with("00-") && fresh.ends_with("-01") && fresh.len() == 55, "{fresh}");
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
    for flags in ["00", "01"] {
        let child = header(&proxy.get("/", &format!("traceparent: {parent}-{flags}\r\n")).1);
        assert!(
            child.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && child.ends_with(flags),
            "{child}"
        );
        assert!(!child.contains("b7ad6b7169203331"), "the span is another one");
    }
    let (_, body) = proxy.get("/", "traceparent: junk\r\n");
    assert_eq!(header(&body), "junk");
    let id = body.lines().find_map(|l| l.strip_prefix("x-request-id: ")).unwrap();
    assert_eq!(id.as_bytes()[14], b'9', "the id says that the request is sampled");
}

#[test]
fn statistics_have_the_names_of_envoy() {
    let proxy = Proxy::start(&[], to("up"), &[cluster("up", &[upstream()], json!({}))], json!({}));
    proxy.get("/", "");
    proxy.get("/code/503", "");
    let times = "envoy_http_downstream_rq_time_count{envoy_http_conn_manager_prefix=\"p\"} 2\n";
    let page = proxy.admin_once("/stats/prometheus", |page| page.contains(times));
    let text = proxy.admin("/stats");
    for line in [
        "cluster.up.upstream_rq_total: 2\n",
        "cluster.up.upstream_rq_2xx: 1\n",
        "cluster.up.external.upstream_rq_503: 1\n",
        "http.p.downstream_rq_total: 2\n",
        "http.p.downstream_rq_5xx: 1\n",
        "http.p.rq_total: 2\n",
        "cluster.up.circuit_breakers.high.rq_open: 0\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    for line in [
        "envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"5\",envoy_cluster_name=\"up\"} 1\n",
        "envoy_http_downstream_rq_xx{envoy_response_code_class=\"2\",envoy_http_conn_manager_prefix=\"p\"} 1\n",
        "# TYPE envoy_http_downstream_rq_time histogram\n",
        times,
    ] {
        assert!(page.contains(line), "{line}");
    }
}
