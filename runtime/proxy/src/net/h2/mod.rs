//! What stands between a connection of HTTP/2 and its codec.
mod blocks;
mod constraints;
pub(crate) mod fault;
mod frames;
pub(crate) mod greeting;
pub(crate) mod guard;
pub(crate) mod hpack;
mod huffman;
pub(crate) mod keepalive;
pub(crate) mod notes;
mod payloads;
pub(crate) mod prefaced;
pub(crate) mod rules;
mod said;
mod settings;
mod static_table;
