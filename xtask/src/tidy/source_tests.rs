//! Each rule for Rust with a twin that stays silent.

use super::super::TextFile;
use super::check;

fn messages(text: &str, others: &[(&str, &str)]) -> Vec<String> {
    let file = |path: &str, text: &str| TextFile { path: path.to_owned(), text: text.to_owned() };
    let others: Vec<TextFile> = others.iter().map(|(path, text)| file(path, text)).collect();
    let found = check(&file("a/src/lib.rs", text), &others);
    found.into_iter().map(|finding| format!("{}: {}", finding.line, finding.message)).collect()
}

fn function(lines: usize) -> String {
    format!(
        "/// Docs\n/// do not count.\n#[must_use]\nfn long(\n    a: u8,\n) {{\n{}}}\n",
        "    a;\n".repeat(lines - 4)
    )
}

#[test]
fn long_functions() {
    assert!(messages(&function(40), &[]).is_empty());
    assert_eq!(messages(&function(41), &[]), ["4: `long` has 41 lines; at most 40"]);
    assert_eq!(messages(&format!("struct A;\nimpl A {{\n{}}}\n", function(41)), &[]).len(), 1);
    assert_eq!(messages(&format!("trait A {{\n{}}}\n", function(41)), &[]).len(), 1);
    assert!(messages(&format!("// tidy: table\n{}", function(41)), &[]).is_empty());
}

#[test]
fn undocumented_items() {
    let bare = "pub fn a() {}\npub struct B { pub c: u8 }\npub const D: u8 = 1;\npub trait E { fn f(); }\npub type G = u8;\n";
    let found = messages(bare, &[]);
    assert_eq!(found.len(), 7, "{found:?}");
    assert_eq!(found[0], "1: `a` is public and not documented");
    let documented =
        "/// A.\npub fn a() {}\n/// B.\npub struct B {\n    /// C.\n    pub c: u8,\n    d: u8,\n}\n";
    assert!(messages(documented, &[]).is_empty());
    assert!(messages(&bare.replace("pub ", "pub(crate) "), &[]).is_empty());
    assert!(
        messages("struct B { pub c: u8 }\npub use x::Y;\n/// Z.\npub struct Z(pub u8);\n", &[]).is_empty()
    );
}

#[test]
fn excuses() {
    assert!(messages("#[cfg(test)]\nmod tests {\n    pub fn a() {}\n}\n", &[]).is_empty());
    assert_eq!(messages("mod other {\n    pub fn a() {}\n}\n", &[]).len(), 1);
    let lint =
        "/// A.\n#[expect(missing_docs, reason = \"the names say it\")]\npub struct A {\n    pub b: u8,\n}\n";
    assert!(messages(lint, &[]).is_empty());
    assert_eq!(messages(&lint.replace("missing_docs", "dead_code"), &[]).len(), 1);
}

#[test]
fn modules_are_documented_where_they_are() {
    let uses = "pub mod b;\n";
    assert!(messages(uses, &[("a/src/b.rs", "// tidy: table\n//! B.\n")]).is_empty());
    assert!(messages(uses, &[("a/src/b/mod.rs", "//! B.\n")]).is_empty());
    assert_eq!(messages(uses, &[("a/src/b.rs", "// B.\n")]).len(), 1);
    assert_eq!(messages("mod utils;\n", &[]), ["1: `utils` says nothing about what is in it"]);
}

#[test]
fn broken_rust_is_a_finding() {
    assert!(messages("fn (", &[])[0].contains("no Rust"));
}
