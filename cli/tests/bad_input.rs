//! Whatever the input is: exit 2 with the file's name, or a finding with file and line; never a panic.

#![expect(clippy::disallowed_methods, reason = "a test makes a file of its own")]

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

/// A file of a gigabyte that takes no room on the disk: it is refused before it is read to the end, and the rest is read.
#[test]
fn a_gigabyte_is_refused_at_its_beginning() {
    let folder = Folder::new("gigabyte", &[("b.yaml", GOOD.as_bytes())]);
    std::fs::File::create(folder.0.join("a.yaml")).unwrap().set_len(1 << 30).unwrap();
    for args in [&["check", "--output-format", "concise", "."][..], &["validate", "."], &["parse", "."]] {
        let ran = meshproof(&folder.0, args, b"");
        assert!(ran.code == Some(1) || ran.code == Some(2), "{args:?} {ran:?}");
        let said = format!("{}{}", ran.out, ran.err);
        assert!(said.contains("a.yaml:1:1") && said.contains("512 MiB"), "{args:?} {ran:?}");
    }
}

/// Each sort of hostile text, through each command that reads objects: an end with a place, and never a panic.
#[test]
fn hostile_texts_end_with_a_place() {
    let bomb: String = (1..12)
        .map(|at| format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 10].join(", ")))
        .collect();
    let texts: [(&str, Vec<u8>); 5] = [
        ("nested", "[".repeat(10_000).into_bytes()),
        ("bomb", format!("{GOOD}---\na0: &a0 [{}x]\n{bomb}", "x, ".repeat(9)).into_bytes()),
        ("utf-8", b"apiVersion: v1\nkind: Service\nmetadata: {name: \"\xC3\x28\"}\n".to_vec()),
        ("nul", b"apiVersion: v1\nkind: Service\nmetadata: {name: a\0b}\n".to_vec()),
        ("line", [b"a: ".as_slice(), &b"x".repeat(2_000_000), b"\0"].concat()),
    ];
    for (name, text) in &texts {
        let folder =
            Folder::new(&format!("hostile-{name}"), &[("a.yaml", text), ("b.yaml", GOOD.as_bytes())]);
        for command in ["check", "validate", "parse", "compile", "verify", "graph"] {
            let ran = meshproof(&folder.0, &[command, "."], b"");
            assert!(ran.code.is_some() && !ran.err.contains("panicked"), "{name} {command} {ran:?}");
            if matches!(command, "check" | "validate" | "parse") {
                assert_eq!(ran.code, Some(1), "{name} {command} {ran:?}");
                assert!(format!("{}{}", ran.out, ran.err).contains("a.yaml:"), "{name} {command} {ran:?}");
            }
        }
    }
}
