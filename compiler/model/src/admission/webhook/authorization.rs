//! `ValidateAuthorizationPolicy` (istio 1.31 `pkg/config/validation/validation.go`, `pkg/config/security/security.go`).

use super::findings::{Findings, culprit};
use super::selectors::targets;
use super::service_entry::multierror;
use super::words::{enum_name, is_ip, prefix};
use crate::admission::crd::words::quoted;
use crate::admission::decode::message::Message;

/// All rules.
pub(super) fn authorization(out: &mut Findings, policy: &Message) {
    targets(out, policy);
    let action = policy.number("action");
    let no_rules = policy.items("rules").is_empty();
    let provider = policy.message("provider");
    let idle = |action: &str| {
        format!(
            "{action} action without `rules` is meaningless as it will never be triggered, add an empty rule `{{}}` if you want it be triggered for every request"
        )
    };
    if action == 3 {
        if no_rules {
            out.at(policy, "rules", idle("CUSTOM"));
        } else if provider.is_none_or(|provider| provider.text("name").is_empty()) {
            out.at(policy, "provider", "`provider.name` must not be empty");
        }
        for rule in policy.messages("rules") {
            custom(out, rule);
        }
    } else if provider.is_some() {
        out.at(
            policy,
            "provider",
            format!("`provider` must not be with non CUSTOM action, found {}", enum_name(policy, "action")),
        );
    }
    if action == 1 && no_rules {
        out.at(policy, "rules", idle("DENY"));
    }
    for (at, rule) in policy.messages("rules").enumerate() {
        one(out, rule, at, action == 1);
    }
}

const NOT_CUSTOM: &[&str] = &[
    "namespaces",
    "notNamespaces",
    "serviceAccounts",
    "notServiceAccounts",
    "trustDomains",
    "notTrustDomains",
    "principals",
    "notPrincipals",
    "requestPrincipals",
    "notRequestPrincipals",
];

fn capital(field: &str) -> String {
    let mut chars = field.chars();
    chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

fn custom(out: &mut Findings, rule: &Message) {
    for source in rule.messages("from").filter_map(|from| from.message("source")) {
        for field in NOT_CUSTOM.iter().filter(|field| !source.items(field).is_empty()) {
            out.at(
                source,
                field,
                format!("From.{} is currently not supported with CUSTOM action", capital(field)),
            );
        }
    }
    for when in rule.messages("when") {
        let key = when.text("key");
        let own = ["source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal"];
        if own.contains(&key) || key.starts_with("request.auth.") {
            out.at(when, "key", format!("{key} is currently not supported with CUSTOM action"));
        }
    }
}

fn texts<'m>(message: &'m Message, field: &str) -> Vec<&'m str> {
    message.texts(field).map(|(text, _)| text).collect()
}

fn not_empty(key: &str, values: &[&str]) -> Result<(), String> {
    if values.contains(&"") { Err(format!("empty value not allowed, found in {key}")) } else { Ok(()) }
}

fn wildcards(key: &str, values: &[&str]) -> Result<(), String> {
    not_empty(key, values)?;
    for value in values {
        let stars = value.matches('*').count();
        if stars > 1 {
            return Err(format!("at most one wildcard is allowed, found in {key}: {}", quoted(value)));
        }
        if stars == 1 && !value.starts_with('*') && !value.ends_with('*') {
            return Err(format!(
                "wildcard is only allowed at the start or end, found in {key}: {}",
                quoted(value)
            ));
        }
    }
    Ok(())
}

fn trust_domains(key: &str, values: &[&str]) -> Result<(), String> {
    wildcards(key, values)?;
    let bad = values.iter().find(|value| value.contains('/'));
    bad.map_or(Ok(()), |value| {
        Err(format!("trust domain must not contain '/', found in {key}: {}", quoted(value)))
    })
}

fn service_accounts(key: &str, values: &[&str]) -> Result<(), String> {
    if values.len() > 16 {
        return Err("may not have more than 16 values".to_owned());
    }
    for value in values {
        not_empty(key, &[value])?;
        if value.contains('*') {
            return Err(format!("wildcard not allowed, found in {key}"));
        }
        let form = "expected format 'serviceAccount' or 'namespace/serviceAccount', found";
        if value.matches('/').count() > 1 {
            return Err(format!("{form} {} in {key}", quoted(value)));
        }
        if value.len() > 320 {
            return Err(format!("value cannot exceed 320 characters, found {} in {key}", quoted(value)));
        }
        if value.starts_with('/') {
            return Err(format!("{form} empty namespace {} in {key}", quoted(value)));
        }
        if value.ends_with('/') {
            return Err(format!("{form} empty serviceAccount {} in {key}", quoted(value)));
        }
    }
    Ok(())
}

fn ips(values: &[&str]) -> Vec<String> {
    let bad = values.iter().filter_map(|value| {
        if value.contains('/') {
            return prefix(value).err().map(|why| format!("bad CIDR range ({value}): {why}"));
        }
        (!is_ip(value)).then(|| format!("bad IP address ({value})"))
    });
    bad.collect()
}

fn ports(values: &[&str]) -> Vec<String> {
    let bad = values.iter().filter_map(|value| {
        let why = if value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit()) {
            format!("strconv.ParseUint: parsing {}: invalid syntax", quoted(value))
        } else {
            match value.parse::<u32>() {
                Ok(0..=65535) => return None,
                Ok(_) => "<nil>".to_owned(),
                Err(_) => format!("strconv.ParseUint: parsing {}: value out of range", quoted(value)),
            }
        };
        Some(format!("bad port ({value}): {why}"))
    });
    bad.collect()
}

fn literal(glob: &str) -> bool {
    !glob.is_empty() && glob.chars().all(|c| c.is_ascii_alphanumeric() || "-._~%!$&'()+,;:@=".contains(c))
}

/// `CheckValidPathTemplate`.
fn templates(key: &str, paths: &[&str]) -> Result<(), String> {
    for path in paths {
        let template = path.contains("{*}") || path.contains("{**}");
        let mut any = false;
        let path = path.trim_matches('/');
        let fault = |why: String| Err(format!("invalid or unsupported path {path}, found in {key}. {why}"));
        for glob in path.split('/') {
            match glob {
                "{*}" | "{**}" if any => return fault("{**} is not the last operator".to_owned()),
                "{*}" => continue,
                "{**}" => any = true,
                _ if glob.contains(['{', '}']) => {
                    return fault("Contains '{' or '}' beyond a supported path template".to_owned());
                }
                _ if template && !literal(glob) => {
                    return fault(format!("Contains segment {glob} with invalid string literal"));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

const SOURCE: &[&str] = &[
    "principals",
    "requestPrincipals",
    "namespaces",
    "ipBlocks",
    "remoteIpBlocks",
    "notPrincipals",
    "notRequestPrincipals",
    "notNamespaces",
    "notIpBlocks",
    "notRemoteIpBlocks",
    "serviceAccounts",
    "notServiceAccounts",
    "trustDomains",
    "notTrustDomains",
];
const TCP_SOURCE: &[&str] = &[
    "notPrincipals",
    "principals",
    "ipBlocks",
    "notIpBlocks",
    "namespaces",
    "notNamespaces",
    "remoteIpBlocks",
    "notRemoteIpBlocks",
    "serviceAccounts",
    "notServiceAccounts",
];
const OPERATION: &[&str] =
    &["ports", "methods", "paths", "hosts", "notPorts", "notMethods", "notPaths", "notHosts"];

fn source(out: &mut Findings, source: &Message, at: usize) {
    let some = |fields: &[&str]| fields.iter().any(|field| !source.items(field).is_empty());
    let names = ["principals", "notPrincipals", "namespaces", "notNamespaces"];
    if some(&names) && some(&["serviceAccounts", "notServiceAccounts"]) {
        out.at(
            source,
            "serviceAccounts",
            format!("cannot set serviceAccounts with namespaces or principals, found at rule {at}"),
        );
    }
    if !some(SOURCE) {
        out.error(&source.place, format!("`from.source` must not be empty, found at rule {at}"));
    }
    for field in SOURCE {
        let (values, key) = (texts(source, field), capital(field));
        if field.to_ascii_lowercase().ends_with("ipblocks") {
            ips(&values).into_iter().for_each(|text| out.error_in(source, field, text));
        }
        let result = match *field {
            "serviceAccounts" | "notServiceAccounts" => service_accounts(&key, &values),
            "trustDomains" | "notTrustDomains" => trust_domains(&key, &values),
            _ => not_empty(&key, &values),
        };
        if let Err(text) = result {
            out.error_in(source, field, text);
        }
    }
}

fn operation(out: &mut Findings, op: &Message, at: usize) {
    if OPERATION.iter().all(|field| op.items(field).is_empty()) {
        out.error(&op.place, format!("`to.operation` must not be empty, found at rule {at}"));
    }
    for field in OPERATION {
        let (values, key) = (texts(op, field), capital(field));
        if key.ends_with("orts") {
            ports(&values).into_iter().for_each(|text| out.error_in(op, field, text));
        }
        let paths = key.ends_with("aths").then(|| templates(&key, &values));
        for why in [Some(not_empty(&key, &values)), paths].into_iter().flatten().filter_map(Result::err) {
            out.error_in(op, field, why);
        }
    }
}

fn one(out: &mut Findings, rule: &Message, at: usize, deny: bool) {
    let (mut from_exists, mut to_exists, mut tcp_from, mut tcp_to) = (false, false, false, false);
    for from in rule.messages("from") {
        let Some(own) = from.message("source") else {
            out.at(from, "source", format!("`from.source` must not be nil, found at rule {at}"));
            continue;
        };
        from_exists = true;
        source(out, own, at);
        tcp_from |= TCP_SOURCE.iter().any(|field| !own.items(field).is_empty());
    }
    for to in rule.messages("to") {
        let Some(own) = to.message("operation") else {
            out.at(to, "operation", format!("`to.operation` must not be nil, found at rule {at}"));
            continue;
        };
        to_exists = true;
        operation(out, own, at);
        tcp_to |= !own.items("ports").is_empty() || !own.items("notPorts").is_empty();
    }
    for when in rule.messages("when") {
        condition(out, when);
    }
    if deny && (from_exists && !to_exists && !tcp_from || to_exists && !tcp_to) {
        out.warn(&rule.place, "configured AuthorizationPolicy will deny all traffic to TCP ports under its scope due to the use of only HTTP attributes in a DENY rule; it is recommended to explicitly specify the port");
    }
}

fn condition(out: &mut Findings, when: &Message) {
    let key = when.text("key");
    if key.is_empty() {
        return out.at(when, "key", "`key` must not be empty");
    }
    let (values, not_values) = (texts(when, "values"), texts(when, "notValues"));
    if values.is_empty() && not_values.is_empty() {
        return out.at(
            when,
            "key",
            format!("at least one of `values` or `notValues` must be set for key {key}"),
        );
    }
    for (field, word, values) in [("values", "value", values), ("notValues", "notValue", not_values)] {
        let result = attribute(key, &values);
        if let Err(why) = result {
            let text = format!("invalid `{word}` for `key` {key}: {why}");
            // What is wrong with no value is wrong with the key.
            let place = culprit(when, field, &why).unwrap_or_else(|| when.at("key"));
            out.error(&place, text);
        }
    }
}

fn attribute(key: &str, values: &[&str]) -> Result<(), String> {
    not_empty(key, values)?;
    let joined = |texts: Vec<String>| {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        if texts.is_empty() { Ok(()) } else { Err(multierror(&texts)) }
    };
    let map_key = || {
        let open = key.find('[').unwrap_or(0);
        let fine = key.ends_with(']') && open > 0 && open + 2 < key.len();
        if fine { Ok(()) } else { Err(format!("bad key ({key}): should have format a[b]")) }
    };
    match key {
        "source.ip" | "remote.ip" | "destination.ip" => joined(ips(values)),
        "source.serviceAccount" => service_accounts(key, values),
        "source.trustDomain" => wildcards(key, values),
        "destination.port" => joined(ports(values)),
        "source.namespace"
        | "source.principal"
        | "request.auth.principal"
        | "request.auth.audiences"
        | "request.auth.presenter"
        | "connection.sni" => Ok(()),
        "destination.namespace" => Err(format!("attribute {key} is replaced by the metadata.namespace")),
        "destination.name" | "destination.user" => {
            Err(format!("deprecated attribute {key}: only supported in v1alpha1"))
        }
        _ if ["request.headers", "request.auth.claims", "experimental.envoy.filters."]
            .iter()
            .any(|p| key.starts_with(p)) =>
        {
            map_key()
        }
        _ if key.starts_with("destination.labels") => {
            Err(format!("attribute {key} is replaced by the workload selector"))
        }
        _ => Err(format!("unknown attribute: {key}")),
    }
}
