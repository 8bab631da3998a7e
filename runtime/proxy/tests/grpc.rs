//! Calls a gRPC server through the proxy with the gRPC library of Python, where it is installed.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes")]
use std::path::PathBuf;
use std::process::Command;

#[test]
fn a_real_grpc_client_is_served() {
    let library = Command::new("python3").args(["-c", "import grpc"]).output();
    if !library.is_ok_and(|output| output.status.success()) {
        println!("skipped: Python has no grpcio");
        return;
    }
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/grpc_client.py");
    let output =
        Command::new("python3").arg(script).arg(env!("CARGO_BIN_EXE_meshproof-proxy")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.trim_end() == "ok", "{said}{}", String::from_utf8_lossy(&output.stderr));
}
