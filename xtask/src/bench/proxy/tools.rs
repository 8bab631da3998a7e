//! Load made by programs that others wrote, where they are installed.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Requests by `h2load` over HTTP/1.1 or HTTP/2; the number of answers. Anything but success is a fault.
pub(super) fn h2load(args: &[&str], at: SocketAddr, scheme: &str, time: Duration) -> Result<f64, String> {
    let seconds = format!("-D{}", time.as_secs());
    let mut command = Command::new("h2load");
    command.args(args).args(["-t1", &seconds]).arg(format!("{scheme}://{at}/bench?x=1"));
    let said = said(command)?;
    let counts = said.lines().find_map(|line| line.strip_prefix("requests: ")).unwrap_or_default();
    match (count(counts, "succeeded"), count(counts, "failed"), count(counts, "errored")) {
        (Some(good), Some(0.0), Some(0.0)) if good > 0.0 => Ok(good),
        _ => Err(format!("h2load: {counts}")),
    }
}

/// Handshakes one after the other by `openssl`, each on a connection of its own and none resumed; their number.
pub(super) fn handshakes(at: SocketAddr, time: Duration) -> Result<f64, String> {
    let mut command = Command::new("openssl");
    let (at, seconds) = (at.to_string(), time.as_secs().to_string());
    command.args(["s_time", "-new", "-tls1_3", "-connect", &at, "-time", &seconds]);
    let said = said(command)?;
    // The last line counts by the clock: `1234 connections in 3 real seconds, 0 bytes read per connection`.
    let line = said.lines().rfind(|line| line.contains("real seconds")).unwrap_or_default();
    let number = line.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    number.filter(|n| *n > 0.0).ok_or_else(|| format!("openssl s_time: {said}"))
}

/// The number before a word.
fn count(text: &str, word: &str) -> Option<f64> {
    let part = text.split(", ").find_map(|part| part.strip_suffix(word))?;
    part.trim().parse().ok()
}

fn said(mut command: Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|e| format!("{}: {e}", command.get_program().display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn the_number_before_a_word() {
        let line = "12 total, 11 started, 10 done, 9 succeeded, 1 failed, 0 errored, 0 timeout";
        assert_eq!((count(line, "succeeded"), count(line, "errored")), (Some(9.0), Some(0.0)));
        assert_eq!(count(line, "lost"), None);
    }
}
