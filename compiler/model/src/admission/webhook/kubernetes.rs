//! Kinds of the Gateway API are Go structs to istiod: `encoding/json` reads them and stops at nothing but the type of a value.

use crate::Kind;
use crate::admission::go_struct::{Fault, Manner, fault};
use crate::node::Node;
use crate::path::Place;

/// The first value of another type than its field's, with what Go says of it.
pub(super) fn misread(kind: Kind, body: Option<Node<'_>>) -> Option<Fault> {
    let name = match kind {
        Kind::GatewayClass => "v1.GatewayClassSpec",
        Kind::Gateway => "v1.GatewaySpec",
        Kind::HttpRoute => "v1.HTTPRouteSpec",
        Kind::GrpcRoute => "v1.GRPCRouteSpec",
        Kind::TlsRoute => "v1.TLSRouteSpec",
        Kind::TcpRoute => "v1.TCPRouteSpec",
        Kind::UdpRoute => "v1.UDPRouteSpec",
        Kind::BackendTlsPolicy => "v1.BackendTLSPolicySpec",
        Kind::ListenerSet => "v1.ListenerSetSpec",
        Kind::ReferenceGrant => "v1.ReferenceGrantSpec",
        _ => return None,
    };
    fault(name, body?, Manner::Lenient, &Place::Field(&Place::Root, "spec"))
}
