//! Istio Gateways, and the TLS settings that they share with Sidecars.

use mp_ir::base::At;
use mp_ir::mesh::{Gateway, Mesh, Protocol, Server, ServerTls, ServerTlsMode, TlsVersion};
use mp_model::generated::networking as api;
use mp_model::{Kind, List, Object, Text, Workspace};

use super::{by_age, meta};

/// Annotation with the host names of the Services that a Gateway is bound to, comma separated.
const GATEWAY_SERVICE: &str = "internal.istio.io/gateway-service";

/// Reads all Gateways, oldest first.
pub(crate) fn read(ws: &Workspace, mesh: &mut Mesh) {
    mesh.gateways = ws.of_kind(Kind::IstioGateway).map(|object| gateway(ws, object)).collect();
    mesh.gateways.sort_by(|a, b| by_age(&a.meta, &b.meta));
}

fn gateway(ws: &Workspace, object: &Object) -> Gateway {
    let services = object.annotations.get(GATEWAY_SERVICE).into_iter().flat_map(|list| list.split(','));
    let mut out =
        Gateway { meta: meta(object), services: services.map(str::to_owned).collect(), ..Gateway::default() };
    let Some(spec) = ws.spec::<api::Gateway<'_>>(object) else { return out };
    out.selector = spec.selector().to_sorted();
    out.servers = spec.servers().iter().filter_map(server).collect();
    out
}

/// A server; one without port has no meaning.
fn server(view: api::Server<'_>) -> Option<Server> {
    let port = view.port()?;
    Some(Server {
        port: At::new(number(port.number()), port.0.span()),
        port_name: text(port.name()),
        protocol: port.protocol().map(|protocol| Protocol::parse(protocol.value)).unwrap_or_default(),
        bind: text(view.bind()),
        hosts: view.hosts().iter().map(|host| At::new(host.value.to_owned(), host.span)).collect(),
        tls: view.tls().map(server_tls),
        name: text(view.name()),
        origin: Some(view.0.span()),
    })
}

/// TLS settings of a server, also of a Sidecar's ingress.
pub(crate) fn server_tls(view: api::ServerTLSSettings<'_>) -> ServerTls {
    let certificate = |c: api::ServerTLSSettingsTLSCertificate<'_>| {
        (text(c.server_certificate()), text(c.private_key()), text(c.ca_certificates()))
    };
    ServerTls {
        mode: view.mode().map(mode).unwrap_or_default(),
        https_redirect: view.https_redirect().unwrap_or_default(),
        server_certificate: text(view.server_certificate()),
        private_key: text(view.private_key()),
        ca_certificates: text(view.ca_certificates()),
        ca_crl: text(view.ca_crl()),
        credential_name: view
            .credential_name()
            .map(|t| At::new(t.value.to_owned(), t.span))
            .unwrap_or_default(),
        credential_names: texts(view.credential_names()),
        ca_cert_credential_name: text(view.ca_cert_credential_name()),
        tls_certificates: view.tls_certificates().iter().map(certificate).collect(),
        subject_alt_names: texts(view.subject_alt_names()),
        insecure_skip_verify: view.insecure_skip_verify().unwrap_or(false),
        verify_certificate_spki: texts(view.verify_certificate_spki()),
        verify_certificate_hash: texts(view.verify_certificate_hash()),
        min_version: view.min_protocol_version().map(version).unwrap_or_default(),
        max_version: view.max_protocol_version().map(version).unwrap_or_default(),
        cipher_suites: texts(view.cipher_suites()),
        origin: Some(view.0.span()),
    }
}

fn mode(word: api::ServerTLSSettingsTLSmode) -> ServerTlsMode {
    match word {
        api::ServerTLSSettingsTLSmode::Passthrough => ServerTlsMode::Passthrough,
        api::ServerTLSSettingsTLSmode::Simple => ServerTlsMode::Simple,
        api::ServerTLSSettingsTLSmode::Mutual => ServerTlsMode::Mutual,
        api::ServerTLSSettingsTLSmode::AutoPassthrough => ServerTlsMode::AutoPassthrough,
        api::ServerTLSSettingsTLSmode::IstioMutual => ServerTlsMode::IstioMutual,
        api::ServerTLSSettingsTLSmode::OptionalMutual => ServerTlsMode::OptionalMutual,
    }
}

fn version(word: api::ServerTLSSettingsTLSProtocol) -> TlsVersion {
    match word.name() {
        "TLSV1_0" => TlsVersion::V1_0,
        "TLSV1_1" => TlsVersion::V1_1,
        "TLSV1_2" => TlsVersion::V1_2,
        "TLSV1_3" => TlsVersion::V1_3,
        _ => TlsVersion::Auto,
    }
}

fn text(text: Option<Text<'_>>) -> String {
    text.map(|text| text.value.to_owned()).unwrap_or_default()
}

fn texts(list: List<'_, Text<'_>>) -> Vec<String> {
    list.iter().map(|text| text.value.to_owned()).collect()
}

fn number(value: Option<i64>) -> u32 {
    value.and_then(|value| u32::try_from(value).ok()).unwrap_or_default()
}
