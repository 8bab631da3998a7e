//! Connections that iptables redirects: hand-over to other listeners, and clusters of the original destination.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes")]
use std::path::PathBuf;
use std::process::Command;

#[test]
fn redirected_connections_go_where_the_client_wanted() {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/redirect.py");
    let mut command = Command::new("unshare");
    command.args(["-n", "python3"]).arg(script).arg(env!("CARGO_BIN_EXE_meshproof-proxy"));
    let Ok(output) = command.output() else {
        println!("skipped: there is no unshare");
        return;
    };
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if errors.contains("unshare failed") || said.starts_with("skipped: ") {
        println!("skipped: {}", said.trim_start_matches("skipped: ").trim_end());
        return;
    }
    assert!(said.trim_end() == "ok", "{said}{errors}");
}
