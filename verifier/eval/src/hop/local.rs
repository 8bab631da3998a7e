//! Answers that the proxy itself gives.

/// An answer of the proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Local {
    /// Status, for requests that are not gRPC.
    pub(crate) status: u32,
    pub(crate) body: String,
    /// Response code details.
    pub(crate) details: String,
    pub(crate) flag: Option<&'static str>,
    pub(crate) headers: Vec<(String, String)>,
    /// The connection is closed.
    pub(crate) close: bool,
    /// Status of gRPC where it is not what the HTTP status maps to.
    pub(crate) grpc: Option<u32>,
    /// Something was awaited before, so that a body that was on its way has been looked at.
    pub(crate) awaited: bool,
    /// Response header changes of the route apply.
    pub(crate) routed: bool,
}

impl Local {
    /// An answer with a body.
    pub(crate) fn new(status: u32, body: impl Into<String>, details: impl Into<String>) -> Self {
        Self { status, body: body.into(), details: details.into(), ..Self::default() }
    }

    /// A request that is none.
    pub(crate) fn malformed(details: &str) -> Self {
        Self { flag: Some("DPE"), close: true, ..Self::new(400, "Bad Request", details) }
    }

    pub(crate) fn flagged(mut self, flag: &'static str) -> Self {
        self.flag = Some(flag);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn awaited(mut self) -> Self {
        self.awaited = true;
        self
    }

    pub(crate) fn routed(mut self) -> Self {
        self.routed = true;
        self
    }
}

/// The status of gRPC that an HTTP status maps to (`Grpc::Utility::httpToGrpcStatus`).
pub(crate) fn grpc_status_of(http: u32) -> u32 {
    match http {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => 14,
        _ => 2,
    }
}

/// A message of gRPC, percent-encoded outside of printable ASCII.
pub(crate) fn grpc_message(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if (0x20..0x7f).contains(&byte) && byte != b'%' {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
