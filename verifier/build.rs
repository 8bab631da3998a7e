//! Lists the files of a folder into `ALL`, so that a new file in the folder is a new check, or a new property, with no further edit.

use std::fmt::Write as _;
use std::path::Path;

/// Folder, type and static of each crate whose files are listed.
const LISTED: [(&str, &str, &str, &str); 2] =
    [("mp-checks", "checks", "Check", "CHECK"), ("mp-prove", "builtin", "Property", "PROPERTY")];

#[expect(clippy::disallowed_methods, reason = "a build script works on files")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let package = std::env::var("CARGO_PKG_NAME")?;
    let listed =
        LISTED.iter().find(|(name, ..)| *name == package).ok_or("no files are listed for this crate")?;
    let (_, folder, kind, item) = listed;
    let root = std::env::var("CARGO_MANIFEST_DIR")?;
    let folder = Path::new(&root).join("src").join(folder);
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
    writeln!(out, "/// All of them, by file name.\npub static ALL: &[&{kind}] = &[")?;
    for name in &names {
        writeln!(out, "    &{name}::{item},")?;
    }
    writeln!(out, "];")?;
    let target = Path::new(&std::env::var("OUT_DIR")?).join("all.rs");
    std::fs::write(target, out)?;
    Ok(())
}
