//! What a running process has spent, from `/proc`.

use std::path::{Path, PathBuf};

use crate::project;

/// CPU time of all threads so far, in seconds, as the scheduler counts it.
pub(super) fn cpu(id: u32) -> f64 {
    let tasks = project::entries(Path::new(&format!("/proc/{id}/task")));
    let spent = |task: PathBuf| {
        let text = project::read(&task.join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    tasks.into_iter().flatten().filter_map(spent).sum::<f64>() / 1e9
}

/// Mebibytes of a line in the process's status.
pub(super) fn memory(id: u32, name: &str) -> f64 {
    let status = project::read(Path::new(&format!("/proc/{id}/status"))).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes =
        line.and_then(|l| l.trim_start_matches(':').split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.unwrap_or_default() / 1024.0
}
