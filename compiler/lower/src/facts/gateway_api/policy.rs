//! BackendTLSPolicies to DestinationRules (`backend_policies.go`).

use std::collections::BTreeMap;

use mp_ir::base::{At, Span};
use mp_ir::mesh::{ClientTls, ClientTlsMode, DestinationRule, TrafficPolicy};
use mp_model::views::gateway as api;
use mp_model::views::{k8s, networking};
use mp_model::{Kind, Object};

use super::super::{names, text};
use super::{Cx, GENERATED, NO_TIME, age, head, tls};
use crate::index::BACKEND_POLICY;

const IGNORE: &str = "istio.io/ignore-policy-attachment";

/// A target of a policy: kind, namespace, name, and one of its hosts.
type Target = (Kind, String, String, String);

/// One rule for each target and host; the oldest policy wins for each port and for all of them.
pub(super) fn all(cx: &Cx<'_>) -> Vec<DestinationRule> {
    let ignored = |object: &&Object| {
        object.annotations.get(IGNORE).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    };
    let mut policies: Vec<&Object> =
        cx.ws.of_kind(Kind::BackendTlsPolicy).filter(|object| !ignored(object)).collect();
    policies.sort_by(|a, b| age(a).cmp(&age(b)));
    let mut out: BTreeMap<Target, DestinationRule> = BTreeMap::new();
    for object in policies {
        let Some(spec) = cx.ws.spec::<api::BackendTLSPolicySpec<'_>>(object) else { continue };
        let settings = client_tls(cx, object, spec);
        for reference in spec.target_refs().iter() {
            for (target, port) in targets(cx, object, reference) {
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

/// What a reference means, with the port where it names one; nothing for what is not there.
fn targets(
    cx: &Cx<'_>,
    object: &Object,
    reference: api::LocalPolicyTargetReferenceWithSectionName<'_>,
) -> Vec<(Target, Option<u32>)> {
    let name = text(reference.name());
    let kind = match (text(reference.group()).as_str(), text(reference.kind()).as_str()) {
        ("", "Service") => Kind::Service,
        ("networking.istio.io", "ServiceEntry") => Kind::ServiceEntry,
        _ => return Vec::new(),
    };
    let Some(target) = cx.ws.find(kind, &object.namespace, &name) else { return Vec::new() };
    let ports = ports(cx, target);
    let section = text(reference.section_name());
    let port = if section.is_empty() {
        None
    } else {
        match ports.iter().find(|(known, _)| *known == section) {
            Some((_, number)) => Some(*number),
            None => return Vec::new(),
        }
    };
    let hosts =
        match cx.ws.spec::<networking::ServiceEntry<'_>>(target).filter(|_| kind == Kind::ServiceEntry) {
            Some(entry) => entry.hosts().iter().map(|host| host.value.to_owned()).collect(),
            None => vec![format!("{name}.{}.svc.{}", object.namespace, cx.mesh.settings.domain)],
        };
    let one = |host| ((kind, object.namespace.clone(), name.clone(), host), port);
    hosts.into_iter().map(one).collect()
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

fn client_tls(cx: &Cx<'_>, object: &Object, spec: api::BackendTLSPolicySpec<'_>) -> ClientTls {
    let mut out =
        ClientTls { mode: ClientTlsMode::Simple, origin: Some(object.span), ..ClientTls::default() };
    let Some(validation) = spec.validation() else { return out };
    out.origin = Some(validation.0.span());
    out.sni = text(validation.hostname());
    let names = validation.subject_alt_names();
    let name = |san: api::SubjectAltName<'_>| match san.type_().map(|kind| kind.name()) {
        Some("Hostname") => Some(text(san.hostname())),
        Some("URI") => Some(text(san.uri())),
        _ => None,
    };
    out.subject_alt_names = names.iter().filter_map(name).collect();
    out.credential_name = credential(cx, object, validation);
    out
}

/// The ConfigMap with the authorities; a reference that leads nowhere lets nothing through (`getBackendTLSCredentialName`).
fn credential(cx: &Cx<'_>, object: &Object, validation: api::BackendTLSPolicyValidation<'_>) -> String {
    if validation.well_known_ca_certificates().is_some() {
        return String::new();
    }
    let Some(reference) = validation.ca_certificate_refs().first() else { return String::new() };
    let name = text(reference.name());
    let config_map = text(reference.group()).is_empty() && text(reference.kind()) == "ConfigMap";
    let found = cx.ws.find(Kind::ConfigMap, &object.namespace, &name).filter(|_| config_map);
    let bundle = found.and_then(|map| ["cacert", "ca.crt"].iter().find_map(|key| tls::entry(cx, map, key)));
    match bundle {
        Some(_) => format!("configmap://{}/{name}", object.namespace),
        None => "invalid://".to_owned(),
    }
}
