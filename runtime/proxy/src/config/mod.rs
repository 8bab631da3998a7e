//! The compiled program.
pub(crate) mod action;
pub(crate) mod authz;
pub(crate) mod cluster;
pub(crate) mod endpoint;
pub(crate) mod filter;
pub(crate) mod hash;
pub(crate) mod hcm;
mod header_ops;
pub(crate) mod jwt;
pub(crate) mod listener;
pub(crate) mod log;
pub(crate) mod matcher;
pub(crate) mod per_route;
mod program;
pub(crate) mod rbac;
pub(crate) mod retry;
pub(crate) mod route;
mod secret;
mod source;
mod template;
pub(crate) mod tls;
mod value;

pub(crate) use program::{Compile, Program};
pub(crate) use source::{decode_base64, encode_base64};
pub(crate) use value::{Get, Scope};
