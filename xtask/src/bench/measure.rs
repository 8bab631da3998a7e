//! What one run of a program costs. The kernel keeps CPU time and peak memory of finished children together, so each
//! run gets a parent of its own: `xtask measure PROGRAM ARGS`.

use std::ffi::{OsStr, OsString};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde_json::{Value, json};

use super::this_program;
use crate::{Outcome, project};

/// The cost of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cost {
    /// User and system time of all threads, in seconds.
    pub(super) cpu: f64,
    /// Seconds from start to end.
    pub(super) wall: f64,
    /// Largest resident set, in megabytes.
    pub(super) peak_mb: f64,
    /// The exit code; none after a signal.
    pub(super) code: Option<i64>,
}

impl Cost {
    /// The smaller figure of each kind.
    pub(super) fn better(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.min(other.cpu),
            wall: self.wall.min(other.wall),
            peak_mb: self.peak_mb.min(other.peak_mb),
            code: self.code,
        }
    }
}

/// Runs a program under a parent of its own.
pub(super) fn in_own_process(program: &OsStr, args: &[OsString]) -> Result<Cost, String> {
    let mut parent: Command = this_program()?;
    let said = project::output(parent.arg("measure").arg(program).args(args))?;
    let said: Value = serde_json::from_slice(&said).map_err(|e| format!("measure: {e}"))?;
    let number =
        |key: &str| said.get(key).and_then(Value::as_f64).ok_or_else(|| format!("measure says no {key}"));
    let code = said.get("code").and_then(Value::as_i64);
    Ok(Cost { cpu: number("cpu")?, wall: number("wall")?, peak_mb: number("peak_mb")?, code })
}

/// `xtask measure PROGRAM ARGS`: one line of JSON.
#[expect(clippy::cast_precision_loss, reason = "times and sizes of one run")]
pub(crate) fn run(args: &[&str]) -> Outcome {
    let (program, args) = args.split_first().ok_or("measure needs a program")?;
    let started = Instant::now();
    let status = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let wall = started.elapsed().as_secs_f64();
    let code = status.map_err(|e| format!("{program}: {e}"))?.code();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|e| format!("getrusage: {e}"))?;
    let cpu = (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6;
    let peak_mb = usage.max_rss() as f64 * 1024.0 / 1e6;
    println!("{}", json!({"cpu": cpu, "wall": wall, "peak_mb": peak_mb, "code": code}));
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_two_runs() {
        let cost = |cpu, wall| Cost { cpu, wall, peak_mb: 1.0, code: Some(0) };
        assert_eq!(cost(1.0, 3.0).better(cost(2.0, 2.0)), cost(1.0, 2.0));
    }
}
