//! What became of an arrival: what the client gets, what upstreams see, what the access log says.

use mp_ir::base::Origin;
use mp_ir::plan::Route;

use super::around::Place;
use crate::decision::By;
use crate::near_miss::NearRoute;

/// The result of one way through one proxy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The listener that served the connection, after hand-over; empty when nobody notes it.
    pub listener: String,
    /// The filter chain.
    pub chain: String,
    /// The route.
    pub route: String,
    /// The cluster.
    pub cluster: String,
    /// Response flags in the order in which they were raised.
    pub flags: Vec<&'static str>,
    /// Response code details.
    pub details: String,
    /// Tries of the upstream.
    pub attempts: u32,
    /// Why the connection to the upstream failed.
    pub transport_failure: String,
    /// Why a connection was ended.
    pub termination: String,
    /// TLS between client and whoever ended it.
    pub tls: Option<Session>,
    /// What the client gets.
    pub reply: Reply,
    /// What upstreams saw, tries and mirrors and authorisers too.
    pub upstream: Vec<Seen>,
    /// Nanoseconds that pass at least.
    pub elapsed: i128,
    /// What the input cannot tell, and what that leaves open.
    pub unknown: Vec<Unknown>,
    /// Who ended it before a route's action was taken; `None` where nobody did.
    pub by: Option<By>,
    /// Policies that decided, by namespace and name: that of the rule that matched, or all ALLOW policies of which none did.
    pub policies: Vec<(String, String)>,
    /// The status of an answer that the proxy itself gave, before it is put into the words of gRPC.
    pub own_status: Option<u32>,
    /// The way, when it was asked for.
    pub notes: Vec<Note>,
    /// What the route table said, when the way was asked for; `None` when none was looked at.
    pub taken: Option<Taken>,
    /// Rules of policies that matched, when the way was asked for: namespace and name of the policy, and the rule's place in it.
    pub rules: Vec<(String, String, usize)>,
    /// Rules whose match would have changed the decision and that missed by one question, when the way was asked for.
    pub near: Vec<Loser>,
}

/// What a route table said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    /// Name and place of the virtual host; `None` when none has the request's host.
    pub host: Option<(String, Origin)>,
    /// The host sends plain text to https.
    pub needs_tls: bool,
    /// The route.
    pub route: Option<Box<Route>>,
    /// Path with query, and `Host`, as the route sends the request on, where it does.
    pub sends: Option<(String, String)>,
    /// Routes that nearly took the request.
    pub near: Vec<NearRoute>,
}

/// Something that the input cannot tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What it is, as a sentence in lower case.
    pub reason: String,
    /// The YAML that brings it in.
    pub origin: Origin,
}

/// What the client gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Reply {
    /// No proxy listens there.
    #[default]
    NoListener,
    /// An HTTP response.
    Response(Response),
    /// No HTTP response: bytes, as far as there are any, and how the connection ends.
    Bytes(End, String),
    /// The TLS handshake failed, in the words of the client's library.
    TlsError(&'static str),
}

/// How a connection without an HTTP response ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The proxy closes it.
    Closed,
    /// The proxy resets it.
    Reset,
    /// It stays open.
    Open,
    /// Nothing comes in time.
    Timeout,
}

/// An HTTP response as the client sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    /// Status.
    pub status: u32,
    /// Status of gRPC, from headers or trailers.
    pub grpc_status: Option<u32>,
    /// Header lines in order; framing other than `transfer-encoding` is left out.
    pub headers: Vec<(String, String)>,
    /// Body of a response that the proxy itself gave.
    pub body: Option<String>,
}

/// A TLS session with the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// The protocol that was agreed on.
    pub alpn: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// Names in the server's certificate, as `URI:…` and `DNS:…`; `None` when the input does not tell.
    pub server_names: Option<Vec<String>>,
}

/// What an upstream saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// The cluster.
    pub cluster: String,
    /// Where it is.
    pub place: Place,
    /// Request or bytes; `None` when the handshake failed.
    pub what: Option<What>,
    /// It is a copy, or a question to an authoriser.
    pub aside: bool,
    /// It came through the tunnel of the ambient mesh.
    pub tunnelled: bool,
    /// TLS that the upstream ended.
    pub tls: Option<SeenTls>,
    /// The alert that ended the handshake.
    pub tls_error: Option<&'static str>,
}

/// What came over a connection to an upstream.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A request.
    Request(SeenRequest),
    /// Bytes.
    Bytes(String),
    /// The client's TLS hello, inside of the proxy's TLS.
    ClientHello,
}

/// A request as an upstream saw it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeenRequest {
    /// HTTP/2 rather than HTTP/1.1.
    pub http2: bool,
    /// Method.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// `Host`.
    pub authority: String,
    /// Header lines in order.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

/// A client of an upstream, as TLS shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenTls {
    /// Server name; empty for none.
    pub server_name: String,
    /// Names in the client's certificate; empty without one.
    pub client: Vec<String>,
    /// Protocols offered.
    pub alpn: Vec<String>,
}

/// One step of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The stage, such as `listener` or `route`.
    pub stage: Stage,
    /// What happened, as a phrase in lower case.
    pub text: String,
    /// The YAML behind it.
    pub origin: Origin,
    /// What else might have been taken, and why it was not.
    pub losers: Vec<Loser>,
    /// It is a rule that matched, or what ended the request.
    pub decides: bool,
}

/// Something that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loser {
    /// Its name.
    pub name: String,
    /// Why it was not taken.
    pub why: String,
    /// The YAML behind it.
    pub origin: Origin,
}

/// The stages of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Which listener takes the connection.
    Listener,
    /// What the first bytes look like.
    Sniff,
    /// Which filter chain takes it.
    Chain,
    /// TLS with the client.
    Tls,
    /// What the codec and the connection manager do to the request.
    Request,
    /// Which virtual host takes it.
    Host,
    /// Which route takes it.
    Route,
    /// A policy or another filter.
    Policy,
    /// What the route does to the request.
    Rewrite,
    /// Which cluster it goes to.
    Cluster,
    /// Which endpoints may take it.
    Endpoint,
    /// TLS with the upstream.
    UpstreamTls,
    /// Tries, and what came of them.
    Upstream,
    /// A copy that is sent elsewhere.
    Mirror,
    /// What the client gets.
    Reply,
}

impl Stage {
    /// As output spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Listener => "listener",
            Stage::Sniff => "sniff",
            Stage::Chain => "chain",
            Stage::Tls => "tls",
            Stage::Request => "request",
            Stage::Host => "host",
            Stage::Route => "route",
            Stage::Policy => "policy",
            Stage::Rewrite => "rewrite",
            Stage::Cluster => "cluster",
            Stage::Endpoint => "endpoint",
            Stage::UpstreamTls => "upstream-tls",
            Stage::Upstream => "upstream",
            Stage::Mirror => "mirror",
            Stage::Reply => "reply",
        }
    }
}
