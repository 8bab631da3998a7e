//! What listener filters learn from the first bytes of a connection.

use mp_ir::plan::{Listener, ListenerFilter, PortPredicate};

use super::arrival::Arrival;
use crate::head_size::MOST_INSPECTED;

/// What is known before a filter chain is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// A TLS hello.
    pub(crate) tls: bool,
    /// Server name in lower case.
    pub(crate) server_name: String,
    /// Protocols of the hello, or what the HTTP inspector saw.
    pub(crate) alpn: Vec<String>,
}

/// Bytes of a TLS record's head: before they are all there nothing is decided.
const RECORD_HEAD: usize = 5;

/// Methods' first letters (`http_inspector.cc` asks its parser, which refuses other letters at once).
const FIRST_LETTERS: &[u8] = b"ABCDGHLMNOPRSTU";

/// What looking comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Enough was seen.
    Done(Seen),
    /// Bytes are wanted that do not come.
    Waits,
    /// The request line goes on behind what is looked at, and the connection is ended.
    Overflows,
}

/// Looks at a connection.
pub(crate) fn look(listener: &Listener, arrival: &Arrival) -> Look {
    let port = arrival.destination.1;
    let runs = |wanted: fn(&ListenerFilter) -> Option<&PortPredicate>| {
        listener.filters.iter().filter_map(wanted).any(|except| !disabled(except, port))
    };
    let tls = runs(|f| if let ListenerFilter::TlsInspector(p) = f { Some(p) } else { None });
    let http = runs(|f| if let ListenerFilter::HttpInspector(p) = f { Some(p) } else { None });
    let mut seen = Seen::default();
    if let Some(hello) = &arrival.hello {
        if tls {
            seen.tls = true;
            seen.server_name = hello.server_name.to_ascii_lowercase();
            seen.alpn.clone_from(&hello.alpn);
        }
        return Look::Done(seen);
    }
    let bytes = arrival.payload.first_bytes();
    if tls && bytes.len() < RECORD_HEAD {
        return Look::Waits;
    }
    if http {
        let looked = bytes.get(..MOST_INSPECTED);
        match protocol(looked.unwrap_or(&bytes)) {
            Some(found) => seen.alpn.extend((!found.is_empty()).then(|| found.to_owned())),
            None if looked.is_some() => return Look::Overflows,
            None => return Look::Waits,
        }
    }
    Look::Done(seen)
}

fn disabled(except: &PortPredicate, port: u32) -> bool {
    match except {
        PortPredicate::Never => false,
        PortPredicate::At(ports) => ports.contains(&port),
        PortPredicate::Except(ports) => !ports.contains(&port),
    }
}

/// The protocol of first bytes, empty for none that is HTTP; `None` while more is needed.
fn protocol(bytes: &[u8]) -> Option<&'static str> {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    if bytes.starts_with(PREFACE) {
        return Some("h2c");
    }
    if PREFACE.starts_with(bytes) {
        return None;
    }
    if bytes.first().is_some_and(|b| !FIRST_LETTERS.contains(b)) {
        return Some("");
    }
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let line = bytes.get(..end).unwrap_or_default().trim_ascii_end();
    Some(if line.ends_with(b" HTTP/1.1") {
        "http/1.1"
    } else if line.ends_with(b" HTTP/1.0") {
        "http/1.0"
    } else {
        ""
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hop::{Ask, Payload};

    fn arrival(payload: Payload) -> Arrival {
        Arrival {
            listener: String::new(),
            source: [10, 0, 0, 1].into(),
            destination: ([10, 0, 0, 2].into(), 80),
            hello: None,
            tunnel_peer: None,
            payload,
        }
    }

    #[test]
    fn few_bytes_wait_and_ports_may_be_left_out() {
        let listener = |except: PortPredicate| Listener {
            filters: vec![
                ListenerFilter::TlsInspector(except.clone()),
                ListenerFilter::HttpInspector(except),
            ],
            ..Listener::default()
        };
        let bytes = |text: &str| arrival(Payload::Bytes(text.to_owned()));
        let everywhere = listener(PortPredicate::Never);
        assert_eq!(look(&everywhere, &bytes("\u{1}hi")), Look::Waits);
        assert_eq!(look(&everywhere, &bytes("\u{1}hello")), Look::Done(Seen::default()));
        assert_eq!(look(&everywhere, &bytes("GET /")), Look::Waits);
        let not_here = listener(PortPredicate::At(vec![80]));
        assert_eq!(look(&not_here, &bytes("\u{1}")), Look::Done(Seen::default()));
        let http =
            |path: String| arrival(Payload::Http(Ask { method: "GET".into(), path, ..Ask::default() }));
        let found = || Look::Done(Seen { alpn: vec!["http/1.1".to_owned()], ..Seen::default() });
        assert_eq!(look(&everywhere, &http("/".to_owned())), found());
        // A line that ends with the last byte that is looked at, and one that ends behind it.
        let rest = "GET  HTTP/1.1\r\n".len();
        assert_eq!(look(&everywhere, &http("/".repeat(MOST_INSPECTED - rest))), found());
        let longer = http("/".repeat(MOST_INSPECTED - rest + 1));
        assert_eq!(look(&everywhere, &longer), Look::Overflows);
        assert_eq!(look(&not_here, &longer), Look::Done(Seen::default()));
    }
}
