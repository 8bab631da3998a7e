//! A real Envoy beside the proxy.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::proxy::Proxy;
use super::support::free_port;

/// A real Envoy that ends with the test.
pub(crate) struct Envoy {
    child: Child,
    file: std::path::PathBuf,
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
        let _gone = std::fs::remove_file(&self.file);
    }
}

/// Runs a bootstrap that listens on this port; `None` where there is no Envoy.
pub(crate) fn envoy(bootstrap: &Value, port: u16) -> Option<Envoy> {
    let Ok(program) = std::env::var("MESHPROOF_ENVOY") else {
        println!("skipped: no Envoy");
        return None;
    };
    let file = std::env::temp_dir().join(format!("mp-envoy-{}-{port}.json", std::process::id()));
    std::fs::write(&file, bootstrap.to_string()).unwrap();
    let mut command = Command::new(program);
    command.args(["--use-dynamic-base-id", "--concurrency", "1", "-l", "critical"]);
    command.args(["--file-flush-interval-msec", "20", "-c"]).arg(&file);
    let mut envoy = Envoy { child: command.stdout(Stdio::null()).spawn().unwrap(), file };
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = envoy.child.try_wait().unwrap();
        assert!(ended.is_none() && begin.elapsed() < Duration::from_secs(60), "Envoy does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(envoy)
}

/// Envoy with the bootstrap of a running proxy, at ports of its own; what is named first in a pair becomes what is named second.
pub(crate) fn twin(proxy: &Proxy, changes: &[(&str, &str)]) -> Option<(Envoy, Proxy)> {
    let (port, admin) = (free_port(), free_port());
    let mut text = std::fs::read_to_string(&proxy._running.as_ref()?.file).unwrap();
    let ports = [(proxy.port.to_string(), port.to_string()), (proxy.admin.to_string(), admin.to_string())];
    for (old, new) in
        ports.iter().map(|(old, new)| (old.as_str(), new.as_str())).chain(changes.iter().copied())
    {
        text = text.replace(old, new);
    }
    let running = envoy(&serde_json::from_str(&text).unwrap(), port)?;
    Some((running, Proxy { port, admin, _running: None }))
}
