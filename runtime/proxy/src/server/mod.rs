//! Serving connections.
pub(crate) mod accept;
mod buffer;
mod client;
mod clock;
mod counting;
mod exchange;
mod failed;
mod forward;
pub(crate) mod grpc;
pub(crate) mod h1;
pub(crate) mod h2;
pub(crate) mod messages;
mod mutate;
mod prepare;
mod redirect;
pub(crate) mod reply;
mod retry;
mod routing;
mod session;
pub(crate) mod stream;
mod tcp;
mod tunnel;
mod upstream;
mod upstream_h2;
pub(crate) mod worker;

pub(crate) use client::{read_response, request as send_request, write_request};
pub(crate) use prepare::cookie;
