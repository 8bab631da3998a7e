//! `io.istio.http.peer_metadata.Config`: workloads tell each other who they are in two headers, after
//! `contrib/istio/filters/http/peer_metadata/source/peer_metadata.cc`.
use std::rc::Rc;
use std::sync::OnceLock;

use prost::Message;

use super::node::Node;
use super::peer::Peer;
use crate::config::{Get, decode_base64, encode_base64};
use crate::http::Head;
use crate::json::Value;
use crate::proto;
use crate::server::stream::Exchange;

/// The header that names the sender.
const ID: &[u8] = b"x-envoy-peer-metadata-id";
/// The header that describes it.
const METADATA: &[u8] = b"x-envoy-peer-metadata";

/// How many peers a worker remembers by their ids.
const MOST_KNOWN: usize = 500;

/// The filter.
#[derive(Debug)]
pub(crate) struct PeerHeaders {
    /// Whether requests tell who the client is.
    from_client: bool,
    /// Whether responses tell who the endpoint is.
    from_upstream: bool,
    /// Whether clients that have told are told.
    to_client: Option<Propagation>,
    /// Whether endpoints are told.
    to_upstream: Option<Propagation>,
    /// Whether internal connections take along who the client is.
    shared: bool,
    /// Labels that are exchanged beyond the usual.
    labels: Vec<String>,
    own: OnceLock<Vec<u8>>,
}

/// How the own workload is told.
#[derive(Debug, Clone, Copy)]
struct Propagation {
    /// Not to clusters outside of the mesh.
    skip_external: bool,
}

impl PeerHeaders {
    pub(crate) fn new(value: &Value) -> Self {
        let discovers = |name: &str| value.items(name).iter().any(|m| m.get_field("istio_headers").is_some());
        let tells = |name: &str| {
            let headers = value.items(name).iter().find_map(|m| m.get_field("istio_headers"))?;
            Some(Propagation { skip_external: headers.flag("skip_external_clusters") })
        };
        Self {
            from_client: discovers("downstream_discovery"),
            from_upstream: discovers("upstream_discovery"),
            to_client: tells("downstream_propagation"),
            to_upstream: tells("upstream_propagation"),
            shared: value.flag("shared_with_upstream"),
            labels: value.texts("additional_labels"),
            own: OnceLock::new(),
        }
    }

    /// Whether it looks at responses.
    pub(crate) fn sees_response(&self) -> bool {
        self.from_upstream || self.to_client.is_some()
    }

    fn own(&self, node: &Node) -> &[u8] {
        self.own.get_or_init(|| {
            let message = node.peer(&self.labels).to_struct().encode_to_vec();
            encode_base64(&message, true, false).into_bytes()
        })
    }
}

impl Exchange<'_> {
    /// Reads who the client is and tells the endpoint who this proxy is.
    pub(crate) fn peer_of_request(&mut self, filter: &PeerHeaders) {
        self.info.share_peer |= filter.shared;
        if filter.from_client {
            self.notes.told.0 |= self.head.has(ID);
            self.notes.told.1 |= self.head.has(METADATA);
            if self.info.client_peer.is_none() {
                self.info.client_peer = self.known_peer(filter, &self.head);
            }
            self.head.remove(ID);
            self.head.remove(METADATA);
        }
        if filter.to_upstream.is_some_and(|p| !self.is_outside(p)) {
            let node = &self.worker.global.program.node;
            self.head.set(ID, node.id.as_bytes());
            self.head.set(METADATA, filter.own(node));
        }
    }

    /// Reads who the endpoint is and tells the client who this proxy is, when the client has told.
    pub(crate) fn peer_of_response(&mut self, filter: &PeerHeaders, head: &mut Head) {
        if filter.from_upstream {
            if self.info.upstream_peer.is_none() {
                self.info.upstream_peer = self.known_peer(filter, head);
            }
            head.remove(ID);
            head.remove(METADATA);
        }
        if filter.to_client.is_none_or(|p| self.is_outside(p)) {
            return;
        }
        let node = &self.worker.global.program.node;
        if self.notes.told.0 {
            head.set(ID, node.id.as_bytes());
        }
        if self.notes.told.1 {
            head.set(METADATA, filter.own(node));
        }
    }

    /// Whether the cluster is one that learns nothing (`MXPropagationMethod::skipMXHeaders`).
    fn is_outside(&self, propagation: Propagation) -> bool {
        let Some(cluster) = self.cluster_config() else { return false };
        let facts = cluster.istio.as_deref();
        propagation.skip_external
            && (cluster.name == "PassthroughCluster" || facts.is_some_and(|f| f.external))
            || facts.is_some_and(|f| f.no_exchange)
    }

    /// The peer that a head describes. Descriptions are long, so they are remembered by the sender's id.
    fn known_peer(&self, filter: &PeerHeaders, head: &Head) -> Option<Rc<Peer>> {
        let text = head.get(METADATA).filter(|m| !m.is_empty())?;
        let id = head.get(ID).unwrap_or_default();
        let key = (std::ptr::from_ref(filter).addr(), id.to_vec());
        let mut known = self.worker.peers.borrow_mut();
        if let Some(peer) = known.get(&key).filter(|_| !id.is_empty()) {
            return Some(peer.clone());
        }
        let peer = Rc::new(decode(text, &filter.labels)?);
        if !id.is_empty() {
            if known.len() >= MOST_KNOWN {
                known.clear();
            }
            known.insert(key, peer.clone());
        }
        Some(peer)
    }
}

fn decode(text: &[u8], labels: &[String]) -> Option<Peer> {
    let bytes = decode_base64(std::str::from_utf8(text).ok()?)?;
    let message = proto::Struct::decode(bytes.as_slice()).ok()?;
    Some(Peer::from_metadata(&message.to_json(), labels))
}

/// The workload in the header, for the fuzz target.
pub(crate) fn workload(text: &[u8]) -> Option<String> {
    decode(text, &[]).map(|peer| peer.workload)
}
