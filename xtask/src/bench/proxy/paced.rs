//! A client that sends at fixed times, whether answers have come or not: waits count from the time at which a request was due, so
//! that a proxy that stands still is not spared the requests it holds up.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;

use super::load;

/// Threads of the client.
const THREADS: usize = 4;
/// Connections of each thread.
const CONNECTIONS: usize = 16;

/// How long requests waited for their answers, in microseconds.
#[derive(Clone, Copy, Default)]
pub(super) struct Waits {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) most: f64,
}

/// A connection with at most one request under way.
struct Line {
    stream: TcpStream,
    /// When the next request is due.
    due: Instant,
    /// When the request under way was due.
    asked: Option<Instant>,
}

/// Sends so many requests a second for some time.
pub(super) fn send(address: SocketAddr, rate: f64, time: Duration) -> Result<Waits, String> {
    // Each connection has its own turn within the time between two requests of one.
    let every = Duration::from_secs_f64((THREADS * CONNECTIONS) as f64 / rate);
    let begin = Instant::now() + Duration::from_millis(50);
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| std::thread::spawn(move || send_some(address, thread, (begin, every, time))))
        .collect();
    let mut waits = Vec::new();
    for thread in threads {
        waits.extend(thread.join().map_err(|_| "a client has failed".to_owned())??);
    }
    waits.sort_unstable();
    let at = |part: usize| {
        let wait = waits.get((waits.len() * part / 100).min(waits.len().saturating_sub(1)));
        wait.map_or(0.0, |wait| wait.as_secs_f64() * 1e6)
    };
    Ok(Waits { p50: at(50), p99: at(99), most: at(100) })
}

fn send_some(
    address: SocketAddr,
    thread: usize,
    (begin, every, time): (Instant, Duration, Duration),
) -> Result<Vec<Duration>, String> {
    let fault = |e: std::io::Error| format!("the client: {e}");
    let mut lines = Vec::new();
    for index in 0..CONNECTIONS {
        let turn = u32::try_from(index * THREADS + thread).unwrap_or_default();
        let share = every / u32::try_from(THREADS * CONNECTIONS).unwrap_or(1);
        lines.push(Line {
            stream: load::connect(address).map_err(fault)?,
            due: begin + share * turn,
            asked: None,
        });
    }
    let mut waits = Vec::new();
    loop {
        let now = Instant::now();
        if now >= begin + time && lines.iter().all(|line| line.asked.is_none()) {
            return Ok(waits);
        }
        for line in lines.iter_mut().filter(|line| line.asked.is_none() && line.due <= now) {
            if line.due < begin + time {
                line.stream.write_all(load::REQUEST).map_err(fault)?;
                line.asked = Some(line.due);
                line.due += every;
            }
        }
        for index in ready(&lines, begin + time)? {
            let Some(line) = lines.get_mut(index) else { continue };
            load::receive(&mut line.stream).map_err(fault)?;
            waits.extend(line.asked.take().map(|asked| asked.elapsed()));
        }
    }
}

/// Waits for answers, at most until the next request is due; the connections that have one.
fn ready(lines: &[Line], end: Instant) -> Result<Vec<usize>, String> {
    let free = lines.iter().filter(|line| line.asked.is_none());
    let next = free.map(|line| line.due).chain([end]).min().unwrap_or(end);
    let patience = if Instant::now() < end {
        next.saturating_duration_since(Instant::now())
    } else {
        Duration::from_secs(10)
    };
    let waiting = |line: &Line| if line.asked.is_some() { PollFlags::POLLIN } else { PollFlags::empty() };
    let mut polled: Vec<_> =
        lines.iter().map(|line| PollFd::new(line.stream.as_fd(), waiting(line))).collect();
    ppoll(&mut polled, Some(TimeSpec::from_duration(patience)), None).map_err(|e| format!("ppoll: {e}"))?;
    let come = polled.iter().enumerate().filter(|(_, fd)| fd.any() == Some(true));
    Ok(come.map(|(index, _)| index).collect())
}
