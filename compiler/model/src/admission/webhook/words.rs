//! Names, hosts, ports, addresses, durations: the checks that many kinds share
//! (istio 1.31 `pkg/config/validation/agent/validation.go`, `pkg/config/labels/instance.go`, `pkg/config/protocol/instance.go`).

use super::findings::Findings;
use crate::admission::crd::addr::is_v4;
use crate::admission::crd::words::quoted;
use crate::admission::decode::message::{Message, Place, Value};

pub(super) use super::protocol::Protocol;

pub(super) type Check = Result<(), String>;

/// `IsDNS1123Label`.
pub(super) fn is_label(text: &str) -> bool {
    let inner = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    inner && !text.is_empty() && text.len() <= 63 && !text.starts_with('-') && !text.ends_with('-')
}

/// `IsWildcardDNS1123Label`.
pub(super) fn is_wildcard_label(text: &str) -> bool {
    let rest = text.strip_prefix('*').map(|rest| rest.strip_prefix('-').unwrap_or(rest)).unwrap_or(text);
    text == "*" || text.len() <= 63 && is_label(rest)
}

fn preconditions(name: &str) -> Check {
    if name.len() > 255 {
        return Err(format!("domain name {} too long (max 255)", quoted(name)));
    }
    if name.is_empty() { Err("empty domain name not allowed".to_owned()) } else { Ok(()) }
}

/// `strconv.Atoi` succeeds.
pub(super) fn atoi(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("strconv.Atoi: parsing {}: invalid syntax", quoted(text)));
    }
    text.parse().map_err(|_| format!("strconv.Atoi: parsing {}: value out of range", quoted(text)))
}

fn labels(domain: &str) -> Check {
    let top = domain.rsplit_once('.').map_or(domain, |(_, top)| top);
    if atoi(top).is_ok() {
        let (domain, top) = (quoted(domain), quoted(top));
        return Err(format!("domain name {domain} invalid (top level domain {top} cannot be all-numeric)"));
    }
    let mut parts = domain.split('.').peekable();
    while let Some(label) = parts.next() {
        if label.is_empty() && parts.peek().is_none() {
            return Ok(());
        }
        if !is_label(label) {
            return Err(format!("domain name {} invalid (label {} invalid)", quoted(domain), quoted(label)));
        }
    }
    Ok(())
}

/// `ValidateFQDN`.
pub(super) fn fqdn(name: &str) -> Check {
    preconditions(name)?;
    labels(name)
}

/// `ValidateWildcardDomain`.
pub(super) fn wildcard_domain(name: &str) -> Check {
    preconditions(name)?;
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    if !is_wildcard_label(first) {
        return Err(format!("domain name {} invalid (label {} invalid)", quoted(name), quoted(first)));
    }
    rest.map_or(Ok(()), labels)
}

/// `ValidateWildcardDomainForVirtualServiceBoundToGateway`.
pub(super) fn gateway_domain(sni: bool, name: &str) -> Check {
    preconditions(name)?;
    if !sni || !name.starts_with("outbound_") {
        return wildcard_domain(name);
    }
    const FORM: &str = "outbound_.<PORT>_._.<HOSTNAME>";
    let parts: Vec<&str> = name.split('_').collect();
    let &[_, port, _, host, ..] = parts.as_slice() else {
        return Err(format!("domain name {name} invalid, should follow '{FORM}' format"));
    };
    let (port, host) = (port.trim_matches('.'), host.trim_matches('.'));
    let bad = |label: &str| {
        Err(format!(
            "domain name {} invalid (label {} invalid). should follow {FORM} format",
            quoted(name),
            quoted(label)
        ))
    };
    if !port.bytes().any(|b| b.is_ascii_digit()) {
        return bad(port);
    }
    if !host.bytes().any(|b| b.is_ascii_alphabetic()) {
        return bad(host);
    }
    Ok(())
}

/// `ValidatePort`.
pub(super) fn port(number: i128) -> Check {
    if (1..=65535).contains(&number) {
        return Ok(());
    }
    Err(format!("port number {number} must be in the range 1..65535"))
}

/// `netip.ParseAddr`.
pub(super) fn is_ip(text: &str) -> bool {
    is_v4(text).is_ok()
}

/// `ValidateIPAddress`.
pub(super) fn ip(text: &str) -> Check {
    if is_ip(text) { Ok(()) } else { Err(format!("{text} is not a valid IP")) }
}

/// `netip.ParsePrefix`, with Go's words.
pub(super) fn prefix(text: &str) -> Check {
    let fault = |why: &str| Err(format!("netip.ParsePrefix({}): {why}", quoted(text)));
    let Some((address, bits)) = text.rsplit_once('/') else { return fault("no '/'") };
    let max = match is_v4(address) {
        Err(why) => return fault(&why),
        Ok(false) if address.contains('%') => return fault("IPv6 zones cannot be present in a prefix"),
        Ok(true) => 32,
        Ok(false) => 128,
    };
    let plain = bits.bytes().all(|b| b.is_ascii_digit()) && (bits.len() == 1 || !bits.starts_with('0'));
    match bits.parse::<i64>() {
        Ok(bits) if plain && bits <= max => Ok(()),
        Ok(_) if plain => fault("prefix length out of range"),
        _ => fault(&format!("bad bits after slash: {}", quoted(bits))),
    }
}

/// `ValidateIPSubnet`.
pub(super) fn subnet(text: &str) -> Check {
    if text.matches('/').count() != 1 {
        return ip(text);
    }
    prefix(text).map_err(|_| format!("{text} is not a valid CIDR block"))
}

/// `ValidateDuration`.
pub(super) fn duration(nanos: i128) -> Check {
    if nanos < 1_000_000 {
        return Err("duration must be greater than 1ms".to_owned());
    }
    if nanos % 1_000_000 != 0 {
        return Err("only durations to ms precision are supported".to_owned());
    }
    Ok(())
}

/// `ValidateDuration` of a field, if it is set.
pub(super) fn duration_of(out: &mut Findings, message: &Message, field: &str) {
    if message.has(field) {
        out.check(&message.at(field), duration(message.duration(field).unwrap_or(0)));
    }
}

/// `ValidatePercent`.
pub(super) fn percent(out: &mut Findings, message: &Message, field: &str) {
    let value = message.int(field);
    if !(0..=100).contains(&value) {
        out.at(message, field, format!("percentage {value} is not in range 0..100"));
    }
}

/// `ValidatePartialWildCard`.
pub(super) fn partial_wildcard(host: &str) -> Check {
    if host.contains('*') && host.len() != 1 && !host.starts_with("*.") {
        return Err(format!("partial wildcard {} not allowed", quoted(host)));
    }
    Ok(())
}

/// `ValidateUnixAddress`.
pub(super) fn unix_address(path: &str) -> Check {
    if path.is_empty() {
        return Err("unix address must not be empty".to_owned());
    }
    if !path.starts_with('@') && (!path.starts_with('/') || path.ends_with('/')) {
        return Err(format!("{path} is not an absolute path to a file"));
    }
    Ok(())
}

/// `ValidatePortName`.
pub(super) fn port_name(name: &str) -> Check {
    if is_label(name) { Ok(()) } else { Err(format!("invalid port name: {name}")) }
}

/// `ValidateProtocol`.
pub(super) fn protocol(text: &str) -> Check {
    if !text.is_empty() && Protocol::parse(text) == Protocol::Unsupported {
        return Err(format!("unsupported protocol: {text}"));
    }
    Ok(())
}

fn is_qualified(text: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let inner = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    inner && ends(text.chars().next()) && ends(text.chars().last())
}

fn tag_key(key: &str) -> Check {
    let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    // The labels of the prefix have no limit of their own here.
    let label = |text: &str| {
        let inner = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        inner && !text.is_empty() && !text.starts_with('-') && !text.ends_with('-')
    };
    if !is_qualified(name) || prefix.is_some_and(|prefix| !prefix.split('.').all(label)) {
        return Err(format!("invalid tag key: {}", quoted(key)));
    }
    if prefix.is_some_and(|prefix| prefix.len() > 253) {
        return Err(format!("invalid tag key: {} (DNS prefix is too long)", quoted(key)));
    }
    if name.len() > 63 {
        return Err(format!("invalid tag key: {} (name is too long)", quoted(key)));
    }
    Ok(())
}

/// `labels.Instance.Validate` of a field.
pub(super) fn tags(out: &mut Findings, message: &Message, field: &str) {
    for (key, item) in message.entries(field) {
        out.check(&item.place, tag_key(key));
        let value = item.text();
        if !value.is_empty() && !is_qualified(value) {
            out.error(&item.place, format!("invalid tag value: {}", quoted(value)));
        }
    }
}

/// `Name.Matches` of hosts: whether they overlap.
pub(super) fn hosts_overlap(a: &str, b: &str) -> bool {
    match (a.strip_prefix('*'), b.strip_prefix('*')) {
        (Some(x), Some(y)) if x.len() < y.len() => y.ends_with(x),
        (Some(x), Some(y)) => x.ends_with(y),
        (Some(x), None) => b.ends_with(x),
        (None, Some(y)) => a.ends_with(y),
        (None, None) => a == b,
    }
}

/// `Name.SubsetOf`: whether the first lies in the second.
pub(super) fn host_lies_in(a: &str, b: &str) -> bool {
    match (a.strip_prefix('*'), b.strip_prefix('*')) {
        (Some(x), Some(y)) => x.len() >= y.len() && x.ends_with(y),
        (Some(_), None) => false,
        (None, Some(y)) => a.ends_with(y),
        (None, None) => a == b,
    }
}

/// `ValidateNamespaceSlashWildcardHostname`.
pub(super) fn namespaced_host(out: &mut Findings, place: &Place, host: &str, gateway: bool) {
    let Some((namespace, name)) = host.split_once('/') else {
        if gateway {
            return host_part(out, place, host, true);
        }
        return out.error(place, "host must be of form namespace/dnsName");
    };
    if namespace.is_empty() || name.is_empty() {
        out.error(place, "config namespace and dnsName in host entry cannot be empty");
    }
    let (word, bare) = if gateway {
        ("gateway", namespace)
    } else {
        ("sidecar", namespace.strip_prefix('~').unwrap_or(namespace))
    };
    let fine = bare == "*" || bare == "." || is_label(bare) || !gateway && bare.is_empty();
    if !fine {
        out.error(place, format!("invalid namespace value {} in {word}", quoted(namespace)));
    }
    host_part(out, place, name, gateway);
}

/// `validateSidecarOrGatewayHostnamePart`.
fn host_part(out: &mut Findings, place: &Place, host: &str, gateway: bool) {
    if host != "*" && !host.contains('.') {
        out.error(place, "short names (non FQDN) are not allowed");
    }
    if let Err(text) = wildcard_domain(host) {
        if !gateway {
            out.error(place, text.clone());
        }
        if !is_ip(host) {
            out.error(place, text);
        }
    }
    out.check(place, partial_wildcard(host));
}

/// `ValidateAlphaWorkloadSelector`: the errors, which end the review; and whether there are no labels.
pub(super) fn alpha_selector(rule: &Message) -> Result<bool, Findings> {
    let mut out = Findings::default();
    let Some(selector) = rule.message("workloadSelector") else { return Ok(false) };
    selector_labels(&mut out, selector, "labels");
    if out.errors.is_empty() { Ok(selector.entries("labels").is_empty()) } else { Err(out) }
}

/// Labels of a selector: no empty key, no wildcard.
pub(super) fn selector_labels(out: &mut Findings, selector: &Message, field: &str) {
    for (key, item) in selector.entries(field) {
        let pair = quoted(&format!("{key}={}", item.text()));
        if key.is_empty() {
            out.error(&item.place, format!("empty key is not supported in selector: {pair}"));
        }
        if key.contains('*') || item.text().contains('*') {
            out.error(&item.place, format!("wildcard is not supported in selector: {pair}"));
        }
    }
}

/// Whether a header's name consists of token characters.
pub(super) fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

/// The name of an enum's number, as Go prints it.
pub(super) fn enum_name(message: &Message, field: &str) -> String {
    let registry = crate::admission::decode::descriptor::istio();
    let number = message.number(field);
    let own = message.descriptor.fields.iter().find(|own| own.json == field);
    let of = own.and_then(|own| match own.ty {
        crate::admission::decode::descriptor::Type::Of(at) => registry.at(at),
        _ => None,
    });
    let value = of.and_then(|of| of.values.iter().find(|(_, n)| *n == number));
    value.map_or_else(|| number.to_string(), |(name, _)| (*name).to_owned())
}

/// The size of a field in bytes.
pub(super) fn size(message: &Message, field: &str) -> usize {
    match message.get(field).map(|item| &item.value) {
        Some(Value::Text(text)) => text.len(),
        Some(Value::Bytes(size)) => *size,
        _ => 0,
    }
}

/// Host and port of an address (`net.SplitHostPort`).
///
/// # Errors
/// In Go's words.
pub fn split_host_port(text: &str) -> Result<(String, String), String> {
    let fault =
        |why: &str| Err(if text.is_empty() { why.to_owned() } else { format!("address {text}: {why}") });
    let Some((host, port)) = text.rsplit_once(':') else { return fault("missing port in address") };
    if let Some(inner) = text.strip_prefix('[') {
        let Some((inside, rest)) = inner.split_once(']') else { return fault("missing ']' in address") };
        return match rest.strip_prefix(':') {
            None if rest.is_empty() => fault("missing port in address"),
            None => fault("missing port in address"),
            Some(port) if port.contains(':') => fault("too many colons in address"),
            Some(port) => Ok((inside.to_owned(), port.to_owned())),
        };
    }
    if host.contains(':') {
        return fault("too many colons in address");
    }
    if host.contains(['[', ']']) || port.contains(['[', ']']) {
        return fault("unexpected '[' in address");
    }
    Ok((host.to_owned(), port.to_owned()))
}

/// `ValidateProxyAddress`.
pub(super) fn proxy_address(text: &str) -> Check {
    let (host, number) =
        split_host_port(text).map_err(|why| format!("unable to split {}: {why}", quoted(text)))?;
    let parsed = atoi(&number).map_err(|why| format!("port ({number}) is not a number: {why}"))?;
    port(i128::from(parsed))?;
    if fqdn(&host).is_err() && !is_ip(&host) {
        return Err(format!("{} is not a valid hostname or an IP address", quoted(&host)));
    }
    Ok(())
}
