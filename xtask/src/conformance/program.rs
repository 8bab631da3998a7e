//! Runs the meshproof binary.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::project;

/// No case takes a second; this only ends a run that hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// Runs at the same time.
const WORKERS: usize = 2;

/// The binary under test.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
}

/// What a run said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// The exit code; none when a signal or our patience ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// The first line of why the command cannot answer at all, as opposed to an answer that is wrong.
    pub(crate) fn not_built(&self) -> Option<String> {
        let words = ["not built", "unrecognized subcommand", "unexpected argument"];
        let absent = self.code == Some(2) && words.iter().any(|word| self.stderr.contains(word));
        absent.then(|| self.first_fault())
    }

    /// The first line on standard error, with the exit code.
    pub(crate) fn first_fault(&self) -> String {
        let line = self.stderr.lines().next().unwrap_or("no word on stderr");
        match self.code {
            Some(code) => format!("exit {code}: {line}"),
            None => format!("killed: {line}"),
        }
    }
}

impl Program {
    /// The named binary, else the newest build.
    pub(crate) fn find(named: Option<&Path>) -> Result<Self, String> {
        if let Some(path) = named {
            let path = std::path::absolute(path).map_err(|e| e.to_string())?;
            return if path.is_file() {
                Ok(Self { path })
            } else {
                Err(format!("{} is no file", path.display()))
            };
        }
        let built = ["release", "dist", "debug"]
            .map(|profile| project::root().join("target").join(profile).join("meshproof"));
        let changed = |path: &PathBuf| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
        let newest = built.into_iter().filter(|path| path.is_file()).max_by_key(changed);
        newest
            .map(|path| Self { path })
            .ok_or_else(|| "meshproof is not built: run `cargo build` first".to_owned())
    }

    /// Runs it; `name` tells the files of this run apart in `scratch`.
    pub(crate) fn run(&self, args: &[OsString], scratch: &Path, name: &str) -> Result<Said, String> {
        let file = |end: &str| scratch.join(format!("{}.{end}", name.replace('/', "_")));
        let create =
            |path: &Path| std::fs::File::create(path).map_err(|e| format!("{}: {e}", path.display()));
        let (out, err) = (file("out"), file("err"));
        let mut command = Command::new(&self.path);
        command.args(args).args(["--color", "never"]).stdin(std::process::Stdio::null());
        command.stdout(create(&out)?).stderr(create(&err)?);
        let code = wait(&mut command)?.and_then(|status| status.code());
        let text =
            |path: &Path| std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let said =
            Said { code, stdout: text(&out).unwrap_or_default(), stderr: text(&err).unwrap_or_default() };
        Ok(said)
    }
}

fn wait(command: &mut Command) -> Result<Option<ExitStatus>, String> {
    let mut child = command.spawn().map_err(|e| format!("{}: {e}", command.get_program().display()))?;
    let started = Instant::now();
    let mut pause = Duration::from_micros(500);
    while started.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(Some(status));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
    let _ = child.kill();
    child.wait().map_err(|e| e.to_string())?;
    Ok(None)
}

/// Does the work on each item, a few at a time; results in the order of the items.
pub(crate) fn each<'t, T: Sync, R: Send>(items: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R> {
    let next = Mutex::new(items.iter().enumerate());
    let done = Mutex::new(Vec::new());
    let take = || next.lock().ok().and_then(|mut next| next.next());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((at, item)) = take() {
                    let result = work(item);
                    if let Ok(mut done) = done.lock() {
                        done.push((at, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Arguments of mixed kinds.
pub(crate) fn args(parts: &[&dyn AsRef<std::ffi::OsStr>]) -> Vec<OsString> {
    parts.iter().map(|part| part.as_ref().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_keeps_its_order() {
        let items: Vec<usize> = (0..100).collect();
        assert_eq!(each(&items, |n| n * 2), items.iter().map(|n| n * 2).collect::<Vec<_>>());
    }

    #[test]
    fn only_exit_two_with_the_words_means_not_built() {
        let said =
            |code, stderr: &str| Said { code: Some(code), stderr: stderr.to_owned(), ..Said::default() };
        assert!(said(2, "error: `ask` is not built yet").not_built().is_some());
        assert!(said(2, "error: unrecognized subcommand 'test'").not_built().is_some());
        assert!(said(1, "error: not built").not_built().is_none());
        assert!(said(2, "error: cannot read `a`").not_built().is_none());
    }
}
