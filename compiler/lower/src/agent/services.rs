//! What a proxy reports to (`pkg/bootstrap/config.go`, `getProxyConfigOptions`; `pkg/bootstrap/option/convert.go`).

use std::net::IpAddr;

use mp_ir::plan::{AgentAddress, AgentBootstrap, AgentService, AgentTls, AgentTracer, TracerKind};
use mp_model::admission::message::Message;
use mp_model::admission::split_host_port;

use super::metadata::Metadata;
use super::{AgentNode, verbatim};

/// What an address may hold instead of the node's own.
const HOST_IP: &str = "$(HOST_IP)";
const TOKEN_FILE: &str = "lightstep_access_token.txt";

/// Modes of TLS, by their numbers.
const SIMPLE: i32 = 1;
const MUTUAL: i32 = 2;
const ISTIO_MUTUAL: i32 = 3;

/// Adds tracer, services and statsd.
pub(super) fn add(
    out: &mut AgentBootstrap,
    config: &Message,
    metadata: &Metadata,
    node: &AgentNode,
    notes: &mut Vec<String>,
) -> Result<(), String> {
    let statsd = config.text("statsdUdpAddress");
    out.statsd = address("statsdUdpAddress", statsd, node)?;
    if let Some(statsd) = out.statsd.as_ref().filter(|statsd| statsd.host.parse::<IpAddr>().is_err()) {
        notes.push(format!(
            "statsdUdpAddress: the agent asks DNS for `{}` and writes its address",
            statsd.host
        ));
    }
    if let Some(tracing) = config.message("tracing") {
        out.tracer = tracer(tracing, config, metadata, node)?;
    }
    if !config.text("envoyMetricsServiceAddress").is_empty()
        && config.message("envoyMetricsService").is_none()
    {
        return Err(
            "the agent ends at `envoyMetricsServiceAddress`: write `envoyMetricsService.address`".to_owned()
        );
    }
    out.metrics_service = service(config, "envoyMetricsService", "envoy_metrics_service", metadata, node)?;
    out.access_log_service =
        service(config, "envoyAccessLogService", "envoy_accesslog_service", metadata, node)?;
    Ok(())
}

/// An address; none where the text is empty.
fn address(field: &str, text: &str, node: &AgentNode) -> Result<Option<AgentAddress>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let unable = |why: &str| format!("unable to parse {field} address \"{text}\": {why}");
    let (mut host, port) = split_host_port(text).map_err(|why| unable(&why))?;
    if let Some(own) = node.process.get("HOST_IP").filter(|own| host == HOST_IP && !own.is_empty()) {
        host.clone_from(own);
    }
    let number = port.parse::<u16>().ok().filter(|number| number.to_string() == port);
    let port = number.ok_or_else(|| unable(&format!("`{port}` is no port")))?;
    Ok(Some(AgentAddress { host: verbatim(field, &host)?, port }))
}

fn tracer(
    tracing: &Message,
    config: &Message,
    metadata: &Metadata,
    node: &AgentNode,
) -> Result<Option<AgentTracer>, String> {
    let stated = |field: &str| tracing.message(field).map(|own| own.text("address").to_owned());
    if tracing.message("stackdriver").is_some() {
        return Err("unable to process Stackdriver tracer: missing GCP Project".to_owned());
    }
    let folder = config.text("configPath").trim_end_matches('/');
    let token = || verbatim("configPath", &format!("{}/{TOKEN_FILE}", folder.trim_start_matches("./")));
    let (kind, text, h2) = if let Some(text) = stated("zipkin") {
        (TracerKind::Zipkin, text, false)
    } else if let Some(text) = stated("lightstep") {
        (TracerKind::Lightstep(token()?), text, true)
    } else if let Some(text) = stated("datadog") {
        (TracerKind::Datadog, text, false)
    } else {
        return Ok(None);
    };
    let Some(address) = address("tracer", &text, node)? else { return Ok(None) };
    let mut tls = tracing.message("tlsSettings").and_then(|own| tls(own, "tracer", metadata));
    if let Some(tls) = tls.as_mut().filter(|_| !h2) {
        tls.alpn.clear();
    }
    Ok(Some(AgentTracer { kind, address, tls }))
}

fn service(
    config: &Message,
    field: &str,
    name: &str,
    metadata: &Metadata,
    node: &AgentNode,
) -> Result<Option<AgentService>, String> {
    let Some(own) = config.message(field) else { return Ok(None) };
    let Some(address) = address(field, own.text("address"), node)? else { return Ok(None) };
    let tls = own.message("tlsSettings").and_then(|own| tls(own, name, metadata));
    Ok(Some(AgentService { address, tls, keepalive: own.message("tcpKeepalive").map(keepalive) }))
}

/// Probes, time and interval, as far as they are positive; durations are cut to seconds.
fn keepalive(own: &Message) -> [Option<u32>; 3] {
    let probes = u32::try_from(own.int("probes")).ok();
    let seconds =
        |field: &str| own.duration(field).and_then(|nanos| u32::try_from(nanos / 1_000_000_000).ok());
    [probes, seconds("time"), seconds("interval")].map(|value| value.filter(|value| *value > 0))
}

/// `tlsContextConvert`.
fn tls(own: &Message, name: &str, metadata: &Metadata) -> Option<AgentTls> {
    let stated = |key: &str, field: &str| match metadata.text(key) {
        "" => own.text(field).to_owned(),
        text => text.to_owned(),
    };
    let names = own.texts("subjectAltNames").map(|(name, _)| name.to_owned()).collect();
    let sni = own.text("sni").to_owned();
    let roots = || match stated("TLS_CLIENT_ROOT_CERT", "caCertificates") {
        file if file.is_empty() => None,
        file => Some(format!("file-root:{file}")),
    };
    let certificate = || {
        let chain = stated("TLS_CLIENT_CERT_CHAIN", "clientCertificate");
        let key = stated("TLS_CLIENT_KEY", "privateKey");
        (!chain.is_empty() && !key.is_empty()).then(|| format!("file-cert:{chain}~{key}"))
    };
    let h2 = || vec!["h2".to_owned()];
    match own.number("mode") {
        SIMPLE => Some(AgentTls { certificate: None, roots: roots(), names, alpn: h2(), sni }),
        MUTUAL => Some(AgentTls { certificate: certificate(), roots: roots(), names, alpn: h2(), sni }),
        ISTIO_MUTUAL => Some(AgentTls {
            certificate: Some("default".to_owned()),
            roots: Some("ROOTCA".to_owned()),
            names,
            alpn: vec!["istio".to_owned(), "h2".to_owned()],
            sni: if sni.is_empty() { name.to_owned() } else { sni },
        }),
        _ => None,
    }
}
