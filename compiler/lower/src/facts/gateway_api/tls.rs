//! TLS of a listener (`buildTLS`, `buildSecretReference`, `buildCaCertificateReference`).

use mp_ir::base::{At, Span};
use mp_ir::mesh::{Evidence, ServerTls, ServerTlsMode};
use mp_model::syntax::decode_base64;
use mp_model::views::gateway as api;
use mp_model::views::k8s;
use mp_model::{Entries, Kind, Object, Text};

use super::super::text;
use super::Cx;
use super::fault::Fault;
use super::listener::{Listener, number};

const MODE: &str = "gateway.istio.io/tls-terminate-mode";
const CIPHERS: &str = "gateway.istio.io/tls-cipher-suites";
const LISTENER_MODE: &str = "gateway.istio.io/listener-protocol";
const NETWORK: &str = "topology.istio.io/network";
const GATEWAY_PORT: &str = "networking.istio.io/gatewayPort";
/// Reasons of conditions.
pub(super) const BAD_CERTIFICATE: &str = "InvalidCertificateRef";
pub(super) const BAD_AUTHORITY: &str = "InvalidCACertificateRef";
pub(super) const BAD_AUTHORITY_KIND: &str = "InvalidCACertificateKind";
pub(super) const NOT_PERMITTED: &str = "RefNotPermitted";
/// Most certificates of one listener.
const MOST: usize = 2;

/// Settings of a listener; `None` without TLS.
///
/// # Errors
/// It cannot be programmed: a Secret is missing, not granted or no certificate.
pub(super) fn of_listener(
    cx: &Cx<'_>,
    gateway: api::GatewaySpec<'_>,
    listener: &Listener<'_>,
) -> Result<Option<ServerTls>, Fault> {
    let Some(tls) = listener.tls else { return Ok(None) };
    let mut out = ServerTls { origin: Some(tls.0.span()), ..ServerTls::default() };
    if tls.mode().is_some_and(|mode| mode.name() == "Passthrough") {
        if passes_automatically(listener, tls.options()) {
            out.mode = ServerTlsMode::AutoPassthrough;
        }
    } else {
        match option(tls.options(), MODE) {
            "ISTIO_SIMPLE" => {
                out.mode = ServerTlsMode::Simple;
                out.credential_name = At::new("builtin://".to_owned(), tls.0.span());
                return Ok(Some(out));
            }
            "ISTIO_MUTUAL" => {
                out.mode = ServerTlsMode::IstioMutual;
                return Ok(Some(out));
            }
            // Without certificates istiod looks no further.
            mode if tls.certificate_refs().is_empty() => {
                out.mode = terminating(mode);
                return Ok(Some(out));
            }
            mode => terminate(cx, gateway, listener, tls, mode, &mut out)?,
        }
    }
    out.cipher_suites = option(tls.options(), CIPHERS)
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    Ok(Some(out))
}

fn option<'a>(options: Entries<'a, Text<'a>>, key: &str) -> &'a str {
    options.get(key).map_or("", |value| value.value)
}

/// Between networks: by option, or at the port that is meant for it (`IsAutoPassthrough`).
fn passes_automatically(listener: &Listener<'_>, options: Entries<'_, Text<'_>>) -> bool {
    let labels = &listener.object.labels;
    let port = labels.get(GATEWAY_PORT).map_or("15443", String::as_str);
    option(options, LISTENER_MODE) == "auto-passthrough"
        || (labels.contains_key(NETWORK) && listener.port.to_string() == port)
}

fn terminating(mode: &str) -> ServerTlsMode {
    match mode {
        "MUTUAL" => ServerTlsMode::Mutual,
        "OPTIONAL_MUTUAL" => ServerTlsMode::OptionalMutual,
        _ => ServerTlsMode::Simple,
    }
}

fn terminate(
    cx: &Cx<'_>,
    gateway: api::GatewaySpec<'_>,
    listener: &Listener<'_>,
    tls: api::ListenerTLSConfig<'_>,
    mode: &str,
    out: &mut ServerTls,
) -> Result<(), Fault> {
    out.mode = terminating(mode);
    let references = tls.certificate_refs();
    let place = references.span().unwrap_or(tls.0.span());
    if references.len() > MOST {
        let message = "TLS mode can only support up to 2 server certificates";
        return Err(Fault::new(BAD_CERTIFICATE, message, place));
    }
    let (mut names, mut fault) = (Vec::new(), None);
    for reference in references.iter() {
        let found = certificate(cx, listener.object, reference, "certificate reference");
        let (name, why) = found.map_or_else(|why| (None, Some(why)), |name| (Some(name), None));
        names.push(name);
        fault = Fault::joined(fault, why);
    }
    match (names.iter().flatten().count(), fault) {
        (0, Some(fault)) => return Err(fault),
        // istiod looks at the first reference, be it the broken one.
        (1, _) => {
            let first = names.first().cloned().flatten().unwrap_or_default();
            out.credential_name = At::new(first, place);
        }
        _ => out.credential_names = names.into_iter().flatten().collect(),
    }
    client_authorities(cx, gateway, listener, mode, out)
}

/// A reference to another namespace that no grant allows; `what` is the field and what it names.
fn not_granted(of: &Object, what: &str, place: Span) -> Fault {
    let home = &of.namespace;
    let message =
        format!("{what} not accessible to a Gateway in namespace \"{home}\" (missing a ReferenceGrant?)");
    Fault::absent(NOT_PERMITTED, message, place)
}

/// The fault of something that is not in the input, or stands for what a cluster has.
fn gone(fault: Fault) -> Fault {
    Fault { evidence: Evidence::Absence, ..fault }
}

/// `group/kind/name.namespace` as istiod names what is referred to.
fn shown(group: Option<Text<'_>>, kind: Option<Text<'_>>, name: &str, namespace: Option<Text<'_>>) -> String {
    let [group, kind, namespace] = [group, kind, namespace].map(|part| part.map_or("", |part| part.value));
    format!("{group}/{kind}/{name}.{namespace}")
}

/// The name of a Secret that holds a certificate with its key; `what` is the field in words.
pub(super) fn certificate(
    cx: &Cx<'_>,
    of: &Object,
    reference: api::SecretObjectReference<'_>,
    what: &str,
) -> Result<String, Fault> {
    let name = text(reference.name());
    let place = reference.name().map_or(reference.0.span(), |name| name.span);
    // With the defaults of the schema.
    let kind = reference.kind().map_or("Secret", |kind| kind.value);
    let group = reference.group().map_or("", |group| group.value);
    let namespace = reference.namespace().map_or(of.namespace.as_str(), |ns| ns.value);
    let said = format!("{group}/{kind}/{name}.{}", reference.namespace().map_or("", |ns| ns.value));
    let invalid = |why: &str| Fault::new(BAD_CERTIFICATE, format!("invalid {what} {said}, {why}"), place);
    if !group.is_empty() || kind != "Secret" {
        return Err(invalid("only secret is allowed"));
    }
    let Some(object) = cx.ws.find(Kind::Secret, namespace, &name) else {
        return Err(gone(invalid(&format!("secret {namespace}/{name} not found"))));
    };
    let pair = [("cert", "key"), ("tls.crt", "tls.key")];
    let found = pair.iter().find_map(|(cert, key)| entry(cx, object, cert).zip(entry(cx, object, key)));
    let absent = "found secret, but didn't have expected keys (cert and key) or (tls.crt and tls.key)";
    let (cert, key) = found.ok_or_else(|| gone(invalid(absent)))?;
    if !is_pem(&cert, "CERTIFICATE") || !is_pem(&key, "PRIVATE KEY") {
        return Err(gone(invalid("the certificate is malformed")));
    }
    let granted = || cx.grants.allow((of.kind.name(), &of.namespace), ("Secret", namespace, &name));
    if namespace != of.namespace && !granted() {
        return Err(not_granted(of, &format!("certificateRef {name}/{namespace}"), place));
    }
    Ok(format!("kubernetes-gateway://{namespace}/{name}"))
}

/// `spec.tls.frontend` of the Gateway: which certificates clients need (`resolveGatewayTLS`).
fn client_authorities(
    cx: &Cx<'_>,
    gateway: api::GatewaySpec<'_>,
    listener: &Listener<'_>,
    mode: &str,
    out: &mut ServerTls,
) -> Result<(), Fault> {
    let Some(frontend) = gateway.tls().and_then(api::GatewayTLSConfig::frontend) else { return Ok(()) };
    let own = frontend.per_port().iter().find(|per_port| number(per_port.port()) == listener.port);
    let config = match own {
        Some(per_port) => per_port.tls(),
        None => frontend.default(),
    };
    let Some(validation) = config.and_then(api::TLSConfig::validation) else { return Ok(()) };
    let references = validation.ca_certificate_refs();
    let Some(reference) = references.first() else { return Ok(()) };
    if references.len() > 1 {
        return Err(Fault::new(BAD_AUTHORITY, "only one caCertificateRef is supported", validation.0.span()));
    }
    out.ca_cert_credential_name = authorities(cx, listener.object, reference)?;
    let open = validation.mode().is_some_and(|mode| mode.name() == "AllowInsecureFallback");
    (out.mode, out.insecure_skip_verify) = match mode {
        "MUTUAL" => (ServerTlsMode::Mutual, false),
        "OPTIONAL_MUTUAL" => (ServerTlsMode::OptionalMutual, false),
        _ if open => (ServerTlsMode::OptionalMutual, true),
        _ => (ServerTlsMode::Mutual, false),
    };
    Ok(())
}

/// The name of a ConfigMap or Secret with certificates of authorities.
fn authorities(cx: &Cx<'_>, of: &Object, reference: api::ObjectReference<'_>) -> Result<String, Fault> {
    let namespace = reference.namespace().map_or(of.namespace.as_str(), |ns| ns.value);
    let name = text(reference.name());
    let place = reference.name().map_or(reference.0.span(), |name| name.span);
    let said = shown(reference.group(), reference.kind(), &name, reference.namespace());
    let invalid = |reason: &'static str, why: &str| {
        Fault::new(reason, format!("invalid CA certificate reference {said}, {why}"), place)
    };
    let (kind, scheme, word) = match (text(reference.group()).as_str(), text(reference.kind()).as_str()) {
        ("", "ConfigMap") => (Kind::ConfigMap, "configmap", "configmap"),
        ("", "Secret") => (Kind::Secret, "kubernetes-gateway", "secret"),
        _ => return Err(invalid(BAD_AUTHORITY_KIND, "only secret and configmap are allowed")),
    };
    let Some(object) = cx.ws.find(kind, namespace, &name) else {
        return Err(gone(invalid(BAD_AUTHORITY, &format!("{word} {namespace}/{name} not found"))));
    };
    let bundle = ["cacert", "ca.crt"].iter().find_map(|key| entry(cx, object, key));
    let absent = "found secret, but didn't have expected keys cacert or ca.crt";
    let bundle = bundle.ok_or_else(|| gone(invalid(BAD_AUTHORITY, absent)))?;
    if !is_pem(&bundle, "CERTIFICATE") {
        return Err(gone(invalid(BAD_AUTHORITY, "the bundle is malformed")));
    }
    let full = format!("{name}-cacert");
    let granted = || cx.grants.allow((of.kind.name(), &of.namespace), (kind.name(), namespace, &full));
    if namespace != of.namespace && !granted() {
        return Err(not_granted(of, &format!("caCertificateRef {namespace}/{name}"), place));
    }
    Ok(format!("{scheme}://{namespace}/{full}"))
}

/// An entry of a ConfigMap or Secret that is there and not empty. What a Secret holds is looked at here and goes no further.
pub(super) fn entry(cx: &Cx<'_>, object: &Object, key: &str) -> Option<Vec<u8>> {
    let plain = |entries: Entries<'_, Text<'_>>| entries.get(key).map(|text| text.value.as_bytes().to_vec());
    let found = if object.kind == Kind::Secret {
        let secret = cx.ws.view::<k8s::Secret<'_>>(object)?;
        plain(secret.string_data()).or_else(|| secret.data().get(key).and_then(|text| base64(text.value)))
    } else {
        plain(cx.ws.view::<k8s::ConfigMap<'_>>(object)?.data())
    };
    found.filter(|bytes| !bytes.is_empty())
}

/// Whether a text holds a PEM block of a kind whose content is one DER sequence. The kind may have a word before it.
pub(super) fn is_pem(text: &[u8], kind: &str) -> bool {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().map(str::trim);
    let begins = |line: &str| {
        line.strip_prefix("-----BEGIN ")
            .and_then(|l| l.strip_suffix("-----"))
            .is_some_and(|l| l.ends_with(kind))
    };
    if !lines.any(begins) {
        return false;
    }
    let body: String = lines.take_while(|line| !line.starts_with("-----END ")).collect();
    base64(&body).is_some_and(|der| der_length(&der) == Some(der.len()))
}

/// The length that the first DER value states, its head included; `None` for what is no sequence.
fn der_length(der: &[u8]) -> Option<usize> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if tag != 0x30 {
        return None;
    }
    if first < 0x80 {
        return Some(2 + usize::from(first));
    }
    let count = usize::from(first & 0x7f);
    let bytes = rest.get(..count).filter(|_| count <= 4)?;
    let length = bytes.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
    length.checked_add(2 + count)
}

/// Standard base64 with padding; white space does not count.
fn base64(text: &str) -> Option<Vec<u8>> {
    decode_base64(&text.split_ascii_whitespace().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_with_padding_alone() {
        assert_eq!(base64("aGk=").as_deref(), Some(&b"hi"[..]));
        assert_eq!(base64("aA==\n").as_deref(), Some(&b"h"[..]));
        assert_eq!(base64("aGlo").as_deref(), Some(&b"hih"[..]));
        for bad in ["aGk", "a===", "aG=k", "a?=="] {
            assert_eq!(base64(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_certificate_is_one_whole_sequence() {
        let pem = |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        assert!(is_pem(pem("MAMCAQE=").as_bytes(), "CERTIFICATE"));
        assert!(!is_pem(pem("MAQCAQE=").as_bytes(), "CERTIFICATE"));
        assert!(!is_pem(pem("cGxhY2Vob2xkZXI=").as_bytes(), "CERTIFICATE"));
        assert!(!is_pem(b"placeholder", "CERTIFICATE"));
        assert!(!is_pem(pem("MAMCAQE=").as_bytes(), "PRIVATE KEY"));
    }
}
