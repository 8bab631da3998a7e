//! Measures reading: `speed FILE [ours|serde] [TIMES]` prints megabytes per second of CPU time and the peak memory beside the input's
//! size.
#![expect(clippy::disallowed_methods, reason = "a program that measures reads files and the clock")]

use std::io::Write;
use std::time::Instant;

use serde_yaml as yaml;
use yaml::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: speed FILE [ours|serde] [TIMES]")?;
    let who = args.next().unwrap_or_else(|| "ours".to_owned());
    let times: u32 = args.next().map_or(Ok(1), |n| n.parse())?;
    let mut out = std::io::stdout().lock();
    for _ in 0..times {
        let start = Instant::now();
        let bytes = std::fs::read(&path)?;
        let read = start.elapsed();
        let (start, cpu) = (Instant::now(), cpu_seconds().unwrap_or(0.0));
        let size = bytes.len();
        let count = if who == "serde" { serde(&bytes)? } else { ours(bytes) };
        let time = start.elapsed();
        let rate = size as f64 / 1e6 / (cpu_seconds().unwrap_or(0.0) - cpu);
        let peak = peak().unwrap_or(0.0);
        let size = size as f64 / 1e6;
        writeln!(
            out,
            "{who}: {size:.1} MB, {count} documents, {time:.2?} (+ {read:.2?} reading), {rate:.0} MB/s, peak {peak:.0} MB = {:.1}x",
            peak / size
        )?;
    }
    Ok(())
}

fn ours(bytes: Vec<u8>) -> usize {
    let file = mp_syntax::base::FileId(0);
    let parsed = match String::from_utf8(bytes) {
        Ok(text) => mp_syntax::parse(file, text.into()),
        Err(error) => mp_syntax::parse_bytes(file, error.as_bytes()),
    };
    parsed.documents.len()
}

fn serde(bytes: &[u8]) -> Result<usize, yaml::Error> {
    let all: Result<Vec<Value>, _> =
        yaml::Deserializer::from_slice(bytes).map(serde::Deserialize::deserialize).collect();
    Ok(all?.len())
}

/// CPU time of this thread so far, which other programs on the machine do not change.
fn cpu_seconds() -> Option<f64> {
    let times = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    times.split_whitespace().next()?.parse::<f64>().ok().map(|ns| ns / 1e9)
}

/// Peak memory of this process in MB.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib * 1024.0 / 1e6)
}
