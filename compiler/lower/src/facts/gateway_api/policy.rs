//! BackendTLSPolicies to DestinationRules (`backend_policies.go`).

use std::collections::BTreeMap;

use mp_ir::base::{At, Span};
use mp_ir::mesh::{ClientTls, ClientTlsMode, DestinationRule, Evidence, TrafficPolicy};
use mp_model::views::gateway as api;
use mp_model::views::{k8s, networking};
use mp_model::{Kind, Object};

use super::super::{names, text};
use super::fault::Fault;
use super::policy_status::{self, Faults, PolicyStatus};
use super::report::Report;
use super::{Cx, GENERATED, NO_TIME, age, head, tls};
use crate::index::BACKEND_POLICY;

/// A target of a policy: kind, namespace, name, and one of its hosts.
type Target = (Kind, String, String, String);

/// One rule for each target and host; the oldest policy wins for each port and for all of them.
pub(super) fn all(cx: &Cx<'_>, report: &mut Report) -> Vec<DestinationRule> {
    let mut policies: Vec<&Object> = cx.ws.of_kind(Kind::BackendTlsPolicy).collect();
    policies.sort_by(|a, b| age(a).cmp(&age(b)));
    let ancestors = policy_status::ancestors(cx, policies.is_empty());
    let firsts = policy_status::firsts(cx, &policies);
    let mut out: BTreeMap<Target, DestinationRule> = BTreeMap::new();
    for object in &policies {
        let Some(spec) = cx.ws.spec::<api::BackendTLSPolicySpec<'_>>(object) else { continue };
        if policy_status::is_ignored(object) {
            policy_status::ignored(object, spec, report);
            continue;
        }
        let (settings, faults) = client_tls(cx, object, spec);
        let mut status = PolicyStatus::new(object, faults);
        for reference in spec.target_refs().iter() {
            let found = targets(cx, object, reference);
            let rival = policy_status::rival(object, reference, &firsts);
            status.target(reference, found.as_ref().err(), rival, &ancestors);
            for (target, port) in found.unwrap_or_default() {
                let place = reference.0.span();
                let rule = out.entry(target.clone()).or_insert_with(|| rule(object, &target, place));
                let policy = rule.traffic_policy.get_or_insert_default();
                match port {
                    Some(port) => {
                        policy.port_level.entry(port).or_insert_with(|| TrafficPolicy {
                            tls: Some(settings.clone()),
                            origin: Some(place),
                            ..TrafficPolicy::default()
                        });
                    }
                    None => {
                        policy.tls.get_or_insert_with(|| settings.clone());
                    }
                }
            }
        }
        status.finish(cx, report);
    }
    out.into_values().collect()
}

fn rule(object: &Object, target: &Target, place: Span) -> DestinationRule {
    let (kind, _, name, host) = target;
    let name = match kind {
        Kind::ServiceEntry => format!("{name}~{}~{GENERATED}", host.replace('.', "-")),
        _ => format!("{name}~{GENERATED}"),
    };
    let mut meta = head(Kind::DestinationRule, object, name, object.name_span);
    meta.created = Some(NO_TIME);
    meta.annotations
        .insert(BACKEND_POLICY.to_owned(), format!("BackendTLSPolicy/{}.{}", object.namespace, object.name));
    DestinationRule {
        meta,
        host: At::new(host.clone(), place),
        visibility: names::visibility_of(std::iter::empty()),
        traffic_policy: Some(TrafficPolicy { origin: Some(object.span), ..TrafficPolicy::default() }),
        ..DestinationRule::default()
    }
}

/// What a reference means, with the port where it names one.
///
/// # Errors
/// It is not there.
fn targets(
    cx: &Cx<'_>,
    object: &Object,
    reference: api::LocalPolicyTargetReferenceWithSectionName<'_>,
) -> Result<Vec<(Target, Option<u32>)>, Fault> {
    let name = text(reference.name());
    let (group, word) = (text(reference.group()), text(reference.kind()));
    let place = reference.name().map_or(reference.0.span(), |name| name.span);
    let absent = |why: String| Fault::absent("TargetNotFound", format!("targetRefs invalid: {why}"), place);
    let kind = match (group.as_str(), word.as_str()) {
        ("", "Service") => Kind::Service,
        ("networking.istio.io", "ServiceEntry") => Kind::ServiceEntry,
        _ => return Err(absent(format!("unsupported kind {word}"))),
    };
    let home = &object.namespace;
    let Some(target) = cx.ws.find(kind, home, &name) else {
        return Err(absent(format!("reference {home}/{name} (of kind {word}) not found")));
    };
    let ports = ports(cx, target);
    let section = text(reference.section_name());
    let port = if section.is_empty() {
        None
    } else {
        match ports.iter().find(|(known, _)| *known == section) {
            Some((_, number)) => Some(*number),
            None => {
                return Err(absent(format!(
                    "sectionName \"{section}\" does not exist in {word} {home}/{name}"
                )));
            }
        }
    };
    let hosts =
        match cx.ws.spec::<networking::ServiceEntry<'_>>(target).filter(|_| kind == Kind::ServiceEntry) {
            Some(entry) => entry.hosts().iter().map(|host| host.value.to_owned()).collect(),
            None => vec![format!("{name}.{home}.svc.{}", cx.mesh.settings.domain)],
        };
    let one = |host| ((kind, home.clone(), name.clone(), host), port);
    Ok(hosts.into_iter().map(one).collect())
}

/// Names and numbers of the ports of a Service or ServiceEntry.
fn ports(cx: &Cx<'_>, target: &Object) -> Vec<(String, u32)> {
    let number = super::listener::number;
    if target.kind == Kind::Service {
        let service = cx.ws.view::<k8s::Service<'_>>(target).and_then(|service| service.spec());
        let ports = service.into_iter().flat_map(|spec| spec.ports().iter());
        return ports.map(|port| (text(port.name()), number(port.port()))).collect();
    }
    let entry = cx.ws.spec::<networking::ServiceEntry<'_>>(target);
    let ports = entry.into_iter().flat_map(|spec| spec.ports().iter());
    ports.map(|port| (text(port.name()), number(port.number()))).collect()
}

fn client_tls(cx: &Cx<'_>, object: &Object, spec: api::BackendTLSPolicySpec<'_>) -> (ClientTls, Faults) {
    let mut out =
        ClientTls { mode: ClientTlsMode::Simple, origin: Some(object.span), ..ClientTls::default() };
    let Some(validation) = spec.validation() else { return (out, Faults::default()) };
    out.origin = Some(validation.0.span());
    out.sni = text(validation.hostname());
    let names = validation.subject_alt_names();
    let name = |san: api::SubjectAltName<'_>| match san.type_().map(|kind| kind.name()) {
        Some("Hostname") => Some(text(san.hostname())),
        Some("URI") => Some(text(san.uri())),
        _ => None,
    };
    out.subject_alt_names = names.iter().filter_map(name).collect();
    let mut faults = Faults::default();
    out.credential_name = credential(cx, object, validation, &mut faults);
    (out, faults)
}

/// The ConfigMap with the authorities; a reference that leads nowhere lets nothing through (`getBackendTLSCredentialName`).
fn credential(
    cx: &Cx<'_>,
    object: &Object,
    validation: api::BackendTLSPolicyValidation<'_>,
    faults: &mut Faults,
) -> String {
    if let Some(known) = validation.well_known_ca_certificates() {
        if known.value != "System" {
            let message = format!("Unknown wellKnownCACertificates: {}", known.value);
            faults.accepted = Some(Fault::new("Invalid", message, known.span));
        }
        return String::new();
    }
    let Some(reference) = validation.ca_certificate_refs().first() else { return String::new() };
    let name = text(reference.name());
    let place = reference.name().map_or(reference.0.span(), |name| name.span);
    let (reason, word, why) = match authority(cx, object, reference) {
        Ok(()) => return format!("configmap://{}/{name}", object.namespace),
        Err(why) => why,
    };
    let resolved = Fault::new(reason, format!("{word}: {why}"), place);
    let evidence = if reason == "InvalidKind" { Evidence::Written } else { Evidence::Absence };
    faults.resolved = Some(Fault { evidence, ..resolved });
    let message = format!("Certificate reference invalid: {why}");
    faults.accepted = Some(Fault::absent("NoValidCACertificate", message, place));
    "invalid://".to_owned()
}

/// Why a reference leads to no certificates of authorities: reason, and istiod's words for what is wrong and why.
fn authority(
    cx: &Cx<'_>,
    object: &Object,
    reference: api::LocalObjectReference<'_>,
) -> Result<(), (&'static str, &'static str, String)> {
    let (group, kind, name) = (text(reference.group()), text(reference.kind()), text(reference.name()));
    let known = match (group.as_str(), kind.as_str()) {
        ("", "ConfigMap") => Kind::ConfigMap,
        ("", "Service") => Kind::Service,
        ("", "Secret") => Kind::Secret,
        ("networking.istio.io", "ServiceEntry") => Kind::ServiceEntry,
        _ => {
            let why = format!("unsupported kind {kind}");
            return Err(("InvalidKind", "Certificate reference not supported", why));
        }
    };
    let Some(found) = cx.ws.find(known, &object.namespace, &name) else {
        let why = format!("reference {}/{name} (of kind {kind}) not found", object.namespace);
        return Err((tls::BAD_AUTHORITY, "Certificate reference not found", why));
    };
    if known != Kind::ConfigMap {
        let why = format!("unsupported reference kind: {kind}");
        return Err(("InvalidKind", "Certificate reference invalid", why));
    }
    if ["cacert", "ca.crt"].iter().any(|key| tls::entry(cx, found, key).is_some()) {
        return Ok(());
    }
    let why = "found secret, but didn't have expected keys cacert or ca.crt".to_owned();
    Err((tls::BAD_AUTHORITY, "Certificate invalid", why))
}
