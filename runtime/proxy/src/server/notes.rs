//! What filters and the router note about a request for later.
use std::sync::Arc;

use super::messages::GrpcMessages;
use crate::cluster::shared::Host;
use crate::filter::compress::Wishes;
use crate::filter::fault::{ActiveFault, Throttle};
use crate::filter::grpc_web::Web;
use crate::filter::session::Kept;
use crate::istio::alpn::Names;
use crate::trace::{Call, Segment};

/// Notes about a request.
#[derive(Debug, Default)]
pub(crate) struct Notes<'a> {
    /// Whether the client has told who it is: by an id, and at length.
    pub(crate) told: (bool, bool),
    /// ALPN names for connections of this request.
    pub(crate) alpn: Option<Names>,
    /// The endpoint of the last attempt.
    pub(crate) upstream_host: Option<Arc<Host>>,
    /// Whether the filters up to Istio's metrics have let the request pass.
    pub(crate) reached_stats: bool,
    /// The endpoint that the request names itself.
    pub(crate) named_host: Option<Arc<Host>>,
    /// Cookies that balancing gives the client with what an endpoint answers; an answer of the proxy carries none.
    pub(crate) cookies: Vec<String>,
    /// Whether a timeout is answered with 204 and nothing else, because the client asks for it.
    pub(super) silent_timeout: bool,
    /// Whether an endpoint has sent an informational response: the response counts as begun then.
    pub(super) informed: bool,
    /// Redirects that were followed.
    pub(crate) redirects: u32,
    /// Redirects that were followed: from which route to which.
    pub(super) followed: Vec<(String, String)>,
    /// The session of the request.
    pub(crate) session: Option<Kept<'a>>,
    /// The endpoint that a script wants, and whether it takes no other one.
    pub(crate) wanted: Option<(String, bool)>,
    /// The segment of the request, for SkyWalking.
    pub(crate) segment: Option<Box<Segment>>,
    /// Single tries, for tracers that have spans for them.
    pub(crate) calls: Vec<Call>,
    /// What the other side of the mesh calls what is done.
    pub(crate) operation: Option<String>,
    /// Whether no filter sees the answer any more.
    pub(crate) unfiltered: bool,
    /// What compressors know of the request.
    pub(crate) wishes: Wishes<'a>,
    /// A browser's wishes.
    pub(crate) web: Option<Box<Web>>,
    /// Whether it is among the requests with faults.
    pub(crate) fault: Option<ActiveFault>,
    /// How slowly the response is sent.
    pub(crate) throttle: Option<Throttle>,
    /// Messages of a gRPC stream, when somebody counts them.
    pub(crate) grpc_messages: Option<Box<GrpcMessages>>,
}
