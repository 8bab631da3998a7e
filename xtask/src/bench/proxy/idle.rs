//! Memory of connections on which nothing happens.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::boot::Doors;
use super::runner::Running;

/// How many connections stay open.
pub(super) const MANY: u16 = 2000;

/// What the connections speak.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// One request each, answered before.
    Http1,
    /// The opening of HTTP/2 each: preface and settings.
    Http2,
    /// Bytes that are passed on, with one of them received.
    Tcp,
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Kibibytes of the proxy for each connection, without the kernel's.
pub(super) fn each(running: &Running, doors: Doors, way: Way) -> Result<f64, String> {
    // The first connections bring what is needed once.
    let first = (0..64).map(|_| open(doors, way)).collect::<Result<Vec<_>, _>>()?;
    let before = running.memory("VmRSS");
    let many = (0..MANY).map(|_| open(doors, way)).collect::<Result<Vec<_>, _>>()?;
    let after = running.memory("VmRSS");
    drop((first, many));
    Ok((after - before) * 1024.0 / f64::from(MANY))
}

/// A connection that the proxy has taken and spoken on.
fn open(doors: Doors, way: Way) -> Result<TcpStream, String> {
    let (address, said): (_, &[u8]) = match way {
        Way::Http1 => (doors.plain, b"GET /idle HTTP/1.1\r\nhost: bench.example\r\n\r\n"),
        Way::Http2 => (doors.plain, PREFACE),
        Way::Tcp => (doors.bytes, b"0"),
    };
    let fault = |e: std::io::Error| format!("the client: {e}");
    let mut stream = TcpStream::connect(address).map_err(fault)?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).map_err(fault)?;
    stream.write_all(said).map_err(fault)?;
    match stream.read(&mut [0; 4096]).map_err(fault)? {
        0 => Err("a connection was closed".to_owned()),
        _ => Ok(stream),
    }
}
