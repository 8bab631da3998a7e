//! What a script sees of its stream: the parts of an exchange that are lent to it while it runs.
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use mlua::UserData;
use serde_json::{Map, Value};

use crate::access::info::{ConnectionInfo, Info};
use crate::access::state::FilterState;
use crate::config::Program;
use crate::http::{Head, is_single};
use crate::net::address::Address;
use crate::server::worker::Process;
use crate::stats::FilterStats;

/// A stream that a script holds on to.
pub(super) struct Shared(pub(super) Rc<RefCell<Stream>>);

impl UserData for Shared {}

/// Metadata for a filter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Levels {
    /// Of the route, else what it says to all Lua filters.
    pub(crate) any: Option<Arc<Map<String, Value>>>,
    /// Of the route.
    pub(crate) route: Option<Arc<Map<String, Value>>>,
    /// Of the virtual host.
    pub(crate) host: Option<Arc<Map<String, Value>>>,
}

/// What does not change while a script runs.
#[derive(Debug)]
pub(crate) struct Facts {
    /// The connection.
    pub(crate) connection: Rc<ConnectionInfo>,
    /// The client, as far as the proxy believes it.
    pub(crate) remote: Address,
    /// `HTTP/1.1`.
    pub(crate) protocol: &'static str,
    /// The program, for names of clusters.
    pub(crate) program: Arc<Program>,
    /// Where statistics are counted.
    pub(crate) filters: Arc<FilterStats>,
    /// Before the names of the filter's statistics.
    pub(crate) prefix: String,
    /// Where script logs go.
    pub(crate) process: Arc<Process>,
    /// The filter's context.
    pub(crate) context: Arc<Map<String, Value>>,
    /// Whether the script is for the response.
    pub(crate) response: bool,
    /// Whether changes of the request make the route uncertain.
    pub(crate) clears: bool,
}

/// What a script sees and changes.
#[derive(Debug)]
pub(crate) struct Stream {
    /// What does not change.
    pub(crate) facts: Facts,
    /// The head that the script is for.
    pub(crate) head: Head,
    /// The request's head, for scripts of the response.
    pub(crate) request: Head,
    /// Trailers that have arrived.
    pub(crate) trailers: Option<Head>,
    /// The whole body, once it has arrived and unless there is none.
    pub(crate) body: Option<Vec<u8>>,
    /// The part of the body that is looked at.
    pub(crate) chunk: Vec<u8>,
    /// Dynamic metadata.
    pub(crate) metadata: Map<String, Value>,
    /// Filter state.
    pub(crate) state: FilterState,
    /// The route's name.
    pub(crate) route: String,
    /// Metadata for this filter.
    pub(crate) levels: Levels,
    /// Whether the end has arrived.
    pub(crate) ended: bool,
    /// Whether a part of the body has arrived.
    pub(crate) saw: bool,
    /// Whether the script has asked for the whole body.
    pub(crate) buffered: bool,
    /// Whether the head has gone on.
    pub(crate) continued: bool,
    /// Whether the route must be looked for again.
    pub(crate) stale: bool,
    /// Whether the connection is to be closed.
    pub(crate) drain: bool,
    /// The endpoint that the script wants, and whether it takes no other one.
    pub(crate) endpoint: Option<(String, bool)>,
    /// The reason of the status line.
    pub(crate) reason: Option<Vec<u8>>,
    epoch: u64,
    running: bool,
}

impl Stream {
    /// A stream of which nothing was seen.
    pub(crate) fn new(facts: Facts, ended: bool) -> Self {
        Self {
            facts,
            head: Head::default(),
            request: Head::default(),
            trailers: None,
            body: None,
            chunk: Vec::new(),
            metadata: Map::new(),
            state: FilterState::new(),
            route: String::new(),
            levels: Levels::default(),
            ended,
            saw: false,
            buffered: false,
            continued: false,
            stale: false,
            drain: false,
            endpoint: None,
            reason: None,
            epoch: 0,
            running: false,
        }
    }

    /// Lends what filters share.
    pub(crate) fn lend(&mut self, info: &mut Info) {
        self.metadata = std::mem::take(&mut info.metadata);
        self.state = std::mem::take(&mut info.state);
        self.route.clone_from(&info.route);
    }

    /// Gives back what filters share.
    pub(crate) fn give_back(&mut self, info: &mut Info) {
        info.metadata = std::mem::take(&mut self.metadata);
        info.state = std::mem::take(&mut self.state);
    }

    /// The script runs: what it has got before it waited is no longer valid.
    pub(super) fn wake(&mut self) {
        self.running = true;
        self.epoch += 1;
    }

    /// The script waits or has ended.
    pub(super) fn sleep(&mut self) {
        self.running = false;
    }

    /// Tells the times the script was awake, while it is.
    pub(super) fn epoch(&self) -> Option<u64> {
        self.running.then_some(self.epoch)
    }

    /// Headers by number: the own ones, the trailers, those of the request.
    pub(super) fn headers(&mut self, which: u8) -> Option<&mut Head> {
        match which {
            1 => Some(&mut self.head),
            2 => self.trailers.as_mut(),
            _ => Some(&mut self.request),
        }
    }

    /// Notes that the head is about to change; false when it has gone on.
    pub(super) fn modify(&mut self) -> bool {
        if self.continued {
            return false;
        }
        self.stale |= self.facts.clears && !self.facts.response;
        true
    }
}

/// Pseudo headers of a head that are there, as Envoy lists them.
pub(super) fn pseudo(head: &Head) -> Vec<(&'static [u8], Vec<u8>)> {
    let mut out: Vec<(&'static [u8], Vec<u8>)> = Vec::new();
    if head.status != 0 {
        out.push((b":status", head.status.to_string().into_bytes()));
    }
    for name in [b":authority".as_slice(), b":path", b":method", b":scheme"] {
        out.extend(head.field(name).map(|value| (name, value.to_vec())));
    }
    out
}

/// All values of a header or pseudo header.
pub(super) fn fields(head: &Head, name: &[u8]) -> Vec<Vec<u8>> {
    if name == b":status" {
        return pseudo(head).into_iter().filter(|(n, _)| *n == name).map(|(_, value)| value).collect();
    }
    head.fields(name).map(<[u8]>::to_vec).collect()
}

/// Writes a pseudo header; false for names of other headers.
fn write_pseudo(head: &mut Head, name: &[u8], value: Option<&[u8]>) -> bool {
    let bytes = || value.unwrap_or_default().to_vec();
    match name {
        b":method" => head.method = bytes(),
        b":path" => head.path = bytes(),
        b":scheme" => head.scheme = bytes(),
        b":authority" | b"host" => head.authority = value.map(<[u8]>::to_vec),
        b":status" => {
            let status =
                std::str::from_utf8(value.unwrap_or_default()).ok().and_then(|text| text.parse().ok());
            head.status = status.unwrap_or(head.status);
        }
        // A pseudo header that is none of these never leaves Envoy's codecs.
        _ => return name.first() == Some(&b':'),
    }
    true
}

/// Adds a value as `HeaderMap::addCopy` does: headers that Envoy keeps in slots have one value.
pub(super) fn add(head: &mut Head, name: &[u8], value: &[u8]) {
    let name = name.to_ascii_lowercase();
    let slot = name.first() == Some(&b':') || name == b"host" || is_single(&name);
    match fields(head, &name).into_iter().next().filter(|_| slot) {
        Some(mut first) => {
            if !first.is_empty() && !value.is_empty() {
                first.push(b',');
            }
            first.extend_from_slice(value);
            replace(head, &name, &first);
        }
        None if write_pseudo(head, &name, Some(value)) => {}
        None => head.add(&name, value),
    }
}

/// Gives a header one value as `HeaderMap::setCopy` does.
pub(super) fn replace(head: &mut Head, name: &[u8], value: &[u8]) {
    let name = name.to_ascii_lowercase();
    if !write_pseudo(head, &name, Some(value)) {
        head.replace(&name, value);
    }
}

/// Removes a header.
pub(super) fn remove(head: &mut Head, name: &[u8]) {
    let name = name.to_ascii_lowercase();
    if name != b":status" && !write_pseudo(head, &name, None) {
        head.remove(&name);
    }
}
