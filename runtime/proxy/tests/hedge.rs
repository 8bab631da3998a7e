//! Tries that take too long go on beside the next ones: which answer the client gets, and what is counted, as with Envoy.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects and writes files")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/grpc_server.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod grpc_server;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use envoy::twin;
use proxy::{Proxy, cluster, read_message};
use serde_json::{Value, json};

/// What the tries of a request do, in order: `-` never answers; `N:STATUS` answers once try N has come, `x` closes then, and `late` stands
/// for a time that is longer than that of a try.
struct Plan {
    name: &'static str,
    tries: &'static [&'static str],
    route: Value,
    headers: &'static str,
    wanted: &'static str,
}

/// The tries that have come, as `case/try`.
type Seen = Arc<Mutex<BTreeSet<String>>>;

/// A route that hedges, with further fields.
fn hedged(more: Value) -> Value {
    let mut route = json!({"timeout": "4s", "retryPolicy": {"retryOn": "5xx", "numRetries": 1, "perTryTimeout": "0.12s",
        "retryBackOff": {"baseInterval": "0.001s"}}, "hedgePolicy": {"hedgeOnPerTryTimeout": true}});
    for (key, value) in more.as_object().unwrap() {
        route[key] = value.clone();
    }
    route
}

fn plans() -> Vec<Plan> {
    let retries = |number: u32, on: &str| {
        hedged(json!({"retryPolicy": {"retryOn": on, "numRetries": number, "perTryTimeout": "0.12s",
            "retryBackOff": {"baseInterval": "0.001s"}}}))
    };
    let plan = |name, tries, route, wanted| Plan { name, tries, route, headers: "", wanted };
    vec![
        plan("the second is faster", &["-", "0:200"], hedged(json!({})), "200 2"),
        plan("the second is no answer", &["2:200", "0:503"], hedged(json!({})), "200 1"),
        plan("both are no answer", &["2:503", "0:500"], hedged(json!({})), "503 1"),
        plan("the first answers beside the second", &["2:200", "-"], hedged(json!({})), "200 1"),
        plan("the second breaks", &["2:200", "0:x"], hedged(json!({})), "200 1"),
        plan("the first breaks beside the second", &["2:x", "late:200"], hedged(json!({})), "200 2"),
        plan("both break", &["2:x", "0:x"], hedged(json!({})), "503"),
        plan("a third", &["-", "-", "0:200"], retries(2, "5xx"), "200 3"),
        plan("no retry is left", &["late:200"], retries(0, "5xx"), "200 1"),
        plan("no retry is left for a bad one", &["late:503"], retries(0, "5xx"), "503 1"),
        plan("whatever is retried", &["-", "0:200"], retries(1, "connect-failure"), "200 2"),
        plan(
            "an answer that is not retried wins",
            &["late:200", "0:503"],
            retries(1, "connect-failure"),
            "503 2",
        ),
        plan("the time of all is over", &["-", "-"], hedged(json!({"timeout": "0.5s"})), "504"),
        plan("the route does not hedge", &["-", "0:200"], hedged(json!({"hedgePolicy": {}})), "200 2"),
        Plan {
            headers: "x-forwarded-for: 10.1.1.1\r\nx-envoy-hedge-on-per-try-timeout: true\r\n",
            ..plan("the client asks for it", &["2:200", "-"], hedged(json!({"hedgePolicy": {}})), "200 1")
        },
        Plan {
            headers: "x-forwarded-for: 10.1.1.1\r\nx-envoy-hedge-on-per-try-timeout: false\r\n",
            ..plan("the client does not want it", &["2:200", "0:200"], hedged(json!({})), "200 2")
        },
    ]
}

/// The step of a try; what it waits for is asked for again and again.
fn step(head: &str, seen: &Seen, mut plans: impl Iterator<Item = Plan>) -> (String, Duration, String) {
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    let (case, number) = (header("x-case: "), header("x-envoy-attempt-count: "));
    let run = header("x-run: ");
    seen.lock().unwrap().insert(format!("{run}/{case}/{number}"));
    let name = case.parse::<usize>().unwrap();
    let plan = plans.nth(name).unwrap();
    let step = plan.tries.get(number.parse::<usize>().unwrap() - 1).copied().unwrap_or("0:200");
    let (when, what) = step.split_once(':').unwrap_or(("never", ""));
    let (wait, time) = match when {
        "never" => ("never".to_owned(), Duration::ZERO),
        "late" => (String::new(), Duration::from_millis(300)),
        "0" => (String::new(), Duration::ZERO),
        other => (format!("{run}/{case}/{other}"), Duration::from_millis(60)),
    };
    (wait, time, what.to_owned())
}

fn serve(mut stream: &TcpStream, seen: &Seen) -> Option<()> {
    let (head, body) = read_message(&mut stream)?;
    let (wait, time, what) = step(&head.to_lowercase(), seen, plans().into_iter());
    while !wait.is_empty() && !seen.lock().unwrap().contains(&wait) {
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(time);
    if what == "x" {
        return None;
    }
    let number = head.lines().find_map(|line| line.strip_prefix("x-envoy-attempt-count: "))?;
    let text = format!("{number}{body}");
    let text = format!("HTTP/1.1 {what} X\r\ncontent-length: {}\r\n\r\n{text}", text.len());
    stream.write_all(text.as_bytes()).ok()
}

fn upstream(seen: &Seen) -> u16 {
    let (listener, seen) = (TcpListener::bind("127.0.0.1:0").unwrap(), seen.clone());
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = seen.clone();
            std::thread::spawn(move || while serve(&stream, &seen).is_some() {});
        }
    });
    port
}

async fn answer(
    seen: Seen,
    request: http::Request<h2::RecvStream>,
    mut send: h2::server::SendResponse<Bytes>,
) {
    let lines =
        request.headers().iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
    let head: String = lines.collect();
    let (wait, time, what) = step(&head, &seen, plans().into_iter());
    while !wait.is_empty() && !seen.lock().unwrap().contains(&wait) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    tokio::time::sleep(time).await;
    if what == "x" {
        return send.send_reset(h2::Reason::INTERNAL_ERROR);
    }
    let number = request.headers()["x-envoy-attempt-count"].to_str().unwrap().to_owned();
    let response =
        http::Response::builder().status(what.as_str()).header("content-length", "1").body(()).unwrap();
    let Ok(mut body) = send.send_response(response, false) else { return };
    let _gone = body.send_data(number.into(), true);
}

fn bootstrap(port: u16, http2: bool) -> Proxy {
    let options = json!({"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicitHttpConfig": {"http2ProtocolOptions": {}}}});
    let more = if http2 { json!({"typedExtensionProtocolOptions": options}) } else { json!({}) };
    let clusters: Vec<_> =
        (0..plans().len()).map(|i| cluster(&format!("c{i}"), &[port], more.clone())).collect();
    let routes = plans().into_iter().enumerate().map(|(index, plan)| {
        let mut route = plan.route;
        route["cluster"] = json!(format!("c{index}"));
        json!({"match": {"path": format!("/{index}")}, "route": route})
    });
    let inside = json!({"internalAddressConfig": {"cidrRanges": [{"addressPrefix": "10.0.0.0", "prefixLen": 8}]},
        "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "includeRequestAttemptCount": true,
            "routes": routes.collect::<Vec<_>>()}]}});
    Proxy::start(&[], json!([]), &clusters, inside)
}

/// The answers to all plans.
fn answers(proxy: &Proxy, run: &str) -> Vec<String> {
    std::thread::scope(|scope| {
        let asking: Vec<_> = plans()
            .into_iter()
            .enumerate()
            .map(|(index, plan)| {
                scope.spawn(move || {
                    let headers = format!("{}x-case: {index}\r\nx-run: {run}\r\n", plan.headers);
                    let (head, body) = proxy.get(&format!("/{index}"), &headers);
                    format!("{} {body}", head.split(' ').nth(1).unwrap_or_default())
                })
            })
            .collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).collect()
    })
}

const COUNTED: [&str; 10] = [
    "upstream_rq_total",
    "upstream_rq_retry",
    "upstream_rq_retry_success",
    "upstream_rq_retry_limit_exceeded",
    "upstream_rq_per_try_timeout",
    "upstream_rq_timeout",
    "upstream_rq_rx_reset",
    "upstream_rq_tx_reset",
    "upstream_rq_2xx",
    "upstream_rq_5xx",
];

/// What every cluster has counted, one line each.
fn counted(proxy: &Proxy) -> Vec<String> {
    let stats = proxy.admin("/stats");
    let number = |index: usize, name: &str| {
        let name = format!("cluster.c{index}.{name}: ");
        stats.lines().find_map(|line| line.strip_prefix(name.as_str())).unwrap_or("0").to_owned()
    };
    let one = |index| COUNTED.map(|name| format!("{name} {}", number(index, name))).join(", ");
    (0..plans().len()).map(one).collect()
}

fn compare(port: u16, http2: bool) {
    let proxy = bootstrap(port, http2);
    let said = answers(&proxy, "ours");
    let mut faults = Vec::new();
    for (plan, said) in plans().iter().zip(&said) {
        if !said.starts_with(plan.wanted) {
            faults.push(format!("{}: {said:?} instead of {:?}", plan.name, plan.wanted));
        }
    }
    if let Some((_running, twin)) = twin(&proxy, &[]) {
        let theirs = answers(&twin, "theirs");
        // What ends after the answer is counted a little later.
        let mut ours = counted(&proxy);
        for _ in 0..50 {
            ours = counted(&proxy);
            if ours == counted(&twin) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let counts = ours.into_iter().zip(counted(&twin));
        for ((plan, (ours, theirs)), counts) in plans().iter().zip(said.iter().zip(&theirs)).zip(counts) {
            if ours != theirs || counts.0 != counts.1 {
                faults.push(format!("{}: {ours} | {theirs}\n  {}\n  {}", plan.name, counts.0, counts.1));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn late_tries_go_on_over_http1() {
    compare(upstream(&Seen::default()), false);
}

#[test]
fn late_tries_go_on_over_http2() {
    let seen = Seen::default();
    compare(grpc_server::serve(move |request, send| answer(seen.clone(), request, send)), true);
}
