//! The smaller kinds: authentication, telemetry, proxy settings, and the annotations of all
//! (istio 1.31 `pkg/config/validation/validation.go`).

use super::findings::Findings;
use super::selectors::{targets, workload_selector};
use super::words::{duration_of, enum_name};
use super::{cel_syntax, jwks};
use crate::Kind;
use crate::admission::crd::url::{Url, parse};
use crate::admission::crd::words::quoted;
use crate::admission::decode::message::{Message, Place};
use crate::admission::envelope::Envelope;
use crate::path::FieldPath;

/// Why the annotation for a dry run is refused; empty when it is not.
fn dry_run(kind: Kind, message: Option<&Message>, name: &str, value: &str) -> String {
    let known = ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"];
    if kind != Kind::AuthorizationPolicy {
        format!("{name} has unsupported annotation istio.io/dry-run, please remove the annotation")
    } else if let Some(message) = message.filter(|message| message.number("action") > 1) {
        let action = enum_name(message, "action");
        format!(
            "the annotation istio.io/dry-run currently only supports action ALLOW/DENY, found action {action} in {name}"
        )
    } else if known.contains(&value) {
        String::new()
    } else {
        let shown = quoted(value);
        format!(
            "{name} has annotation istio.io/dry-run with invalid value ({value}): strconv.ParseBool: parsing {shown}: invalid syntax"
        )
    }
}

/// `validateMetadata`: whether the rules of the kind are asked at all. Kinds of the Gateway API have no message.
pub(super) fn annotations(
    out: &mut Findings,
    kind: Kind,
    envelope: &Envelope<'_>,
    message: Option<&Message>,
) -> bool {
    let place =
        |name: &str, span| Place { path: FieldPath::default().field("metadata.annotations").key(name), span };
    let dry = "istio.io/dry-run";
    if let Some((value, span)) = envelope.annotation(dry) {
        let why = dry_run(kind, message, &format!("{}/{}", envelope.namespace, envelope.name), &value);
        if !why.is_empty() {
            out.error(&place(dry, span), why);
            return false;
        }
    }
    let banned = [
        ("internal.istio.io/webhook-always-reject", "rejecting"),
        ("internal.istio.io/parent-namespace", "this may not be set by users"),
        ("internal.istio.io/parents", "this may not be set by users"),
    ];
    let found = banned.iter().find_map(|(name, why)| Some((name, why, envelope.annotation(name)?.1)));
    if let Some((name, why, span)) = found {
        out.error(&place(name, span), format!("\"{name}\" annotation found, {why}"));
    }
    found.is_none()
}

/// `ValidateProxyConfig`.
pub(super) fn proxy_config(out: &mut Findings, config: &Message) {
    workload_selector(out, config);
    let bad = config.int("concurrency") < 0;
    out.error_if(bad, config, "concurrency", "concurrency must be greater than or equal to 0");
}

/// `ValidatePeerAuthentication`.
pub(super) fn peer_authentication(out: &mut Findings, policy: &Message) {
    let labels = policy.message("selector").is_some_and(|s| !s.entries("matchLabels").is_empty());
    let ports = policy.entries("portLevelMtls");
    let bad = !labels && !ports.is_empty();
    out.error_if(
        bad,
        policy,
        "portLevelMtls",
        "mesh/namespace peer authentication cannot have port level mTLS",
    );
    let bare = policy.has("portLevelMtls") && ports.is_empty();
    out.error_if(
        bare,
        policy,
        "portLevelMtls",
        "port level mTLS, if defined, must have at least one element",
    );
    for (_, item) in
        ports.iter().filter(|(port, _)| !port.parse().is_ok_and(|n: u32| (1..=65535).contains(&n)))
    {
        out.error(&item.place, "port must be in range 1..65535");
    }
    workload_selector(out, policy);
}

/// `ValidateRequestAuthentication`.
pub(super) fn request_authentication(out: &mut Findings, policy: &Message) {
    targets(out, policy);
    for rule in policy.messages("jwtRules") {
        jwt_rule(out, rule);
    }
}

fn jwt_rule(out: &mut Findings, rule: &Message) {
    for (field, text) in [
        ("audiences", "audience must be non-empty string"),
        ("fromParams", "location query must be non-empty string"),
        ("fromCookies", "cookie name must be non-empty string"),
    ] {
        for (_, place) in rule.texts(field).filter(|(value, _)| value.is_empty()) {
            out.error(place, text);
        }
    }
    let uri = rule.text("jwksUri");
    let neither = rule.text("issuer").is_empty() && uri.is_empty();
    out.error_if(neither, rule, "issuer", "issuer or jwksUri must be non-empty string");
    if !uri.is_empty() {
        out.check(&rule.at("jwksUri"), jwks_uri(uri));
    }
    jwks(out, rule);
    for header in rule.messages("fromHeaders") {
        let bare = header.text("name").is_empty();
        out.error_if(bare, header, "name", "location header name must be non-empty string");
    }
    for pair in rule.messages("outputClaimToHeaders") {
        let header = pair.text("header");
        if pair.text("claim").is_empty() || header.is_empty() {
            out.error(&pair.place, "outputClaimToHeaders header and claim value must be non-empty string");
        } else if !header.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            out.at(pair, "header", format!("header name {header} is not a valid header name"));
        }
    }
    duration_of(out, rule, "timeout");
}

/// `ParseJwksURI` (`pkg/config/security/security.go`).
fn jwks_uri(uri: &str) -> Result<(), String> {
    let Url { scheme, port, .. } = parse(uri)?;
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(format!("URI scheme {} is not supported", quoted(&scheme)));
    }
    if !port.is_empty() && port.parse::<i64>().is_err() {
        return Err(format!("strconv.Atoi: parsing {}: value out of range", quoted(port)));
    }
    Ok(())
}

/// The key set: that it can be read, and that nothing of it is private.
fn jwks(out: &mut Findings, rule: &Message) {
    let (text, place) = (rule.text("jwks"), rule.at("jwks"));
    if text.is_empty() {
        return;
    }
    match jwks::read(text) {
        Err(why) => out.error(&place, format!("jwks parse error: {why}")),
        Ok(private) => {
            for at in private {
                out.warn(&place, format!("jwks key at index {at} contains private key material; only public keys are used for verification"));
            }
        }
    }
}

/// `ValidateTelemetry`.
pub(super) fn telemetry(out: &mut Findings, telemetry: &Message) {
    targets(out, telemetry);
    for metrics in telemetry.messages("metrics") {
        providers(out, metrics);
        for own in metrics.messages("overrides") {
            overrides(out, own);
        }
    }
    if telemetry.items("tracing").len() > 1 {
        out.warn(&telemetry.at("tracing"), "multiple tracing is not currently supported");
    }
    for own in telemetry.messages("tracing") {
        tracing(out, own);
    }
    for own in telemetry.messages("accessLogging") {
        if let Some(filter) = own.message("filter") {
            let read = cel_syntax::check(filter.text("expression"));
            let result = read.map_err(|why| format!("must be a valid CEL expression, ERROR: <input>:{why}"));
            out.check(&filter.at("expression"), result);
        }
        providers(out, own);
    }
}

fn providers(out: &mut Findings, message: &Message) {
    if let Some(own) = message.messages("providers").find(|own| own.text("name").is_empty()) {
        out.at(own, "name", "providers.name may not be empty");
    }
}

fn tracing(out: &mut Findings, own: &Message) {
    if own.items("providers").len() > 1 {
        out.warn(&own.at("providers"), "multiple providers is not currently supported");
    }
    providers(out, own);
    let rate = own.float("randomSamplingPercentage");
    let bad = !(0.0..=100.0).contains(&rate);
    out.error_if(
        bad,
        own,
        "randomSamplingPercentage",
        "randomSamplingPercentage must be in range [0.0, 100.0]",
    );
    for (name, item) in own.entries("customTags") {
        let Some(tag) = item.message() else { continue };
        if name.is_empty() {
            out.error(&item.place, "tag name may not be empty");
        }
        for (field, value, text) in [
            ("literal", "value", "literal tag value may not be empty"),
            ("header", "name", "header tag name may not be empty"),
            ("environment", "name", "environment tag name may not be empty"),
        ] {
            if let Some(inner) = tag.message(field) {
                out.error_if(inner.text(value).is_empty(), inner, value, text);
            }
        }
    }
}

fn overrides(out: &mut Findings, own: &Message) {
    for (name, item) in own.entries("tagOverrides") {
        let Some(tag) = item.message() else { continue };
        if name.is_empty() {
            out.warn(&item.place, "tagOverrides.name may not be empty");
        }
        let (removes, bare) = (tag.number("operation") == 1, tag.text("value").is_empty());
        out.error_if(
            !removes && bare && tag.number("operation") == 0,
            tag,
            "value",
            "tagOverrides.value must be set when operation is UPSERT",
        );
        out.error_if(
            removes && !bare,
            tag,
            "value",
            "tagOverrides.value may only be set when operation is UPSERT",
        );
    }
    if let Some(own) = own.message("match") {
        let bare = own.has("customMetric") && own.text("customMetric").is_empty();
        out.error_if(bare, own, "customMetric", "customMetric may not be empty");
    }
}
