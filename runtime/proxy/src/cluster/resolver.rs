//! Asking for the addresses of a name, as c-ares does for Envoy: literal addresses, the hosts file, then DNS servers.
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::base::iana::Rcode;
use domain::base::{Message, MessageBuilder, Name, Rtype};
use domain::rdata::{A, Aaaa};

use crate::config::dns::{DnsFamily, Servers};

/// Addresses in the order of the answer, with the seconds that they last where somebody tells.
pub(crate) type Found = Vec<(IpAddr, Option<u64>)>;

/// No answer came that can be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unanswered;

/// What the system says about names; read once for each round of questions.
#[derive(Debug, Default)]
pub(crate) struct System {
    hosts: String,
    servers: Vec<SocketAddr>,
    search: Vec<String>,
    dots: usize,
}

/// Bytes that an answer over UDP may have.
const LARGEST: u16 = 1232;

/// Who is asked first, where servers are asked in turns.
static TURN: AtomicUsize = AtomicUsize::new(0);

impl System {
    /// Reads `/etc/hosts` and `/etc/resolv.conf`.
    pub(crate) fn read() -> Self {
        let config = std::fs::read("/etc/resolv.conf").unwrap_or_default();
        let config = resolv_conf::Config::parse(config).unwrap_or_default();
        let servers = config.nameservers.iter().map(|server| SocketAddr::new(server.into(), 53)).collect();
        let search = config.get_last_search_or_domain().cloned().collect();
        let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
        Self { hosts, servers, search, dots: config.ndots as usize }
    }

    /// The addresses of a name in the hosts file; `localhost` has its own in any case.
    fn known(&self, name: &str, v6: bool) -> Found {
        let mut found = Found::new();
        for line in self.hosts.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            let Some(address) = words.next().and_then(|a| a.parse::<IpAddr>().ok()) else { continue };
            if address.is_ipv6() == v6 && words.any(|word| word.eq_ignore_ascii_case(name)) {
                found.push((address, None));
            }
        }
        let lower = name.trim_end_matches('.').to_ascii_lowercase();
        if found.is_empty() && (lower == "localhost" || lower.ends_with(".localhost")) {
            let own: IpAddr = if v6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
            found.push((own, None));
        }
        found
    }

    /// The names that are asked for: as it is, and below the search domains.
    fn candidates(&self, name: &str, search: bool) -> Vec<String> {
        let whole = vec![name.to_owned()];
        if !search || name.ends_with('.') {
            return whole;
        }
        let below = self.search.iter().map(|domain| format!("{name}.{domain}"));
        if name.matches('.').count() >= self.dots {
            whole.into_iter().chain(below).collect()
        } else {
            below.chain(whole).collect()
        }
    }
}

/// The addresses of a name; none is an answer as well. Blocks.
///
/// # Errors
/// No server has answered in time, or none knew what to say.
pub(crate) fn lookup(
    name: &str,
    family: DnsFamily,
    servers: &Servers,
    system: &System,
) -> Result<Found, Unanswered> {
    let literal = name.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = literal.parse::<IpAddr>() {
        return Ok(vec![(address, None)]);
    }
    if servers.system {
        return by_system(name, family);
    }
    let one = |v6: bool| {
        let known = system.known(name, v6);
        if known.is_empty() { ask_all(name, v6, servers, system) } else { Ok(known) }
    };
    let first_of = |v6: bool| match one(v6) {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => one(!v6),
    };
    match family {
        DnsFamily::V4 => one(false),
        DnsFamily::V6 => one(true),
        DnsFamily::Auto => first_of(true),
        DnsFamily::V4Preferred => first_of(false),
        DnsFamily::All => match (one(false), one(true)) {
            (Ok(v4), Ok(v6)) => Ok(v4.into_iter().chain(v6).collect()),
            (Ok(found), Err(_)) | (Err(_), Ok(found)) if !found.is_empty() => Ok(found),
            _ => Err(Unanswered),
        },
    }
}

/// What `getaddrinfo` says.
fn by_system(name: &str, family: DnsFamily) -> Result<Found, Unanswered> {
    let all: Vec<_> = (name, 0).to_socket_addrs().map_err(|_| Unanswered)?.map(|a| a.ip()).collect();
    let of = |v6: bool| all.iter().copied().filter(|a| a.is_ipv6() == v6).collect::<Vec<_>>();
    let either = |first: Vec<IpAddr>, second: Vec<IpAddr>| if first.is_empty() { second } else { first };
    let picked = match family {
        DnsFamily::V4 => of(false),
        DnsFamily::V6 => of(true),
        DnsFamily::Auto => either(of(true), of(false)),
        DnsFamily::V4Preferred => either(of(false), of(true)),
        DnsFamily::All => all,
    };
    Ok(picked.into_iter().map(|address| (address, None)).collect())
}

/// Asks for one kind of addresses, with every name that may be meant.
fn ask_all(name: &str, v6: bool, servers: &Servers, system: &System) -> Result<Found, Unanswered> {
    let mut answered = false;
    for candidate in system.candidates(name, servers.search) {
        match ask(&candidate, v6, servers, system) {
            Ok(found) if !found.is_empty() => return Ok(found),
            Ok(_) => answered = true,
            Err(Unanswered) => {}
        }
    }
    if answered { Ok(Found::new()) } else { Err(Unanswered) }
}

/// Asks the servers one after the other, as often as is said.
fn ask(name: &str, v6: bool, servers: &Servers, system: &System) -> Result<Found, Unanswered> {
    let local = [SocketAddr::from((Ipv4Addr::LOCALHOST, 53))];
    let own = servers.addresses.as_slice();
    let addresses = match () {
        () if own.is_empty() || (servers.fallback && !system.servers.is_empty()) => system.servers.as_slice(),
        () => own,
    };
    let addresses = if addresses.is_empty() { local.as_slice() } else { addresses };
    let first = if servers.rotate { TURN.fetch_add(1, Ordering::Relaxed) % addresses.len() } else { 0 };
    for _ in 0..servers.tries {
        for address in addresses.iter().cycle().skip(first).take(addresses.len()) {
            if let Some(found) = ask_one(name, v6, *address, servers) {
                return Ok(found);
            }
        }
    }
    Err(Unanswered)
}

/// One question to one server; `None` when it does not help.
fn ask_one(name: &str, v6: bool, server: SocketAddr, servers: &Servers) -> Option<Found> {
    let question = question(name, v6)?;
    let until = Instant::now() + servers.timeout;
    if !servers.tcp {
        let answer = over_udp(&question, server, until)?;
        if !answer.header().tc() {
            return read(&answer, v6);
        }
    }
    read(&over_tcp(&question, server, until)?, v6)
}

fn question(name: &str, v6: bool) -> Option<Message<Vec<u8>>> {
    let mut id = [0; 2];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut id).ok()?;
    let name = Name::<Vec<u8>>::from_chars(name.chars()).ok()?;
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_rd(true);
    message.header_mut().set_id(u16::from_be_bytes(id));
    let mut message = message.question();
    message.push((name, if v6 { Rtype::AAAA } else { Rtype::A })).ok()?;
    let mut message = message.additional();
    message
        .opt(|options| {
            options.set_udp_payload_size(LARGEST);
            Ok(())
        })
        .ok()?;
    Some(message.into_message())
}

/// The time that is left; `None` when it is over.
fn left(until: Instant) -> Option<Duration> {
    until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

fn over_udp(question: &Message<Vec<u8>>, server: SocketAddr, until: Instant) -> Option<Message<Vec<u8>>> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(server).ok()?;
    socket.send(question.as_slice()).ok()?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        socket.set_read_timeout(Some(left(until)?)).ok()?;
        let length = socket.recv(&mut buffer).ok()?;
        let answer = Message::from_octets(buffer.get(..length)?.to_vec()).ok();
        // What answers another question is somebody's guess.
        if let Some(answer) = answer.filter(|answer| answer.is_answer(question)) {
            return Some(answer);
        }
    }
}

fn over_tcp(question: &Message<Vec<u8>>, server: SocketAddr, until: Instant) -> Option<Message<Vec<u8>>> {
    let mut stream = TcpStream::connect_timeout(&server, left(until)?).ok()?;
    stream.set_write_timeout(Some(left(until)?)).ok()?;
    let length = u16::try_from(question.as_slice().len()).ok()?;
    stream.write_all(&[&length.to_be_bytes(), question.as_slice()].concat()).ok()?;
    stream.set_read_timeout(Some(left(until)?)).ok()?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer).ok()?;
    Message::from_octets(answer).ok().filter(|answer| answer.is_answer(question))
}

/// The addresses in an answer; `None` when the server knows nothing to say.
pub(crate) fn read(answer: &Message<Vec<u8>>, v6: bool) -> Option<Found> {
    match answer.header().rcode() {
        Rcode::NOERROR => {}
        Rcode::NXDOMAIN => return Some(Found::new()),
        _ => return None,
    }
    // Aliases lead to the name whose addresses count; they last no longer than the shortest of them.
    let records = answer.answer().ok()?;
    let shortest = records.flatten().map(|record| u64::from(record.ttl().as_secs())).min();
    let name = answer.canonical_name()?;
    let mut found = Found::new();
    if v6 {
        for record in records.limit_to::<Aaaa>().flatten().filter(|record| *record.owner() == name) {
            found.push((record.data().addr().into(), shortest));
        }
    } else {
        for record in records.limit_to::<A>().flatten().filter(|record| *record.owner() == name) {
            found.push((record.data().addr().into(), shortest));
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system() -> System {
        System {
            hosts: "127.0.1.1 me # other\n10.0.0.1\tdb DB2\n::7 db\nbroken line\n".to_owned(),
            servers: Vec::new(),
            search: vec!["a.example".to_owned(), "example".to_owned()],
            dots: 1,
        }
    }

    #[test]
    fn the_hosts_file_comes_first() {
        let addresses = |name: &str, family| {
            let found = lookup(name, family, &Servers { tries: 0, ..Servers::default() }, &system());
            found.map(|all| all.iter().map(|(address, _)| address.to_string()).collect::<Vec<_>>().join(" "))
        };
        for (name, family, wanted) in [
            ("db", DnsFamily::Auto, "::7"),
            ("db", DnsFamily::V4Preferred, "10.0.0.1"),
            ("db", DnsFamily::All, "10.0.0.1 ::7"),
            ("DB2", DnsFamily::Auto, "10.0.0.1"),
            ("localhost", DnsFamily::V4, "127.0.0.1"),
            ("x.localhost", DnsFamily::Auto, "::1"),
            ("192.0.2.1", DnsFamily::V6, "192.0.2.1"),
            ("[::5]", DnsFamily::V4, "::5"),
        ] {
            assert_eq!(addresses(name, family).unwrap(), wanted, "{name} {family:?}");
        }
        assert_eq!(addresses("other", DnsFamily::V4), Err(Unanswered));
    }

    #[test]
    fn names_are_looked_for_below_the_search_domains() {
        let all = |name: &str, search| system().candidates(name, search).join(" ");
        assert_eq!(all("web", true), "web.a.example web.example web");
        assert_eq!(all("web.shop", true), "web.shop web.shop.a.example web.shop.example");
        assert_eq!(all("web.", true), "web.");
        assert_eq!(all("web", false), "web");
    }
}
