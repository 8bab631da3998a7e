//! Where things are: the work tree, and files in it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A file's text; the error names the file.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Writes a file, with its directory.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    let fault = |e: std::io::Error| format!("{}: {e}", path.display());
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(fault)?;
    }
    std::fs::write(path, content).map_err(fault)
}

/// All files below a directory, sorted, whose name ends so.
pub(crate) fn files_below(dir: &Path, suffix: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(next) = open.pop() {
        for path in entries(&next)? {
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What a program prints; the error holds what it said instead.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command.output().map_err(|e| format!("`{program}` cannot be started: {e}"))?;
    if done.status.success() {
        Ok(done.stdout)
    } else {
        Err(format!("`{program}` failed: {}", String::from_utf8_lossy(&done.stderr).trim()))
    }
}

/// What a directory holds, sorted.
pub(crate) fn entries(dir: &Path) -> Result<Vec<PathBuf>, String> {
    let read = std::fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut found: Vec<PathBuf> = read.flatten().map(|entry| entry.path()).collect();
    found.sort();
    Ok(found)
}

/// Makes a directory, without what was in it.
pub(crate) fn empty_dir(dir: &Path) -> Result<(), String> {
    let fault = |e: std::io::Error| format!("{}: {e}", dir.display());
    if dir.exists() {
        std::fs::remove_dir_all(dir).map_err(fault)?;
    }
    std::fs::create_dir_all(dir).map_err(fault)
}
