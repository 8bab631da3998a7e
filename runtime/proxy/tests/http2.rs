//! What connections of HTTP/2 hold, beside Envoy: a peer that answers no ping is given up, and a full connection gets a second one.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects and uses the clock")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use envoy::twin;
use proxy::{Proxy, cluster, to};
use serde_json::{Value, json};

const SETTINGS: u8 = 4;
const PING: u8 = 6;
const HEADERS: u8 = 1;
const ACK: u8 = 1;

/// Pings every 100 ms, and after half a second without an answer the peer is gone.
fn pings(idle: bool) -> Value {
    let mut all = json!({"interval": "0.1s", "timeout": "0.5s", "intervalJitter": {"value": 10}});
    if idle {
        all["connectionIdleInterval"] = json!("0.001s");
        all.as_object_mut().unwrap().remove("interval");
    }
    json!({"connectionKeepalive": all})
}

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let mut all = vec![0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
    all.extend_from_slice(payload);
    all
}

/// The next frame: kind, flags, stream and payload.
fn next(stream: &mut impl Read) -> Option<(u8, u8, u8, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).ok()?;
    let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
    stream.read_exact(&mut payload).ok()?;
    Some((head[3], head[4], head[8], payload))
}

/// An endpoint that answers requests after a time, and pings or not; it says `settings` of itself and counts its connections.
fn endpoint(answers: bool, time: Duration, settings: &'static [u8], count: &Arc<AtomicU64>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = count.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::Relaxed);
            std::thread::spawn(move || {
                let mut preface = [0; 24];
                stream.read_exact(&mut preface).ok()?;
                stream.write_all(&frame(SETTINGS, 0, 0, settings)).ok()?;
                loop {
                    match next(&mut stream)? {
                        (SETTINGS, 0, ..) => stream.write_all(&frame(SETTINGS, ACK, 0, b"")).ok()?,
                        (PING, 0, _, payload) if answers => {
                            stream.write_all(&frame(PING, ACK, 0, &payload)).ok()?
                        }
                        (HEADERS, _, id, _) => later(&stream, id, time)?,
                        _ => {}
                    }
                }
                #[expect(unreachable_code, reason = "the loop ends with its connection")]
                Some(())
            });
        }
    });
    port
}

fn later(stream: &TcpStream, id: u8, time: Duration) -> Option<()> {
    let mut stream = stream.try_clone().ok()?;
    std::thread::spawn(move || {
        std::thread::sleep(time);
        // `:status: 200`, and no body.
        stream.write_all(&frame(HEADERS, 5, id, b"\x88"))
    });
    Some(())
}

/// A cluster that speaks HTTP/2.
fn over_h2(name: &str, port: u16, options: &Value) -> Value {
    with_times(name, port, options, &json!({}))
}

/// The same with what holds for every version of HTTP.
fn with_times(name: &str, port: u16, options: &Value, common: &Value) -> Value {
    let kind = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    let options = json!({"@type": format!("type.googleapis.com/{kind}"),
        "commonHttpProtocolOptions": common, "explicitHttpConfig": {"http2ProtocolOptions": options}});
    cluster(name, &[port], json!({"typedExtensionProtocolOptions": {kind: options}}))
}

#[test]
fn endpoints_that_answer_no_ping_are_given_up() {
    let http2 = |name: &str, answers: bool, idle: bool| {
        let port = endpoint(answers, Duration::from_millis(1200), b"", &Arc::default());
        over_h2(name, port, &pings(idle))
    };
    let clusters = [
        http2("there", true, false),
        http2("gone", false, false),
        http2("quiet", false, true),
        http2("idle", true, true),
    ];
    let routes: Vec<Value> = ["there", "gone", "quiet", "idle"].map(|name| {
        json!({"match": {"prefix": format!("/{name}")}, "route": {"cluster": name, "timeout": "5s"}})
    }).into();
    let proxy = Proxy::start(&[], json!(routes), &clusters, json!({}));
    let judge = |who: &str, proxy: &Proxy| {
        for (path, status) in [
            ("/there", "200"),
            ("/gone", "503"),
            // A new connection is not idle.
            ("/quiet", "200"),
            ("/quiet", "503"),
            ("/idle", "200"),
            ("/idle", "200"),
        ] {
            std::thread::sleep(Duration::from_millis(20));
            let (head, body) = proxy.get(path, "");
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{who}: {path}: {head}");
            let why = body.ends_with("reset reason: connection termination");
            assert_eq!(why, status == "503", "{who}: {path}: {body}");
        }
    };
    judge("ours", &proxy);
    if let Some((_envoy, twin)) = twin(&proxy, &[]) {
        judge("Envoy", &twin);
    }
}

/// How long a client without a request keeps its connection, up to 1.5 s.
fn stays(port: u16, answers: bool) -> Option<Duration> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, b"")).unwrap();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(1500) {
        match next(&mut stream) {
            None => return Some(begin.elapsed()),
            Some((PING, 0, _, payload)) if answers => {
                stream.write_all(&frame(PING, ACK, 0, &payload)).unwrap()
            }
            Some(_) => {}
        }
    }
    None
}

#[test]
fn clients_that_answer_no_ping_are_given_up() {
    let more = json!({"codecType": "HTTP2", "http2ProtocolOptions": pings(false)});
    let proxy = Proxy::start(&[], to("up"), &[cluster("up", &[1], json!({}))], more);
    let judge = |who: &str, port: u16| {
        assert_eq!(stays(port, true), None, "{who}");
        let time = stays(port, false);
        assert!(time.is_some_and(|time| time > Duration::from_millis(550)), "{who}: {time:?}");
    };
    judge("ours", proxy.port);
    if let Some((_envoy, twin)) = twin(&proxy, &[]) {
        judge("Envoy", twin.port);
    }
}

#[test]
fn a_full_connection_gets_a_second_one() {
    // One stream at once, says the endpoint of the first cluster; the second one says nothing, and its cluster allows two.
    let counts: [Arc<AtomicU64>; 2] = Default::default();
    let [one, two] =
        [("one", &b"\0\x03\0\0\0\x01"[..], json!({})), ("two", b"", json!({"maxConcurrentStreams": 2}))];
    let clusters = [(one, &counts[0]), (two, &counts[1])].map(|((name, settings, options), count)| {
        over_h2(name, endpoint(true, Duration::from_millis(400), settings, count), &options)
    });
    let routes: Vec<Value> = ["one", "two"]
        .map(|name| json!({"match": {"prefix": format!("/{name}")}, "route": {"cluster": name}}))
        .into();
    let proxy = Proxy::start(&[], json!(routes), &clusters, json!({}));
    let judge = |who: &str, proxy: &Proxy| {
        for (path, count) in ["/one", "/two"].into_iter().zip(&counts) {
            count.store(0, Ordering::Relaxed);
            // Its settings are known from now on.
            assert_eq!(proxy.status(path, ""), "200", "{who}: {path}");
            std::thread::scope(|scope| {
                let asked: Vec<_> = (0..3).map(|_| scope.spawn(|| proxy.status(path, ""))).collect();
                asked.into_iter().for_each(|one| assert_eq!(one.join().unwrap(), "200", "{who}: {path}"));
            });
            // The new one says how many it takes only after others have joined it, or before.
            assert!(count.load(Ordering::Relaxed) >= 2, "{who}: {path}");
        }
    };
    judge("ours", &proxy);
    if let Some((_envoy, twin)) = twin(&proxy, &[]) {
        judge("Envoy", &twin);
    }
}

#[test]
fn connections_end_when_they_are_used_up_or_idle() {
    let counts: [Arc<AtomicU64>; 2] = Default::default();
    let [few, idle] =
        [("few", json!({"maxRequestsPerConnection": 2})), ("idle", json!({"idleTimeout": "0.3s"}))];
    let clusters = [(few, &counts[0]), (idle, &counts[1])].map(|((name, common), count)| {
        with_times(name, endpoint(true, Duration::ZERO, b"", count), &json!({}), &common)
    });
    let routes: Vec<Value> = ["few", "idle"]
        .map(|name| json!({"match": {"prefix": format!("/{name}")}, "route": {"cluster": name}}))
        .into();
    let proxy = Proxy::start(&[], json!(routes), &clusters, json!({}));
    let judge = |who: &str, proxy: &Proxy| {
        counts.iter().for_each(|count| count.store(0, Ordering::Relaxed));
        let ask = |path: &str| assert_eq!(proxy.status(path, ""), "200", "{who}: {path}");
        (0..4).for_each(|_| ask("/few"));
        (0..2).for_each(|_| ask("/idle"));
        std::thread::sleep(Duration::from_millis(1600));
        ask("/idle");
        let made = counts.each_ref().map(|count| count.load(Ordering::Relaxed));
        assert_eq!(made, [2, 2], "{who}");
        let used_up = proxy.admin("/stats?filter=cluster.few.upstream_cx_max_requests$");
        assert!(used_up.contains("upstream_cx_max_requests: 2"), "{who}: {used_up}");
    };
    judge("ours", &proxy);
    if let Some((_envoy, twin)) = twin(&proxy, &[]) {
        judge("Envoy", &twin);
    }
}
