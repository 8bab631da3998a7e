//! TLS of clusters (`pilot/pkg/networking/core/cluster_tls.go`).

use mp_ir::mesh::{
    ClientTls, ClientTlsMode, MutualTlsMode, Registry, Resolution, Service, SimpleLb, TrafficPolicy,
};
use mp_ir::plan::{
    Cluster, Discovery, ProxyKind, SecretSource, ServerCheck, UpstreamSecurity, UpstreamTls, Via,
};

use super::base;
use crate::Context;
use crate::plan::{security, tunnel};

const SECRET: &str = "kubernetes://";
const GATEWAY_SECRET: &str = "kubernetes-gateway://";
const CONFIG_MAP: &str = "configmap://";
const BUILTIN: &str = "builtin://";
/// A name that no secret has, for references that lead nowhere.
const INVALID: &str = "invalid://";
const EXTERNAL: &str = "sds://";
const CA_SUFFIX: &str = "-cacert";

/// What TLS of a cluster depends on beside the policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs<'a> {
    /// SPIFFE ids or names of the endpoints.
    pub(super) accounts: &'a [String],
    /// Server name of mutual TLS; empty takes the cluster's name.
    pub(super) sni: &'a str,
    /// Outside of the mesh.
    pub(super) external: bool,
    /// A ServiceEntry.
    pub(super) registry: Option<Registry>,
    /// What the endpoints are taken to accept; `None` when not known.
    pub(super) mode: Option<MutualTlsMode>,
    /// The rule selects workloads.
    pub(super) selected: bool,
}

/// What the endpoints of a service accept, as far as policies of namespace and mesh say
/// (`BestEffortInferServiceMTLSMode`). To endpoints that the client dials itself all must take part.
pub(super) fn service_mode(
    cx: &Context<'_>,
    service: &Service,
    port: u32,
    policy: Option<&TrafficPolicy>,
) -> Option<MutualTlsMode> {
    if service.mesh_external {
        return None;
    }
    let simple = policy.and_then(|p| p.load_balancer.as_ref()).and_then(|lb| lb.simple);
    if service.resolution == Resolution::Passthrough || simple == Some(SimpleLb::Passthrough) {
        let mut endpoints = super::super::endpoints::of_port(cx, service, port).peekable();
        if endpoints.peek().is_none() || endpoints.any(|(_, endpoint)| !endpoint.tls_mode_istio) {
            return Some(MutualTlsMode::Disable);
        }
    }
    let stated = security::namespace_mtls_mode(cx.mesh, service.meta.namespace());
    Some(stated.unwrap_or(MutualTlsMode::Permissive))
}

/// Lays TLS over a cluster: what the rule says, else mutual TLS where the endpoints take part (auto mTLS).
pub(super) fn apply(cx: &Context<'_>, cluster: &mut Cluster, tls: Option<&ClientTls>, inputs: &Inputs<'_>) {
    let stated = settings(cx, tls, inputs);
    let dialled = matches!(cluster.discovery, Discovery::OriginalDst { .. });
    let tunnels = tunnel::sends(cx) || cx.proxy.kind == ProxyKind::Waypoint;
    if tunnels && (stated.is_none() || !dialled) {
        cluster.via = Via::Endpoint;
    }
    let Some((tls, automatic)) = stated else { return };
    let Some(context) = context(cx, cluster, &tls, inputs) else { return };
    cluster.security = if automatic && tls.mode == ClientTlsMode::IstioMutual && !dialled {
        UpstreamSecurity::Auto(context)
    } else {
        UpstreamSecurity::Tls(context)
    };
}

/// TLS of the mesh's own for calls of unknown hosts.
pub(super) fn originate(cx: &Context<'_>, cluster: &mut Cluster, tls: &ClientTls) {
    let inputs =
        Inputs { accounts: &[], sni: "", external: false, registry: None, mode: None, selected: false };
    if let Some(context) = context(cx, cluster, tls, &inputs) {
        cluster.security = UpstreamSecurity::Tls(context);
    }
}

/// TLS that a waypoint originates towards a service (`buildWaypointTLSContext`): what the rule says, but not the mesh's own.
pub(super) fn of_waypoint(cx: &Context<'_>, cluster: &mut Cluster, tls: &ClientTls) {
    if matches!(tls.mode, ClientTlsMode::Simple | ClientTlsMode::Mutual) {
        originate(cx, cluster, tls);
    }
}

/// The settings that count, and whether no rule asked for them (`buildUpstreamTLSSettings`).
fn settings(cx: &Context<'_>, tls: Option<&ClientTls>, inputs: &Inputs<'_>) -> Option<(ClientTls, bool)> {
    let mounted = cx.proxy.metadata.get("TLS_CLIENT_CERT_CHAIN").is_some_and(|path| !path.is_empty());
    let Some(tls) = tls else {
        let takes_part = !matches!(inputs.mode, None | Some(MutualTlsMode::Disable));
        if inputs.external || !cx.mesh.settings.auto_mtls || !takes_part {
            return None;
        }
        let made = if mounted {
            mounted_mutual(cx, inputs.accounts, inputs.sni)
        } else {
            istio(inputs.accounts, inputs.sni)
        };
        return Some((made, true));
    };
    if matches!(tls.mode, ClientTlsMode::Disable | ClientTlsMode::Simple) {
        return Some((tls.clone(), false));
    }
    let insecure_skip_verify = tls.insecure_skip_verify;
    if mounted {
        let flag = cx.mesh.compat.flag("PREFER_DESTINATIONRULE_TLS_FOR_EXTERNAL_SERVICES", true);
        if inputs.external && flag {
            return Some((tls.clone(), false));
        }
        let made = mounted_mutual(cx, &tls.subject_alt_names, &tls.sni);
        return Some((ClientTls { insecure_skip_verify, ..made }, false));
    }
    if tls.mode != ClientTlsMode::IstioMutual {
        return Some((tls.clone(), false));
    }
    let sni = if tls.sni.is_empty() { inputs.sni } else { &tls.sni };
    let names = if tls.subject_alt_names.is_empty() { inputs.accounts } else { &tls.subject_alt_names };
    Some((ClientTls { insecure_skip_verify, origin: tls.origin, ..istio(names, sni) }, false))
}

/// Mutual TLS with the identities of the mesh.
fn istio(names: &[String], sni: &str) -> ClientTls {
    let (subject_alt_names, sni) = (names.to_vec(), sni.to_owned());
    ClientTls { mode: ClientTlsMode::IstioMutual, subject_alt_names, sni, ..ClientTls::default() }
}

/// Mutual TLS with certificates that the Pod mounts (`buildMutualTLS`).
fn mounted_mutual(cx: &Context<'_>, names: &[String], sni: &str) -> ClientTls {
    let of_proxy = |key: &str| cx.proxy.metadata.get(key).cloned().unwrap_or_default();
    ClientTls {
        client_certificate: of_proxy("TLS_CLIENT_CERT_CHAIN"),
        private_key: of_proxy("TLS_CLIENT_KEY"),
        ca_certificates: of_proxy("TLS_CLIENT_ROOT_CERT"),
        ..ClientTls { mode: ClientTlsMode::Mutual, ..istio(names, sni) }
    }
}

/// `buildUpstreamClusterTLSContext`; `None` leaves plain text.
fn context(
    cx: &Context<'_>,
    cluster: &mut Cluster,
    tls: &ClientTls,
    inputs: &Inputs<'_>,
) -> Option<UpstreamTls> {
    let from_secret = !tls.credential_name.is_empty() && !tls.credential_name.starts_with(CONFIG_MAP);
    let own = matches!(tls.mode, ClientTlsMode::Simple | ClientTlsMode::Mutual);
    if from_secret && own && cx.proxy.kind == ProxyKind::Sidecar && !inputs.selected {
        return None;
    }
    match tls.mode {
        ClientTlsMode::Disable => None,
        ClientTlsMode::IstioMutual => Some(istio_mutual(cx, cluster, tls)),
        ClientTlsMode::Simple | ClientTlsMode::Mutual => own_tls(cx, cluster, tls, inputs),
    }
}

fn is_dynamic(cluster: &Cluster) -> bool {
    matches!(cluster.discovery, Discovery::DynamicForward { .. })
}

fn istio_mutual(cx: &Context<'_>, cluster: &mut Cluster, tls: &ClientTls) -> UpstreamTls {
    let dynamic = is_dynamic(cluster);
    let sni = if tls.sni.is_empty() && !dynamic { cluster.name.clone() } else { tls.sni.clone() };
    let exchange =
        base::exchanges_metadata(cx).is_some() && !cx.mesh.compat.flag("PILOT_DISABLE_MX_ALPN", false);
    let words = [(exchange, "istio-peer-exchange"), (true, "istio"), (base::is_http2(cluster), "h2")];
    let alpn = words.into_iter().filter(|(said, _)| *said).map(|(_, word)| word.to_owned()).collect();
    if dynamic {
        names_from_request(cluster, tls);
    }
    UpstreamTls {
        sni,
        certificate: Some(SecretSource::Agent("default".to_owned())),
        check: ServerCheck::Root {
            root: SecretSource::Agent("ROOTCA".to_owned()),
            names: tls.subject_alt_names.clone(),
            crl: String::new(),
        },
        alpn,
        istio: true,
        ecdh_curves: Vec::new(),
        cipher_suites: Vec::new(),
        origin: tls.origin,
    }
}

/// SIMPLE and MUTUAL (`constructUpstreamTLS`); `None` when MUTUAL lacks its files.
fn own_tls(
    cx: &Context<'_>,
    cluster: &mut Cluster,
    tls: &ClientTls,
    inputs: &Inputs<'_>,
) -> Option<UpstreamTls> {
    names_from_request(cluster, tls);
    let mutual = tls.mode == ClientTlsMode::Mutual;
    let of_service = inputs.registry == Some(Registry::External) && tls.subject_alt_names.is_empty();
    let names = if of_service { inputs.accounts.to_vec() } else { tls.subject_alt_names.clone() };
    let unchecked = tls.insecure_skip_verify == Some(true);
    let (certificate, check) = if tls.credential_name.is_empty() {
        (file_certificate(tls, mutual)?, file_check(tls, names, unchecked))
    } else {
        let certificate = mutual.then(|| credential(cx, &tls.credential_name));
        let root = credential(cx, &format!("{}{CA_SUFFIX}", tls.credential_name));
        let check = ServerCheck::Root { root, names, crl: String::new() };
        (certificate, if unchecked { ServerCheck::Unstated } else { check })
    };
    Some(UpstreamTls {
        sni: tls.sni.clone(),
        certificate,
        check,
        alpn: if base::is_http2(cluster) { vec!["h2".to_owned()] } else { Vec::new() },
        istio: false,
        ecdh_curves: cx.mesh.settings.ecdh_curves.clone(),
        cipher_suites: cx.mesh.settings.tls_defaults_ciphers.clone(),
        origin: tls.origin,
    })
}

/// The certificate of MUTUAL from files; the outer `None` when they are not named.
fn file_certificate(tls: &ClientTls, mutual: bool) -> Option<Option<SecretSource>> {
    if !mutual {
        return Some(None);
    }
    if tls.client_certificate.is_empty() || tls.private_key.is_empty() {
        return None;
    }
    Some(Some(SecretSource::Agent(format!("file-cert:{}~{}", tls.client_certificate, tls.private_key))))
}

fn file_check(tls: &ClientTls, names: Vec<String>, unchecked: bool) -> ServerCheck {
    if unchecked {
        return ServerCheck::None;
    }
    let root = if tls.ca_certificates.is_empty() { "system" } else { &tls.ca_certificates };
    ServerCheck::Root {
        root: SecretSource::Agent(format!("file-root:{root}")),
        names,
        crl: tls.ca_crl.clone(),
    }
}

/// `ConstructSdsSecretConfigForCredential`.
fn credential(cx: &Context<'_>, name: &str) -> SecretSource {
    if let Some(rest) = name.strip_prefix(BUILTIN) {
        let root = rest.ends_with(CA_SUFFIX);
        return SecretSource::Agent(if root { "ROOTCA" } else { "default" }.to_owned());
    }
    if name.starts_with(EXTERNAL) && cx.proxy.flag("credential") {
        return SecretSource::External(name.to_owned());
    }
    let name = name.strip_prefix(EXTERNAL).unwrap_or(name);
    if name.starts_with(INVALID) {
        return SecretSource::ControlPlane(INVALID.to_owned());
    }
    let typed = [SECRET, GATEWAY_SECRET, CONFIG_MAP].iter().any(|prefix| name.starts_with(prefix));
    SecretSource::ControlPlane(if typed { name.to_owned() } else { format!("{SECRET}{name}") })
}

/// Without a stated server name the request's host is sent and checked (`setAutoSniAndAutoSanValidation`).
fn names_from_request(cluster: &mut Cluster, tls: &ClientTls) {
    let dynamic = is_dynamic(cluster);
    let unchecked = tls.insecure_skip_verify == Some(true);
    let sni = tls.sni.is_empty();
    let san = (dynamic || (sni && tls.subject_alt_names.is_empty())) && !unchecked;
    if let Discovery::DynamicForward { allow_insecure, .. } = &mut cluster.discovery {
        *allow_insecure |= unchecked || !sni || !san;
    }
    if sni || san {
        let http = base::http(cluster);
        http.auto_sni |= sni;
        http.auto_san_validation |= san;
    }
}
