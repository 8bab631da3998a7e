//! A client that sends requests as fast as they are answered, and a server that answers.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// Threads of the client.
const THREADS: usize = 4;
/// Connections of each thread: all of them have a request in flight.
const CONNECTIONS: usize = 16;

const REQUEST: &[u8] =
    b"GET /bench?x=1 HTTP/1.1\r\nhost: bench.example\r\nuser-agent: bench\r\naccept: */*\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 34\r\n\r\nthe answer of the bench's upstream";

/// An address that nothing listens on right now.
pub(super) fn free_address() -> Result<SocketAddr, String> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
    socket.local_addr().map_err(|e| e.to_string())
}

/// A server that answers every request in the same way, for as long as this process lives.
pub(super) struct Upstream {
    pub(super) address: SocketAddr,
}

impl Upstream {
    pub(super) fn start() -> Result<Self, String> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
        let address = socket.local_addr().map_err(|e| e.to_string())?;
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                std::thread::spawn(move || answer(stream));
            }
        });
        Ok(Self { address })
    }
}

fn answer(mut stream: TcpStream) {
    let _slower = stream.set_nodelay(true);
    let mut buffer = [0; 4096];
    let mut known = 0;
    while let Some(room) = buffer.get_mut(known..) {
        let Ok(count @ 1..) = stream.read(room) else { return };
        known += count;
        if buffer.get(..known).is_some_and(|read| read.ends_with(b"\r\n\r\n")) {
            known = 0;
            if stream.write_all(RESPONSE).is_err() {
                return;
            }
        }
    }
}

/// Sends requests over all connections for some time; the number of answers.
pub(super) fn send(address: SocketAddr, time: Duration) -> Result<f64, String> {
    let threads: Vec<_> =
        (0..THREADS).map(|_| std::thread::spawn(move || send_some(address, time))).collect();
    let mut sum = 0.0;
    for thread in threads {
        sum += thread.join().map_err(|_| "a client has failed".to_owned())??;
    }
    Ok(sum)
}

fn send_some(address: SocketAddr, time: Duration) -> Result<f64, String> {
    let fault = |e: std::io::Error| format!("the client: {e}");
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).map_err(fault)?;
        stream.set_nodelay(true).map_err(fault)?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).map_err(fault)?;
        streams.push(stream);
    }
    let mut answers = 0.0;
    let begun = Instant::now();
    while begun.elapsed() < time {
        for stream in &mut streams {
            stream.write_all(REQUEST).map_err(fault)?;
        }
        for stream in &mut streams {
            receive(stream).map_err(fault)?;
            answers += 1.0;
        }
    }
    Ok(answers)
}

/// Reads one answer; anything but success is a fault.
fn receive(stream: &mut TcpStream) -> std::io::Result<()> {
    let end = RESPONSE.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    let mut buffer = [0; 4096];
    let mut known = 0;
    while let Some(room) = buffer.get_mut(known..) {
        let count = stream.read(room)?;
        known += count;
        let read = buffer.get(..known).unwrap_or_default();
        if count == 0 || !read.starts_with(b"HTTP/1.1 200".get(..known.min(12)).unwrap_or_default()) {
            break;
        }
        if read.ends_with(end) {
            return Ok(());
        }
    }
    Err(std::io::Error::other("an answer that is no success"))
}
