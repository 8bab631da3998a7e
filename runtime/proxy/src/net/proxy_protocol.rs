//! The PROXY protocol, versions 1 and 2.
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::AsyncReadExt;

use super::socket::Socket;

const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Longest version 1 header.
const MAX_V1: usize = 107;

/// Addresses that a header brings: source and destination. `None` for LOCAL and UNKNOWN.
pub(crate) type Addresses = Option<(SocketAddr, SocketAddr)>;

fn bad() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "bad PROXY protocol header")
}

/// Reads a header off a socket. With `optional`, a connection without one is left untouched.
pub(crate) async fn read(socket: &mut Socket, optional: bool) -> io::Result<Addresses> {
    let mut seen = [0_u8; 16];
    let mut known = 0;
    loop {
        known = socket.peek(&mut seen, known).await?;
        let count = known;
        let bytes = seen.get(..count).unwrap_or_default();
        let common = |magic: &[u8]| bytes.iter().zip(magic).all(|(a, b)| a == b);
        if !common(V2) && !common(b"PROXY ") {
            return if optional { Ok(None) } else { Err(bad()) };
        }
        if count == 0 {
            return Err(bad());
        }
        if common(b"PROXY ") && count >= 6 {
            return read_v1(socket).await.and_then(unicast);
        }
        if count == 16 {
            return read_v2(socket).await.and_then(unicast);
        }
    }
}

/// Refuses addresses that nobody can have connected from or to (`Filter::onReadWorker`, `isUnicastAddress`).
fn unicast(addresses: Addresses) -> io::Result<Addresses> {
    let one = |address: SocketAddr| match address.ip() {
        IpAddr::V4(ip) => !ip.is_unspecified() && !ip.is_broadcast() && !ip.is_multicast(),
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast(),
    };
    let good = addresses.is_none_or(|(from, to)| one(from) && one(to));
    if good { Ok(addresses) } else { Err(bad()) }
}

async fn read_v1(socket: &mut Socket) -> io::Result<Addresses> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        if line.len() >= MAX_V1 {
            return Err(bad());
        }
        line.push(socket.read_u8().await?);
    }
    parse_v1(&line).ok_or_else(bad)
}

/// The addresses of a line of version 1; `None` for one that is no such line.
pub(crate) fn parse_v1(line: &[u8]) -> Option<Addresses> {
    // What follows is for nobody.
    if line.starts_with(b"PROXY UNKNOWN") {
        return Some(None);
    }
    let text = std::str::from_utf8(line).ok()?.strip_suffix("\r\n")?;
    let mut parts = text.split(' ');
    parts.next().filter(|p| *p == "PROXY")?;
    let v4 = match parts.next()? {
        "TCP4" => true,
        "TCP6" => false,
        _ => return None,
    };
    let mut address = || parts.next()?.parse::<IpAddr>().ok().filter(|a| a.is_ipv4() == v4);
    let (source, destination) = (address()?, address()?);
    let mut port = || parts.next()?.parse::<u16>().ok();
    let (from, to) = (port()?, port()?);
    if parts.next().is_some() {
        return None;
    }
    Some(Some((SocketAddr::new(source, from), SocketAddr::new(destination, to))))
}

async fn read_v2(socket: &mut Socket) -> io::Result<Addresses> {
    let mut head = [0_u8; 16];
    socket.read_exact(&mut head).await?;
    let [.., command, family, high, low] = head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if command >> 4 != 2 {
        return Err(bad());
    }
    let mut rest = vec![0; length];
    socket.read_exact(&mut rest).await?;
    match command & 0xf {
        0 => Ok(None),
        1 => parse_v2(family, &rest).ok_or_else(bad),
        _ => Err(bad()),
    }
}

/// The addresses in what follows the 16 bytes at the beginning of a header of version 2.
pub(crate) fn parse_v2(family: u8, rest: &[u8]) -> Option<Addresses> {
    match family {
        // The transport, stream or datagram, changes nothing: the bytes came over TCP.
        0x11 | 0x12 => {
            let bytes = rest.first_chunk::<12>()?;
            let [a, b, c, d, e, f, g, h, from_high, from_low, to_high, to_low] = *bytes;
            let source = IpAddr::V4(Ipv4Addr::new(a, b, c, d));
            let destination = IpAddr::V4(Ipv4Addr::new(e, f, g, h));
            let (from, to) =
                (u16::from_be_bytes([from_high, from_low]), u16::from_be_bytes([to_high, to_low]));
            Some(Some((SocketAddr::new(source, from), SocketAddr::new(destination, to))))
        }
        0x21 | 0x22 => {
            let source = Ipv6Addr::from(*rest.first_chunk::<16>()?);
            let destination = Ipv6Addr::from(*rest.get(16..)?.first_chunk::<16>()?);
            let port = |at: usize| Some(u16::from_be_bytes(*rest.get(at..)?.first_chunk::<2>()?));
            Some(Some((
                SocketAddr::new(source.into(), port(32)?),
                SocketAddr::new(destination.into(), port(34)?),
            )))
        }
        0 => Some(None),
        _ => None,
    }
}

/// Which form of the header is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProxyVersion {
    /// A line of text.
    V1,
    /// Bytes.
    V2,
}

/// The header for a connection to an endpoint, as `upstream_proxy_protocol.cc` makes it. Without a client the first
/// version names the connection's own addresses, the second one none.
pub(crate) fn header(version: ProxyVersion, client: Addresses, socket: &Socket) -> Vec<u8> {
    let own = || socket.both();
    match version {
        ProxyVersion::V1 => write_v1(client.or_else(own)),
        ProxyVersion::V2 => write_v2(client),
    }
}

/// A line of version 1.
pub(crate) fn write_v1(addresses: Addresses) -> Vec<u8> {
    let Some((from, to)) = addresses.filter(|(from, to)| from.is_ipv4() == to.is_ipv4()) else {
        return b"PROXY UNKNOWN\r\n".to_vec();
    };
    let family = if from.is_ipv4() { "TCP4" } else { "TCP6" };
    format!("PROXY {family} {} {} {} {}\r\n", from.ip(), to.ip(), from.port(), to.port()).into_bytes()
}

/// A header of version 2.
pub(crate) fn write_v2(addresses: Addresses) -> Vec<u8> {
    let mut out = V2.to_vec();
    let (family, bytes) = match addresses.map(|(from, to)| (from.ip(), to.ip())) {
        Some((IpAddr::V4(from), IpAddr::V4(to))) => (0x11, [from.octets(), to.octets()].concat()),
        Some((IpAddr::V6(from), IpAddr::V6(to))) => (0x21, [from.octets(), to.octets()].concat()),
        _ => {
            out.extend_from_slice(&[0x20, 0, 0, 0]);
            return out;
        }
    };
    out.extend_from_slice(&[0x21, family, 0, bytes.len() as u8 + 4]);
    out.extend_from_slice(&bytes);
    let ports = addresses.map(|(from, to)| [from.port().to_be_bytes(), to.port().to_be_bytes()].concat());
    out.extend_from_slice(&ports.unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (from, to) in [("203.0.113.7:1000", "203.0.113.8:80"), ("[2001:db8::1]:7", "[2001:db8::2]:443")] {
            let both = Some((from.parse().unwrap(), to.parse().unwrap()));
            assert_eq!(parse_v1(&write_v1(both)), Some(both));
            let bytes = write_v2(both);
            assert_eq!(usize::from(bytes[15]), bytes.len() - 16);
            assert_eq!(parse_v2(bytes[13], &bytes[16..]), Some(both));
        }
        assert_eq!(parse_v1(&write_v1(None)), Some(None));
        assert_eq!(write_v2(None)[12..], [0x20, 0, 0, 0]);
    }

    #[test]
    fn version_1() {
        let good = parse_v1(b"PROXY TCP4 203.0.113.7 203.0.113.8 1000 80\r\n").unwrap().unwrap();
        assert_eq!(good.0.to_string(), "203.0.113.7:1000");
        assert_eq!(parse_v1(b"PROXY UNKNOWN\r\n"), Some(None));
        for bad in
            ["PROXY TCP4 300.1.1.1 1.1.1.1 1 1\r\n", "PROXY TCP4 ::1 ::1 1 1\r\n", "PROXY TCP4 1.1.1.1\r\n"]
        {
            assert_eq!(parse_v1(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn nobody_connects_from_or_to_an_address_of_many() {
        let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 1);
        for (good, bad) in [
            ("203.0.113.7", &["0.0.0.0", "255.255.255.255", "224.0.0.1", "239.1.2.3"][..]),
            ("2001:db8::1", &["::", "ff02::1"]),
        ] {
            let good = address(good);
            assert!(unicast(Some((good, good))).is_ok() && unicast(None).is_ok());
            for bad in bad {
                assert!(unicast(Some((address(bad), good))).is_err(), "{bad}");
                assert!(unicast(Some((good, address(bad)))).is_err(), "{bad}");
            }
        }
        assert!(unicast(Some((address("240.0.0.1"), address("::ffff:0.0.0.0")))).is_ok());
    }
}
