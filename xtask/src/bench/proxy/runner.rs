//! Programs that run bootstraps, and what they spend.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::process;
use crate::conformance::{Program, find_envoy};

/// A program that does not listen by then never will.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that runs bootstraps.
pub(super) struct Runner {
    pub(super) name: &'static str,
    program: PathBuf,
    args: &'static [&'static str],
}

impl Runner {
    /// Ours, and Envoy where it is on the machine, with one worker each.
    pub(super) fn all(program: &Program) -> Vec<Self> {
        let lean = program.path.file_name().is_some_and(|name| name == "meshproof-proxy");
        let args: &[_] = if lean { &["--workers", "1", "-c"] } else { &["run", "--workers", "1"] };
        let ours = Self { name: "meshproof", program: program.path.clone(), args };
        let quiet = &["--concurrency", "1", "-l", "off", "--disable-hot-restart", "-c"];
        let envoy = find_envoy().map(|program| Self { name: "envoy", program, args: quiet });
        std::iter::once(ours).chain(envoy).collect()
    }

    /// Starts it; comes back as soon as it listens.
    pub(super) fn start(&self, bootstrap: &Path, address: SocketAddr) -> Result<Running, String> {
        let mut command = Command::new(&self.program);
        command.args(self.args).arg(bootstrap);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let begun = Instant::now();
        let child = command.spawn().map_err(|e| format!("{}: {e}", self.program.display()))?;
        let mut running = Running { child, listening: Duration::ZERO };
        while TcpStream::connect(address).is_err() {
            if begun.elapsed() > PATIENCE || !matches!(running.child.try_wait(), Ok(None)) {
                return Err(format!("{} does not listen", self.name));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        running.listening = begun.elapsed();
        Ok(running)
    }
}

/// A program at work; ends with the value.
pub(super) struct Running {
    child: Child,
    pub(super) listening: Duration,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

impl Running {
    /// CPU time of all threads so far, in seconds.
    pub(super) fn cpu(&self) -> f64 {
        process::cpu(self.child.id())
    }

    /// Mebibytes of a line in the process's status.
    pub(super) fn memory(&self, name: &str) -> f64 {
        process::memory(self.child.id(), name)
    }
}

/// Waits until something listens at an address.
pub(super) fn until_listening(address: SocketAddr) -> Result<(), String> {
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        if begun.elapsed() > PATIENCE {
            return Err(format!("nothing listens on {address}"));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
