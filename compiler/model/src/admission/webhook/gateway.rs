//! `ValidateGateway` and the TLS settings of servers (istio 1.31 `pkg/config/validation/validation.go`).

use super::findings::Findings;
use super::words::{Protocol, enum_name, ip, is_label, namespaced_host, port, unix_address};
use crate::admission::crd::words::quoted;
use crate::admission::decode::message::{Message, Place};

/// All rules.
pub(super) fn gateway(out: &mut Findings, gateway: &Message, (name, converted): (&str, bool), place: &Place) {
    if !is_label(name) && !converted {
        out.error(place, format!("invalid gateway name: {}", quoted(name)));
    }
    out.error_if(
        gateway.items("servers").is_empty(),
        gateway,
        "servers",
        "gateway must have at least one server",
    );
    for own in gateway.messages("servers") {
        server(out, own, converted);
    }
    let mut seen: Vec<&str> = Vec::new();
    for own in gateway.messages("servers") {
        let Some(port) = own.message("port") else { continue };
        let name = port.text("name");
        if seen.contains(&name) {
            out.at(port, "name", format!("port names in servers must be unique: duplicate name {name}"));
        }
        seen.push(name);
        let redirects = own.message("tls").is_some_and(|tls| tls.bool("httpsRedirect"));
        if redirects && !Protocol::parse(port.text("protocol")).is_http() {
            out.warn(&own.at("tls"), "tls.httpsRedirect should only be used with http servers");
        }
    }
}

/// As Go's prototext prints a port, in this build of istiod.
fn shown(port: &Message) -> String {
    let mut parts = Vec::new();
    for field in ["number", "protocol", "name", "targetPort"] {
        let (number, text) = (port.int(field), port.text(field));
        let label = if field == "targetPort" { "target_port" } else { field };
        if number != 0 {
            parts.push(format!("{label}:{number}"));
        } else if !text.is_empty() {
            parts.push(format!("{label}:{}", quoted(text)));
        }
    }
    parts.join("  ")
}

fn server(out: &mut Findings, server: &Message, converted: bool) {
    out.error_if(
        server.items("hosts").is_empty(),
        server,
        "hosts",
        "server config must contain at least one host",
    );
    for (host, place) in server.texts("hosts") {
        let nobody = host.starts_with("~/") && converted;
        namespaced_host(out, place, if nobody { host.trim_start_matches("~/") } else { host }, true);
    }
    bound_port(out, server);
}

fn bound_port(out: &mut Findings, server: &Message) {
    let bind = server.text("bind");
    let before = out.errors.len();
    let unix = bind.strip_prefix("unix://");
    let own = server.message("port");
    match own {
        None => out.at(server, "port", "port is required"),
        Some(own) => server_port(out, own, unix.is_some()),
    }
    let port_is_fine = out.errors.len() == before;
    if let Some(path) = unix {
        out.check(&server.at("bind"), unix_address(path));
        if let Some(own) = own.filter(|own| own.int("number") != 0) {
            out.at(own, "number", format!("port number must be 0 for unix domain socket: {}", shown(own)));
        }
    } else if !bind.is_empty() {
        out.check(&server.at("bind"), ip(bind));
    }
    tls_options(out, server.message("tls"));
    if let Some(own) = own.filter(|_| port_is_fine) {
        tls_fits(out, server, Protocol::parse(own.text("protocol")));
    }
}

/// TLS settings stand where the protocol wants them.
fn tls_fits(out: &mut Findings, server: &Message, protocol: Protocol) {
    match server.message("tls") {
        None if protocol.is_tls() => {
            out.at(server, "tls", "server must have TLS settings for HTTPS/TLS protocols")
        }
        Some(tls) if !protocol.is_tls() && protocol.is_http() => {
            let passes = matches!(tls.number("mode"), 0 | 3);
            let files =
                ["caCertificates", "privateKey", "serverCertificate"].iter().any(|f| !tls.text(f).is_empty());
            out.error_if(
                !passes || files,
                server,
                "tls",
                "server cannot have TLS settings for plain text HTTP ports",
            );
        }
        Some(_) if !protocol.is_tls() => {
            out.at(server, "tls", "server cannot have TLS settings for non HTTPS/TLS ports")
        }
        _ => {}
    }
}

fn server_port(out: &mut Findings, own: &Message, unix: bool) {
    let word = own.text("protocol");
    if Protocol::parse(word) == Protocol::Unsupported {
        out.at(own, "protocol", format!("invalid protocol {}, supported protocols are HTTP, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP", quoted(word)));
    }
    if own.int("number") > 0 || !unix {
        out.check(&own.at("number"), port(own.int("number")));
    }
    out.error_if(own.int("targetPort") > 0, own, "targetPort", "targetPort has no impact on Gateways");
    if own.text("name").is_empty() {
        out.at(own, "name", format!("port name must be set: {}", shown(own)));
    }
}

const CIPHERS: &[&str] = &[
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "AES256-SHA",
    "DES-CBC3-SHA",
];

fn ciphers(out: &mut Findings, tls: &Message) {
    let (mut invalid, mut valid, mut twice): (Vec<&str>, Vec<&str>, Vec<&str>) = Default::default();
    for (name, _) in tls.texts("cipherSuites") {
        let plain = name.chars().next().is_some_and(char::is_alphanumeric);
        if plain && name != "ALL" && !CIPHERS.contains(&name) {
            invalid.push(name);
        } else if valid.contains(&name) {
            twice.push(name);
        } else {
            valid.push(name);
        }
    }
    for (mut names, word) in [(invalid, "invalid"), (twice, "duplicate")] {
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            out.warn(
                &tls.at("cipherSuites"),
                format!("ignoring {word} cipher suites: [{}]", names.join(" ")),
            );
        }
    }
}

/// `validateTLSOptions`.
pub(super) fn tls_options(out: &mut Findings, tls: Option<&Message>) {
    let Some(tls) = tls else { return };
    let set = |field: &str| !tls.text(field).is_empty();
    let many = |field: &str| !tls.items(field).is_empty();
    if matches!(tls.number("minProtocolVersion"), 1 | 2) && !many("cipherSuites") {
        out.warn(&tls.at("minProtocolVersion"), "TLS version below TLSV1_2 require setting compatible ciphers as by default they no longer include compatible ciphers.");
    }
    ciphers(out, tls);
    let mode = tls.number("mode");
    if mode == 4 {
        return istio_mutual(out, tls);
    }
    let sources = ["caCrl", "serverCertificate", "privateKey", "caCertificates", "credentialName"];
    if matches!(mode, 0 | 3)
        && (sources.into_iter().any(set) || many("tlsCertificates") || many("credentialNames"))
    {
        out.warn(
            &tls.at("mode"),
            format!("{} mode does not use certificates, they will be ignored", enum_name(tls, "mode")),
        );
    }
    tls_sources(out, tls, mode);
}

/// Where certificates come from, and which sources exclude each other.
fn tls_sources(out: &mut Findings, tls: &Message, mode: i32) {
    let set = |field: &str| !tls.text(field).is_empty();
    let many = |field: &str| !tls.items(field).is_empty();
    let count = [
        set("serverCertificate") && set("privateKey"),
        set("credentialName"),
        many("credentialNames"),
        many("tlsCertificates"),
    ];
    let several = count.iter().filter(|set| **set).count() > 1;
    out.error_if(several, tls, "mode", "only one of credential_name, credential_names, server_certificate/private_key, tls_certificates should be specified");
    let terminates = matches!(mode, 1 | 2 | 5);
    if terminates && (set("credentialName") || many("credentialNames")) {
        return;
    }
    if terminates {
        certificates(out, tls, mode);
    }
    if set("caCrl") {
        out.error_if(
            set("credentialName"),
            tls,
            "caCrl",
            "CRL is not supported with credentialName. CRL has to be specified in the credential",
        );
        out.error_if(mode == 1, tls, "caCrl", "CRL is not supported with SIMPLE TLS");
    }
}

/// Certificates come from the mesh, and from nowhere else.
fn istio_mutual(out: &mut Findings, tls: &Message) {
    let set = |field: &str| !tls.text(field).is_empty();
    let many = |field: &str| !tls.items(field).is_empty();
    for (field, word) in [
        ("serverCertificate", "server certificate"),
        ("privateKey", "private key"),
        ("caCertificates", "CA bundle"),
        ("tlsCertificates", "tlsCertificates"),
        ("credentialName", "credentialName"),
        ("credentialNames", "credentialNames"),
    ] {
        out.error_if(
            set(field) || many(field),
            tls,
            field,
            &format!("ISTIO_MUTUAL TLS cannot have associated {word}"),
        );
    }
}

fn certificates(out: &mut Findings, tls: &Message, mode: i32) {
    let word = if mode == 1 { "SIMPLE TLS" } else { "MUTUAL TLS" };
    let no_ca = mode != 1 && tls.text("caCertificates").is_empty();
    out.error_if(no_ca, tls, "caCertificates", &format!("{word} requires a client CA bundle"));
    let several: Vec<&Message> = tls.messages("tlsCertificates").collect();
    if several.len() > 2 {
        out.warn(&tls.at("tlsCertificates"), format!("{word} can support up to 2 server certificates"));
    }
    let all = if several.is_empty() { vec![tls] } else { several };
    for own in all {
        for (field, what) in [("serverCertificate", "a server certificate"), ("privateKey", "a private key")]
        {
            out.error_if(own.text(field).is_empty(), own, field, &format!("{word} requires {what}"));
        }
    }
}
