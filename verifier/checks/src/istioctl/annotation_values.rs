//! Which values annotations may have (istio 1.31 `pkg/kube/inject/validate.go`).

use mp_model::admission::{proxy_config_fault, quoted};

use super::embedded_json::{root, yaml};

/// What is wrong with the value of an annotation, in Istio's words where they are its own.
pub(super) fn fault(name: &str, value: &str) -> Option<String> {
    match name {
        "sidecar.istio.io/interceptionMode" => (!matches!(value, "REDIRECT" | "TPROXY" | "NONE"))
            .then(|| format!("interceptionMode invalid, use REDIRECT,TPROXY,NONE: {value}")),
        "status.sidecar.istio.io/port" => {
            port(value).err().map(|why| format!("excludeInboundPorts invalid: {why}"))
        }
        "readiness.status.sidecar.istio.io/initialDelaySeconds"
        | "readiness.status.sidecar.istio.io/periodSeconds"
        | "readiness.status.sidecar.istio.io/failureThreshold" => unsigned(value, u64::from(u32::MAX)).err(),
        "traffic.sidecar.istio.io/includeOutboundIPRanges" if value == "*" => None,
        "traffic.sidecar.istio.io/includeOutboundIPRanges" => ranges("includeIPRanges", value),
        "traffic.sidecar.istio.io/excludeOutboundIPRanges" => ranges("excludeIPRanges", value),
        "traffic.sidecar.istio.io/includeInboundPorts" if value == "*" => None,
        "traffic.sidecar.istio.io/includeInboundPorts" => ports("includeInboundPorts", value),
        "traffic.sidecar.istio.io/excludeInboundPorts" => ports("excludeInboundPorts", value),
        "traffic.sidecar.istio.io/excludeOutboundPorts" => ports("excludeOutboundPorts", value),
        "traffic.sidecar.istio.io/excludeInterfaces"
        | "traffic.sidecar.istio.io/kubevirtInterfaces"
        | "istio.io/reroute-virtual-interfaces" => interfaces(value),
        "prometheus.istio.io/merge-metrics" => boolean(value),
        "proxy.istio.io/config" => proxy(value),
        "sidecar.istio.io/proxyCPU"
        | "sidecar.istio.io/proxyMemory"
        | "sidecar.istio.io/proxyCPULimit"
        | "sidecar.istio.io/proxyMemoryLimit" => quantity(value),
        _ => None,
    }
}

/// `strconv.ParseUint` in base 10.
fn unsigned(value: &str, most: u64) -> Result<u64, String> {
    let wrong = |why: &str| Err(format!("strconv.ParseUint: parsing {}: {why}", quoted(value)));
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit()) {
        return wrong("invalid syntax");
    }
    match value.parse::<u64>() {
        Ok(number) if number <= most => Ok(number),
        _ => wrong("value out of range"),
    }
}

fn port(value: &str) -> Result<u64, String> {
    unsigned(value.trim(), u64::from(u16::MAX)).map_err(|why| format!("failed parsing port '{value}': {why}"))
}

fn ports(what: &str, value: &str) -> Option<String> {
    let list = value.trim();
    let mut all = list.split(',').filter(|_| !list.is_empty());
    let (text, why) = all.find_map(|text| Some((text, port(text).err()?)))?;
    Some(format!("{what} invalid: failed parsing port '{text}': {why}"))
}

fn ranges(what: &str, value: &str) -> Option<String> {
    let mut all = value.split(',').filter(|_| !value.is_empty());
    let (text, why) = all.find_map(|text| Some((text, prefix_fault(text)?)))?;
    let parsing = format!("netip.ParsePrefix({}): {why}", quoted(text));
    Some(format!("{what} invalid: failed parsing cidr '{text}': {parsing}"))
}

/// `netip.ParsePrefix`.
fn prefix_fault(text: &str) -> Option<String> {
    let Some((address, bits)) = text.rsplit_once('/') else { return Some("no '/'".to_owned()) };
    let most = match address.parse::<std::net::IpAddr>() {
        Ok(address) if address.is_ipv4() => 32,
        Ok(_) => 128,
        Err(_) => return Some(format!("ParseAddr({}): unable to parse IP", quoted(address))),
    };
    let is_number = bits.len() == 1 || !bits.starts_with('0');
    match bits.parse::<u32>() {
        Ok(number) if is_number && number <= most && !bits.starts_with('+') => None,
        Ok(number) if is_number && number > most => Some("prefix length out of range".to_owned()),
        _ => Some(format!("bad bits after slash: {}", quoted(bits))),
    }
}

fn interfaces(value: &str) -> Option<String> {
    let mut all = value.split(',').map(str::trim).filter(|_| !value.is_empty());
    all.find_map(|name| {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if name.is_empty() {
            Some("empty interface name".to_owned())
        } else if name.len() > 15 {
            Some(format!("interface name {} too long (max 15 chars)", quoted(name)))
        } else {
            (!name.chars().all(fits))
                .then(|| format!("interface name {} contains invalid characters", quoted(name)))
        }
    })
}

/// `strconv.ParseBool`.
fn boolean(value: &str) -> Option<String> {
    let known = ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"];
    let wrong = || format!("strconv.ParseBool: parsing {}: invalid syntax", quoted(value));
    (!known.contains(&value)).then(wrong)
}

fn proxy(value: &str) -> Option<String> {
    let Some(parsed) = yaml(value) else {
        return Some("failed to convert to apply proxy config: the text is no YAML".to_owned());
    };
    proxy_config_fault(root(&parsed)?)
}

/// `resource.ParseQuantity` of apimachinery.
fn quantity(value: &str) -> Option<String> {
    if value.chars().any(char::is_control) {
        return Some("value contains control characters".to_owned());
    }
    if value.is_empty() {
        return Some(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                .to_owned(),
        );
    }
    let wrong = Some("unable to parse quantity's suffix".to_owned());
    let number = value.strip_prefix(['+', '-']).unwrap_or(value);
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let (digits, suffix) = number.split_at_checked(end).unwrap_or((number, ""));
    if !digits.bytes().any(|b| b.is_ascii_digit()) || digits.matches('.').count() > 1 {
        return Some(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                .to_owned(),
        );
    }
    let known = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let power = suffix.strip_prefix(['e', 'E']).map(|power| power.strip_prefix(['+', '-']).unwrap_or(power));
    let is_power = power.is_some_and(|power| !power.is_empty() && power.bytes().all(|b| b.is_ascii_digit()));
    if known.contains(&suffix) || is_power { None } else { wrong }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_fit_and_others() {
        let known = [
            ("sidecar.istio.io/interceptionMode", "TPROXY", "tproxy"),
            ("status.sidecar.istio.io/port", " 80", "65536"),
            ("readiness.status.sidecar.istio.io/periodSeconds", "2", "2s"),
            ("traffic.sidecar.istio.io/includeOutboundIPRanges", "*", "*,10.0.0.0/8"),
            ("traffic.sidecar.istio.io/excludeOutboundIPRanges", "10.0.0.0/8,::/0", "10.0.0.0/33"),
            ("traffic.sidecar.istio.io/excludeInboundPorts", "80, 81", "80,"),
            ("traffic.sidecar.istio.io/excludeInterfaces", "eth0, a-b", "eth0,"),
            ("prometheus.istio.io/merge-metrics", "T", "yes"),
            ("proxy.istio.io/config", "concurrency: 2", "concurrency: two"),
            ("sidecar.istio.io/proxyCPU", "1.5e3", "1x"),
            ("sidecar.istio.io/proxyMemory", "100Mi", "Mi"),
            ("sidecar.istio.io/logLevel", "anything", ""),
        ];
        for (name, good, bad) in known {
            assert_eq!(fault(name, good), None, "{name}");
            assert_eq!(fault(name, bad).is_none(), bad.is_empty(), "{name}");
        }
    }
}
