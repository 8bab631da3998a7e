//! Compressed bodies: what is compressed and decompressed on both ways, how it is said, and what is counted, as with Envoy.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects and writes files")]
#[path = "coding/coded.rs"]
mod coded;
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::io::Write;
use std::net::TcpStream;

use coded::{ask, packed, read_whole, upstream};
use envoy::twin;
use proxy::{Proxy, cluster, filter, to};
use serde_json::{Value, json};

/// Statistics of coders, without sizes that depend on the library.
fn counted(proxy: &Proxy) -> String {
    let stats = proxy.admin("/stats");
    let lines =
        stats.lines().filter(|line| line.contains("compressor.") && !line.contains("total_compressed"));
    let mut lines: Vec<_> = lines.filter(|line| !line.contains("decompressor_library")).collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// Asks everything of the proxy and of Envoy; each answer must have its piece.
fn compare(filters: &[Value], routes: Value, requests: &[(&str, &str)]) {
    let up = cluster("up", &[upstream()], json!({}));
    let proxy = Proxy::start(filters, routes, &[up], json!({}));
    let mut faults = Vec::new();
    let ours: Vec<_> = requests.iter().map(|(request, _)| ask(proxy.port, request)).collect();
    for ((request, wanted), said) in requests.iter().zip(&ours) {
        let (absent, text) = wanted.strip_prefix('!').map_or((false, *wanted), |text| (true, text));
        if said.contains(text) == absent {
            faults.push(format!("{request:?} must give {wanted:?}, and gives {said}"));
        }
    }
    if let Some((_running, twin)) = twin(&proxy, &[]) {
        for ((request, _), ours) in requests.iter().zip(&ours) {
            let theirs = ask(twin.port, request);
            if *ours != theirs {
                faults.push(format!("{request:?}: ours\n{ours}\nEnvoy's\n{theirs}"));
            }
        }
        let (ours, theirs) = (counted(&proxy), counted(&twin));
        for (ours, theirs) in ours.lines().zip(theirs.lines()) {
            if ours != theirs {
                faults.push(format!("{ours} | {theirs}"));
            }
        }
        if ours.lines().count() != theirs.lines().count() {
            faults.push(format!("ours\n{ours}\nEnvoy's\n{theirs}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

fn library(name: &str, kind: &str, more: Value) -> Value {
    let mut config = more;
    config["@type"] = json!(format!("type.googleapis.com/envoy.extensions.compression.{kind}"));
    json!({"name": name, "typedConfig": config})
}

fn compressor(name: &str, kind: &str, more: Value) -> Value {
    let mut config =
        json!({"compressorLibrary": library(name, kind, json!({})), "responseDirectionConfig": {}});
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    let mut filter = filter("http.compressor.v3.Compressor", config);
    filter["name"] = json!(name);
    filter
}

fn decompressor(name: &str, kind: &str, more: Value) -> Value {
    let mut config = json!({"decompressorLibrary": library(name, kind, more["library"].clone())});
    for (key, value) in more.as_object().unwrap().iter().filter(|(key, _)| *key != "library") {
        config[key] = value.clone();
    }
    filter("http.decompressor.v3.Decompressor", config)
}

const GZIP: &str = "gzip.compressor.v3.Gzip";
const BROTLI: &str = "brotli.compressor.v3.Brotli";
const ZSTD: &str = "zstd.compressor.v3.Zstd";

fn accepting(value: &str) -> String {
    format!("GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: {value}\r\n\r\n")
}

#[test]
fn the_client_chooses_among_compressors() {
    let chosen = [
        ("gzip", "content-encoding: gzip"),
        ("br", "content-encoding: br"),
        ("zstd", "content-encoding: zstd"),
        ("gzip, br, zstd", "content-encoding: gzip"),
        ("br, gzip, zstd", "content-encoding: br"),
        ("gzip;q=0.5, zstd;q=0.9", "content-encoding: zstd"),
        ("GZIP", "!content-encoding"),
        ("deflate", "!content-encoding"),
        ("*", "content-encoding: gzip"),
        ("gzip;q=0, *", "content-encoding: br"),
        ("gzip;q=0, br;q=0, zstd;q=0, *", "!content-encoding"),
        ("identity;q=0, *", "content-encoding"),
        ("identity, br;q=0.5", "!content-encoding"),
        ("br; Q = 0.2 ,zstd;q=0.1", "content-encoding: br"),
        ("br;q=x,zstd;q=0.1", "content-encoding: zstd"),
        ("br;q=0.5;x=1,zstd;q=0.1", "content-encoding"),
        ("gzip;q=inf, br", "content-encoding: gzip"),
        (",,", "!content-encoding"),
        ("", "!content-encoding"),
    ];
    let requests: Vec<_> = chosen.iter().map(|(accepts, wanted)| (accepting(accepts), *wanted)).collect();
    let requests: Vec<_> = requests.iter().map(|(request, wanted)| (request.as_str(), *wanted)).collect();
    compare(&three(), to("up"), &requests);
}

fn three() -> [Value; 3] {
    [compressor("z", GZIP, json!({})), compressor("b", BROTLI, json!({})), compressor("s", ZSTD, json!({}))]
}

#[test]
fn responses_say_whether_they_may_be_compressed() {
    let mut requests = vec![("GET / HTTP/1.1\r\nhost: h\r\n\r\n", "!content-encoding")];
    let typed = "GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: br, gzip\r\nreply-content-type: TEXT/html ; charset=x\r\n\r\n";
    requests.push((typed, "content-encoding: br"));
    let grpc = "GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: br\r\nreply-content-type: application/grpc-web+proto\r\n\r\n";
    requests.push((grpc, "content-encoding: br"));
    let image = "GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: br\r\nreply-content-type: image/png\r\n\r\n";
    requests.push((image, "!content-encoding"));
    let kept =
        "GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: br\r\nreply-cache-control: x, No-Transform\r\n\r\n";
    requests.push((kept, "!content-encoding"));
    let varied = "GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: br\r\nreply-vary: X, accept-encoding\r\n\r\n";
    requests.push((varied, "vary"));
    compare(&three(), to("up"), &requests);
}

#[test]
fn settings_of_compressors_are_honoured() {
    let html = json!({"responseDirectionConfig": {"commonConfig": {"contentType": ["text/html"], "minContentLength": 1}}});
    let filters = [
        compressor("z", GZIP, html),
        compressor(
            "b",
            BROTLI,
            json!({"chooseFirst": true, "compressorLibrary": library("b", BROTLI,
            json!({"quality": 5, "windowBits": 12}))}),
        ),
        compressor(
            "s",
            ZSTD,
            json!({"compressorLibrary": library("s", ZSTD,
            json!({"compressionLevel": 5, "enableChecksum": true}))}),
        ),
    ];
    let plain = "GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: gzip, zstd, br\r\nreply-content-type: text/plain\r\n\r\n";
    let html =
        "GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: gzip, zstd\r\nreply-content-type: text/html\r\n\r\n";
    let zstd =
        "GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: gzip, zstd\r\nreply-content-type: text/plain\r\n\r\n";
    let requests = [
        (plain, "content-encoding: br"),
        (html, "content-encoding: gzip"),
        (zstd, "content-encoding: zstd"),
        (
            "GET /send/identity/20 HTTP/1.1\r\nhost: h\r\naccept-encoding: br\r\n\r\n",
            "content-encoding: identity",
        ),
    ];
    compare(&filters, to("up"), &requests);
}

#[test]
fn responses_that_stay_as_they_are() {
    let tagged = "GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: gzip\r\nreply-etag: \"a\"\r\n\r\n";
    let weakly = "GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: gzip\r\nreply-etag: W/\"a\"\r\n\r\n";
    let one = |more: Value| [compressor("z", GZIP, more)];
    compare(
        &one(json!({"responseDirectionConfig": {"disableOnEtagHeader": true}})),
        to("up"),
        &[(tagged, "etag: \"a\"")],
    );
    compare(&one(json!({})), to("up"), &[(tagged, "!\netag"), (weakly, "etag: w/\"a\"")]);
    compare(
        &one(json!({"responseDirectionConfig": {"weakenEtagOnCompress": true, "disableOnEtagHeader": true}})),
        to("up"),
        &[(tagged, "content-encoding: gzip")],
    );
    let accepting = accepting("gzip");
    compare(
        &one(json!({"responseDirectionConfig": null, "contentLength": 9_000, "disableOnEtagHeader": true,
        "contentType": ["text/plain"], "removeAcceptEncodingHeader": true})),
        to("up"),
        &[(&accepting, "!encoding")],
    );
    compare(
        &one(
            json!({"responseDirectionConfig": null, "runtimeEnabled": {"defaultValue": false, "runtimeKey": "x"}}),
        ),
        to("up"),
        &[(&accepting, "accept-encoding: gzip")],
    );
    compare(
        &one(json!({"responseDirectionConfig": {"uncompressibleResponseCodes": [200]}})),
        to("up"),
        &[(&accepting, "!content-encoding")],
    );
}

#[test]
fn requests_are_compressed() {
    let direction = json!({"requestDirectionConfig": {"commonConfig": {"minContentLength": 5}},
        "responseDirectionConfig": {"commonConfig": {"enabled": {"defaultValue": false, "runtimeKey": "x"}}}});
    let requests = [
        ("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 6\r\n\r\nabcdef", "abcdef"),
        ("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 4\r\n\r\nabcd", "!content-encoding"),
        (
            "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            "abcde",
        ),
        (
            "POST / HTTP/1.1\r\nhost: h\r\ncontent-type: image/png\r\ncontent-length: 6\r\n\r\nabcdef",
            "!content-encoding",
        ),
        (
            "POST / HTTP/1.1\r\nhost: h\r\ncontent-encoding: x\r\ncontent-length: 6\r\n\r\nabcdef",
            "content-encoding: x",
        ),
        ("GET / HTTP/1.1\r\nhost: h\r\n\r\n", "!content-encoding"),
    ];
    for (name, kind) in [("z", GZIP), ("b", BROTLI), ("s", ZSTD)] {
        compare(&[compressor(name, kind, direction.clone())], to("up"), &requests);
        let buffer = filter("http.buffer.v3.Buffer", json!({"maxRequestBytes": 1000}));
        compare(&[compressor(name, kind, direction.clone()), buffer], to("up"), &requests[..3]);
    }
}

#[test]
fn routes_change_compression() {
    let own = |more: Value| {
        let mut config = more;
        config["@type"] =
            json!("type.googleapis.com/envoy.extensions.filters.http.compressor.v3.CompressorPerRoute");
        json!({"z": config})
    };
    let route = |path: &str, config: Value| json!({"match": {"path": path}, "route": {"cluster": "up"}, "typedPerFilterConfig": own(config)});
    let routes = json!([
        route("/off", json!({"disabled": true})),
        route("/on", json!({"overrides": {"responseDirectionConfig": {}}})),
        route("/hide", json!({"overrides": {"responseDirectionConfig": {"removeAcceptEncodingHeader": true}}})),
        route("/brotli", json!({"overrides": {"responseDirectionConfig": {}, "compressorLibrary": library("o", BROTLI, json!({}))}})),
        {"match": {"prefix": "/"}, "route": {"cluster": "up"}}
    ]);
    let off = json!({"responseDirectionConfig": {"commonConfig": {"enabled": {"defaultValue": false, "runtimeKey": "x"}}}});
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: h\r\naccept-encoding: gzip, br\r\n\r\n");
    let all = ["/off", "/on", "/hide", "/brotli", "/"].map(get);
    let wanted = [
        "!content-encoding",
        "content-encoding: gzip",
        "!accept-encoding: gzip",
        "!nothing",
        "!content-encoding",
    ];
    let requests: Vec<_> = all.iter().map(String::as_str).zip(wanted).collect();
    compare(&[compressor("z", GZIP, off)], routes.clone(), &requests);
    let brotli = [
        "GET /brotli HTTP/1.1\r\nhost: h\r\naccept-encoding: br\r\n\r\n",
        "GET /brotli HTTP/1.1\r\nhost: h\r\naccept-encoding: gzip\r\n\r\n",
    ];
    compare(&[compressor("z", GZIP, json!({}))], routes, &brotli.map(|request| (request, "!nothing")));
}

const UNGZIP: &str = "gzip.decompressor.v3.Gzip";
const UNBROTLI: &str = "brotli.decompressor.v3.Brotli";
const UNZSTD: &str = "zstd.decompressor.v3.Zstd";

#[test]
fn responses_are_decompressed() {
    let off = json!({"commonConfig": {"enabled": {"defaultValue": false, "runtimeKey": "x"}}});
    for (kind, name) in [(UNGZIP, "gzip"), (UNBROTLI, "br"), (UNZSTD, "zstd")] {
        let get =
            |size: u32, more: &str| format!("GET /send/{name}/{size} HTTP/1.1\r\nhost: h\r\n{more}\r\n");
        let cases = [
            (get(5000, ""), "5000 bytes"),
            (get(5000, "named: same, x\r\n"), "content-encoding: x"),
            (get(5000, &format!("named: {}\r\n", name.to_uppercase())), "5000 bytes"),
            (get(5000, "named: x\r\n"), "content-encoding: x"),
            (get(5000, "reply-cache-control: no-transform\r\n"), &*format!("content-encoding: {name}")),
            (get(5000, "really: identity\r\n"), "200"),
            (
                "GET / HTTP/1.1\r\nhost: h\r\naccept-encoding: x\r\n\r\n".to_owned(),
                &*format!("accept-encoding: x,{name}"),
            ),
            ("GET / HTTP/1.1\r\nhost: h\r\n\r\n".to_owned(), &*format!("accept-encoding: {name}")),
        ];
        let requests: Vec<_> = cases.iter().map(|(request, wanted)| (request.as_str(), *wanted)).collect();
        compare(&[decompressor("d", kind, json!({}))], to("up"), &requests);
        let quiet = json!({"requestDirectionConfig": {"advertiseAcceptEncoding": false}});
        compare(
            &[decompressor("d", kind, quiet)],
            to("up"),
            &requests[7..8].iter().map(|(r, _)| (*r, "!accept-encoding")).collect::<Vec<_>>(),
        );
        let always = json!({"responseDirectionConfig": {"commonConfig": {"ignoreNoTransformHeader": true}}});
        compare(&[decompressor("d", kind, always)], to("up"), &[(requests[4].0, "5000 bytes")]);
        compare(
            &[decompressor("d", kind, json!({"responseDirectionConfig": off.clone()}))],
            to("up"),
            &[(requests[7].0, "!accept-encoding")],
        );
    }
}

#[test]
fn requests_are_decompressed() {
    // As texts: what gzip, br and zstd make of `hello hello hello`, would not be UTF-8 on the way.
    for (kind, name) in [(UNGZIP, "gzip"), (UNBROTLI, "br"), (UNZSTD, "zstd")] {
        let body = packed(name, b"hello hello hello");
        let up = cluster("up", &[upstream()], json!({}));
        let proxy = Proxy::start(&[decompressor("d", kind, json!({}))], to("up"), &[up], json!({}));
        let other = twin(&proxy, &[]);
        let ports = [Some(proxy.port), other.as_ref().map(|(_, twin)| twin.port)];
        let said = ports.into_iter().flatten().map(|port| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let head = format!(
                "POST / HTTP/1.1\r\nhost: h\r\ncontent-encoding: {name}\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
            let (_, answer) = read_whole(&mut stream).unwrap();
            let text = String::from_utf8(answer).unwrap();
            let lines = text.lines().filter(|line| !line.starts_with("x-request-id"));
            lines.collect::<Vec<_>>().join("\n").replace(&port.to_string(), "PORT")
        });
        let said: Vec<_> = said.collect();
        assert!(
            said[0].ends_with("\nhello hello hello") && !said[0].contains("content-encoding"),
            "{}",
            said[0]
        );
        assert!(said.iter().all(|one| *one == said[0]), "{said:#?}");
    }
}

#[test]
fn bombs_do_not_go_off() {
    for (kind, name) in [(UNGZIP, "gzip"), (UNBROTLI, "br"), (UNZSTD, "zstd")] {
        let get = format!("GET /send/{name}/3000000 HTTP/1.1\r\nhost: h\r\nbomb: 1\r\n\r\n");
        compare(&[decompressor("d", kind, json!({}))], to("up"), &[(&get, "!3000000 bytes")]);
    }
    let get = "GET /send/gzip/3000000 HTTP/1.1\r\nhost: h\r\nbomb: 1\r\n\r\n";
    let wide = json!({"library": {"maxInflateRatio": 1032, "chunkSize": 8192}});
    compare(&[decompressor("d", UNGZIP, wide)], to("up"), &[(get, "3000000 bytes")]);
}

/// The trailers of a response over HTTP/2.
fn trailers(port: u16, path: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let (mut send, connection) = h2::client::handshake(stream).await.unwrap();
        let driver = tokio::spawn(connection);
        let request = http::Request::get(format!("http://h{path}")).body(()).unwrap();
        let (response, _) = send.send_request(request, true).unwrap();
        let mut body = response.await.unwrap().into_body();
        while let Some(data) = body.data().await {
            let length = data.unwrap().len();
            body.flow_control().release_capacity(length).unwrap();
        }
        let trailers = body.trailers().await.unwrap().unwrap_or_default();
        driver.abort();
        trailers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    })
}

#[test]
fn trailers_tell_what_was_decompressed() {
    let up = cluster("up", &[upstream()], json!({}));
    let proxy = Proxy::start(&[decompressor("Un", UNGZIP, json!({}))], to("up"), &[up], json!({}));
    let ours = trailers(proxy.port, "/send/gzip/3000");
    assert!(
        ours.iter().any(|line| line.starts_with("x-envoy-decompressor-un-compressed-bytes: ")),
        "{ours:?}"
    );
    assert!(ours.contains(&"x-envoy-decompressor-un-uncompressed-bytes: 3000".to_owned()), "{ours:?}");
    if let Some((_running, twin)) = twin(&proxy, &[]) {
        assert_eq!(trailers(twin.port, "/send/gzip/3000"), ours);
    }
}
