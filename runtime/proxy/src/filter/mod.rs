//! HTTP filters at work.
pub(crate) mod jwks;
