//! Secrets of files that change while connections are open: certificates of both sides, and whom they trust. Where there is an
//! Envoy, the same happens to it.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes, opens sockets and writes files")]
#[path = "support/envoy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;
#[path = "support/tls_client.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod tls_client;

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use envoy::{Envoy, envoy};
use proxy::{Proxy, T, address, cluster, filter, to, upstream};
use serde_json::{Value, json};
use support::free_port;
use tls_client::{Client, ask, file, server};

/// A folder as Kubernetes mounts secrets: names lead through a link to a folder that is swapped as a whole.
struct Mount(PathBuf);

impl Mount {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mp-rotation-{}-{name}", std::process::id()));
        let _old = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Puts the files of a new folder in the place of those of the old one.
    fn swap(&self, name: &str, files: &[(&str, String)]) {
        let folder = self.0.join(format!("..{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
            let _known = std::os::unix::fs::symlink(Path::new("..data").join(name), self.0.join(name));
        }
        let fresh = self.0.join("..data_tmp");
        std::os::unix::fs::symlink(format!("..{name}"), &fresh).unwrap();
        std::fs::rename(&fresh, self.0.join("..data")).unwrap();
    }

    /// Moves a file into its place.
    fn put(&self, name: &str, text: &str) {
        let fresh = self.0.join(format!("{name}.new"));
        std::fs::write(&fresh, text).unwrap();
        std::fs::rename(&fresh, self.0.join(name)).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap()
}

/// The certificate and key of somebody, as files of a mount.
fn pair(name: &str) -> Vec<(&'static str, String)> {
    vec![("tls.pem", read(&format!("{name}.pem"))), ("tls.key", read(&format!("{name}.key")))]
}

const SECRET: &str = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

/// A file of one secret with a certificate that it holds itself.
fn inline(secret: &str, certificate: &str, key: &str) -> String {
    json!({"resources": [{"@type": SECRET, "name": secret, "tls_certificate": {
        "certificate_chain": {"inline_string": read(certificate)}, "private_key": {"inline_string": read(key)}}}]})
    .to_string()
}

/// A file of roots.
fn roots(authority: &str) -> String {
    let trusted = json!({"inline_string": read(authority)});
    json!({"resources": [{"@type": SECRET, "name": "roots", "validation_context": {"trusted_ca": trusted}}]})
        .to_string()
}

/// One of the two that run the same.
struct Side {
    mount: Mount,
    tls: u16,
    proxy: Proxy,
    _envoy: Option<Envoy>,
}

/// A listener for TLS, and one whose cluster is the first one.
fn bootstrap(mount: &Mount, (tls, plain, admin, up): (u16, u16, u16, u16)) -> Value {
    let secret = |name: &str, file: &str| json!({"name": name, "sdsConfig": {"resourceApiVersion": "V3", "pathConfigSource": {"path": mount.path(file)}}});
    let mut mounted = secret("mounted", "mounted.json");
    mounted["sdsConfig"]["pathConfigSource"]["watchedDirectory"] = json!({"path": mount.0});
    let context = |side: &str, more: Value| {
        let mut config = json!({"@type": format!("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.{side}TlsContext")});
        for (key, value) in more.as_object().unwrap() {
            config[key] = value.clone();
        }
        json!({"name": "t", "typedConfig": config})
    };
    let listener = |name: &str, port: u16, target: &str| {
        let manager = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"), "statPrefix": name,
            "httpFilters": [filter("http.router.v3.Router", json!({}))], "forwardClientCertDetails": "SANITIZE_SET",
            "setCurrentClientCertDetails": {"uri": true},
            "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": to(target)}]}});
        json!({"name": name, "address": address(port), "filterChains": [{"filters": [{"name": "h", "typedConfig": manager}]}]})
    };
    let mut inner = listener("tls", tls, "up");
    inner["filterChains"][0]["transportSocket"] = context(
        "Downstream",
        json!({"requireClientCertificate": true,
        "commonTlsContext": {"tlsCertificateSdsSecretConfigs": [secret("own", "own.json")],
            "combinedValidationContext": {"defaultValidationContext": {"trustedCa": {"filename": file("other-ca.pem")},
                "matchTypedSubjectAltNames": [{"sanType": "DNS", "matcher": {"suffix": ".example"}}]},
                "validationContextSdsSecretConfig": secret("roots", "roots.json")}}}),
    );
    let upstream_tls = context(
        "Upstream",
        json!({"commonTlsContext": {"tlsCertificateSdsSecretConfigs": [mounted],
        "validationContextSdsSecretConfig": secret("roots", "roots.json")}}),
    );
    json!({"node": {"id": "n", "cluster": "c"}, "admin": {"address": address(admin)}, "staticResources": {
        "listeners": [inner, listener("plain", plain, "tls")],
        "clusters": [cluster("up", &[up], json!({})), cluster("tls", &[tls], json!({"transportSocket": upstream_tls}))]}})
}

/// The file whose secret is in files beside it.
fn mounted(mount: &Mount) -> String {
    json!({"resources": [{"@type": SECRET, "name": "mounted", "tls_certificate": {"watched_directory": {"path": mount.0},
        "certificate_chain": {"filename": mount.path("tls.pem")}, "private_key": {"filename": mount.path("tls.key")}}}]})
    .to_string()
}

fn sides(test: &str) -> Vec<Side> {
    let up = upstream();
    let start = |name: &str| {
        let mount = Mount::new(&format!("{test}-{name}"));
        mount.swap("one", &pair("client"));
        mount.put("own.json", &inline("own", "server.pem", "server.key"));
        mount.put("roots.json", &roots("ca.pem"));
        mount.put("mounted.json", &mounted(&mount));
        let ports = (free_port(), free_port(), free_port(), up);
        let config = bootstrap(&mount, ports);
        (mount, ports, config)
    };
    let (mount, (tls, plain, admin, _), config) = start("own");
    let mut sides = vec![Side { mount, tls, proxy: Proxy::run(&config, plain, admin), _envoy: None }];
    let (mount, (tls, plain, admin, _), config) = start("its");
    if let Some(envoy) = envoy(&config, plain) {
        let proxy = Proxy { port: plain, admin, _running: None };
        sides.push(Side { mount, tls, proxy, _envoy: Some(envoy) });
    }
    sides
}

impl Side {
    /// Waits until something is so.
    fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let begin = Instant::now();
        while !is_so() {
            assert!(
                begin.elapsed() < Duration::from_secs(15),
                "{what}: {}",
                self.proxy.admin("/stats?filter=sds")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the proxy has said a line; what Envoy says is not read.
    fn has_said(&mut self, begin: &str) {
        let Some(running) = &mut self.proxy._running else { return };
        let mut line = String::new();
        while !line.starts_with(begin) {
            line.clear();
            assert_ne!(running.lines.read_line(&mut line).unwrap(), 0);
        }
    }

    fn until_counted(&self, counter: &str, least: u64) {
        let count = |text: &str| {
            text.lines().find_map(|line| line.strip_prefix(&format!("{counter}: "))?.parse::<u64>().ok())
        };
        self.until(counter, || {
            count(&self.proxy.admin("/stats?filter=sds")).is_some_and(|count| count >= least)
        });
    }
}

const CLIENT: Client = Client::with("client");

#[test]
fn certificates_of_servers_change_for_new_connections() {
    for mut side in sides("servers") {
        let mut old = CLIENT.connect(side.tls).unwrap();
        assert!(ask(&mut old).unwrap().contains("sa/client"));
        let before = server(&old);
        assert!(before.contains("sa/server"), "{before}");
        side.mount.put("own.json", &inline("own", "client.pem", "client.key"));
        let new = || CLIENT.connect(side.tls).map(|connection| server(&connection)).unwrap_or_default();
        side.until("the new certificate", || new().contains("sa/client"));
        assert!(ask(&mut old).is_some(), "the old connection goes on");
        // No JSON, another secret, and a key of another certificate.
        for (text, counter, least) in [
            ("{".to_owned(), "sds.own.update_failure", 1),
            (inline("other", "server.pem", "server.key"), "sds.own.update_rejected", 1),
            (inline("own", "server.pem", "client.key"), "sds.own.update_rejected", 2),
        ] {
            side.mount.put("own.json", &text);
            side.until_counted(counter, least);
            assert!(new().contains("sa/client"), "{text}");
        }
        side.has_said("changed files not used, the old ones go on: secret \"own\": ");
        let new = || CLIENT.connect(side.tls).map(|connection| server(&connection)).unwrap_or_default();
        let stranger = Client::with("stranger");
        let shown = || stranger.connect(side.tls).map(|connection| server(&connection)).unwrap_or_default();
        if side._envoy.is_none() {
            // Other secrets of the same context go on to change, which they do not in Envoy.
            side.mount.put("roots.json", &roots("other-ca.pem"));
            side.until("the new roots", || stranger.ask(side.tls).is_some());
        }
        side.mount.put("own.json", &inline("own", "stranger.pem", "stranger.key"));
        side.until("the repaired file", || new().contains("sa/stranger") || shown().contains("sa/stranger"));
        side.mount.put("roots.json", &roots("other-ca.pem"));
        side.until("the roots", || stranger.ask(side.tls).is_some());
        assert_eq!(CLIENT.ask(side.tls), None);
        side.until_counted("sds.own.update_success", 3);
        assert!(ask(&mut old).is_some(), "the old connection still goes on");
    }
}

#[test]
fn certificates_of_clients_change_with_the_folder_that_is_swapped() {
    for side in sides("clients") {
        let told = || {
            let (head, body) = side.proxy.get("/a", "connection: close\r\n");
            format!("{head}{body}")
        };
        let said = told();
        assert!(said.contains("sa/client"), "{said}");
        side.mount.swap("two", &pair("server"));
        // Envoy keeps connections that are open with what they began with.
        side.until("the new certificate", || CLIENT.ask(side.tls).is_some() && told().contains("sa/server"));
        side.mount.swap("three", &[("tls.pem", "none".to_owned()), ("tls.key", "none".to_owned())]);
        side.until_counted("sds.mounted.key_rotation_failed", 1);
        assert!(told().contains("sa/server"));
        side.mount.swap("four", &pair("client"));
        side.until("the repaired folder", || told().contains("sa/client"));
    }
}
