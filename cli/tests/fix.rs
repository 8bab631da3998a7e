//! `check --fix` and `--diff`: what is written, what is left, and what the exit code says.

#![expect(clippy::disallowed_methods, reason = "the tests read what the command wrote")]

mod support;

use serde_json::Value;
use support::{Folder, meshproof};

const ROUTES: &str = "apiVersion: networking.istio.io/v1\r\nkind: VirtualService\r\nmetadata: {name: shop, namespace: shop}\r\nspec:\r\n  hosts: [shop.example] # the shop\r\n  http:\r\n  - timeuot: 3s\r\n    directResponse: {status: 200}\r\n";
const POLICY: &str = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: shop}\nspec: {mtls: {mode: 'strict'}}\n";
const LEFT: &str = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: pay}\nspec: {mtls: {mode: SOMETIMES}}\n";

fn folder(name: &str) -> Folder {
    let files: [(&str, &[u8]); 3] = [
        ("a/routes.yaml", ROUTES.as_bytes()),
        ("policy.yaml", POLICY.as_bytes()),
        ("left.yaml", LEFT.as_bytes()),
    ];
    Folder::new(name, &files)
}

fn read(folder: &Folder, file: &str) -> String {
    std::fs::read_to_string(folder.0.join(file)).unwrap()
}

#[test]
fn the_diff_says_what_fix_does() {
    let folder = folder("fix");
    let shown = meshproof(&folder.0, &["check", "--diff", "."], b"");
    let diff = "--- a/a/routes.yaml\n+++ b/a/routes.yaml\n@@ -4,5 +4,5 @@\n spec:\r\n   hosts: [shop.example] # the shop\r\n   http:\r\n-  - timeuot: 3s\r\n+  - timeout: 3s\r\n     directResponse: {status: 200}\r\n--- a/policy.yaml\n+++ b/policy.yaml\n@@ -1,4 +1,4 @@\n apiVersion: security.istio.io/v1\n kind: PeerAuthentication\n metadata: {name: default, namespace: shop}\n-spec: {mtls: {mode: 'strict'}}\n+spec: {mtls: {mode: 'STRICT'}}\n";
    assert_eq!((shown.code, shown.out.as_str()), (Some(1), diff), "{}", shown.err);
    assert_eq!(read(&folder, "policy.yaml"), POLICY, "nothing is written");
    let report = meshproof(&folder.0, &["check", "--output-format", "json"], b"");
    let report: Value = serde_json::from_str(&report.out).unwrap();
    assert_eq!(report["summary"]["fixable"], 2);

    let fixed = meshproof(&folder.0, &["check", "--fix", "--output-format", "concise"], b"");
    assert_eq!((fixed.code, fixed.err.as_str()), (Some(1), "mended 2 findings in 2 files\n"));
    assert_eq!(fixed.out.lines().count(), 1, "{}", fixed.out);
    assert!(fixed.out.starts_with("left.yaml:4:21: error[MP0103 "), "{}", fixed.out);
    assert_eq!(read(&folder, "a/routes.yaml"), ROUTES.replace("timeuot", "timeout"));
    assert_eq!(read(&folder, "policy.yaml"), POLICY.replace("strict", "STRICT"));
    assert_eq!(read(&folder, "left.yaml"), LEFT);
    let again = meshproof(&folder.0, &["check", "--diff"], b"");
    assert_eq!((again.code, again.out.as_str()), (Some(0), ""));
}

#[test]
fn standard_input_comes_out_mended() {
    let folder = Folder::new("fix-stdin", &[]);
    let ran = meshproof(&folder.0, &["check", "--fix", "-"], POLICY.as_bytes());
    assert_eq!((ran.code, ran.out), (Some(0), POLICY.replace("strict", "STRICT")));
    assert!(ran.err.starts_with("mended 1 finding\n"), "{}", ran.err);
    let refused = meshproof(&folder.0, &["check", "--fix", "--diff", "-"], b"");
    assert_eq!(refused.code, Some(2));
}

#[test]
#[cfg(unix)]
fn rights_and_links_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder("fix-links");
    let file = folder.0.join("policy.yaml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("policy.yaml", folder.0.join("link.yaml")).unwrap();
    let ran = meshproof(&folder.0, &["check", "--fix", "link.yaml"], b"");
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert_eq!(read(&folder, "policy.yaml"), POLICY.replace("strict", "STRICT"));
    assert!(std::fs::symlink_metadata(folder.0.join("link.yaml")).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_secret_beside_a_change_is_not_shown() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {key: hush}\n---\n";
    let folder = Folder::new("fix-secret", &[("a.yaml", format!("{secret}{POLICY}").as_bytes())]);
    let shown = meshproof(&folder.0, &["check", "--diff"], b"");
    assert!(shown.out.contains("STRICT") && !shown.out.contains("hush"), "{}", shown.out);
}
