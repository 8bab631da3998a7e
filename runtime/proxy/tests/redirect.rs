//! Connections that iptables redirects: hand-over to other listeners, and clusters of the original destination.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes")]
use std::path::PathBuf;
use std::process::Command;

/// Runs a script in a network of its own; it says `ok` or why it was skipped.
fn in_own_network(script: &str, command: &[&str]) {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    let mut unshare = Command::new("unshare");
    let Ok(output) = unshare.args(["-n", "python3"]).arg(script).args(command).output() else {
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

/// Runs a script with the proxy and with Envoy.
fn both(script: &str) {
    in_own_network(script, &[env!("CARGO_BIN_EXE_meshproof-proxy"), "--workers", "1", "-c"]);
    match std::env::var("MESHPROOF_ENVOY") {
        Ok(envoy) => in_own_network(script, &[&envoy, "--use-dynamic-base-id", "-l", "error", "-c"]),
        Err(_) => println!("skipped: no Envoy"),
    }
}

#[test]
fn transparent_listeners_have_addresses_of_others() {
    both("transparent.py");
}

#[test]
fn redirected_connections_go_where_the_client_wanted() {
    both("redirect.py");
}
