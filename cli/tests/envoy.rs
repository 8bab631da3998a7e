//! What is compiled loads and serves in real Envoy, and the bundled proxy gives the same answers from the same file.

#![expect(clippy::disallowed_methods, reason = "the test starts programs and reads what they wrote")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Folder, fixtures, meshproof};

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The reference Envoy; `./dev` names it. Its absence skips the test, unless the environment demands everything.
fn envoy() -> Option<PathBuf> {
    let found = std::env::var_os("MESHPROOF_ENVOY").map(PathBuf::from);
    if found.is_none() {
        assert!(
            std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(),
            "MESHPROOF_ENVOY is not set: run `./dev envoy`, then `./dev test`"
        );
        eprintln!("skipped: no Envoy (`./dev envoy` fetches it)");
    }
    found
}

fn compile(proxy: &str, target: &str, to: &Path) {
    let identity = fixtures().join("identity").display().to_string();
    let to = to.display().to_string();
    let args = ["compile", "shop", "--proxy", proxy, "--target", target, "--identity", &identity, "-o", &to];
    let ran = meshproof(&fixtures(), &args, b"");
    assert_eq!(ran.code, Some(0), "{proxy}: {}", ran.err);
}

fn validates(envoy: &Path, bootstrap: &Path) {
    let ran = Command::new(envoy)
        .args(["--mode", "validate", "-l", "error", "-c"])
        .arg(bootstrap)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}: {}", bootstrap.display(), String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn envoy_accepts_every_bootstrap_of_the_sample_mesh() {
    let Some(envoy) = envoy() else { return };
    let folder = Folder::new("validate", &[]);
    let all = folder.0.join("all");
    compile("all", "envoy", &all);
    let mut bootstraps: Vec<PathBuf> = std::fs::read_dir(&all).unwrap().map(|e| e.unwrap().path()).collect();
    bootstraps.sort();
    assert!(bootstraps.len() >= 7, "{bootstraps:?}");
    for bootstrap in &bootstraps {
        validates(&envoy, bootstrap);
    }
}

/// Moves the Pods' addresses to this machine.
fn on_loopback(from: &Path, to: &Path) -> String {
    let script = fixtures().join("demo/loopback.py");
    let ran = Command::new("python3")
        .arg(script)
        .arg(from)
        .arg(to)
        .arg("10.20.1.3")
        .output()
        .expect("python3 is needed for this test");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let listeners = String::from_utf8_lossy(&ran.stdout).into_owned();
    listeners.lines().find(|line| line.ends_with(":8080")).expect("a listener on 8080").to_owned()
}

/// The first endpoint of a cluster whose name holds `host`.
fn endpoint(bootstrap: &Path, host: &str) -> String {
    let json: Value = serde_json::from_slice(&std::fs::read(bootstrap).unwrap()).unwrap();
    let clusters = json["staticResources"]["clusters"].as_array().unwrap();
    let cluster = clusters.iter().find(|c| c["name"].as_str().unwrap().contains(host)).expect("the cluster");
    let at =
        &cluster["loadAssignment"]["endpoints"][0]["lbEndpoints"][0]["endpoint"]["address"]["socketAddress"];
    format!("{}:{}", at["address"].as_str().unwrap(), at["portValue"])
}

fn until_open(address: &str) {
    let start = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(start.elapsed() < Duration::from_secs(15), "{address} does not open");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn upstreams() -> Running {
    let script = fixtures().join("demo/upstreams.py");
    let pods = fixtures().join("shop/shop-workloads.yaml");
    Running(Command::new("python3").arg(script).arg(pods).arg("60").stdout(Stdio::null()).spawn().unwrap())
}

/// One answer without what differs from run to run.
#[derive(Debug, PartialEq)]
struct Answer {
    status: String,
    headers: Vec<String>,
    body: String,
}

fn ask(address: &str, row: &Value) -> Answer {
    let text = |key: &str, default: &str| row[key].as_str().unwrap_or(default).to_owned();
    let mut request = format!(
        "{} {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
        text("method", "GET"),
        text("path", "/"),
        text("host", "")
    );
    for (name, value) in row["headers"].as_object().into_iter().flatten() {
        request.push_str(&format!("{name}: {}\r\n", value.as_str().unwrap()));
    }
    request.push_str(if text("method", "GET") == "POST" { "content-length: 0\r\n\r\n" } else { "\r\n" });
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    let mut lines = head.split("\r\n").map(str::to_owned);
    let varies =
        |line: &String| ["date:", "x-envoy-upstream-service-time:"].iter().any(|name| line.starts_with(name));
    // Which of several Pods answered is chance, and with its name the length of the body.
    let body = body.split_once(" saw ").map_or(body, |(_, seen)| seen).to_owned();
    let status = lines.next().unwrap();
    let mut headers: Vec<String> = lines.filter(|line| !varies(line)).collect();
    if answer.contains(" saw ") {
        headers.retain(|line| !line.starts_with("content-length:"));
    }
    Answer { status, headers, body }
}

/// Starts a proxy and sends all requests of the demo.
fn answers(program: &Path, args: &[&str], bootstrap: &Path, address: &str, rows: &[Value]) -> Vec<Answer> {
    let _pods = upstreams();
    until_open(&endpoint(bootstrap, "cart.shop"));
    until_open(&endpoint(bootstrap, "storefront.shop"));
    let log = std::fs::File::create(bootstrap.with_extension("log")).unwrap();
    let errors = log.try_clone().unwrap();
    let _proxy =
        Running(Command::new(program).args(args).arg(bootstrap).stdout(log).stderr(errors).spawn().unwrap());
    until_open(address);
    rows.iter().map(|row| ask(address, row)).collect()
}

#[test]
fn the_bundled_proxy_answers_as_envoy_does() {
    let Some(envoy) = envoy() else { return };
    let folder = Folder::new("twins", &[]);
    let text = std::fs::read_to_string(fixtures().join("demo/requests.jsonl")).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // Each by what is compiled for it: plain Envoy knows nothing of Istio's own filters.
    let run = |target: &str, program: &Path, args: &[&str]| {
        let compiled = folder.0.join(format!("{target}.json"));
        let here = folder.0.join(format!("{target}-here.json"));
        compile("gateway:istio-system/public", target, &compiled);
        let address = on_loopback(&compiled, &here);
        answers(program, args, &here, &address, &rows)
    };
    let theirs = run("envoy", &envoy, &["-l", "error", "--concurrency", "1", "--disable-hot-restart", "-c"]);
    let ours = run("meshproof", Path::new(env!("CARGO_BIN_EXE_meshproof")), &["run"]);
    for ((row, want), got) in rows.iter().zip(&theirs).zip(&ours) {
        assert_eq!(got, want, "{row}");
    }
}
