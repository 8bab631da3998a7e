//! Access logs: what a request was, formats and files.
pub(crate) mod format;
pub(crate) mod grpc;
pub(crate) mod info;
mod operator;
pub(crate) mod sink;
pub(crate) mod time;
