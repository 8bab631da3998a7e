//! `envoy.tcp.metadataexchange.config.MetadataExchange`: workloads tell each other who they are at the beginning of a
//! connection that has agreed on it by ALPN; after `contrib/istio/filters/network/metadata_exchange`.
use std::rc::Rc;
use std::sync::OnceLock;

use bytes::{Buf, BytesMut};
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::node::Node;
use super::peer::Peer;
use crate::config::Get;
use crate::json::Value;
use crate::net::io::Stream;
use crate::proto;

/// The first four bytes.
const MAGIC: u32 = 0x3D23_0467;
/// A longer description is not waited for.
const LONGEST: usize = 1 << 20;
const METADATA: &str = "x-envoy-peer-metadata";
const ID: &str = "x-envoy-peer-metadata-id";

/// The filter.
#[derive(Debug)]
pub(crate) struct PeerExchange {
    protocol: Vec<u8>,
    labels: Vec<String>,
    greeting: OnceLock<Vec<u8>>,
}

impl PeerExchange {
    pub(crate) fn new(value: &Value) -> Self {
        Self {
            protocol: value.text("protocol").as_bytes().to_vec(),
            labels: value.texts("additional_labels"),
            greeting: OnceLock::new(),
        }
    }

    /// What this proxy says at the beginning.
    fn greeting(&self, node: &Node) -> &[u8] {
        self.greeting.get_or_init(|| {
            let text = |text: &str| proto::Value { kind: Some(proto::Kind::Text(text.to_owned())) };
            let own = proto::Kind::Fields(node.peer(&self.labels).to_struct());
            let mut all = proto::Struct::default();
            all.fields.insert(METADATA.to_owned(), proto::Value { kind: Some(own) });
            if !node.id.is_empty() {
                all.fields.insert(ID.to_owned(), text(&node.id));
            }
            let any = proto::Any {
                type_url: "type.googleapis.com/google.protobuf.Struct".to_owned(),
                value: all.encode_to_vec(),
            };
            let body = any.encode_to_vec();
            let mut out = MAGIC.to_be_bytes().to_vec();
            out.extend_from_slice(&(body.len() as u32).to_be_bytes());
            out.extend_from_slice(&body);
            out
        })
    }
}

/// What is known of the other side of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) enum Found {
    /// It may still tell.
    #[default]
    Open,
    /// It does not tell.
    Nobody,
    /// It has told.
    Peer(Rc<Peer>),
}

impl Found {
    /// The peer.
    pub(crate) fn peer(&self) -> Option<Rc<Peer>> {
        match self {
            Self::Peer(peer) => Some(peer.clone()),
            Self::Open | Self::Nobody => None,
        }
    }
}

/// One connection on which the filter works.
#[derive(Debug)]
pub(crate) struct Meeting<'a> {
    filter: &'a PeerExchange,
    node: &'a Node,
    agreed: bool,
    begun: bool,
    held: BytesMut,
    /// What is known of the other side.
    pub(crate) found: Found,
}

impl<'a> Meeting<'a> {
    /// A connection with the ALPN name that was agreed on.
    pub(crate) fn new(filter: &'a PeerExchange, node: &'a Node, alpn: Option<&[u8]>) -> Self {
        let agreed = alpn == Some(filter.protocol.as_slice());
        Self { filter, node, agreed, begun: false, held: BytesMut::new(), found: Found::Open }
    }

    /// Notes that bytes go one way or the other; gives what has to be sent to the other side before anything else.
    pub(crate) fn begin(&mut self) -> &'a [u8] {
        let first = !self.begun;
        self.begun = true;
        if !self.agreed {
            self.found = Found::Nobody;
            return &[];
        }
        if first { self.filter.greeting(self.node) } else { &[] }
    }

    /// Takes what the other side says at the beginning out of what was read; the rest stays. `ended` says that nothing
    /// follows.
    pub(crate) fn strip(&mut self, input: &mut BytesMut, ended: bool) {
        if !self.agreed || !matches!(self.found, Found::Open) {
            return;
        }
        self.held.unsplit(input.split());
        match read(&self.held, &self.filter.labels) {
            Read::More if !ended => return,
            Read::More | Read::Foreign => self.found = Found::Nobody,
            Read::Peer(peer, length) => {
                self.held.advance(length);
                self.found = peer.map_or(Found::Nobody, Found::Peer);
            }
        }
        *input = self.held.split();
    }
}

enum Read {
    /// More bytes are needed.
    More,
    /// The other side has another protocol.
    Foreign,
    /// The peer, when it says who it is, and how many bytes that were.
    Peer(Option<Rc<Peer>>, usize),
}

fn read(input: &[u8], labels: &[String]) -> Read {
    let word = |at: usize| {
        let bytes: [u8; 4] = input.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    };
    let (Some(magic), Some(length)) = (word(0), word(4)) else { return Read::More };
    let length = length as usize;
    if magic != MAGIC || length > LONGEST {
        return Read::Foreign;
    }
    let Some(body) = input.get(8..8 + length) else { return Read::More };
    let Ok(any) = proto::Any::decode(body) else { return Read::Foreign };
    let told = proto::Struct::decode(any.value.as_slice()).ok();
    let peer = told.and_then(|all| Some(Peer::from_metadata(all.to_json().get(METADATA)?, labels)));
    Read::Peer(peer.map(Rc::new), 8 + length)
}

/// Runs the filter on a connection whose client speaks first, before anything else is read.
pub(crate) async fn meet(
    stream: &mut Stream,
    input: &mut BytesMut,
    filter: &PeerExchange,
    node: &Node,
) -> std::io::Result<Found> {
    let mut meeting = Meeting::new(filter, node, stream.agreed());
    if !meeting.agreed {
        return Ok(Found::Nobody);
    }
    loop {
        let count = stream.read_buf(input).await?;
        stream.write_all(meeting.begin()).await?;
        stream.flush().await?;
        meeting.strip(input, count == 0);
        if count == 0 || !matches!(meeting.found, Found::Open) {
            return Ok(meeting.found);
        }
    }
}

/// How many bytes the beginning of a connection has, when it is all there; for the fuzz target.
pub(crate) fn length(input: &[u8]) -> Option<usize> {
    match read(input, &[]) {
        Read::Peer(_, length) => Some(length),
        Read::More | Read::Foreign => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter() -> PeerExchange {
        PeerExchange::new(&Value::from(&serde_json::json!({"protocol": "istio-peer-exchange"})))
    }

    fn node() -> Node {
        let node = serde_json::json!({"id": "n", "metadata": {"WORKLOAD_NAME": "web", "NAMESPACE": "shop"}});
        Node::new(Some(&Value::from(&node)))
    }

    #[test]
    fn two_sides_meet_wherever_their_bytes_are_cut() {
        let (filter, node) = (filter(), node());
        let mut said = filter.greeting(&node).to_vec();
        said.extend_from_slice(b"hello");
        for cut in 0..said.len() {
            let mut meeting = Meeting::new(&filter, &node, Some(b"istio-peer-exchange"));
            assert!(!meeting.begin().is_empty() && meeting.begin().is_empty());
            let mut got = BytesMut::new();
            for piece in [&said[..cut], &said[cut..]] {
                let mut input = BytesMut::from(piece);
                meeting.strip(&mut input, false);
                got.extend_from_slice(&input);
            }
            assert_eq!(&got[..], b"hello", "cut at {cut}");
            assert_eq!(meeting.found.peer().unwrap().workload, "web");
        }
    }

    #[test]
    fn what_is_no_description_passes() {
        let (filter, node) = (filter(), node());
        for (alpn, said) in
            [(Some(&b"istio-peer-exchange"[..]), &b"GET / HTTP"[..]), (Some(b"h2"), b"x"), (None, b"x")]
        {
            let mut meeting = Meeting::new(&filter, &node, alpn);
            let _greeting = meeting.begin();
            let mut input = BytesMut::from(said);
            meeting.strip(&mut input, false);
            assert_eq!(&input[..], said);
            assert!(matches!(meeting.found, Found::Nobody));
        }
        let mut meeting = Meeting::new(&filter, &node, Some(b"istio-peer-exchange"));
        let mut input = BytesMut::from(&b"abc"[..]);
        meeting.strip(&mut input, true);
        assert_eq!(&input[..], b"abc");
    }
}
