//! The merge gate: forms of the report and exit codes.

mod support;

use serde_json::Value;
use support::{Folder, fixtures, meshproof};

#[test]
fn the_sample_mesh_is_clean_and_its_twin_is_not() {
    let clean = meshproof(&fixtures(), &["check", "shop"], b"");
    assert_eq!(clean.code, Some(0), "{}{}", clean.out, clean.err);
    let broken = meshproof(&fixtures(), &["check", "shop-broken"], b"");
    assert_eq!(broken.code, Some(1), "{}", broken.err);
    for code in ["MP1001", "MP1002", "MP1003", "MP1004", "MP1005", "MP1007", "MP1010", "MP4001", "MP0101"] {
        assert!(broken.out.contains(code), "no {code} in\n{}", broken.out);
    }
}

#[test]
fn json_holds_what_the_contract_says() {
    let ran = meshproof(&fixtures(), &["check", "shop-broken", "--output-format", "json"], b"");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["version"], 1);
    let findings = report["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    for finding in findings {
        for key in ["code", "name", "level", "message", "file", "range", "related", "fingerprint", "fixable"]
        {
            assert!(!finding[key].is_null(), "{key} in {finding}");
        }
        assert!(finding["range"]["start"]["line"].as_u64().unwrap() >= 1);
    }
    let prints: Vec<&Value> = findings.iter().map(|f| &f["fingerprint"]).collect();
    let distinct: std::collections::BTreeSet<String> = prints.iter().map(|f| f.to_string()).collect();
    assert_eq!(prints.len(), distinct.len(), "fingerprints are unique");
}

#[test]
fn sarif_and_github_are_written_beside() {
    let folder = Folder::new("reports", &[]);
    let sarif = format!("sarif={}", folder.0.join("out.sarif").display());
    let ran = meshproof(
        &fixtures(),
        &["check", "shop-broken", "--output-format", "github", "--report", &sarif],
        b"",
    );
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("::error file=shop-broken/"), "{}", ran.out);
    #[expect(clippy::disallowed_methods, reason = "the test reads what the command wrote")]
    let text = std::fs::read_to_string(folder.0.join("out.sarif")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["version"], "2.1.0");
    assert!(!report["runs"][0]["results"].as_array().unwrap().is_empty());
    assert!(!report["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().is_empty());
}

#[test]
fn the_level_that_fails_is_chosen() {
    let info = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{name: web, port: 80}]}\n";
    let folder = Folder::new("levels", &[("a.yaml", info.as_bytes())]);
    assert_eq!(meshproof(&folder.0, &["check"], b"").code, Some(0));
    assert_eq!(meshproof(&folder.0, &["check", "--fail-on", "info"], b"").code, Some(1));
    assert_eq!(
        meshproof(&folder.0, &["check", "--fail-on", "info", "--ignore", "MP1010"], b"").code,
        Some(0)
    );
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let one = meshproof(&fixtures(), &["--jobs", "1", "check", "shop-broken"], b"");
    let many = meshproof(&fixtures(), &["--jobs", "7", "check", "shop-broken"], b"");
    assert_eq!(one.out, many.out);
}

#[test]
fn render_passes_good_bytes_on_and_stops_bad_ones() {
    let good = b"# a comment stays\r\napiVersion: v1\r\nkind: Service\r\nmetadata: {name: web}\r\nspec: {ports: [{name: http, port: 80}]}";
    let ran = meshproof(&fixtures(), &["render"], good);
    assert_eq!((ran.code, ran.out.as_bytes()), (Some(0), good.as_slice()), "{}", ran.err);
    let bad = b"apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {portz: []}\n";
    let ran = meshproof(&fixtures(), &["render", "--stdin-filename", "mesh.yaml"], bad);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("mesh.yaml:4:"), "{}", ran.err);
}

#[test]
fn json_fits_its_own_schema() {
    let schema = meshproof(&fixtures(), &["schema", "report"], b"");
    let schema: Value = serde_json::from_str(&schema.out).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for mesh in ["shop", "shop-broken"] {
        let ran = meshproof(&fixtures(), &["check", mesh, "--output-format", "json"], b"");
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let wrong: Vec<String> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    assert!(!validator.is_valid(&serde_json::json!({"version": 2})));
}
