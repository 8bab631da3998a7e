//! TLS that listeners terminate (`authn/utils/utils.go`, `security/model/authentication.go`, `listener.go`).

use mp_ir::mesh::{MutualTlsMode, Protocol, Server, ServerTls, ServerTlsMode, TlsVersion};
use mp_ir::plan::{ClientValidation, DownstreamTls, NameMatch, SecretRef, SecretServer};

use crate::plan::security;

use super::stack::Stack;

/// Ciphers of mutual TLS between proxies of the mesh (`SupportedCiphers`).
const MESH_CIPHERS: [&str; 6] = [
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
];

const HTTP_ALPN: [&str; 2] = ["h2", "http/1.1"];

fn http_alpn() -> Vec<String> {
    HTTP_ALPN.iter().map(|name| (*name).to_owned()).collect()
}

/// ALPN of bytes between proxies of the mesh, which may begin with an exchange of metadata.
fn exchange_alpn(stack: &Stack<'_>) -> Vec<String> {
    let exchange = (!stack.flags.no_exchange_alpn).then(|| "istio-peer-exchange".to_owned());
    exchange.into_iter().chain(http_alpn()).collect()
}

/// Mutual TLS of a sidecar's port (`BuildInboundTLS`); `None` where the mode has none.
pub(super) fn mesh(stack: &Stack<'_>, mode: MutualTlsMode, http: bool) -> Option<DownstreamTls> {
    if matches!(mode, MutualTlsMode::Disable | MutualTlsMode::Unset) {
        return None;
    }
    let settings = &stack.cx.mesh.settings;
    let exchange = !http && stack.flags.metadata_exchange;
    let ciphers = match settings.mesh_mtls_ciphers.as_slice() {
        [] => MESH_CIPHERS.iter().map(|name| (*name).to_owned()).collect(),
        stated => stated.to_vec(),
    };
    let domains = security::trust_domains_for_validation(stack.cx.mesh);
    let names = domains.into_iter().map(|domain| NameMatch::Prefix(format!("spiffe://{domain}/"))).collect();
    let validation =
        ClientValidation { authorities: Some(own_root(stack)), names, ..ClientValidation::default() };
    Some(DownstreamTls {
        alpn: if exchange { exchange_alpn(stack) } else { http_alpn() },
        require_client_certificate: true,
        certificates: vec![own_certificate(stack)],
        validation: Some(validation),
        min_version: if settings.mesh_mtls_min_version == TlsVersion::V1_3 {
            TlsVersion::V1_3
        } else {
            TlsVersion::V1_2
        },
        max_version: TlsVersion::V1_3,
        cipher_suites: ciphers,
        ecdh_curves: Vec::new(),
        tunnel: false,
        origin: None,
    })
}

/// TLS of a gateway's server (`buildGatewayListenerTLSContext`); `None` when it does not terminate TLS.
pub(super) fn of_gateway(stack: &Stack<'_>, server: &Server) -> Option<DownstreamTls> {
    let tls = server.tls.as_ref()?;
    if matches!(tls.mode, ServerTlsMode::Passthrough | ServerTlsMode::AutoPassthrough) {
        return None;
    }
    let bytes = !server.protocol.is_http() && server.protocol != Protocol::Https;
    Some(of_server(stack, tls, bytes))
}

/// TLS that a server terminates (`BuildListenerTLSContext`). `tcp_server`: the server of a gateway passes bytes.
pub(super) fn of_server(stack: &Stack<'_>, tls: &ServerTls, tcp_server: bool) -> DownstreamTls {
    let required = matches!(tls.mode, ServerTlsMode::Mutual | ServerTlsMode::IstioMutual);
    let validated = required || tls.mode == ServerTlsMode::OptionalMutual;
    let istio = tls.mode == ServerTlsMode::IstioMutual;
    let (certificates, validation) = if istio {
        (vec![own_certificate(stack)], validated.then(|| check(tls, own_root(stack), &tls.ca_crl)))
    } else if !tls.credential_names.is_empty() || !tls.credential_name.is_empty() {
        credentials(stack, tls)
    } else {
        let root = file(stack, root_name(&tls.ca_certificates), "ROOTCA");
        (files(stack, tls), validated.then(|| check(tls, root, &tls.ca_crl)))
    };
    let settings = &stack.cx.mesh.settings;
    let version =
        |stated: TlsVersion, other: TlsVersion| if stated == TlsVersion::Auto { other } else { stated };
    let default_min = match settings.tls_defaults_min_version {
        TlsVersion::Auto => TlsVersion::Auto,
        TlsVersion::V1_3 => TlsVersion::V1_3,
        TlsVersion::V1_0 | TlsVersion::V1_1 | TlsVersion::V1_2 => TlsVersion::V1_2,
    };
    let mut ciphers = known_ciphers(&tls.cipher_suites);
    if ciphers.is_empty() {
        ciphers.clone_from(&settings.tls_defaults_ciphers);
    }
    DownstreamTls {
        alpn: if istio && tcp_server { exchange_alpn(stack) } else { http_alpn() },
        require_client_certificate: required,
        certificates,
        validation,
        min_version: if istio { TlsVersion::Auto } else { version(tls.min_version, default_min) },
        max_version: if istio { TlsVersion::Auto } else { tls.max_version },
        cipher_suites: if istio { Vec::new() } else { ciphers },
        ecdh_curves: if istio { Vec::new() } else { settings.ecdh_curves.clone() },
        tunnel: false,
        origin: tls.origin,
    }
}

fn check(tls: &ServerTls, authorities: SecretRef, crl: &str) -> ClientValidation {
    let names = tls.subject_alt_names.iter().cloned().map(NameMatch::Exact).collect();
    ClientValidation {
        authorities: Some(authorities),
        names,
        crl: crl.to_owned(),
        accept_untrusted: tls.insecure_skip_verify,
        ..ClientValidation::default()
    }
}

/// Secrets by name (`ApplyCredentialSDSToServerCommonTLSContext`).
fn credentials(stack: &Stack<'_>, tls: &ServerTls) -> (Vec<SecretRef>, Option<ClientValidation>) {
    let names = match tls.credential_names.as_slice() {
        [] => std::slice::from_ref(&tls.credential_name.value),
        names => names,
    };
    let first = names.first().map_or("", String::as_str);
    let certificates = names.iter().filter_map(|name| credential(stack, name)).collect();
    let ca = match tls.ca_cert_credential_name.as_str() {
        "" => format!("{first}-cacert"),
        stated => stated.to_owned(),
    };
    let exact: Vec<NameMatch> = tls.subject_alt_names.iter().cloned().map(NameMatch::Exact).collect();
    let validation = match tls.mode {
        ServerTlsMode::Mutual | ServerTlsMode::OptionalMutual => Some(ClientValidation {
            authorities: credential(stack, &ca),
            names: exact,
            spki: tls.verify_certificate_spki.clone(),
            hashes: tls.verify_certificate_hash.clone(),
            accept_untrusted: tls.insecure_skip_verify,
            ..ClientValidation::default()
        }),
        _ if !exact.is_empty() => Some(ClientValidation { names: exact, ..ClientValidation::default() }),
        _ => None,
    };
    (certificates, validation)
}

/// One secret (`ConstructSdsSecretConfigForCredential`).
fn credential(stack: &Stack<'_>, name: &str) -> Option<SecretRef> {
    match name {
        "" => return None,
        "builtin://" => return Some(agent("default")),
        "builtin://-cacert" => return Some(agent("ROOTCA")),
        _ => {}
    }
    if let Some(external) = name.strip_prefix("sds://") {
        if stack.cx.proxy.flag("credential") {
            let server =
                SecretServer::Server { cluster: "sds-external".to_owned(), authority: String::new() };
            return Some(SecretRef { name: name.to_owned(), server });
        }
        return Some(control_plane(external));
    }
    Some(control_plane(name))
}

/// A secret that istiod gives, with the kind of its resource (`credentials.ToResourceName`).
fn control_plane(name: &str) -> SecretRef {
    let kept =
        ["configmap://", "kubernetes://", "kubernetes-gateway://"].iter().any(|kind| name.starts_with(kind));
    let full = match name {
        name if name.starts_with("builtin://") => "default".to_owned(),
        name if name.starts_with("invalid://") => "invalid://".to_owned(),
        name if kept => name.to_owned(),
        name => format!("kubernetes://{name}"),
    };
    SecretRef { name: full, server: SecretServer::ControlPlane }
}

fn agent(name: &str) -> SecretRef {
    SecretRef { name: name.to_owned(), server: SecretServer::Agent }
}

/// The proxy's own certificate: files that its metadata name, else the workload's (`ApplyToCommonTLSContext`).
pub(super) fn own_certificate(stack: &Stack<'_>) -> SecretRef {
    let stated = |key: &str| stack.cx.proxy.metadata.get(key).map_or("", String::as_str);
    let (certificate, key) = (stated("TLS_SERVER_CERT_CHAIN"), stated("TLS_SERVER_KEY"));
    let name = if certificate.is_empty() || key.is_empty() {
        String::new()
    } else {
        format!("file-cert:{certificate}~{key}")
    };
    file(stack, name, "default")
}

/// The authorities that the proxy believes.
pub(super) fn own_root(stack: &Stack<'_>) -> SecretRef {
    let stated = stack.cx.proxy.metadata.get("TLS_SERVER_ROOT_CERT").map_or("", String::as_str);
    file(stack, root_name(stated), "ROOTCA")
}

/// Certificates in files (`SdsCertificateConfig.GetResourceName`).
fn files(stack: &Stack<'_>, tls: &ServerTls) -> Vec<SecretRef> {
    let one = |certificate: &str, key: &str| {
        let name = if certificate.is_empty() || key.is_empty() {
            String::new()
        } else {
            format!("file-cert:{certificate}~{key}")
        };
        file(stack, name, "default")
    };
    match tls.tls_certificates.as_slice() {
        [] => vec![one(&tls.server_certificate, &tls.private_key)],
        several => several.iter().map(|(certificate, key, _)| one(certificate, key)).collect(),
    }
}

fn root_name(ca: &str) -> String {
    if ca.is_empty() { String::new() } else { format!("file-root:{ca}") }
}

/// A file where there is one, else the workload's own secret (`constructSdsSecretConfig`).
fn file(stack: &Stack<'_>, name: String, fallback: &str) -> SecretRef {
    match name.as_str() {
        "" => agent(fallback),
        _ if stack.cx.proxy.flag("file-credential") => SecretRef { name, server: SecretServer::AgentFiles },
        _ => SecretRef { name, server: SecretServer::Agent },
    }
}

/// Cipher suites that Istio accepts, duplicates dropped (`security.FilterCipherSuites`).
fn known_ciphers(stated: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let known = |name: &String| {
        let expression = name.chars().next().is_none_or(|first| !first.is_alphanumeric());
        expression || name == "ALL" || VALID_CIPHERS.contains(&name.as_str())
    };
    for name in stated.iter().filter(|name| known(name)) {
        if !out.contains(name) {
            out.push(name.clone());
        }
    }
    out
}

/// `security.ValidCipherSuites`.
const VALID_CIPHERS: [&str; 15] = [
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES256-SHA",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "DES-CBC3-SHA",
];
