//! Certificates, keys and files of secrets that change while the proxy runs.
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::config::Program;
use crate::config::secret_file::{Fault, State};
use crate::fleet::Fleet;
use crate::notice::Notice;
use crate::run::Options;
use crate::stats::Registry;

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
        let changed = files.iter().zip(known.iter().zip(&seen)).filter(|(_, (old, new))| old != new);
        let changed: BTreeSet<_> = changed.map(|(file, _)| file.clone()).collect();
        known = seen;
        let (fleet, taken) = (fleet.clone(), options.clone());
        match tokio::task::spawn_blocking(move || fleet.renew(&taken, &changed)).await {
            Ok(Ok(said)) => said.iter().for_each(|notice| (options.notice)(notice)),
            Ok(Err(error)) => (options.notice)(&not_used(&error.to_string()).error(&error)),
            Err(_) => (options.notice)(&Notice::new("error", "files_not_used").line(NOT_USED)),
        }
    }
}

fn not_used(why: &str) -> Notice {
    Notice::new("error", "files_not_used").line(format!("{NOT_USED}: {why}"))
}

const NOT_USED: &str = "changed files not used, the old ones go on";

/// Counts what a change of files means for secrets, as Envoy does below `sds.NAME.`, and gives what is said about it.
pub(crate) fn tell(program: &Program, changed: &BTreeSet<PathBuf>, stats: &Registry) -> Vec<Notice> {
    let mut said = Vec::new();
    let mut used = changed.clone();
    for secret in &program.secrets {
        let counters = stats.named(&format!("sds.{}.", secret.name));
        let asked = changed.contains(Path::new(&secret.path));
        if asked {
            counters.add("update_attempt");
        }
        match &secret.state {
            State::Good if asked => counters.add("update_success"),
            State::Good => {}
            State::Bad(fault) => {
                used.retain(|file| !secret.files.contains(file));
                let touched = secret.files.iter().any(|file| changed.contains(file));
                match fault {
                    Fault::Unreadable(_) if asked => counters.add("update_failure"),
                    Fault::Unusable(_) if asked => counters.add("update_rejected"),
                    Fault::Unusable(_) if touched => counters.add("key_rotation_failed"),
                    Fault::Unreadable(_) | Fault::Unusable(_) => continue,
                }
                let why = format!("secret {:?}: {}", secret.name, fault.text());
                said.push(not_used(&why).field("secret", secret.name.clone()).field("error", fault.text()));
            }
        }
    }
    if !used.is_empty() {
        let files: Vec<_> = used.iter().map(|file| file.display().to_string()).collect();
        let reloaded = Notice::new("info", "files_reloaded").field("files", files);
        said.push(reloaded.line("reloaded: certificates, keys or secrets have changed"));
    }
    said
}

/// Counts the secrets that a program begins with.
pub(crate) fn count_first(program: &Program, stats: &Registry) {
    for secret in &program.secrets {
        let counters = stats.named(&format!("sds.{}.", secret.name));
        for name in ["init_fetch_timeout", "key_rotation_failed", "update_failure", "update_rejected"] {
            counters.declare(name);
        }
        counters.add("update_attempt");
        counters.add("update_success");
    }
}
