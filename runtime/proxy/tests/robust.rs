//! What hostile or unlucky clients, upstreams and operators do: the proxy goes on, and loses nothing that it has accepted.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes, listens and connects")]
#[path = "support/proxy.rs"]
mod proxy;
mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use proxy::{Proxy, cluster, read_message, serve, to, upstream};
use serde_json::{Value, json};
use support::free_port;
use support::running::{Running, connect};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// A proxy in front of one upstream, after a command of the shell.
fn behind(first: &str, up: u16, more: &[&str]) -> (Running, u16, Value) {
    let port = free_port();
    let bootstrap = bootstrap(port, up);
    (Running::behind(first, &bootstrap, port, more), port, bootstrap)
}

fn bootstrap(port: u16, up: u16) -> Value {
    let manager = json!({"@type": format!("{}network.http_connection_manager.v3.HttpConnectionManager", proxy::T),
        "statPrefix": "p", "httpFilters": [proxy::filter("http.router.v3.Router", json!({}))],
        "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": to("up")}]}});
    json!({"staticResources": {"clusters": [cluster("up", &[up], json!({}))], "listeners": [
        {"name": "l", "address": proxy::address(port), "filterChains": [{"filters": [{"name": "h", "typedConfig": manager}]}]}]}})
}

fn signal(running: &Running, name: &str) {
    let kill = format!("kill -{name} {}", running.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// The status of one answer.
fn answer(stream: &mut TcpStream) -> Option<String> {
    let (head, _) = read_message(stream)?;
    head.split(' ').nth(1).map(str::to_owned)
}

#[test]
fn files_that_run_out_end_no_more_than_the_connections_that_need_one() {
    let (_running, port, _) = behind("ulimit -n 40", upstream(), &["--workers", "1"]);
    let mut many: Vec<_> = (0..120).filter_map(|_| TcpStream::connect(("127.0.0.1", port)).ok()).collect();
    for stream in &mut many {
        let _gone = stream.write_all(GET);
    }
    drop(many);
    // What was not accepted before is accepted now, and there are files again for the upstream.
    let served = (0..200).any(|_| {
        let mut stream = connect(port);
        stream.write_all(GET).unwrap();
        answer(&mut stream).is_some_and(|status| status == "200")
    });
    assert!(served);
}

/// An upstream that tells when a request has come and answers when it is let.
fn slow(answers: usize) -> (u16, Receiver<()>, std::sync::mpsc::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let ((came, coming), (leave, wait)) = (channel(), channel());
    std::thread::spawn(move || {
        let mut waiting = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let _request = read_message(&mut stream);
            waiting.push(stream);
            came.send(()).unwrap();
            if waiting.len() == answers {
                wait.recv().unwrap();
                for mut stream in waiting.drain(..) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
                }
            }
        }
    });
    (port, coming, leave)
}

#[test]
fn a_stop_waits_for_what_is_in_flight() {
    let (up, coming, leave) = slow(20);
    let (mut running, port, _) = behind("true", up, &["--drain", "60"]);
    let mut clients: Vec<_> = (0..20).map(|_| connect(port)).collect();
    clients.iter_mut().for_each(|client| client.write_all(GET).unwrap());
    (0..20).for_each(|_| coming.recv_timeout(Duration::from_secs(20)).unwrap());
    signal(&running, "TERM");
    // It takes no more, and is still there.
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(running.child.try_wait().unwrap().is_none());
    leave.send(()).unwrap();
    for client in &mut clients {
        assert_eq!(answer(client).as_deref(), Some("200"));
    }
    assert!(running.child.wait().unwrap().success());
}

#[test]
fn reloads_under_load_lose_no_request() {
    let up = upstream();
    let (running, port, bootstrap) = behind("true", up, &["--workers", "2"]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..6)
            .map(|client| {
                let done = &done;
                scope.spawn(move || {
                    let (mut stream, mut count) = (connect(port), 0);
                    while !done.load(Ordering::Relaxed) || count < 10 {
                        stream.write_all(GET).unwrap();
                        assert_eq!(
                            answer(&mut stream).as_deref(),
                            Some("200"),
                            "request {count} of {client}"
                        );
                        count += 1;
                        // Half of the clients come anew each time.
                        if client % 2 == 0 {
                            stream = connect(port);
                        }
                    }
                    count
                })
            })
            .collect();
        for round in 0..8 {
            // Each program differs from the one before, and so does its cluster.
            let mut next = bootstrap.clone();
            next["staticResources"]["clusters"][0]["connectTimeout"] = json!(format!("{}s", round + 2));
            std::fs::write(&running.file, next.to_string()).unwrap();
            signal(&running, "HUP");
            std::thread::sleep(Duration::from_millis(60));
        }
        done.store(true, Ordering::Relaxed);
        assert!(clients.into_iter().all(|client| client.join().unwrap() >= 10));
    });
}

#[test]
fn slow_heads_are_answered_and_counted() {
    let late = json!({"requestHeadersTimeout": "0.2s"});
    let proxy = Proxy::start(&[], to("up"), &[cluster("up", &[upstream()], json!({}))], late);
    let mut stream = connect(proxy.port);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ").unwrap();
    assert_eq!(answer(&mut stream).as_deref(), Some("408"));
    let wanted = "http.p.downstream_rq_header_timeout: 1\n";
    let stats = proxy.admin_once("/stats?filter=header_timeout", |stats| stats.contains(wanted));
    assert!(stats.contains(wanted), "{stats}");
    assert_eq!(proxy.status("/", ""), "200", "the near miss");
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The head of a request for `/` of `h`: fields of the static table, and one that is written out.
const HEAD: &[u8] = b"\x82\x86\x84\x41\x01h";

/// A thousand frames that cost work and never become an answer; `batch` counts from 0.
type Flood = fn(batch: u32) -> Vec<u8>;

const FLOODS: &[(&str, Flood)] = &[
    ("pings", |_| frame(6, 0, 0, b"12345678").repeat(1000)),
    ("settings", |_| frame(4, 0, 0, b"").repeat(1000)),
    ("priorities", |_| frame(2, 0, 1, &[0, 0, 0, 3, 7]).repeat(1000)),
    ("rapid resets", |batch| {
        let streams = (0..1000).map(|i| (batch * 1000 + i) * 2 + 1);
        streams.flat_map(|id| [frame(1, 5, id, HEAD), frame(3, 0, id, &[0, 0, 0, 8])]).flatten().collect()
    }),
    ("a head without end", |batch| match batch {
        0 => frame(1, 0, 1, HEAD),
        _ => frame(9, 0, 1, b"").repeat(1000),
    }),
    ("empty data", |batch| match batch {
        0 => frame(1, 4, 1, HEAD),
        _ => frame(0, 0, 1, b"").repeat(1000),
    }),
];

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Whether a head comes back on a stream.
fn is_answered(stream: &mut TcpStream, id: u32) -> bool {
    let mut head = [0; 9];
    while stream.read_exact(&mut head).is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        if head[3] == 1 && head[5..] == id.to_be_bytes() {
            return true;
        }
        stream.read_exact(&mut vec![0; length as usize]).unwrap();
    }
    false
}

#[test]
fn a_few_frames_of_each_kind_are_no_flood() {
    let proxy = Proxy::start(&[], to("up"), &[cluster("up", &[upstream()], json!({}))], json!({}));
    let mut stream = connect(proxy.port);
    let few = [frame(6, 0, 0, b"12345678"), frame(4, 0, 0, b""), frame(2, 0, 1, &[0, 0, 0, 3, 7])].concat();
    let reset = [frame(1, 5, 1, HEAD), frame(3, 0, 1, &[0, 0, 0, 8])].concat();
    stream.write_all(&[PREFACE, &few.repeat(5), &reset, &frame(1, 5, 3, HEAD)].concat()).unwrap();
    assert!(is_answered(&mut stream, 3));
}

#[test]
fn a_flood_of_frames_ends_its_own_connection() {
    let proxy = Proxy::start(&[], to("up"), &[cluster("up", &[upstream()], json!({}))], json!({}));
    for (name, flood) in FLOODS {
        let mut stream = connect(proxy.port);
        stream.write_all(PREFACE).unwrap();
        let mut reader = stream.try_clone().unwrap();
        reader.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let ended = std::thread::spawn(move || {
            loop {
                match reader.read(&mut [0; 65_536]) {
                    Ok(0) => return true,
                    Ok(_) => {}
                    Err(why) => return why.kind() == std::io::ErrorKind::ConnectionReset,
                }
            }
        });
        // What comes behind the end is read and forgotten for a while, as the client may have to read first.
        let _sent = (0..100).all(|batch| stream.write_all(&flood(batch)).is_ok());
        assert!(ended.join().unwrap(), "{name}");
        assert_eq!(proxy.status("/", ""), "200", "after {name}");
    }
}

#[test]
fn upstreams_that_break_off_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let Some((head, _)) = read_message(&mut stream) else { continue };
            let part: &[u8] = match head.split(' ').nth(1) {
                Some("/head") => b"HTTP/1.1 200 OK\r\nContent-",
                Some("/body") => b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
                Some("/nothing") => b"",
                _ => b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            };
            let _gone = stream.write_all(part);
            let _gone = stream.shutdown(Shutdown::Both);
        }
    });
    let proxy = Proxy::start(&[], to("up"), &[cluster("up", &[port], json!({}))], json!({}));
    for (path, status) in [("/head", "503"), ("/nothing", "503"), ("/", "200")] {
        assert_eq!(proxy.status(path, ""), status, "{path}");
    }
    // A body that ends too early ends the connection, so that nobody takes it for a whole one.
    let mut stream = connect(proxy.port);
    stream.write_all(b"GET /body HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let mut all = String::new();
    let _reset = stream.read_to_string(&mut all);
    assert!(all.starts_with("HTTP/1.1 200") && all.ends_with("\r\n\r\nabc"), "{all}");
}

/// Ways to frame a body.
const FRAMINGS: [&str; 25] = [
    "Content-Length: 5",
    "Content-Length: 0",
    "Content-Length: 05",
    "Content-Length: +5",
    "Content-Length: 5, 5",
    "Content-Length: 5\r\nContent-Length: 0",
    "Content-Length:5 ",
    "Content-Length : 5",
    "Content_Length: 5",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding: Chunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding:\r\n chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 5",
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Content-Length: 5\r\nTransfer-Encoding: identity",
    "Content-Length: 5\nTransfer-Encoding: chunked",
    "X: y\rTransfer-Encoding: chunked",
    "Transfer-Encoding: \x0bchunked",
    "Transfer_Encoding: chunked",
    "Upgrade: h2c\r\nConnection: Upgrade, Transfer-Encoding\r\nTransfer-Encoding: chunked",
];

/// Bodies with a request in them.
fn hiding() -> [String; 4] {
    let hidden = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    let length = format!("{:x}", hidden.len());
    [
        format!("{length}\r\n{hidden}\r\n0\r\n\r\n"),
        format!("{length};x=\r\n{hidden}\r\n0\r\n\r\n"),
        format!("{length};\n{hidden}\r\n0\r\n\r\n"),
        format!("0{length}\r\n{hidden}\r\n00\r\n\r\n"),
    ]
}

/// An upstream that looks for the hidden request.
fn watching() -> (u16, Arc<AtomicBool>) {
    let seen = Arc::new(AtomicBool::new(false));
    let (listener, smuggled) = (TcpListener::bind("127.0.0.1:0").unwrap(), seen.clone());
    let up = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let smuggled = smuggled.clone();
            std::thread::spawn(move || watch(&stream, up, &smuggled));
        }
    });
    (up, seen)
}

/// Every way to frame a body with every body: whatever the proxy makes of it, the upstream never sees the request that is hidden in
/// the body of another.
#[test]
fn no_framing_smuggles_a_request() {
    let (up, seen) = watching();
    let proxy = Proxy::start(&[], to("up"), &[cluster("up", &[up], json!({}))], json!({}));
    for framing in FRAMINGS {
        for body in &hiding() {
            let mut stream = connect(proxy.port);
            stream
                .write_all(format!("POST /front HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n{body}").as_bytes())
                .unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut all = Vec::new();
            let _reset = stream.read_to_end(&mut all);
            // A request of its own behind the first is what the client may well send; within a body it is none.
            let framed = framing.to_ascii_lowercase().contains("chunked");
            assert!(!framed || !seen.swap(false, Ordering::Relaxed), "{framing:?} {body:?}");
            seen.store(false, Ordering::Relaxed);
        }
    }
    assert_eq!(proxy.status("/", ""), "200");
}

/// Serves a connection as the upstream of all tests does, and looks for the hidden request.
fn watch(stream: &TcpStream, port: u16, smuggled: &AtomicBool) {
    let mut begin = [0; 14];
    loop {
        match stream.peek(&mut begin) {
            Ok(1..) => {}
            _ => return,
        }
        if begin.starts_with(b"GET /smuggled") {
            smuggled.store(true, Ordering::Relaxed);
        }
        if serve(stream, port).is_none() {
            return;
        }
    }
}
