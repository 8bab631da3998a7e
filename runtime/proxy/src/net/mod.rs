//! Sockets.
pub(crate) mod io;
