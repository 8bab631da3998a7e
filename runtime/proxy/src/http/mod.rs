//! HTTP messages and the HTTP/1 codec.
mod head;
mod status;

pub(crate) use head::{Head, is_grpc_type};
pub(crate) use status::{reason, status_by_name};
