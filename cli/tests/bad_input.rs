//! Whatever the input is: exit 2 with the file's name, or a finding with file and line; never a panic.

mod support;

use support::{Folder, Ran, meshproof};

const GOOD: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{name: http, port: 80}]}\n";

fn check(name: &str, files: &[(&str, &[u8])], args: &[&str]) -> Ran {
    let folder = Folder::new(name, files);
    let ran = meshproof(&folder.0, &[&["check", "--output-format", "concise"], args].concat(), b"");
    assert!(!ran.err.contains("panicked") && ran.code.is_some(), "{ran:?}");
    ran
}

#[test]
fn good_input_is_clean() {
    let ran = check("good", &[("a.yaml", GOOD.as_bytes())], &["."]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn a_missing_file_is_named() {
    let ran = check("missing", &[], &["nowhere.yaml"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("cannot read `nowhere.yaml`") && ran.err.contains("help:"), "{ran:?}");
}

#[test]
fn a_folder_without_yaml_is_no_success() {
    let ran = check("empty", &[("readme.txt", b"hello")], &["."]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("no YAML or JSON file"), "{ran:?}");
    assert_eq!(check("empty-allowed", &[], &[".", "--allow-empty"]).code, Some(0));
    assert_eq!(check("other-yaml", &[("a.yaml", b"just: text\n")], &["."]).code, Some(2));
}

#[test]
fn binary_data_is_a_finding_with_a_place() {
    let ran = check(
        "binary",
        &[("a.yaml", &[0x7f, b'E', b'L', b'F', 0, 0xff, 0xfe, 1]), ("b.yaml", GOOD.as_bytes())],
        &["."],
    );
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("a.yaml:1:"), "{ran:?}");
}

#[test]
fn half_a_document_is_a_finding_and_the_rest_is_read() {
    let half = format!("{GOOD}---\napiVersion: v1\nkind: Service\nmetadata: {{name: [\n");
    let ran = check("half", &[("a.yaml", half.as_bytes())], &["."]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("MP0001") && ran.out.contains("a.yaml:"), "{ran:?}");
}

#[test]
fn a_duplicate_key_is_a_finding() {
    let twice = GOOD.replace("spec:", "kind: Service\nspec:");
    let ran = check("twice", &[("a.yaml", twice.as_bytes())], &["."]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("a.yaml:4:1") && ran.out.contains("MP0002"), "{ran:?}");
}

#[test]
fn two_megabytes_on_one_line_are_read_and_not_printed() {
    let mut text = String::from(
        "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\", \"labelz\": {}}, \"data\": {",
    );
    for at in 0..60_000 {
        text.push_str(&format!("\"key-{at}\": \"0123456789012345678901\", "));
    }
    text.push_str("\"last\": \"x\"}}");
    assert!(text.len() > 2_000_000);
    let folder = Folder::new("long", &[("a.json", text.as_bytes())]);
    let ran = meshproof(&folder.0, &["check", "."], b"");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.contains("labelz") && ran.out.len() < 20_000, "{} bytes", ran.out.len());
}

#[test]
fn unknown_codes_and_flags_are_refused() {
    let ran = check("codes", &[("a.yaml", GOOD.as_bytes())], &[".", "--select", "MP9999"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(check("flags", &[], &["--no-such-flag"]).code, Some(2));
}
