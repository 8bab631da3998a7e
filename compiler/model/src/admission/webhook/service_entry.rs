//! `ValidateServiceEntry`, `ValidateWorkloadEntry`, `ValidateWorkloadGroup` (istio 1.31 `pkg/config/validation/validation.go`).

use super::exports::export_to;
use super::findings::Findings;
use super::words::{
    Protocol, alpha_selector, enum_name, fqdn, is_ip, partial_wildcard, port, port_name, protocol, subnet,
    tags, unix_address, wildcard_domain,
};
use crate::admission::crd::words::quoted;
use crate::admission::decode::message::{Item, Message, Value};
use crate::admission::envelope::Envelope;

/// All rules of a ServiceEntry.
pub(super) fn service_entry(out: &mut Findings, se: &Message, envelope: &Envelope<'_>) {
    match alpha_selector(se) {
        Err(errors) => return out.extend(errors),
        Ok(true) => out.warn(&se.at("workloadSelector"), "service entry: workload selector specified without labels, will be applied to all services in namespace"),
        Ok(false) => {}
    }
    let resolution = se.number("resolution");
    let endpoints = se.items("endpoints").len();
    let both = se.has("workloadSelector") && endpoints > 0;
    out.error_if(
        both,
        se,
        "endpoints",
        "only one of WorkloadSelector or Endpoints is allowed in Service Entry",
    );
    out.error_if(se.items("hosts").is_empty(), se, "hosts", "service entry must have at least one host");
    hosts(out, se, resolution);
    for (address, place) in se.texts("addresses") {
        out.check(place, subnet(address));
    }
    let cidr = se.texts("addresses").any(|(address, _)| address.contains('/'));
    out.error_if(
        cidr && resolution > 1,
        se,
        "addresses",
        "CIDR addresses are allowed only for NONE/STATIC resolution types",
    );
    ports(out, se, resolution, envelope);
    endpoints_of(out, se, resolution, envelope);
    let mut protocols = se.messages("ports").map(|port| Protocol::parse(port.text("protocol")));
    let plain =
        resolution != 0 && se.items("hosts").len() > 1 && protocols.any(|p| !p.is_http() && !p.is_tls());
    out.error_if(plain, se, "hosts", "multiple hosts provided with non-HTTP, non-TLS ports");
    export_to(out, se, &envelope.namespace, true, false);
}

/// What each resolution asks of the endpoints.
fn endpoints_of(out: &mut Findings, se: &Message, resolution: i32, envelope: &Envelope<'_>) {
    let (name, endpoints) = (enum_name(se, "resolution"), se.items("endpoints").len());
    match resolution {
        0 => {
            out.error_if(
                endpoints > 0,
                se,
                "endpoints",
                "no endpoints should be provided for resolution type none",
            );
            if se.has("workloadSelector") {
                out.warn(
                    &se.at("workloadSelector"),
                    "workloadSelector should not be set when resolution mode is NONE",
                );
            }
        }
        1 => {
            let names: Vec<&str> = se.messages("ports").map(|port| port.text("name")).collect();
            for endpoint in se.messages("endpoints") {
                workload_entry(out, endpoint, Some(&names), false);
            }
        }
        2 | 3 => dns(out, se, resolution, &name),
        4 => dynamic_dns(out, se, &name, envelope),
        _ => out.at(se, "resolution", "unsupported resolution type "),
    }
}

fn hosts(out: &mut Findings, se: &Message, resolution: i32) {
    for (host, place) in se.texts("hosts") {
        if host == "*" {
            out.error(place, "invalid host *");
            continue;
        }
        out.check(place, wildcard_domain(host));
        if let Err(text) = partial_wildcard(host)
            && resolution != 4
        {
            out.warn(place, text);
        }
    }
}

fn ports(out: &mut Findings, se: &Message, resolution: i32, envelope: &Envelope<'_>) {
    let opted_out = envelope
        .label("networking.istio.io/enable-autoallocate-ip")
        .is_some_and(|v| v.eq_ignore_ascii_case("false"));
    let bare = se.items("addresses").is_empty();
    let allocated = resolution != 0 && !opted_out && bare;
    let (mut names, mut numbers): (Vec<&str>, Vec<i128>) = (Vec::new(), Vec::new());
    for own in se.messages("ports") {
        let (name, number, word) = (own.text("name"), own.int("number"), own.text("protocol"));
        if names.contains(&name) {
            out.at(own, "name", format!("service entry port name {} already defined", quoted(name)));
        }
        if numbers.contains(&number) {
            out.at(own, "number", format!("service entry port {number} already defined"));
        }
        names.push(name);
        numbers.push(number);
        if own.int("targetPort") != 0 {
            out.check(&own.at("targetPort"), port(own.int("targetPort")));
        }
        if bare && !allocated && matches!(word, "" | "TCP") {
            out.warn(&own.at("protocol"), "addresses are required for ports serving TCP (or unset) protocol when IP Autoallocation is not enabled");
        }
        out.check(&own.at("name"), port_name(name));
        out.check(&own.at("protocol"), protocol(word));
        out.check(&own.at("number"), port(number));
    }
}

fn dns(out: &mut Findings, se: &Message, resolution: i32, name: &str) {
    if se.items("endpoints").is_empty()
        && let Some((why, place)) =
            se.texts("hosts").find_map(|(host, place)| Some((fqdn(host).err()?, place)))
    {
        out.error(place, format!("hosts must be FQDN or contain only prefix wildcards if no endpoints are provided for resolution mode {name}, {why}"));
    }
    if resolution == 3 && se.items("endpoints").len() > 1 {
        out.at(se, "endpoints", format!("there must only be 0 or 1 endpoint for resolution mode {name}"));
    }
    let names: Vec<&str> = se.messages("ports").map(|port| port.text("name")).collect();
    for endpoint in se.messages("endpoints") {
        let address = endpoint.text("address");
        if !is_ip(address) && fqdn(address).is_err() {
            let address = quoted(address);
            out.at(
                endpoint,
                "address",
                format!("endpoint address {address} is not a valid FQDN or an IP address"),
            );
        }
        tags(out, endpoint, "labels");
        endpoint_ports(out, endpoint, Some(&names));
    }
    let tcp = se.messages("ports").any(|port| Protocol::parse(port.text("protocol")).is_tcp());
    if !se.items("addresses").is_empty() && tcp && se.items("hosts").len() > 1 {
        out.warn(&se.at("hosts"), "service entry can not have more than one host specified simultaneously with address and tcp port");
    }
}

fn dynamic_dns(out: &mut Findings, se: &Message, name: &str, envelope: &Envelope<'_>) {
    let text = format!("at least one wildcard host must be provided for resolution type {name}");
    out.error_if(se.items("hosts").is_empty(), se, "hosts", &text);
    for (_, place) in se.texts("hosts").filter(|(host, _)| !host.starts_with('*')) {
        out.error(place, format!("host must be wildcarded for resolution mode {name}"));
    }
    let text = format!(
        "addresses cannot be set for resolution type {name}. HTTP route domains will only be generatedfrom the hosts field values"
    );
    out.error_if(!se.items("addresses").is_empty(), se, "addresses", &text);
    let text = format!(
        "endpoints cannot be set for resolution type {name}. Destination IP address determined from hostsfield values"
    );
    out.error_if(!se.items("endpoints").is_empty(), se, "endpoints", &text);
    for own in se.messages("ports") {
        use Protocol::{Grpc, Http, Http2, Tls};
        if !matches!(Protocol::parse(own.text("protocol")), Http | Tls | Grpc | Http2) {
            out.at(
                own,
                "protocol",
                format!("only HTTP, TLS, GRPC, and HTTP2 protocols are supported for resolution type {name}"),
            );
        }
    }
    let location = se.number("location");
    let text = format!("location must be MESH_EXTERNAL or MESH_INTERNAL for resolution type {name}");
    out.error_if(!(0..=1).contains(&location), se, "location", &text);
    let waypoint = envelope
        .label("istio.io/use-waypoint")
        .is_some_and(|w| !w.is_empty() && !w.eq_ignore_ascii_case("none"));
    let text =
        format!("location MESH_INTERNAL with resolution type {name} is not supported when using waypoints");
    out.error_if(location == 1 && waypoint, se, "location", &text);
}

fn endpoint_ports(out: &mut Findings, entry: &Message, service_ports: Option<&[&str]>) {
    let number = |item: &Item| if let Value::Int(n) = item.value { n } else { 0 };
    for (name, item) in entry.entries("ports") {
        if service_ports.is_some_and(|ports| !ports.contains(&name.as_str())) {
            out.error(
                &item.place,
                format!("endpoint port {} is not defined by the service entry", number(item)),
            );
        }
        out.check(&item.place, port_name(name));
        out.check(&item.place, port(number(item)));
    }
}

/// `validateWorkloadEntry`.
pub(super) fn workload_entry(out: &mut Findings, we: &Message, service_ports: Option<&[&str]>, names: bool) {
    let (address, network) = (we.text("address"), we.text("network"));
    if address.is_empty() && network.is_empty() {
        return out.at(we, "address", "address is required");
    }
    let place = we.at("address");
    let shown = quoted(address);
    let unix = address.strip_prefix("unix://");
    if address.is_empty() {
        out.warn(&place, format!("address is unset with network {}", quoted(network)));
    } else if let Some(path) = unix {
        out.check(&place, unix_address(path));
        let text = format!("unix endpoint {address} must not include ports");
        out.error_if(!we.entries("ports").is_empty(), we, "ports", &text);
    } else if !is_ip(address) && !names {
        out.error(&place, format!("endpoint address {shown} is not a valid IP address"));
    } else if !is_ip(address) && fqdn(address).is_err() {
        out.error(&place, format!("endpoint address {shown} is not a valid FQDN or an IP address"));
    }
    endpoint_ports(out, we, service_ports);
    tags(out, we, "labels");
    let mut distinct: Vec<&str> = service_ports.unwrap_or_default().to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if unix.is_some() && service_ports.is_some() && distinct.len() != 1 {
        out.error(&place, "exactly 1 service port required for unix endpoints");
    }
}

/// All rules of a WorkloadGroup.
pub(super) fn workload_group(out: &mut Findings, group: &Message) {
    if !group.has("template") {
        return out.at(group, "template", "template is required");
    }
    if let Some(meta) = group.message("metadata") {
        let mut inner = Findings::default();
        tags(&mut inner, meta, "labels");
        if let Some((_, place)) = inner.errors.first() {
            let texts: Vec<&str> = inner.errors.iter().map(|(text, _)| text.as_str()).collect();
            return out.error(place, format!("invalid labels: {}", multierror(&texts)));
        }
    }
    if let Some(probe) = group.message("probe") {
        readiness_probe(out, probe);
    }
}

/// How go-multierror prints several errors as one.
pub(super) fn multierror(texts: &[&str]) -> String {
    let (count, word) = (texts.len(), if texts.len() == 1 { "error" } else { "errors" });
    format!("{count} {word} occurred:\n\t* {}\n\n", texts.join("\n\t* "))
}

fn readiness_probe(out: &mut Findings, probe: &Message) {
    for field in
        ["periodSeconds", "initialDelaySeconds", "timeoutSeconds", "successThreshold", "failureThreshold"]
    {
        out.error_if(probe.int(field) < 0, probe, field, &format!("{field} must be non-negative"));
    }
    if let Some(http) = probe.message("httpGet") {
        out.check(&http.at("port"), port(http.int("port")));
        let bad = !matches!(http.text("scheme"), "" | "HTTP" | "HTTPS");
        out.error_if(bad, http, "scheme", "httpGet.scheme must be one of \"HTTPS\", \"HTTP\"");
        for header in http.messages("httpHeaders") {
            let name = header.text("name");
            if name.is_empty() {
                out.at(header, "name", "header name cannot be empty");
            } else if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                out.at(header, "name", format!("header name {name} is not a valid header name"));
            }
        }
    } else if let Some(tcp) = probe.message("tcpSocket") {
        out.check(&tcp.at("port"), port(tcp.int("port")));
    } else if let Some(exec) = probe.message("exec") {
        out.error_if(exec.items("command").is_empty(), exec, "command", "exec.command is required");
    } else if probe.has("grpc") {
        out.at(probe, "grpc", "unknown health check method *v1alpha3.ReadinessProbe_Grpc");
    } else {
        out.error(&probe.place, "unknown health check method <nil>");
    }
}
