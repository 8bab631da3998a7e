//! istiod's part: decoding into the message of the kind, and the rules behind it (`pkg/config/validation`).

mod authorization;
mod cel_syntax;
mod destination_rule;
mod envoy_filter;
mod exports;
mod extensions;
mod findings;
mod gateway;
mod headers;
mod http_route;
mod jwks;
mod kubernetes;
mod locality;
mod mesh;
mod policies;
mod protocol;
mod regex;
mod selectors;
mod service_entry;
mod sidecar;
mod unreachable;
mod virtual_service;
mod words;

pub use http_route::GRPC_STATUSES;
pub use words::split_host_port;

use super::decode::Decoder;
use super::decode::descriptor::istio;
use super::decode::message::{Message, Place};
use super::envelope::Envelope;
use super::{Complaint, Layer, Review, Subject, Topic};
use crate::Kind;
use crate::node::Node;
use crate::path::FieldPath;
use findings::Findings;

/// The group of kinds that are Go structs to istiod.
const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// Why a text is no CEL expression: `LINE:COLUMN: why`; `None` where it is one.
#[must_use]
pub fn cel_fault(expression: &str) -> Option<String> {
    let why = cel_syntax::check(expression).err()?;
    Some(why.lines().next().unwrap_or_default().to_owned())
}

/// The message of a kind's body.
pub(super) fn message_of(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::VirtualService => "istio.networking.v1alpha3.VirtualService",
        Kind::DestinationRule => "istio.networking.v1alpha3.DestinationRule",
        Kind::IstioGateway => "istio.networking.v1alpha3.Gateway",
        Kind::ServiceEntry => "istio.networking.v1alpha3.ServiceEntry",
        Kind::Sidecar => "istio.networking.v1alpha3.Sidecar",
        Kind::WorkloadEntry => "istio.networking.v1alpha3.WorkloadEntry",
        Kind::WorkloadGroup => "istio.networking.v1alpha3.WorkloadGroup",
        Kind::EnvoyFilter => "istio.networking.v1alpha3.EnvoyFilter",
        Kind::ProxyConfig => "istio.networking.v1beta1.ProxyConfig",
        Kind::PeerAuthentication => "istio.security.v1beta1.PeerAuthentication",
        Kind::RequestAuthentication => "istio.security.v1beta1.RequestAuthentication",
        Kind::AuthorizationPolicy => "istio.security.v1beta1.AuthorizationPolicy",
        Kind::Telemetry => "istio.telemetry.v1alpha1.Telemetry",
        Kind::WasmPlugin => "istio.extensions.v1alpha1.WasmPlugin",
        Kind::TrafficExtension => "istio.extensions.v1alpha1.TrafficExtension",
        _ => return None,
    })
}

/// Adds what the webhook says. What a template masks or a later step fills is unknown, and nothing is said of such a
/// document.
pub(super) fn review(subject: Subject, root: Node<'_>, review: &mut Review) {
    if root.has_gap() || holds_hole(root) {
        return;
    }
    match subject {
        Subject::MeshConfig => mesh::config(root, review),
        Subject::MeshNetworks => mesh::networks(root, review),
        Subject::Network => mesh::network(root, review),
        Subject::Object(kind) => object(kind, root, review),
    }
}

/// Whether a value of the document is not known; values that a replacement fills leave no gap around them.
fn holds_hole(root: Node<'_>) -> bool {
    let mut todo = vec![root];
    while let Some(node) = todo.pop() {
        if node.is_hole() {
            return true;
        }
        todo.extend(node.items());
        todo.extend(node.entries().map(|(_, value)| value));
    }
    false
}

fn object(kind: Kind, root: Node<'_>, review: &mut Review) {
    let found = message_of(kind).and_then(|name| istio().find(name));
    if found.is_none() && kind.info().group != GATEWAY_API {
        return;
    }
    let envelope = match Envelope::read(root) {
        Ok(envelope) => envelope,
        Err((text, place)) => return refuse(review, text, place),
    };
    let mut out = Findings::default();
    let place =
        Place { path: FieldPath::default().field("spec"), span: envelope.spec.unwrap_or(root).span() };
    let Some(descriptor) = found else {
        match kubernetes::misread(kind, envelope.spec) {
            Some((text, place)) => refuse(review, text, place),
            None => {
                policies::annotations(&mut out, kind, &envelope, None);
                out.report(review);
            }
        }
        return;
    };
    let decoder = Decoder { registry: istio(), strict: false, doubles: true };
    let message = match decoder.message(descriptor, envelope.spec, place) {
        Ok(message) => message,
        Err(fault) => return refuse(review, fault.text, fault.place),
    };
    if policies::annotations(&mut out, kind, &envelope, Some(&message)) {
        out = ask(out, kind, &message, &envelope);
    }
    out.report(review);
}

/// What the rules of a kind say of a body alone.
pub(super) fn review_message(kind: Kind, message: &Message, envelope: &Envelope<'_>) -> Review {
    let mut review = Review::default();
    ask(Findings::default(), kind, message, envelope).report(&mut review);
    review
}

/// The first fault of a proxy's configuration.
pub(super) fn proxy_config_fault(message: &Message) -> Option<String> {
    let mut out = Findings::default();
    mesh::proxy_config(&mut out, message);
    out.errors.into_iter().next().map(|(text, _)| text)
}

/// The rules of one kind.
fn ask(mut out: Findings, kind: Kind, message: &Message, envelope: &Envelope<'_>) -> Findings {
    let Envelope { name, namespace, .. } = envelope;
    match kind {
        Kind::VirtualService => virtual_service::virtual_service(&mut out, message, namespace),
        Kind::DestinationRule => destination_rule::destination_rule(&mut out, message, namespace),
        Kind::IstioGateway => {
            let place = Place { path: FieldPath::default().field("metadata.name"), span: envelope.name_span };
            let semantics = envelope.annotation("internal.istio.io/gateway-semantics");
            let converted = semantics.is_some_and(|(value, _)| value == "gateway");
            gateway::gateway(&mut out, message, (name, converted), &place);
        }
        Kind::ServiceEntry => service_entry::service_entry(&mut out, message, envelope),
        Kind::Sidecar => sidecar::sidecar(&mut out, message, namespace),
        Kind::WorkloadEntry => service_entry::workload_entry(&mut out, message, None, true),
        Kind::WorkloadGroup => service_entry::workload_group(&mut out, message),
        Kind::EnvoyFilter => envoy_filter::envoy_filter(&mut out, message, envelope.spec),
        Kind::ProxyConfig => policies::proxy_config(&mut out, message),
        Kind::PeerAuthentication => policies::peer_authentication(&mut out, message),
        Kind::RequestAuthentication => policies::request_authentication(&mut out, message),
        Kind::AuthorizationPolicy => {
            authorization::authorization(&mut out, message);
            out = out.prefixed(&format!("invalid policy {name}.{namespace}:"));
        }
        Kind::Telemetry => policies::telemetry(&mut out, message),
        Kind::WasmPlugin => extensions::wasm_plugin(&mut out, message),
        Kind::TrafficExtension => extensions::traffic_extension(&mut out, message),
        _ => {}
    }
    out
}

fn refuse(review: &mut Review, message: String, place: Place) {
    let path = place.path.to_string();
    review.errors.push(Complaint {
        layer: Layer::Decode,
        topic: Topic::Rule,
        message,
        path,
        span: place.span,
    });
}
