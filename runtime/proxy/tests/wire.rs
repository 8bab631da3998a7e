//! Sends the scenarios of tests/wire to the proxy and compares with what Envoy answered.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes, listens and looks for files")]
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

/// The first of a hundred ports of which those that the scenarios use are free.
fn free_block() -> u16 {
    let first = 20_000 + (std::process::id() % 100) as u16 * 100;
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let blocks = (first..30_000).chain(20_000..first).step_by(100);
    let mut blocks = blocks.filter(|base| (0..10).chain(80..100).all(|offset| free(base + offset)));
    blocks.next().expect("no block of free ports")
}

#[test]
fn the_proxy_answers_as_envoy_did() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let tool = here.join("../../../shared/tools/proxydiff.py");
    if !tool.exists() {
        assert!(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(), "{} is missing", tool.display());
        println!("skipped: {} is not there", tool.display());
        return;
    }
    let proxy = format!("{} -c {{bootstrap}} --workers 1", env!("CARGO_BIN_EXE_meshproof-proxy"));
    let mut command = Command::new("python3");
    command.arg(tool).arg("--data").arg(here.join("tests/wire")).args(["-v", "--cmd", &proxy]);
    let output = command.args(["--base", &free_block().to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
