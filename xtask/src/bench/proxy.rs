//! What the bundled proxy costs beside Envoy, on the same bootstraps in the same run: start and memory of a large mesh, CPU per
//! request, connection and byte, the wait at half load, and memory of idle connections. CPU time is what counts; other work on the
//! machine hardly moves it.

mod boot;
mod idle;
mod load;
mod paced;
mod runner;
mod tools;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::conformance::Program;
use crate::project;
use boot::Doors;
use runner::{Runner, Running};

/// Clusters of the two large bootstraps.
const CLUSTERS: [usize; 2] = [1000, 5000];
/// How often each program starts; the best run counts.
const STARTS: usize = 3;
/// Rounds of load; programs take turns, and the median counts.
const ROUNDS: usize = 5;
/// How long one round lasts.
const ROUND: Duration = Duration::from_secs(2);

/// One kind of load.
struct Load {
    name: &'static str,
    input: &'static str,
    /// What is counted.
    unit: &'static str,
    /// The tool that makes the load; none for our own client.
    tool: Option<&'static str>,
    /// Makes the load for some time and says how much went through.
    make: fn(Doors, Duration) -> Result<f64, String>,
}

const LOADS: [Load; 6] = [
    Load {
        name: "proxy HTTP/1.1",
        input: "64 connections",
        unit: "req",
        tool: None,
        make: |doors, time| load::send(doors.plain, time),
    },
    Load {
        name: "proxy TLS 1.3",
        input: "64 connections",
        unit: "req",
        tool: Some("h2load"),
        make: |doors, time| tools::h2load(&["--h1", "-c64"], doors.tls, "https", time),
    },
    Load {
        name: "proxy h2c",
        input: "8 connections of 8",
        unit: "req",
        tool: Some("h2load"),
        make: |doors, time| tools::h2load(&["-c8", "-m8"], doors.plain, "http", time),
    },
    Load {
        name: "proxy h2 in TLS",
        input: "8 connections of 8",
        unit: "req",
        tool: Some("h2load"),
        make: |doors, time| tools::h2load(&["-c8", "-m8"], doors.tls, "https", time),
    },
    Load {
        name: "proxy handshakes",
        input: "TLS 1.3, P-256",
        unit: "conn",
        tool: Some("openssl"),
        make: |doors, time| tools::handshakes(doors.tls, time),
    },
    Load {
        name: "proxy bytes",
        input: "TCP, 4 connections",
        unit: "MB",
        tool: None,
        make: |doors, time| load::receive_bytes(doors.bytes, time),
    },
];

/// Prints the rows that are asked for.
pub(super) fn run(program: &Program, wanted: impl Fn(&str) -> bool) -> Result<(), String> {
    let runners = Runner::all(program);
    if wanted("proxy start") {
        println!("\n{:27} {:24} {:>8} {:>8} {:>8} {:>8}", "job", "input", "ms", "CPU ms", "MiB", "peak MiB");
        for clusters in CLUSTERS {
            for runner in &runners {
                println!("{}", started(runner, clusters)?);
            }
        }
    }
    let loads: Vec<_> = LOADS.iter().filter(|load| wanted(load.name)).collect();
    if !loads.is_empty() {
        println!("\n{:27} {:24} {:>12} {:>14} {:>10}", "job", "input", "CPU us/unit", "units/s", "ratio");
    }
    for load in loads {
        match load.tool.filter(|tool| super::on_path(tool).is_none()) {
            Some(tool) => println!("{:27} skipped, {tool} is not installed", load.name),
            None => loaded(&runners, load)?,
        }
    }
    if wanted("proxy p99") {
        println!(
            "\n{:27} {:24} {:>8} {:>8} {:>8} {:>10}",
            "job", "input", "p50 us", "p99 us", "max us", "ratio"
        );
        waits(&runners)?;
    }
    if wanted("proxy idle") {
        println!("\n{:27} {:24} {:>12} {:>10}", "job", "input", "KiB/conn", "ratio");
        idles(&runners)?;
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
    Ok(format!("{job:27} {input:24} {wall:>8.0} {cpu:>8.0} {resident:>8.1} {peak:>8.1}"))
}

/// Starts a program with all its doors open.
fn opened(runner: &Runner) -> Result<(Running, Doors), String> {
    let (answering, sending) = (load::answering()?, load::sending()?);
    let free = load::free_address;
    let doors = Doors { plain: free()?, tls: free()?, bytes: free()? };
    let bootstrap = file(&format!("proxy-load-{}.json", runner.name));
    project::write(&bootstrap, boot::loaded(doors, answering, sending).to_string().as_bytes())?;
    let running = runner.start(&bootstrap, doors.plain)?;
    runner::until_listening(doors.bytes)?;
    Ok((running, doors))
}

fn loaded(runners: &[Runner], load: &Load) -> Result<(), String> {
    let mut costs: Vec<Vec<(f64, (f64, f64))>> = runners.iter().map(|_| Vec::new()).collect();
    let running = runners.iter().map(opened).collect::<Result<Vec<_>, _>>()?;
    for _ in 0..ROUNDS {
        for ((running, doors), costs) in running.iter().zip(&mut costs) {
            let (before, begun) = (running.cpu(), Instant::now());
            let units = (load.make)(*doors, ROUND)?;
            let time = begun.elapsed().as_secs_f64();
            let cpu = (running.cpu() - before) * 1e6 / units;
            costs.push((cpu, (cpu, units / time)));
        }
    }
    let medians: Vec<_> = costs.into_iter().map(median).collect();
    let ours = medians.first().map_or(1.0, |(cpu, _)| *cpu);
    for (runner, (cpu, rate)) in runners.iter().zip(&medians) {
        let job = format!("{}: {}", load.name, runner.name);
        let (rate, ratio) = (format!("{rate:.0} {}/s", load.unit), format!("{:.2}x", cpu / ours));
        println!("{job:27} {:24} {cpu:>12.1} {rate:>14} {ratio:>10}", load.input);
    }
    Ok(())
}

/// Half of what the slowest of the programs can do, sent to each of them at fixed times.
fn waits(runners: &[Runner]) -> Result<(), String> {
    let running = runners.iter().map(opened).collect::<Result<Vec<_>, _>>()?;
    let mut rate = f64::MAX;
    for (_, Doors { plain, .. }) in &running {
        rate = rate.min(load::send(*plain, ROUND)? / ROUND.as_secs_f64() / 2.0);
    }
    let mut waits: Vec<Vec<(f64, paced::Waits)>> = runners.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for ((_, doors), waits) in running.iter().zip(&mut waits) {
            let now = paced::send(doors.plain, rate, ROUND)?;
            waits.push((now.p99, now));
        }
    }
    let medians: Vec<paced::Waits> = waits.into_iter().map(median).collect();
    let theirs = medians.last().map_or(1.0, |waits| waits.p99);
    for (runner, waits) in runners.iter().zip(&medians) {
        let (job, input) = (format!("proxy p99: {}", runner.name), format!("{rate:.0} req/s on 64 conns"));
        let (ratio, paced::Waits { p50, p99, most }) = (format!("{:.2}x", waits.p99 / theirs), *waits);
        println!("{job:27} {input:24} {p50:>8.0} {p99:>8.0} {most:>8.0} {ratio:>10}");
    }
    Ok(())
}

/// What idle connections hold of memory.
fn idles(runners: &[Runner]) -> Result<(), String> {
    for (name, way) in [("HTTP/1.1", idle::Way::Http1), ("h2c", idle::Way::Http2), ("TCP", idle::Way::Tcp)] {
        let mut ours = None;
        for runner in runners {
            let (running, doors) = opened(runner)?;
            let kib = idle::each(&running, doors, way)?;
            let ratio = format!("{:.2}x", kib / *ours.get_or_insert(kib));
            let (job, input) = (format!("proxy idle: {}", runner.name), format!("{} {name}", idle::MANY));
            println!("{job:27} {input:24} {kib:>12.1} {ratio:>10}");
        }
    }
    Ok(())
}

/// The middle of the rounds by their first figure.
fn median<T: Copy + Default>(mut rounds: Vec<(f64, T)>) -> T {
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    rounds.get(rounds.len() / 2).map_or_else(T::default, |(_, round)| *round)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_a_round_that_was_measured() {
        assert_eq!(median(vec![(3.0, 1), (1.0, 2), (2.0, 3)]), 3);
        assert_eq!(median::<u8>(Vec::new()), 0);
    }
}
