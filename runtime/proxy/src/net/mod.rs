//! Sockets, and what their first bytes say.
pub(crate) mod address;
pub(crate) mod carried;
pub(crate) mod chain;
pub(crate) mod flood;
pub(crate) mod guard;
mod hpack;
mod huffman;
pub(crate) mod inspect;
pub(crate) mod io;
pub(crate) mod proxy_protocol;
pub(crate) mod socket;
