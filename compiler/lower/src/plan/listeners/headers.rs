//! How the proxy treats headers about itself and its caller (`pilot/pkg/networking/util/proxy_headers.go`).

use mp_ir::mesh::ForwardClientCert;
use mp_ir::plan::ClientCertDetails;

use super::Class;
use super::stack::Stack;

/// Treatment of headers.
#[derive(Clone, Debug)]
pub(super) struct HeaderPolicy {
    /// `server` header; empty leaves Envoy's own.
    pub(super) server_name: String,
    /// The application's `server` header is passed on.
    pub(super) server_pass_through: bool,
    /// Treatment of `x-forwarded-client-cert`.
    pub(super) forward_client_cert: ForwardClientCert,
    /// `x-request-id` is made; `None` is Envoy's yes.
    pub(super) generate_request_id: Option<bool>,
    /// Envoy's own headers are left out.
    pub(super) suppress_debug: bool,
    /// Exchange headers do not leave the mesh.
    pub(super) exchange_in_mesh_only: bool,
}

impl HeaderPolicy {
    /// The treatment that a class of listeners has (`GetProxyHeaders`).
    pub(super) fn new(stack: &Stack<'_>, class: Class) -> Self {
        let stated = &stack.cx.proxy.settings.headers;
        let pass = stated.server_disabled == Some(true);
        let server_name = match (pass, stated.server_value.as_str(), class) {
            (true, _, _) | (false, "", Class::Outbound) => "",
            (false, "", Class::Inbound | Class::Gateway) => "istio-envoy",
            (false, value, _) => value,
        };
        let forward = match stated.forwarded_client_cert {
            ForwardClientCert::Undefined => ForwardClientCert::AppendForward,
            mode => mode,
        };
        Self {
            server_name: server_name.to_owned(),
            server_pass_through: pass,
            forward_client_cert: forward,
            generate_request_id: (stated.request_id_disabled == Some(true)).then_some(false),
            suppress_debug: stated.debug_headers_disabled == Some(true),
            exchange_in_mesh_only: stated.metadata_exchange_in_mesh,
        }
    }
}

/// Parts of the caller's certificate that a sidecar passes to its workload (`buildSidecarInboundHTTPOpts`).
pub(super) fn inbound_cert_details(stack: &Stack<'_>) -> ClientCertDetails {
    let [cert, chain, dns, subject, uri] =
        stack.cx.proxy.settings.headers.set_current_client_cert_details.unwrap_or_default();
    ClientCertDetails {
        subject: subject.unwrap_or(true),
        cert: cert.unwrap_or(false),
        chain: chain.unwrap_or(false),
        dns: dns.unwrap_or(true),
        uri: uri.unwrap_or(true),
    }
}
