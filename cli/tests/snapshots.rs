//! Large outputs as people see them; the expected texts stand in the folder `snapshots`. `INSTA_UPDATE=always` writes them again.

mod support;

use support::{fixtures, meshproof};

fn seen(name: &str, args: &[&str]) {
    meshproof(&fixtures(), args, b"").is_snapshot(name);
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
fn unit_tests_that_fail() {
    seen("test-text", &["test", "shop", "-t", "tests/wrong.yaml", "--coverage"]);
    seen("test-json", &["test", "shop", "-t", "tests/wrong.yaml", "--coverage", "--output-format", "json"]);
    seen("test-junit", &["test", "shop", "-t", "tests/wrong.yaml", "--output-format", "junit"]);
    seen("test-tap", &["test", "shop", "-t", "tests/wrong.yaml", "--output-format", "tap"]);
}

#[test]
fn unit_tests_that_find_the_planted_mistakes() {
    let files = [
        "shop-routing",
        "shop-workloads",
        "pay-routing",
        "pay-workloads",
        "policies",
        "ingress",
        "namespaces",
    ];
    let files = files.map(|name| format!("shop-broken/{name}.yaml"));
    let mut args = vec!["test"];
    args.extend(files.iter().map(String::as_str));
    args.extend(["-t", "shop/shop-tests.yaml"]);
    seen("test-broken", &args);
}

#[test]
fn the_traffic_graph() {
    seen("graph-mermaid", &["graph", "shop", "--output-format", "mermaid"]);
}

#[test]
fn one_request_from_outside() {
    let to = ["--from", "outside", "--to", "http://shop.example.com/api/reviews/7?stars=5"];
    seen("trace-outside", &[&["trace", "shop"], to.as_slice()].concat());
    let shape = ["--output-format", "mermaid"];
    seen("trace-mermaid", &[&["trace", "shop"], to.as_slice(), &shape].concat());
}

#[test]
fn one_request_inside() {
    let from = "pay/checkout-v1-58d7b-m3x8r";
    let to = ["--from", from, "--to", "http://ledger:8080/v1/charge", "--method", "POST"];
    seen("trace-inside", &[&["trace", "shop"], to.as_slice()].concat());
    seen("trace-json", &[&["trace", "shop"], to.as_slice(), &["--output-format", "json"]].concat());
}

#[test]
fn help() {
    seen("help", &["--help"]);
    seen("explain", &["explain", "MP1002"]);
    seen("explain-all", &["explain", "all"]);
}
