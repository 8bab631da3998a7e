//! PeerAuthentication: where mutual TLS is demanded (`pilot/pkg/model/authentication.go`).

use mp_ir::base::{At, Origin};
use mp_ir::mesh::{Mesh, MutualTlsMode, PeerAuthentication};
use mp_model::node::{Node, field};
use mp_model::{Kind, Workspace};

use super::request_authentication::{label_map, selector_place, text};
use super::{by_age, meta};

/// Reads all of them, oldest first.
pub(crate) fn read(ws: &Workspace, mesh: &mut Mesh) {
    for object in ws.of_kind(Kind::PeerAuthentication) {
        let mut out = PeerAuthentication { meta: meta(object), ..PeerAuthentication::default() };
        if let Some(spec) = ws.root(object).and_then(|root| root.get("spec")) {
            out.selector = label_map(spec);
            out.selector_origin = selector_place(spec);
            out.selector_written = field(spec, "selector", "selector").is_some();
            out.mode = field(spec, "mtls", "mtls").map(mode);
            let ports = field(spec, "portLevelMtls", "port_level_mtls").into_iter().flat_map(Node::entries);
            out.port_level =
                ports.filter_map(|(port, value)| Some((port_number(port)?, mode(value)))).collect();
        }
        mesh.peer_authentications.push(out);
    }
    mesh.peer_authentications.sort_by(|a, b| by_age(&a.meta, &b.meta));
}

fn port_number(node: Node<'_>) -> Option<u32> {
    text(node).parse().ok()
}

/// A mode; without `mode`, or with one that does not exist, it is taken from the wider policy.
fn mode(mtls: Node<'_>) -> At<MutualTlsMode> {
    let node = field(mtls, "mode", "mode");
    let value = match node.map(text).as_deref() {
        Some("DISABLE" | "1") => MutualTlsMode::Disable,
        Some("PERMISSIVE" | "2") => MutualTlsMode::Permissive,
        Some("STRICT" | "3") => MutualTlsMode::Strict,
        _ => MutualTlsMode::Unset,
    };
    At { value, origin: Origin::Some(node.unwrap_or(mtls).span()) }
}
