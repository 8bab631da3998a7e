//! Settings that need a whole bootstrap or an endpoint of its own: the runtime, clusters that must exist, slow answers, keys that are
//! asked for again.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects and writes files")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
mod proxy;
mod support;

use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use envoy::twin;
use proxy::{Proxy, T, address, cluster, filter, to, upstream};
use serde_json::{Value, json};
use support::free_port;

/// A bootstrap with a connection manager of these filters and routes.
fn bootstrap(filters: &[Value], config: &Value, clusters: &[Value], runtime: &Value) -> (Value, u16, u16) {
    let (port, admin) = (free_port(), free_port());
    let mut filters = filters.to_vec();
    let mut router = filter("http.router.v3.Router", json!({}));
    router["name"] = json!("router");
    filters.push(router);
    let hcm = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"),
        "statPrefix": "p", "httpFilters": filters, "routeConfig": config});
    let chains = json!([{"filters": [{"name": "h", "typedConfig": hcm}]}]);
    let listener = json!({"name": "l", "address": address(port), "filterChains": chains});
    let layers = json!([{"name": "s", "staticLayer": runtime}]);
    let all = json!({"admin": {"address": address(admin)}, "layeredRuntime": {"layers": layers},
        "staticResources": {"clusters": clusters, "listeners": [listener]}});
    (all, port, admin)
}

fn routes(routes: &Value) -> Value {
    json!({"virtualHosts": [{"name": "v", "domains": ["*"], "routes": routes}]})
}

/// What the proxy, and Envoy where there is one, answer to each request.
fn both(bootstrap: (Value, u16, u16), wanted: &[(&str, &str, &str)]) -> Proxy {
    let (all, port, admin) = bootstrap;
    let proxy = Proxy::run(&all, port, admin);
    let theirs = twin(&proxy, &[]);
    for (path, headers, status) in wanted {
        assert_eq!(proxy.status(path, headers), *status, "{path} {headers}");
        if let Some((_, twin)) = &theirs {
            assert_eq!(twin.status(path, headers), *status, "Envoy: {path} {headers}");
        }
    }
    proxy
}

/// Routes with keys of the runtime.
fn keyed(abort: &Value) -> Value {
    let mut own = abort.clone();
    own["@type"] = json!(format!("{T}http.fault.v3.HTTPFault"));
    own["abortHttpStatusRuntime"] = json!("own.status");
    let mut never = own.clone();
    never["abortPercentRuntime"] = json!("own.share");
    let with = |path: &str, more: Value| {
        let mut fault = json!({"@type": format!("{T}http.fault.v3.HTTPFault"),
            "delay": {"headerDelay": {}, "percentage": {"numerator": 100}},
            "abort": {"grpcStatus": 7, "percentage": {"numerator": 100}}});
        more.as_object().unwrap().iter().for_each(|(key, value)| fault[key] = value.clone());
        json!({"match": {"prefix": path}, "route": {"cluster": "up"}, "typedPerFilterConfig": {"f": fault}})
    };
    let off =
        json!({"f": {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": true}});
    routes(&json!([
        {"match": {"prefix": "/own"}, "route": {"cluster": "up"}, "typedPerFilterConfig": {"f": own}},
        {"match": {"prefix": "/no"}, "route": {"cluster": "up"}, "typedPerFilterConfig": {"f": never}},
        {"match": {"prefix": "/share", "runtimeFraction": {"runtimeKey": "never", "defaultValue": {"numerator": 100}}},
         "directResponse": {"status": 201}, "typedPerFilterConfig": off},
        {"match": {"prefix": "/share", "runtimeFraction": {"runtimeKey": "always", "defaultValue": {"numerator": 0}}},
         "directResponse": {"status": 202}, "typedPerFilterConfig": off},
        {"match": {"prefix": "/weighted"}, "route": {"weightedClusters": {"runtimeKeyPrefix": "weights",
            "clusters": [{"name": "gone", "weight": 99}, {"name": "up", "weight": 1}], "totalWeight": 100}},
         "typedPerFilterConfig": off},
        with("/grpc", json!({"abortGrpcStatusRuntime": "own.grpc", "delayDurationRuntime": "own.wait"})),
        with("/most", json!({"maxActiveFaultsRuntime": "own.share"})),
        with("/rate", json!({"responseRateLimit": {"fixedLimit": {"limitKbps": 1}}, "abort": {"httpStatus": 500},
            "responseRateLimitPercentRuntime": "own.share", "delayPercentRuntime": "own.share"})),
        {"match": {"prefix": "/"}, "route": {"cluster": "up"}}
    ]))
}

#[test]
fn values_of_the_runtime_replace_those_of_the_configuration() {
    let abort = json!({"abort": {"httpStatus": 500, "percentage": {"numerator": 100}}});
    let runtime = json!({"own": {"status": 503}, "own.share": 0, "own.grpc": 5, "own.wait": 1, "never": {"numerator": 0},
        "always": {"numerator": 1_000_000, "denominator": "MILLION"}, "weights.gone": 0,
        "fault": {"http": {"bob": {"abort": {"http_status": 418}}, "none": {"abort": {"abort_percent": 0}}}}});
    let config = keyed(&abort);
    let clusters = [cluster("up", &[upstream()], json!({})), cluster("gone", &[free_port()], json!({}))];
    let fault = filter("http.fault.v3.HTTPFault", abort);
    let proxy = both(
        bootstrap(&[fault], &config, &clusters, &runtime),
        &[
            ("/", "", "500"),
            ("/own", "", "503"),
            ("/no", "", "200"),
            ("/share", "", "202"),
            ("/grpc", "", "200"),
            ("/most", "", "200"),
            ("/rate", "x-envoy-fault-delay-request: 60000\r\n", "200"),
            ("/weighted", "", "200"),
            ("/weighted", "", "200"),
            ("/", "x-envoy-downstream-service-cluster: bob\r\n", "418"),
            ("/own", "x-envoy-downstream-service-cluster: bob\r\n", "418"),
            ("/", "x-envoy-downstream-service-cluster: none\r\n", "200"),
            ("/no", "x-envoy-downstream-service-cluster: other\r\n", "500"),
        ],
    );
    let grpc = "content-type: application/grpc\r\nx-envoy-fault-delay-request: 60000\r\n";
    assert!(proxy.get("/grpc", grpc).0.contains("grpc-status: 5\r\n"));
}

#[test]
fn routes_name_clusters_that_exist_unless_nobody_looks() {
    let up = [cluster("up", &[upstream()], json!({}))];
    let route = |action: Value| routes(&json!([{"match": {"prefix": "/"}, "route": action}]));
    let mut lax = route(json!({"cluster": "gone"}));
    lax["validateClusters"] = json!(false);
    both(bootstrap(&[], &lax, &up, &json!({})), &[("/", "", "503")]);
    for (config, path) in [
        (route(json!({"cluster": "gone"})), "route.cluster"),
        (
            route(
                json!({"weightedClusters": {"clusters": [{"name": "up", "weight": 1}, {"name": "gone", "weight": 0}]}}),
            ),
            "route.weighted_clusters.clusters[1].name",
        ),
        (
            route(json!({"cluster": "up", "requestMirrorPolicies": [{"cluster": "gone"}]})),
            "route.request_mirror_policies[0].cluster",
        ),
    ] {
        let (all, port, _) = bootstrap(&[], &config, &up, &json!({}));
        let file = std::env::temp_dir().join(format!("mp-settings-{}-{port}.json", std::process::id()));
        std::fs::write(&file, all.to_string()).unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_meshproof-proxy")).arg("-c").arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(!run.status.success() && said.contains(path) && said.contains("\"gone\""), "{path}: {said}");
        if let Ok(envoy) = std::env::var("MESHPROOF_ENVOY") {
            let run = Command::new(envoy).args(["--mode", "validate", "-c"]).arg(&file).output().unwrap();
            let said = String::from_utf8_lossy(&run.stderr).into_owned();
            assert!(!run.status.success() && said.contains("'gone'"), "{said}");
        }
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn an_answer_may_be_slow() {
    let fault =
        json!({"responseRateLimit": {"fixedLimit": {"limitKbps": 4}, "percentage": {"numerator": 100}}});
    let proxy = Proxy::start(
        &[filter("http.fault.v3.HTTPFault", fault)],
        to("up"),
        &[cluster("up", &[upstream()], json!({}))],
        json!({}),
    );
    let begin = Instant::now();
    let (_, body) = proxy.get("/", &format!("x-long: {}\r\n", "v".repeat(2048)));
    assert!(body.len() > 2048, "{}", body.len());
    // A twentieth of 4 KiB goes at once, and 4 KiB each second then.
    assert!(begin.elapsed() > Duration::from_millis(400), "{:?}", begin.elapsed());
    let stats = proxy.admin_once("/stats?filter=fault", |text| text.contains("active_faults: 0"));
    assert!(stats.contains("http.p.fault.response_rl_injected: 1\n"), "{stats}");
    assert!(stats.contains("http.p.fault.active_faults: 0\n"), "{stats}");
}

/// Fails so often, then gives a key set; tells how often it was asked.
fn keys(failures: u64) -> (u16, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            if proxy::read_message(&mut stream).is_none() {
                continue;
            }
            let (status, body) = if count.fetch_add(1, Ordering::SeqCst) < failures {
                ("503 Service Unavailable", String::new())
            } else {
                let key = json!({"kty": "oct", "kid": "k", "alg": "HS256", "k": "c2VjcmV0"});
                ("200 OK", json!({"keys": [key]}).to_string())
            };
            let head =
                format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let _gone = stream.write_all((head + &body).as_bytes());
        }
    });
    (port, asked)
}

#[test]
fn keys_are_asked_for_again_as_often_as_the_policy_says() {
    // {"alg":"HS256","kid":"k"} and {"iss":"me"}, signed with "secret".
    let token = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJtZSJ9.AA";
    let provider = |port: u16, retry: Value| {
        let mut remote = json!({"httpUri": {"uri": "http://keys/keys", "cluster": "keys", "timeout": "5s"}});
        if !retry.is_null() {
            remote["retryPolicy"] = retry;
        }
        let jwt = json!({"providers": {"p": {"issuer": "me", "remoteJwks": remote}},
            "rules": [{"match": {"prefix": "/"}, "requires": {"providerName": "p"}}]});
        Proxy::start(
            &[filter("http.jwt_authn.v3.JwtAuthentication", jwt)],
            to("up"),
            &[cluster("up", &[upstream()], json!({})), cluster("keys", &[port], json!({}))],
            json!({}),
        )
    };
    let back_off = json!({"baseInterval": "0.01s", "maxInterval": "0.02s"});
    for (retry, tries, said) in [
        (json!(null), 1, "Jwks remote fetch is failed"),
        (json!({"numRetries": 1, "retryBackOff": back_off}), 2, "Jwks remote fetch is failed"),
        (json!({"retryBackOff": back_off}), 2, "Jwks remote fetch is failed"),
        (json!({"numRetries": 3, "retryBackOff": back_off}), 3, "Jwt verification fails"),
    ] {
        let ask = |proxy: &Proxy| proxy.get("/", &format!("authorization: Bearer {token}\r\n")).1;
        let (port, asked) = keys(2);
        let proxy = provider(port, retry.clone());
        assert_eq!((ask(&proxy).as_str(), asked.load(Ordering::SeqCst)), (said, tries), "{retry}");
        let Some((_envoy, twin)) = twin(&proxy, &[]) else { continue };
        asked.store(0, Ordering::SeqCst);
        assert_eq!((ask(&twin).as_str(), asked.load(Ordering::SeqCst)), (said, tries), "Envoy: {retry}");
    }
}
