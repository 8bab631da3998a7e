//! `check --compat istioctl`: forms, modes and exit codes.

mod support;

use serde_json::{Value, json};
use support::{Folder, meshproof};

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{name: web, port: 80}]}\n";
const RULE: &str = "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: pay, namespace: shop}\nspec: {host: pay.com, trafficPolicy: {tls: {mode: SIMPLE}}}\n";

fn check(folder: &Folder, args: &[&str]) -> support::Ran {
    let all: Vec<&str> = ["check", "--compat", "istioctl"].iter().chain(args).copied().collect();
    meshproof(&folder.0, &all, b"")
}

#[test]
fn lines_and_json_as_the_contract_says() {
    let folder = Folder::new("istioctl-forms", &[("a.yaml", SERVICE.as_bytes())]);
    let ran = check(&folder, &["a.yaml"]);
    let line = "Info [IST0118] (Service shop/web a.yaml:4) Port name web (port: 80, targetPort: 0) doesn't follow the naming convention of Istio port.\n";
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), line), "{}", ran.err);
    let ran = check(&folder, &["a.yaml", "--output-format", "json", "--fail-on", "info"]);
    assert_eq!(ran.code, Some(1));
    let expected = json!([{
        "code": "IST0118",
        "level": "Info",
        "resource": "Service shop/web",
        "message": "Port name web (port: 80, targetPort: 0) doesn't follow the naming convention of Istio port.",
        "line": "a.yaml:4",
    }]);
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap(), expected);
    let ran = check(&folder, &["a.yaml", "--output-format", "sarif"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["runs"][0]["results"][0]["ruleId"], "IST0118");
    assert_eq!(report["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"], 4);
}

#[test]
fn the_mode_without_a_cluster_passes_services_over() {
    let text = format!("{SERVICE}{RULE}");
    let folder = Folder::new("istioctl-modes", &[("a.yaml", text.as_bytes())]);
    let full = check(&folder, &["."]);
    assert!(["IST0118", "IST0128", "IST0174"].iter().all(|code| full.out.contains(code)), "{}", full.out);
    let cli = check(&folder, &[".", "--compat-mode", "cli"]);
    assert!(cli.out.starts_with("Warning [IST0128] (DestinationRule shop/pay a.yaml:6)"), "{}", cli.out);
    assert_eq!(cli.out.lines().count(), 1, "{}", cli.out);
    let chosen =
        check(&folder, &[".", "--select", "IST01", "--ignore", "IST0118,UnknownDestinationRuleHost"]);
    assert_eq!(chosen.out, cli.out);
    assert_eq!(check(&folder, &[".", "--select", "MP1001"]).code, Some(2));
    assert_eq!(meshproof(&folder.0, &["check", "--compat-mode", "cli"], b"").code, Some(2));
}

#[test]
fn what_cannot_be_read_is_told_and_fails() {
    let folder = Folder::new("istioctl-faults", &[("a.yaml", b"kind: {\n"), ("b.yaml", SERVICE.as_bytes())]);
    let ran = check(&folder, &["."]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("a.yaml:"), "{}", ran.err);
    assert_eq!(check(&folder, &[".", "--fail-on", "never"]).code, Some(0));
    let clean = check(&folder, &["b.yaml", "--compat-mode", "cli"]);
    assert_eq!((clean.code, clean.out.as_str()), (Some(0), ""));
    assert!(clean.err.contains("No validation issues found when analyzing b.yaml."), "{}", clean.err);
}

#[test]
fn clusters_are_compared() {
    let other = SERVICE.replace("80", "81");
    let folder =
        Folder::new("istioctl-clusters", &[("a/a.yaml", SERVICE.as_bytes()), ("b/b.yaml", other.as_bytes())]);
    let ran = check(&folder, &["a", "--cluster", "far=b"]);
    assert!(ran.out.contains("[IST0170] (Service shop/web a/a.yaml:1)"), "{}{}", ran.out, ran.err);
    assert_eq!(check(&folder, &["a", "--cluster", "far"]).code, Some(2));
}
