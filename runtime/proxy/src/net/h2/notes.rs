//! What a connection and its requests know of each other.
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use super::fault::Fault;
use super::hpack::Field;
use super::rules::Asked;

/// What connection and requests share.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The fields of requests and responses as they were sent, by stream, until somebody takes them.
    pub(crate) heads: BTreeMap<u32, Vec<Field>>,
    /// The fields of informational responses, in order, until somebody takes them.
    pub(crate) early: BTreeMap<u32, VecDeque<Vec<Field>>>,
    /// What the requests to an endpoint ask for.
    pub(crate) asked: BTreeMap<u32, Asked>,
    /// Since when nothing is asked of an endpoint that was asked before.
    pub(crate) quiet: Option<Instant>,
    /// Whether an endpoint takes no more requests.
    pub(crate) leaving: bool,
    /// How many streams at once an endpoint takes, once it has said so.
    pub(crate) most: Option<u32>,
    /// Streams that are served: a reset of one of these is told to the client.
    pub(crate) served: Vec<u32>,
    /// Streams of these whose request has come completely, though not all of it may have been read.
    pub(crate) whole: Vec<u32>,
    /// Streams of these that the client has reset, and what the access log says of that, if anything.
    pub(crate) reset: Vec<(u32, Option<&'static str>)>,
    /// When something was heard of the peer, where pings ask for that.
    pub(crate) heard: Option<Instant>,
    /// What the client did that ends the connection.
    pub(crate) fault: Option<Fault>,
    /// Whether that was a request that nobody has served.
    pub(crate) unborn: bool,
}

impl Notes {
    /// Notes that the peer has sent something.
    pub(super) fn hear(&mut self) {
        if let Some(heard) = &mut self.heard {
            *heard = Instant::now();
        }
    }

    /// Notes the end of a request that somebody serves or is going to.
    pub(super) fn end(&mut self, stream: u32) {
        if self.served.contains(&stream) || self.heads.contains_key(&stream) {
            self.whole.push(stream);
        }
    }
}

/// Notes behind a shared reference.
pub(crate) type SharedNotes = Rc<RefCell<Notes>>;

/// What a listener or cluster takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Whether extended CONNECT was offered.
    pub(crate) extended: bool,
    /// Bytes of a head; of longer requests not all is kept.
    pub(crate) head: usize,
    /// Fields of a head.
    pub(crate) fields: usize,
}
