//! Conversations between clients and endpoints (`conversations/cases.py`) through the proxy and through Envoy: both must see the same.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes and looks for files")]
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each case has shown.
type Shown = BTreeMap<String, serde_json::Value>;

fn talk(tools: &Path, name: &str, command: &[&str]) -> Shown {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conversations/talk.py");
    let mut python = Command::new("python3");
    let output = python.arg(script).arg(tools).arg(name).args(command).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn both_sides_see_what_envoy_shows_them() {
    let tools = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/tools");
    let Some(envoy) = std::env::var_os("MESHPROOF_ENVOY").filter(|_| tools.is_dir()) else {
        assert!(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(), "no Envoy");
        println!("skipped: no Envoy, or no tools");
        return;
    };
    let envoy = envoy.to_string_lossy();
    let options = ["--concurrency", "1", "--disable-hot-restart", "-l", "off", "-c", "{bootstrap}"];
    let theirs = [&[envoy.as_ref()], &options[..]].concat();
    let ours = [env!("CARGO_BIN_EXE_meshproof-proxy"), "--workers", "1", "-c", "{bootstrap}"];
    // Pauses decide who speaks first, and a machine may be late: what differs is asked again before it counts.
    let mut bad = Shown::new();
    for round in 0..3 {
        let (want, mut got) = (talk(&tools, "envoy", &theirs), talk(&tools, "proxy", &ours));
        assert!(want.len() > 10);
        let differ = |name: &String, want: &serde_json::Value, got: Option<serde_json::Value>| {
            let open = round == 0 || bad.contains_key(name);
            let got = got.unwrap_or_default();
            (open && got != *want).then(|| format!("want {want}\n  got  {got}").into())
        };
        let next = want
            .iter()
            .filter_map(|(name, want)| Some((name.clone(), differ(name, want, got.remove(name))?)));
        bad = next.collect();
        if bad.is_empty() {
            return;
        }
    }
    let said: String =
        bad.iter().map(|(name, said)| format!("{name}\n  {}\n", said.as_str().unwrap())).collect();
    panic!("{said}");
}
