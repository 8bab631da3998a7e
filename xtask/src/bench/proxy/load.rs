//! A client that sends requests as fast as they are answered, and a server that answers.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// Threads of the client.
const THREADS: usize = 4;
/// Connections of each thread: all of them have a request in flight.
const CONNECTIONS: usize = 16;

/// What is asked.
pub(super) const REQUEST: &[u8] =
    b"GET /bench?x=1 HTTP/1.1\r\nhost: bench.example\r\nuser-agent: bench\r\naccept: */*\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 34\r\n\r\nthe answer of the bench's upstream";

/// An address that nothing listens on right now.
pub(super) fn free_address() -> Result<SocketAddr, String> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
    socket.local_addr().map_err(|e| e.to_string())
}

/// Serves each connection on a thread of its own for as long as this process lives; where.
fn serving(serve: fn(TcpStream)) -> Result<SocketAddr, String> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
    let address = socket.local_addr().map_err(|e| e.to_string())?;
    std::thread::spawn(move || {
        for stream in socket.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    Ok(address)
}

/// A server that answers every request in the same way.
pub(super) fn answering() -> Result<SocketAddr, String> {
    serving(answer)
}

/// A server that sends back one byte, and then without end if that byte was not a zero.
pub(super) fn sending() -> Result<SocketAddr, String> {
    serving(|mut stream| {
        let mut first = [0];
        let asked = stream.read_exact(&mut first).and_then(|()| stream.write_all(&first));
        if asked.is_ok() && first != *b"0" {
            while stream.write_all(&[b'x'; 64 * 1024]).is_ok() {}
        }
        // The connection stays until the other side ends it.
        let _ended = stream.read(&mut first);
    })
}

/// Reads what a server sends without end over some connections; megabytes.
pub(super) fn receive_bytes(address: SocketAddr, time: Duration) -> Result<f64, String> {
    let begun = Instant::now();
    let read = move || -> std::io::Result<usize> {
        let (mut stream, mut sum) = (connect(address)?, 0);
        stream.write_all(b"1")?;
        let mut buffer = vec![0; 256 * 1024];
        while begun.elapsed() < time {
            sum += stream.read(&mut buffer)?;
        }
        Ok(sum)
    };
    let threads: Vec<_> = (0..THREADS).map(|_| std::thread::spawn(read)).collect();
    let mut sum = 0;
    for thread in threads {
        let read = thread.join().map_err(|_| "a client has failed".to_owned())?;
        sum += read.map_err(|e| format!("the client: {e}"))?;
    }
    Ok(sum as f64 / 1e6)
}

/// A connection that sends at once and does not wait for ever.
pub(super) fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(stream)
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
        streams.push(connect(address).map_err(fault)?);
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
pub(super) fn receive(stream: &mut TcpStream) -> std::io::Result<()> {
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
