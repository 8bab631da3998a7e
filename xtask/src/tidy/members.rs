//! Rules for whole crates: they say which Rust they need, and they are not empty.

use std::process::Command;

use serde_json::Value;

use super::{Finding, TextFile, imports};
use crate::project;

/// A version of Rust as numbers, which order.
type Version = (u32, u32, u32);

/// `cargo metadata` of the workspace alone; needs no network.
pub(crate) fn metadata() -> Result<Value, String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(project::root());
    serde_json::from_slice(&project::output(&mut cargo)?).map_err(|e| format!("cargo metadata: {e}"))
}

/// The version of the rustc that builds this tree.
pub(crate) fn installed_rust() -> Result<String, String> {
    let text = project::output(Command::new("rustc").arg("-V").current_dir(project::root()))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let version = text.split_whitespace().nth(1).ok_or_else(|| format!("rustc -V said {text:?}"))?;
    Ok(version.to_owned())
}

/// Crates without `rust-version`, with one above `installed`, or without code.
pub(crate) fn check(metadata: &Value, installed: &str, files: &[TextFile]) -> Result<Vec<Finding>, String> {
    let installed = version(installed).ok_or_else(|| format!("no version of Rust: {installed}"))?;
    let mut findings = Vec::new();
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    for (package, member) in packages.zip(imports::members(metadata)) {
        let stated = package.get("rust_version").and_then(Value::as_str);
        match stated.map(version) {
            None => findings.push(Finding::new(&member.manifest, 1, "no `rust-version`")),
            Some(Some(stated)) if stated <= installed => {}
            Some(_) => {
                let message = format!("`rust-version` is above the installed {installed:?}");
                findings.push(Finding::new(&member.manifest, 1, message));
            }
        }
        let dir = member.manifest.strip_suffix("Cargo.toml").unwrap_or_default();
        let source = files.iter().filter(|file| file.path.starts_with(&format!("{dir}src/")));
        if source.map(code_lines).sum::<usize>() < 3 {
            findings.push(Finding::new(&member.manifest, 1, "the crate is empty"));
        }
    }
    Ok(findings)
}

fn code_lines(file: &TextFile) -> usize {
    let lines = file.text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("#!")).count()
}

fn version(text: &str) -> Option<Version> {
    let number = text.split('-').next()?;
    let mut parts = number.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next()??, parts.next()??);
    Some((major, minor, parts.next().unwrap_or(Some(0))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn crate_with(rust_version: Value) -> Value {
        json!({"workspace_root": "/w", "packages": [
            {"manifest_path": "/w/a/Cargo.toml", "rust_version": rust_version, "dependencies": []}
        ]})
    }

    fn source(text: &str) -> Vec<TextFile> {
        vec![TextFile { path: "a/src/lib.rs".to_owned(), text: text.to_owned() }]
    }

    const CODE: &str = "//! A crate.\nfn a() {\n}\nfn b() {}\n";

    #[test]
    fn a_version_that_is_stated_and_installed_is_fine() {
        for stated in ["1.95", "1.95.0", "1.94.9"] {
            assert_eq!(
                check(&crate_with(json!(stated)), "1.95.0", &source(CODE)),
                Ok(Vec::new()),
                "{stated}"
            );
        }
    }

    #[test]
    fn missing_and_too_new_versions_are_found() {
        for stated in [Value::Null, json!("1.96"), json!("1.95.1"), json!("2.0")] {
            let found = check(&crate_with(stated.clone()), "1.95.0", &source(CODE)).expect("versions");
            assert_eq!(found.len(), 1, "{stated}");
        }
    }

    #[test]
    fn a_crate_of_comments_is_empty() {
        let found =
            check(&crate_with(json!("1.95")), "1.95.0", &source("//! To be written.\n\nfn main() {}\n"));
        assert_eq!(found.expect("versions"), [Finding::new("a/Cargo.toml", 1, "the crate is empty")]);
    }
}
