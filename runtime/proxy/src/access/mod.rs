//! Access logs: what a request was, formats and files.
mod entry;
pub(crate) mod format;
pub(crate) mod grpc;
pub(crate) mod info;
mod operator;
mod place;
mod plain;
pub(crate) mod sender;
pub(crate) mod service;
pub(crate) mod sink;
pub(crate) mod state;
pub(crate) mod time;
pub(crate) mod tls_field;
mod unique;
mod wanted;
