//! Lists `src/checks/*.rs` into `ALL`, so that a new file in the folder is a new check with no further edit.

use std::fmt::Write as _;
use std::path::Path;

#[expect(clippy::disallowed_methods, reason = "a build script works on files")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = std::env::var("CARGO_MANIFEST_DIR")?;
    let folder = Path::new(&root).join("src").join("checks");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "rs") {
            names.extend(path.file_stem().and_then(|s| s.to_str()).map(str::to_owned));
        }
    }
    names.sort();
    let mut out = String::new();
    for name in &names {
        let path = folder.join(format!("{name}.rs"));
        writeln!(out, "#[path = {:?}]\nmod {name};", path.display().to_string())?;
    }
    writeln!(out, "/// All checks, by file name.\npub static ALL: &[&Check] = &[")?;
    for name in &names {
        writeln!(out, "    &{name}::CHECK,")?;
    }
    writeln!(out, "];")?;
    let target = Path::new(&std::env::var("OUT_DIR")?).join("all.rs");
    std::fs::write(target, out)?;
    Ok(())
}
