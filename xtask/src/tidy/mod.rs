//! `cargo xtask tidy`: the house rules that neither rustc nor clippy holds.

mod banned;
mod imports;
mod members;
mod source;
mod text;

use std::path::PathBuf;
use std::process::Command;

use crate::{Outcome, project};

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Relative to the root, with `/`.
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl Finding {
    pub(crate) fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

/// A text file that is, or is about to be, committed.
pub(crate) struct TextFile {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    /// Whether it is Rust that a person wrote and that is no table.
    pub(crate) fn is_handwritten_rust(&self) -> bool {
        self.path.ends_with(".rs") && !self.path.contains("/generated/") && !self.is_table()
    }

    fn is_table(&self) -> bool {
        self.text.lines().next() == Some("// tidy: table")
    }
}

/// Prints what breaks a rule as `file:line: message`.
pub(crate) fn run(args: &[&str]) -> Outcome {
    if !args.is_empty() {
        return Err("tidy takes no arguments".to_owned());
    }
    let files = committed()?;
    let metadata = members::metadata()?;
    let mut findings = imports::check(&project::read(&project::root().join("ARCHITECTURE.md"))?, &metadata)?;
    findings.extend(members::check(&metadata, &members::installed_rust()?, &files)?);
    for file in &files {
        findings.extend(text::check(file));
        if file.path.ends_with(".rs") {
            findings.extend(source::check(file, &files));
        }
    }
    findings.sort();
    findings.dedup();
    for Finding { file, line, message } in &findings {
        println!("{file}:{line}: {message}");
    }
    println!("{} files, {} findings", files.len(), findings.len());
    Ok(findings.is_empty())
}

/// All files that git tracks or would track, without those that are not text.
fn committed() -> Result<Vec<TextFile>, String> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(project::root());
    let listed = String::from_utf8_lossy(&project::output(&mut git)?).into_owned();
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        let full: PathBuf = project::root().join(path);
        if let Ok(text) = std::fs::read_to_string(full) {
            files.push(TextFile { path: path.to_owned(), text });
        }
    }
    Ok(files)
}
