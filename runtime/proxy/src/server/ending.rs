//! How requests end.
use super::reply::Reply;

/// How the connection goes on after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With the next request.
    Keep,
    /// It is closed once everything is written.
    Close,
    /// It is closed after the client had time to read the response.
    Linger,
    /// The client has gone.
    Gone,
}

/// Why a request is not answered by an upstream's complete response.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The proxy answers.
    Reply(Box<Reply>),
    /// The response had begun and breaks off.
    Broken,
    /// The client has gone.
    Gone,
    /// The request goes on as the one that a redirect asks for.
    Again,
}

impl From<Reply> for Stop {
    fn from(reply: Reply) -> Self {
        Self::Reply(Box::new(reply))
    }
}
