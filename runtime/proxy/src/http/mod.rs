//! HTTP messages and the HTTP/1 codec.
mod body;
pub(crate) mod encode;
mod framing;
mod head;
mod lines;
mod malformed;
pub(crate) mod path;
mod request;
mod response;
mod status;
mod target;

pub(crate) use body::{BodyReader, Decoded};
pub(crate) use framing::{Framing, parse_length};
pub(crate) use head::Head;
pub(crate) use lines::is_token;
pub(crate) use malformed::Malformed;
pub(crate) use request::{Request, Rules, is_single, parse_request};
pub(crate) use response::parse_response;
pub(crate) use status::status_by_name;
pub(crate) use target::is_request_line;
