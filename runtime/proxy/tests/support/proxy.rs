//! A proxy to be asked, and an upstream that answers with what it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::free_port;
use super::support::running::Running;

pub(crate) const T: &str = "type.googleapis.com/envoy.extensions.filters.";

/// Answers every request with its own head and body; `/code/N` with status N, `/keys` with a key set, and a request that has a header
/// `x-answer: STATUS; name: value; ...` with that.
pub(crate) fn upstream() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || while serve(&stream, port).is_some() {});
        }
    });
    port
}

pub(crate) fn serve(mut stream: &TcpStream, port: u16) -> Option<()> {
    let (head, body) = read_message(&mut stream)?;
    let path = head.split(' ').nth(1)?;
    let status = path.strip_prefix("/code/").unwrap_or("200");
    let answer = match path {
        "/keys" => json!({"keys": [{"kty": "oct", "kid": "k", "alg": "HS256", "k": "c2VjcmV0"}]}).to_string(),
        _ => format!("{head}{body}"),
    };
    let wanted = head.lines().find_map(|line| line.strip_prefix("x-answer: ")).unwrap_or(status);
    let mut wanted = wanted.split("; ");
    let status = wanted.next().unwrap_or_default();
    let more: String = wanted.map(|line| format!("{line}\r\n")).collect();
    let text = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nX-Port: {port}\r\n{more}\r\n{answer}",
        answer.len()
    );
    stream.write_all(text.as_bytes()).ok()
}

/// A head and its body, by length or in chunks that are left as they are.
pub(crate) fn read_message(stream: &mut impl Read) -> Option<(String, String)> {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(b"\r\n\r\n") {
        if !matches!(stream.read(&mut byte), Ok(1)) {
            return None;
        }
        seen.push(byte[0]);
    }
    let head = String::from_utf8(seen).ok()?;
    let length =
        head.to_lowercase().lines().find_map(|l| Some(l.strip_prefix("content-length: ")?.to_owned()));
    let mut body = vec![0; length.and_then(|l| l.parse().ok()).unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8_lossy(&body).into_owned()))
}

pub(crate) fn address(port: u16) -> Value {
    json!({"socketAddress": {"address": "127.0.0.1", "portValue": port}})
}

pub(crate) fn cluster(name: &str, ports: &[u16], more: Value) -> Value {
    let endpoints: Vec<_> = ports.iter().map(|p| json!({"endpoint": {"address": address(*p)}})).collect();
    let mut cluster = json!({"name": name, "connectTimeout": "1s", "loadAssignment": {"clusterName": name,
        "endpoints": [{"lbEndpoints": endpoints}]}});
    for (key, value) in more.as_object().unwrap() {
        cluster[key] = value.clone();
    }
    cluster
}

pub(crate) fn filter(kind: &str, mut config: Value) -> Value {
    config["@type"] = json!(format!("{T}{kind}"));
    json!({"name": "f", "typedConfig": config})
}

/// A proxy to be asked, or something else that runs its bootstraps.
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) port: u16,
    /// Where its admin interface listens.
    pub(crate) admin: u16,
    /// The process; somebody else's where it is absent.
    pub(crate) _running: Option<Running>,
}

impl Proxy {
    pub(crate) fn start(filters: &[Value], routes: Value, clusters: &[Value], more: Value) -> Self {
        let (port, admin) = (free_port(), free_port());
        let mut filters = filters.to_vec();
        filters.push(filter("http.router.v3.Router", json!({})));
        let mut hcm = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"),
            "statPrefix": "p", "httpFilters": filters,
            "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": routes}]}});
        for (key, value) in more.as_object().unwrap() {
            hcm[key] = value.clone();
        }
        // Envoy asks no service over gRPC without a node.
        let node = json!({"id": "n", "cluster": "c"});
        let bootstrap = json!({"node": node, "admin": {"address": address(admin)}, "staticResources": {"clusters": clusters,
            "listeners": [{"name": "l", "address": address(port), "filterChains": [{"filters": [
                {"name": "h", "typedConfig": hcm}]}]}]}});
        Self::run(&bootstrap, port, admin)
    }

    /// Runs a bootstrap that listens on a port and has its admin interface on another one.
    pub(crate) fn run(bootstrap: &Value, port: u16, admin: u16) -> Self {
        let running = Running::start(bootstrap, port, &["--workers", "1"]);
        Self { port, admin, _running: Some(running) }
    }

    pub(crate) fn ask(&self, request: &str) -> (String, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        read_message(&mut stream).unwrap_or_default()
    }

    /// GET with further header lines.
    pub(crate) fn get(&self, path: &str, headers: &str) -> (String, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: h\r\n{headers}\r\n"))
    }

    pub(crate) fn status(&self, path: &str, headers: &str) -> String {
        self.get(path, headers).0.split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// What the admin interface says as soon as it says this: statistics count what has ended after its last byte.
    pub(crate) fn admin_once(&self, path: &str, wanted: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let text = self.admin(path);
            if wanted(&text) || begin.elapsed() > Duration::from_secs(5) {
                return text;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn admin(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.admin)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

pub(crate) fn to(cluster: &str) -> Value {
    json!([{"match": {"prefix": "/"}, "route": {"cluster": cluster}}])
}
