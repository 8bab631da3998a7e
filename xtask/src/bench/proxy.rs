//! What the bundled proxy costs beside Envoy, on the same bootstraps in the same run: start and memory of a large mesh, and CPU per
//! request. CPU time is what counts; other work on the machine hardly moves it.

mod boot;
mod load;

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::conformance::{Program, find_envoy};
use crate::project;

/// Clusters of the two large bootstraps.
const CLUSTERS: [usize; 2] = [1000, 5000];
/// How often each program starts; the best run counts.
const STARTS: usize = 3;
/// Rounds of load; programs take turns, and the median counts.
const ROUNDS: usize = 5;
/// How long one round lasts.
const ROUND: Duration = Duration::from_secs(2);
/// A program that does not listen by then never will.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that runs bootstraps.
struct Runner {
    name: &'static str,
    program: PathBuf,
    args: &'static [&'static str],
}

impl Runner {
    fn all(program: &Program) -> Vec<Self> {
        let ours = Self { name: "meshproof", program: program.path.clone(), args: &["run"] };
        let quiet = &["--concurrency", "1", "-l", "off", "--disable-hot-restart", "-c"];
        let envoy = find_envoy().map(|program| Self { name: "envoy", program, args: quiet });
        std::iter::once(ours).chain(envoy).collect()
    }

    fn start(&self, bootstrap: &Path, address: SocketAddr) -> Result<Running, String> {
        let mut command = Command::new(&self.program);
        command.args(self.args).arg(bootstrap);
        if self.name == "meshproof" {
            command.args(["--workers", "1"]);
        }
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
struct Running {
    child: Child,
    listening: Duration,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

impl Running {
    /// CPU time of all threads so far, in seconds, as the scheduler counts it.
    fn cpu(&self) -> f64 {
        let tasks = project::entries(Path::new(&format!("/proc/{}/task", self.child.id())));
        let spent = |task: PathBuf| {
            let text = project::read(&task.join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<f64>().ok()
        };
        tasks.into_iter().flatten().filter_map(spent).sum::<f64>() / 1e9
    }

    /// Megabytes of a line in the process's status.
    fn memory(&self, name: &str) -> f64 {
        let status =
            project::read(Path::new(&format!("/proc/{}/status", self.child.id()))).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes =
            line.and_then(|l| l.trim_start_matches(':').split_whitespace().next()?.parse::<f64>().ok());
        kibibytes.unwrap_or_default() / 1024.0
    }
}

/// Prints the rows that are asked for.
pub(super) fn run(program: &Program, wanted: impl Fn(&str) -> bool) -> Result<(), String> {
    let runners = Runner::all(program);
    if wanted("proxy start") {
        println!("\n{:22} {:24} {:>8} {:>8} {:>8} {:>8}", "job", "input", "ms", "CPU ms", "MiB", "peak MiB");
        for clusters in CLUSTERS {
            for runner in &runners {
                println!("{}", started(runner, clusters)?);
            }
        }
    }
    if wanted("proxy HTTP/1.1") {
        println!("\n{:22} {:24} {:>12} {:>12} {:>10}", "job", "input", "CPU us/req", "req/s", "ratio");
        loaded(&runners)?;
    }
    Ok(())
}

fn file(name: &str) -> PathBuf {
    super::folder().join(name)
}

fn started(runner: &Runner, clusters: usize) -> Result<String, String> {
    let address = load::free_address()?;
    let bootstrap = file(&format!("proxy-{clusters}.json"));
    project::write(&bootstrap, boot::large(address, clusters).to_string().as_bytes())?;
    let mut best = [f64::MAX; 4];
    for _ in 0..STARTS {
        let running = runner.start(&bootstrap, address)?;
        let now = [
            running.listening.as_secs_f64() * 1e3,
            running.cpu() * 1e3,
            running.memory("VmRSS"),
            running.memory("VmHWM"),
        ];
        best.iter_mut().zip(now).for_each(|(best, now)| *best = best.min(now));
    }
    let [wall, cpu, resident, peak] = best;
    let job = format!("proxy start: {}", runner.name);
    let input = format!("{clusters} clusters");
    Ok(format!("{job:22} {input:24} {wall:>8.0} {cpu:>8.0} {resident:>8.1} {peak:>8.1}"))
}

fn loaded(runners: &[Runner]) -> Result<(), String> {
    let upstream = load::Upstream::start()?;
    let mut costs: Vec<Vec<(f64, f64)>> = runners.iter().map(|_| Vec::new()).collect();
    let mut running = Vec::new();
    for runner in runners {
        let address = load::free_address()?;
        let bootstrap = file(&format!("proxy-load-{}.json", runner.name));
        project::write(&bootstrap, boot::loaded(address, upstream.address).to_string().as_bytes())?;
        running.push((runner.start(&bootstrap, address)?, address));
    }
    for _ in 0..ROUNDS {
        for ((running, address), costs) in running.iter().zip(&mut costs) {
            let before = running.cpu();
            let requests = load::send(*address, ROUND)?;
            costs.push(((running.cpu() - before) * 1e6 / requests, requests / ROUND.as_secs_f64()));
        }
    }
    let medians: Vec<_> = costs.into_iter().map(median).collect();
    let ours = medians.first().map_or(1.0, |(cpu, _)| *cpu);
    for (runner, (cpu, rate)) in runners.iter().zip(&medians) {
        let job = format!("proxy HTTP/1.1: {}", runner.name);
        let ratio = format!("{:.2}x", cpu / ours);
        println!("{job:22} {:24} {cpu:>12.1} {rate:>12.0} {ratio:>10}", "64 connections");
    }
    Ok(())
}

/// The middle of the rounds by CPU per request.
fn median(mut rounds: Vec<(f64, f64)>) -> (f64, f64) {
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    rounds.get(rounds.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_a_round_that_was_measured() {
        assert_eq!(median(vec![(3.0, 1.0), (1.0, 2.0), (2.0, 3.0)]), (2.0, 3.0));
        assert_eq!(median(Vec::new()), (0.0, 0.0));
    }
}
