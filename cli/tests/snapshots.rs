//! Large outputs as people see them; the expected texts stand in the folder `snapshots`. `INSTA_UPDATE=always` writes them again.

mod support;

use support::{fixtures, meshproof};

fn seen(name: &str, args: &[&str]) {
    let ran = meshproof(&fixtures(), args, b"");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, format!("exit {:?}\n{}", ran.code, ran.out)));
}

#[test]
fn findings_with_their_lines() {
    seen("check-full", &["check", "shop-broken"]);
    seen("check-concise", &["check", "shop-broken", "--output-format", "concise"]);
    seen("check-github", &["check", "shop-broken", "--output-format", "github"]);
}

#[test]
fn findings_for_code_scanning() {
    seen("check-sarif", &["check", "shop-broken", "--output-format", "sarif"]);
}

#[test]
fn promises_and_how_they_break() {
    seen("verify", &["verify", "shop-broken"]);
}

#[test]
fn the_traffic_graph() {
    seen("graph-mermaid", &["graph", "shop", "--output-format", "mermaid"]);
}

#[test]
fn help() {
    seen("help", &["--help"]);
    seen("explain", &["explain", "MP1002"]);
    seen("explain-all", &["explain", "all"]);
}
