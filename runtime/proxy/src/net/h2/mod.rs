//! What stands between a connection of HTTP/2 and its codec.
mod flood;
mod frames;
pub(crate) mod guard;
mod hpack;
mod huffman;
pub(crate) mod prefaced;
mod said;
