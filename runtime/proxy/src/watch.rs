//! Certificates, keys and files of secrets that change while the proxy runs.
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::fleet::Fleet;
use crate::run::Options;

/// How often files are looked at; a change must also have lasted for this long, so that a certificate and its key are
/// taken together.
const PERIOD: Duration = Duration::from_millis(500);

/// What tells one state of a file from another: device, inode, length, time of the last change. Links are followed, so
/// that the directories Kubernetes swaps are noticed.
pub(crate) type Stamp = Option<(u64, u64, u64, i64, i64)>;

/// The states of files, in their order.
pub(crate) fn stamps(files: &BTreeSet<PathBuf>) -> Vec<Stamp> {
    let stamp = |file: &PathBuf| {
        let meta = std::fs::metadata(file).ok()?;
        Some((meta.dev(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec()))
    };
    files.iter().map(stamp).collect()
}

/// Compiles the running bootstrap again when a file that it reads has changed. A state that cannot be used is told once
/// and the old one goes on. `known` are the states of the files when the first program was loaded: what changes before this
/// begins to look is not lost.
pub(crate) async fn renew_on_change(fleet: Arc<Fleet>, options: Options, mut known: Vec<Stamp>) {
    let mut files = fleet.current.load().program.files.clone();
    loop {
        tokio::time::sleep(PERIOD).await;
        let now = fleet.current.load().program.files.clone();
        if now != files {
            // Another bootstrap was loaded; it has just read its files.
            (known, files) = (stamps(&now), now);
            continue;
        }
        let seen = stamps(&files);
        if seen == known {
            continue;
        }
        tokio::time::sleep(PERIOD).await;
        if stamps(&files) != seen {
            continue;
        }
        known = seen;
        let (fleet, taken) = (fleet.clone(), options.clone());
        match tokio::task::spawn_blocking(move || fleet.renew(&taken)).await {
            Ok(Ok(())) => (options.notice)("reloaded: certificates, keys or secrets have changed"),
            Ok(Err(error)) => {
                (options.notice)(&format!("changed files not used, the old ones go on: {error}"))
            }
            Err(_) => (options.notice)("changed files not used, the old ones go on"),
        }
    }
}
