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
mod single;
mod status;
mod target;

pub(crate) use body::{BodyReader, Decoded};
pub(crate) use framing::{Framing, parse_length};
pub(crate) use head::Head;
pub(crate) use lines::is_token;
pub(crate) use malformed::Malformed;
pub(crate) use request::{Request, Rules, parse_request};
pub(crate) use response::parse_response;
pub(crate) use single::{add_copy, is_single, join_all};
pub(crate) use status::status_by_name;
pub(crate) use target::is_request_line;
