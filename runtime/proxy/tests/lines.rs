//! Access logs in files: which requests are told, and how. Where there is an Envoy, it writes the same lines.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes, opens sockets and reads files")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use envoy::twin;
use proxy::{Proxy, cluster, filter, to, upstream};
use serde_json::{Value, json};

const FILE: &str = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog";

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mp-lines-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The lines of a log, once it has as many as are wanted or enough time for more has passed.
    fn lines(&self, name: &str, wanted: usize) -> Vec<String> {
        let begin = Instant::now();
        loop {
            let text = std::fs::read_to_string(self.0.join(name)).unwrap_or_default();
            let lines: Vec<_> = text.lines().map(str::to_owned).collect();
            if lines.len() >= wanted || begin.elapsed() > Duration::from_secs(2) {
                return lines;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// A log of paths, with a filter.
fn filtered(folder: &Path, name: &str, filter: Value) -> Value {
    json!({"name": "f", "filter": filter, "typedConfig": {"@type": FILE, "path": folder.join(name),
        "logFormat": {"textFormatSource": {"inlineString": "%REQ(:PATH)%\n"}}}})
}

/// A log of everything, in a format.
fn formatted(folder: &Path, name: &str, mut format: Value) -> Value {
    format["@type"] = json!(FILE);
    format["path"] = json!(folder.join(name));
    json!({"name": "f", "typedConfig": format})
}

/// What a proxy and its twin write about the same requests, log by log.
fn compare(name: &str, logs: impl Fn(&Path) -> Vec<Value>, requests: &[String], wanted: &[(&str, &[&str])]) {
    let (own, theirs) = (Folder::new(&format!("{name}-own")), Folder::new(&format!("{name}-its")));
    let denied = json!({"shadowRulesStatPrefix": "s_", "shadowRules": {"action": "DENY", "policies": {"p": {
        "permissions": [{"any": true}], "principals": [{"header": {"name": "x-a", "presentMatch": true}}]}}}});
    let plain = json!({"passThroughMode": false, "headers": [{"name": ":path", "stringMatch": {"exact": "/checked"}}]});
    let delay = json!({"delay": {"fixedDelay": "0.15s", "percentage": {"numerator": 100}},
        "headers": [{"name": "x-slow", "presentMatch": true}]});
    let filters = [
        filter("http.health_check.v3.HealthCheck", plain),
        filter("http.rbac.v3.RBAC", denied),
        filter("http.fault.v3.HTTPFault", delay),
    ];
    let more = json!({"accessLog": logs(&own.0)});
    let proxy = Proxy::start(&filters, to("up"), &[cluster("up", &[upstream()], json!({}))], more);
    let ask = |proxy: &Proxy| requests.iter().for_each(|request| drop(proxy.ask(request)));
    ask(&proxy);
    let text = |folder: &Folder| folder.0.display().to_string();
    let twin = twin(&proxy, &[(&text(&own), &text(&theirs))]);
    if let Some((_, twin)) = &twin {
        ask(twin);
    }
    let mut faults = Vec::new();
    for (log, wanted) in wanted {
        let said = [&own, &theirs].map(|folder| folder.lines(log, wanted.len()));
        let sides = if twin.is_some() { 2 } else { 1 };
        if said.iter().take(sides).any(|lines| lines != wanted) {
            faults.push(format!("{log}: wanted {wanted:?}, ours and Envoy's {said:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: h\r\n{headers}\r\n")
}

/// A log for each kind of filter.
fn filters(folder: &Path) -> Vec<Value> {
    let grpc = |statuses: Value, exclude: bool| json!({"grpcStatusFilter": {"statuses": statuses, "exclude": exclude}});
    let at_least =
        |code: u32| json!({"comparison": {"op": "GE", "value": {"defaultValue": code, "runtimeKey": "x"}}});
    let failed = || json!({"statusCodeFilter": at_least(400)});
    let header = || json!({"headerFilter": {"header": {"name": "x-a", "presentMatch": true}}});
    let found = |key: &str, missing: bool| {
        json!({"metadataFilter": {"matchIfKeyNotFound": missing, "matcher": {"filter": "envoy.filters.http.rbac",
            "path": [{"key": key}], "value": {"stringMatch": {"exact": "denied"}}}}})
    };
    let share = |percent: u32| json!({"runtimeFilter": {"runtimeKey": "x", "percentSampled": {"numerator": percent}}});
    let log = |name: &str, filter: Value| filtered(folder, name, filter);
    vec![
        log("and", json!({"andFilter": {"filters": [failed(), header()]}})),
        log("slow", json!({"durationFilter": at_least(100)})),
        log("grpc", grpc(json!(["UNAVAILABLE"]), false)),
        log("others", grpc(json!(["UNAVAILABLE"]), true)),
        log(
            "expression",
            json!({"extensionFilter": {"name": "e", "typedConfig": {
                "@type": "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
                "expression": "response.grpc_status == 14"}}}),
        ),
        log("found", found("s_shadow_engine_result", false)),
        log("missing", found("none", true)),
        log("nothing", found("none", false)),
        log("served", json!({"notHealthCheckFilter": {}})),
        log("none", share(0)),
        log("all", share(100)),
    ]
}

#[test]
fn filters_choose_what_is_told() {
    let requests = [
        get("/code/404", "x-a: 1\r\n"),
        get("/code/503", ""),
        get("/slow", "x-slow: 1\r\n"),
        get("/checked", ""),
        get("/plain", ""),
    ];
    let every: &[&str] = &["/code/404", "/code/503", "/slow", "/checked", "/plain"];
    compare(
        "filters",
        filters,
        &requests,
        &[
            ("and", &["/code/404"]),
            ("slow", &["/slow"]),
            ("grpc", &["/code/503"]),
            ("others", &["/code/404", "/slow", "/checked", "/plain"]),
            ("expression", &["/code/503"]),
            ("found", &["/code/404"]),
            ("missing", every),
            ("served", &["/code/404", "/code/503", "/slow", "/plain"]),
            ("all", every),
            ("nothing", &[]),
            ("none", &[]),
        ],
    );
}

#[test]
fn lines_have_the_form_that_is_asked_for() {
    let fields = || {
        json!({"path": "%REQ(:PATH)%", "code": "%RESPONSE_CODE%", "both": "%REQ(:METHOD)% %RESPONSE_CODE%", "none": "%REQ(x-none)%", "part": "a%REQ(x-none)%",
            "below": {"list": ["%PROTOCOL%", "text"], "bytes": "%BYTES_SENT%"}})
    };
    let flat = || json!({"path": "%REQ(:PATH)%", "code": "%RESPONSE_CODE%", "none": "%REQ(x-none)%"});
    let logs = |folder: &Path| {
        let log = |name: &str, format: Value| formatted(folder, name, format);
        vec![
            log("text_format", json!({"logFormat": {"textFormat": "%REQ(:PATH)% %REQ(x-none)%\n"}})),
            log(
                "omitting",
                json!({"logFormat": {"omitEmptyValues": true, "textFormat": "%REQ(:PATH)% %REQ(x-none)%|\n"}}),
            ),
            log("json_format", json!({"logFormat": {"jsonFormat": fields()}})),
            log(
                "json_format omitting",
                json!({"logFormat": {"omitEmptyValues": true, "jsonFormat": fields()}}),
            ),
            log("old json_format", json!({"jsonFormat": flat()})),
            log("typed_json_format", json!({"typedJsonFormat": fields()})),
            log("format", json!({"format": "%REQ(:PATH)% it is\n"})),
        ]
    };
    let json = "{\"below\":{\"bytes\":144,\"list\":[\"HTTP/1.1\",\"text\"]},\"both\":\"GET 200\",\"code\":200,\"none\":null,\"part\":\"a-\",\"path\":\"/a\"}";
    compare(
        "forms",
        logs,
        &[get("/a", "")],
        &[
            ("text_format", &["/a -"]),
            ("omitting", &["/a |"]),
            ("json_format", &[json]),
            ("json_format omitting", &[&json.replace("\"none\":null,", "").replace("a-", "a")]),
            ("old json_format", &["{\"code\":200,\"none\":null,\"path\":\"/a\"}"]),
            ("typed_json_format", &[json]),
            ("format", &["/a it is"]),
        ],
    );
}
