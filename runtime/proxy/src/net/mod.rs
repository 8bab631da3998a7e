//! Sockets, and what their first bytes say.
pub(crate) mod address;
pub(crate) mod carried;
pub(crate) mod chain;
pub(crate) mod h2;
pub(crate) mod inspect;
pub(crate) mod io;
pub(crate) mod proxy_protocol;
pub(crate) mod socket;
