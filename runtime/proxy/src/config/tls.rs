//! TLS contexts, compiled into rustls configurations.
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::matcher::StringMatcher;
use super::secret::Secrets;
use super::value::{Get, Scope};
use super::{secret, source};
use crate::json::Value;
use crate::tls::{ChainOnly, first_uri};

/// TLS towards clients.
#[derive(Debug)]
pub(crate) struct DownstreamTls {
    /// The handshake's settings.
    pub(crate) config: Arc<ServerConfig>,
    /// The same for clients that know none of the ALPN names.
    pub(crate) without_alpn: Arc<ServerConfig>,
    /// What the client's certificate must be named.
    pub(crate) sans: Sans,
    /// First URI SAN of the own certificate.
    pub(crate) own_uri: String,
    /// The own certificate.
    pub(crate) own_der: Arc<[u8]>,
}

/// TLS towards endpoints.
#[derive(Debug)]
pub(crate) struct UpstreamTls {
    /// What clusters with the same certificates share.
    pub(crate) client: Arc<ClientSide>,
    /// What the endpoint's certificate must be named.
    pub(crate) sans: Arc<Sans>,
    /// Server name that is sent.
    pub(crate) sni: Option<String>,
}

/// The own side towards endpoints.
#[derive(Debug)]
pub(crate) struct ClientSide {
    /// The handshake's settings.
    pub(crate) config: ClientConfig,
    /// Checks the endpoint's chain.
    pub(crate) verifier: Arc<ChainOnly>,
    /// First URI SAN of the own certificate.
    pub(crate) own_uri: String,
    /// The own certificate.
    pub(crate) own_der: Arc<[u8]>,
}

/// Matchers of subject alternative names; no matcher accepts every name.
#[derive(Debug, Default)]
pub(crate) struct Sans(Vec<(SanType, StringMatcher)>);

/// Which subject alternative names a matcher looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SanType {
    Any,
    Uri,
    Dns,
}

impl Sans {
    /// Whether every name is accepted.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the names matches.
    pub(crate) fn accept(&self, uris: &[String], dns: &[String]) -> bool {
        let fits = |m: &StringMatcher, names: &[String]| names.iter().any(|n| m.matches(n.as_bytes()));
        self.0.is_empty()
            || self.0.iter().any(|(of, m)| {
                (*of != SanType::Dns && fits(m, uris)) || (*of != SanType::Uri && fits(m, dns))
            })
    }
}

/// The parts that both directions have.
struct Common {
    chain: Vec<CertificateDer<'static>>,
    key: Option<PrivateKeyDer<'static>>,
    roots: Option<RootCertStore>,
    alpn: Vec<Vec<u8>>,
    versions: Vec<&'static SupportedProtocolVersion>,
    provider: Arc<CryptoProvider>,
}

impl Common {
    fn new(
        common: Option<&Value>,
        validation: &[Value],
        secrets: &Secrets<'_>,
        newest: bool,
        scope: &Scope<'_>,
    ) -> Option<Self> {
        let (chain, key) = match certificate(common, secrets, scope) {
            Some((value, secret_scope)) => read_certificate(&value, &scope.field(secret_scope))?,
            None => (Vec::new(), None),
        };
        let params = common.get_field("tls_params");
        let trusted = validation
            .iter()
            .find_map(|v| source::read(v.get_field("trusted_ca"), &scope.field("trusted_ca")));
        Some(Self {
            chain,
            key,
            roots: match trusted {
                Some(pem) => Some(roots(&pem, scope)?),
                None => None,
            },
            alpn: common.texts("alpn_protocols").into_iter().map(String::into_bytes).collect(),
            versions: versions(params, newest),
            provider: provider(params),
        })
    }
}

/// The fields that hold matchers of names.
const SAN_FIELDS: &[&str] = &["match_typed_subject_alt_names", "match_subject_alt_names"];

impl Sans {
    fn new(validation: &[Value], scope: &Scope<'_>) -> Self {
        let matchers = validation.iter().flat_map(|v| {
            let typed = v.items("match_typed_subject_alt_names").iter();
            let typed = typed.filter_map(|m| Some((san_type(m, scope), m.get_field("matcher")?)));
            typed
                .chain(v.items("match_subject_alt_names").iter().map(|m| (SanType::Any, m)))
                .map(|(of, m)| (of, StringMatcher::new(m, scope)))
                .collect::<Vec<_>>()
        });
        Self(matchers.collect())
    }
}

fn san_type(matcher: &Value, scope: &Scope<'_>) -> SanType {
    match matcher.text("san_type") {
        "URI" => SanType::Uri,
        "DNS" => SanType::Dns,
        _ => {
            scope.field("match_typed_subject_alt_names").refuse("needs a san_type");
            SanType::Any
        }
    }
}

fn certificate<'t>(
    common: Option<&'t Value<'t>>,
    secrets: &Secrets<'t>,
    scope: &Scope<'_>,
) -> Option<(Value<'t>, &'static str)> {
    if let Some(first) = common.items("tls_certificates").first() {
        return Some((first.clone(), "tls_certificates[0]"));
    }
    let reference = common.items("tls_certificate_sds_secret_configs").first()?;
    let scope = scope.field("tls_certificate_sds_secret_configs[0]");
    let secret = secret::find(reference, secrets, &scope)?;
    let certificate = secret.get("tls_certificate").filter(|c| !c.is_null())?.clone();
    Some((certificate, "tls_certificate_sds_secret_configs[0]"))
}

fn validation<'t>(common: Option<&'t Value<'t>>, secrets: &Secrets<'t>, scope: &Scope<'_>) -> Vec<Value<'t>> {
    let combined = common.get_field("combined_validation_context");
    let references = [common, combined]
        .into_iter()
        .filter_map(|holder| holder.get_field("validation_context_sds_secret_config"));
    let secrets = references.filter_map(|r| {
        let secret = secret::find(r, secrets, &scope.field("validation_context_sds_secret_config"))?;
        secret.get("validation_context").filter(|c| !c.is_null()).cloned()
    });
    let direct = common.get_field("validation_context").into_iter();
    // Where both say something, the secret replaces the default.
    secrets.chain(direct.chain(combined.get_field("default_validation_context")).cloned()).collect()
}

type CertificateAndKey = (Vec<CertificateDer<'static>>, Option<PrivateKeyDer<'static>>);

fn read_certificate(value: &Value, scope: &Scope<'_>) -> Option<CertificateAndKey> {
    let chain = source::read(value.get_field("certificate_chain"), &scope.field("certificate_chain"))?;
    let key = source::read(value.get_field("private_key"), &scope.field("private_key"))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&chain).filter_map(Result::ok).collect();
    if chain.is_empty() {
        scope.field("certificate_chain").refuse("there is no PEM certificate in it");
        return None;
    }
    match PrivateKeyDer::from_pem_slice(&key) {
        Ok(key) => Some((chain, Some(key))),
        Err(_) => {
            scope.field("private_key").refuse("there is no PEM private key in it");
            None
        }
    }
}

/// Refuses a secret that no TLS context can use.
pub(super) fn usable(secret: &Value, scope: &Scope<'_>) {
    let trusted = secret.get_field("validation_context").get_field("trusted_ca");
    let here = scope.field("validation_context");
    if let Some(pem) = source::read(trusted, &here.field("trusted_ca")) {
        roots(&pem, &here);
    }
    let here = scope.field("tls_certificate");
    let pair = secret.get_field("tls_certificate").and_then(|value| read_certificate(value, &here));
    if let Some((chain, Some(key))) = pair
        && let Err(error) = rustls::sign::CertifiedKey::from_der(chain, key, &provider(None))
    {
        here.refuse(format!("certificate and key do not fit: {error}"));
    }
}

fn roots(pem: &[u8], scope: &Scope<'_>) -> Option<RootCertStore> {
    let mut store = RootCertStore::empty();
    let (added, _) =
        store.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).filter_map(Result::ok));
    if added == 0 {
        scope.field("trusted_ca").refuse("there is no usable PEM certificate in it");
        return None;
    }
    Some(store)
}

fn versions(params: Option<&Value>, newest: bool) -> Vec<&'static SupportedProtocolVersion> {
    let minimum = params.text("tls_minimum_protocol_version");
    let maximum = params.text("tls_maximum_protocol_version");
    // Envoy offers TLS 1.2 at most to endpoints unless told otherwise.
    let highest = if newest || maximum == "TLSv1_3" || minimum == "TLSv1_3" { 3 } else { 2 };
    let mut versions = Vec::new();
    if maximum != "TLSv1_2" && highest == 3 {
        versions.push(&rustls::version::TLS13);
    }
    if minimum != "TLSv1_3" {
        versions.push(&rustls::version::TLS12);
    }
    versions
}

fn provider(params: Option<&Value>) -> Arc<CryptoProvider> {
    let mut provider = rustls::crypto::ring::default_provider();
    let names = params.texts("cipher_suites");
    if !names.is_empty() {
        provider.cipher_suites.retain(|suite| {
            let name = format!("{:?}", suite.suite());
            name.starts_with("TLS13_") || names.iter().any(|n| name == format!("TLS_{}", openssl_name(n)))
        });
    }
    let curves = params.texts("ecdh_curves");
    if !curves.is_empty() {
        let rank = |name| curves.iter().position(|c| curve(c) == Some(name));
        provider.kx_groups.retain(|group| rank(group.name()).is_some());
        provider.kx_groups.sort_by_key(|group| rank(group.name()));
    }
    Arc::new(provider)
}

fn curve(name: &str) -> Option<rustls::NamedGroup> {
    match name {
        "X25519" => Some(rustls::NamedGroup::X25519),
        "P-256" => Some(rustls::NamedGroup::secp256r1),
        "P-384" => Some(rustls::NamedGroup::secp384r1),
        _ => None,
    }
}

/// `ECDHE-RSA-AES256-GCM-SHA384` as `ECDHE_RSA_WITH_AES_256_GCM_SHA384`.
fn openssl_name(name: &str) -> String {
    let name = name.replace("CHACHA20-POLY1305", "CHACHA20-POLY1305-SHA256").replace('-', "_");
    let name = name.replace("_AES", "_WITH_AES_").replace("_CHACHA20", "_WITH_CHACHA20");
    name.replace("__", "_")
}

impl DownstreamTls {
    /// Compiles a downstream context; `None` for plain text or after a refusal.
    pub(super) fn new(socket: Option<&Value>, secrets: &Secrets<'_>, scope: &Scope<'_>) -> Option<Self> {
        let context =
            socket.get_field("typed_config").filter(|c| c.text("@type").ends_with("DownstreamTlsContext"))?;
        let scope = scope.field("typed_config");
        let common = context.get_field("common_tls_context");
        let inner = scope.field("common_tls_context");
        let validation = validation(common, secrets, &inner);
        let sans = Sans::new(&validation, &inner);
        let common = Common::new(common, &validation, secrets, true, &inner)?;
        let own_uri = common.chain.first().map(|c| first_uri(c)).unwrap_or_default();
        let own_der = common.chain.first().map(|c| Arc::from(c.as_ref())).unwrap_or_default();
        let builder = ServerConfig::builder_with_provider(common.provider.clone())
            .with_protocol_versions(&common.versions)
            .map_err(|e| scope.refuse(format!("no TLS version and cipher suite fit together: {e}")))
            .ok()?;
        let required = context.flag("require_client_certificate");
        let builder = match client_verifier(common.roots, common.provider, required, &scope)? {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let Some(key) = common.key else {
            scope.refuse("a downstream TLS context needs a certificate");
            return None;
        };
        let config = builder.with_single_cert(common.chain, key);
        let mut config =
            config.map_err(|e| scope.refuse(format!("certificate and key do not fit: {e}"))).ok()?;
        config.alpn_protocols = common.alpn;
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        let mut bare = config.clone();
        bare.alpn_protocols.clear();
        let (config, without_alpn) = (Arc::new(config), Arc::new(bare));
        Some(Self { config, without_alpn, sans, own_uri, own_der })
    }
}

impl UpstreamTls {
    /// Compiles an upstream context; `None` for plain text or after a refusal.
    pub(super) fn new(socket: Option<&Value>, secrets: &Secrets<'_>, scope: &Scope<'_>) -> Option<Self> {
        let context =
            socket.get_field("typed_config").filter(|c| c.text("@type").ends_with("UpstreamTlsContext"))?;
        let scope = scope.field("typed_config");
        let common = context.get_field("common_tls_context");
        let scope = scope.field("common_tls_context");
        let validation = validation(common, secrets, &scope);
        let digest = common.map_or(0, |c| c.digest(SAN_FIELDS));
        let client = secrets.client(digest, || {
            client_side(Common::new(common, &validation, secrets, false, &scope)?, &scope)
        })?;
        Some(Self {
            client,
            sans: Arc::new(Sans::new(&validation, &scope)),
            sni: context.opt_text("sni").map(str::to_owned),
        })
    }
}

fn client_side(common: Common, scope: &Scope<'_>) -> Option<ClientSide> {
    let own_uri = common.chain.first().map(|c| first_uri(c)).unwrap_or_default();
    let own_der = common.chain.first().map(|c| Arc::from(c.as_ref())).unwrap_or_default();
    let verifier = Arc::new(ChainOnly::new(common.roots, common.provider.clone()));
    let builder = ClientConfig::builder_with_provider(common.provider.clone())
        .with_protocol_versions(&common.versions)
        .map_err(|e| scope.refuse(format!("no TLS version and cipher suite fit together: {e}")))
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(verifier.clone());
    let config = match common.key {
        Some(key) => builder.with_client_auth_cert(common.chain, key),
        None => Ok(builder.with_no_client_auth()),
    };
    let mut config = config.map_err(|e| scope.refuse(format!("certificate and key do not fit: {e}"))).ok()?;
    config.alpn_protocols = common.alpn;
    config.enable_sni = true;
    Some(ClientSide { config, verifier, own_uri, own_der })
}

/// What checks client certificates; `Some(None)` when nobody asks for them, `None` after a refusal.
fn client_verifier(
    roots: Option<rustls::RootCertStore>,
    provider: Arc<CryptoProvider>,
    required: bool,
    scope: &Scope<'_>,
) -> Option<Option<Arc<dyn rustls::server::danger::ClientCertVerifier>>> {
    let Some(roots) = roots else {
        if required {
            let field = scope.field("require_client_certificate");
            field.refuse("needs a validation context with trusted_ca");
        }
        return (!required).then_some(None);
    };
    let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
    let verifier = if required { verifier } else { verifier.allow_unauthenticated() };
    Some(Some(verifier.build().map_err(|e| scope.refuse(e.to_string())).ok()?))
}
