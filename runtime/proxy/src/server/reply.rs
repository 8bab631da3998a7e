//! Answers that the proxy itself gives.
use std::borrow::Cow;

use crate::access::grpc::from_http;
use crate::access::info::Flag;
use crate::config::hcm::{Hcm, ServerHeader};
use crate::http::{Head, add_copy};

/// An answer of the proxy.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// Status, for requests that are not gRPC.
    pub(crate) status: u16,
    /// Body, as plain text.
    pub(crate) body: Cow<'static, [u8]>,
    /// Response code details.
    pub(crate) details: Cow<'static, str>,
    /// Flags for the log.
    pub(crate) flags: Vec<Flag>,
    /// Headers before all others.
    pub(crate) headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether the connection is closed.
    pub(crate) close: bool,
    /// gRPC status when it is not the one that the HTTP status maps to.
    pub(crate) grpc: Option<u64>,
    /// Whether the reply was given before anything was awaited: a body in flight has not been looked at then.
    pub(crate) immediate: bool,
    /// Whether a filter writes it as if it came from upstream: the route's header operations pass it by.
    pub(crate) by_filter: bool,
}

impl Reply {
    /// An answer with a body.
    pub(crate) fn new(
        status: u16,
        body: impl Into<Cow<'static, [u8]>>,
        details: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            body: body.into(),
            details: details.into(),
            flags: Vec::new(),
            headers: Vec::new(),
            close: false,
            grpc: None,
            immediate: true,
            by_filter: false,
        }
    }

    /// An answer with a flag.
    pub(crate) fn flagged(mut self, flag: Flag) -> Self {
        self.flags.push(flag);
        self
    }

    /// An answer that closes the connection.
    pub(crate) fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    /// An answer that a filter writes as if it came from upstream.
    pub(crate) fn by_filter(mut self) -> Self {
        self.by_filter = true;
        self
    }

    /// An answer after something was awaited.
    pub(crate) fn awaited(mut self) -> Self {
        self.immediate = false;
        self
    }

    /// An answer with one more header.
    pub(crate) fn header(mut self, name: &[u8], value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_vec(), value.into()));
        self
    }

    /// The head of the answer, and its body. `routed` is what the route does to the head: before the answer's own headers
    /// when the route `forwards`, else behind them; what describes the body comes last (`Utility::encodeLocalReply`).
    pub(crate) fn build(
        &self,
        (grpc, to_head): (bool, bool),
        forwards: bool,
        routed: impl FnOnce(&mut Head),
    ) -> (Head, Cow<'static, [u8]>) {
        let mut head = Head::response(if grpc { 200 } else { self.status });
        let mut own = Head::default();
        let target = if forwards { &mut own } else { &mut head };
        self.headers.iter().for_each(|(name, value)| target.add(name, value));
        if !self.by_filter {
            routed(&mut head);
        }
        own.iter().for_each(|(name, value)| add_copy(&mut head, name, value));
        if grpc {
            head.set(b"content-type", b"application/grpc");
            let status = self.grpc.unwrap_or_else(|| from_http(self.status));
            head.add(b"grpc-status", status.to_string().as_bytes());
            if !self.body.is_empty() && !to_head {
                head.add(b"grpc-message", &percent_encode(&self.body));
            }
            return (head, Cow::Borrowed(b""));
        }
        if !self.body.is_empty() {
            head.set(b"content-length", self.body.len().to_string().as_bytes());
            if !head.has(b"content-type") {
                head.add(b"content-type", b"text/plain");
            }
        } else {
            head.remove(b"content-length");
            head.remove(b"content-type");
        }
        (head, self.body.clone())
    }
}

/// gRPC messages are percent-encoded outside of printable ASCII.
fn percent_encode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if (0x20..0x7f).contains(byte) && *byte != b'%' {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    out
}

/// Names this server in the head of a response.
pub(super) fn name_server(hcm: &Hcm, head: &mut Head) {
    let server = hcm.server_name.as_bytes();
    match hcm.server_header {
        ServerHeader::Overwrite => head.set(b"server", server),
        ServerHeader::AppendIfAbsent if !head.has(b"server") => head.add(b"server", server),
        ServerHeader::AppendIfAbsent | ServerHeader::PassThrough => {}
    }
}
