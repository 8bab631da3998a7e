//! HTTP messages and the HTTP/1 codec.
mod body;
pub(crate) mod encode;
mod head;
pub(crate) mod path;
mod request;
mod response;
mod status;

pub(crate) use body::{BodyReader, Decoded};
pub(crate) use head::{Head, is_grpc_type};
pub(crate) use request::{Request, Framing, Malformed, Rules, parse_length, parse_request};
pub(crate) use response::parse_response;
pub(crate) use status::status_by_name;
