//! The status of BackendTLSPolicies (`backend_policies.go`, `BackendTLSPolicyCollection`): one part for each target, then one for each
//! Gateway whose routes lead there.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::{ConditionKind, StatusExtra, StatusPart, StatusReference};
use mp_model::views::gateway as api;
use mp_model::{Kind, Object};

use super::super::text;
use super::conditions::Conditions;
use super::fault::Fault;
use super::report::Report;
use super::{Cx, GROUP, NO_TIME, listener};

/// The annotation that leaves a policy out.
const IGNORE: &str = "istio.io/ignore-policy-attachment";
/// So many ancestors are told.
const MOST: usize = 16;

/// Kind, namespace and name of a backend, with the Gateways whose routes lead there: namespace and name.
type Ancestors = BTreeMap<[String; 3], BTreeSet<(String, String)>>;

/// What is wrong with a policy as far as is known; istiod keeps what was wrong with one target for those that follow.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    pub(super) accepted: Option<Fault>,
    pub(super) resolved: Option<Fault>,
}

/// A status in the making.
pub(super) struct PolicyStatus<'a> {
    object: &'a Object,
    faults: Faults,
    told: Vec<(StatusReference, Conditions)>,
    gateways: BTreeSet<(String, String)>,
}

impl<'a> PolicyStatus<'a> {
    pub(super) fn new(object: &'a Object, faults: Faults) -> Self {
        Self { object, faults, told: Vec::new(), gateways: BTreeSet::new() }
    }

    /// Adds a target: why it is not there, or the name of a policy that comes first.
    pub(super) fn target(
        &mut self,
        reference: api::LocalPolicyTargetReferenceWithSectionName<'_>,
        absent: Option<&Fault>,
        rival: Option<String>,
        ancestors: &Ancestors,
    ) {
        let place = reference.0.span();
        match (absent, rival) {
            (Some(fault), _) => self.faults.accepted = Some(fault.clone()),
            (None, Some(rival)) => {
                let message =
                    format!("Conflicts with BackendTLSPolicy \"{rival}\" targeting the same backend");
                self.faults.accepted = Some(Fault::new("Conflicted", message, place));
            }
            (None, None) => {}
        }
        if absent.is_none() {
            let backend = [text(reference.kind()), self.object.namespace.clone(), text(reference.name())];
            self.gateways.extend(ancestors.get(&backend).into_iter().flatten().cloned());
        }
        self.told.push((ancestor(reference), self.conditions()));
    }

    fn conditions(&self) -> Conditions {
        let (place, valid) = (self.object.name_span, "Configuration is valid");
        let mut out = Conditions::default().holds(ConditionKind::Accepted, "Accepted", valid, place).holds(
            ConditionKind::ResolvedRefs,
            "ResolvedRefs",
            valid,
            place,
        );
        let faults = [
            (ConditionKind::Accepted, &self.faults.accepted),
            (ConditionKind::ResolvedRefs, &self.faults.resolved),
        ];
        for (kind, fault) in faults {
            if let Some(fault) = fault {
                out.fails(kind, fault);
            }
        }
        out
    }

    /// Adds the Gateways and tells all of it.
    pub(super) fn finish(mut self, cx: &Cx<'_>, report: &mut Report) {
        let conditions = self.conditions();
        for (_, name) in std::mem::take(&mut self.gateways) {
            let reference = StatusReference {
                controller: listener::managed(&cx.mesh.compat),
                group: GROUP.to_owned(),
                kind: "Gateway".to_owned(),
                name,
                ..StatusReference::default()
            };
            self.told.push((reference, conditions.clone()));
        }
        for (reference, conditions) in self.told.into_iter().take(MOST) {
            report.add(self.object, StatusPart::Ancestor(reference), conditions, StatusExtra::Nothing);
        }
    }
}

fn ancestor(reference: api::LocalPolicyTargetReferenceWithSectionName<'_>) -> StatusReference {
    StatusReference {
        controller: listener::MESH.to_owned(),
        group: text(reference.group()),
        kind: text(reference.kind()),
        name: text(reference.name()),
        section: reference.section_name().map(|name| name.value.to_owned()),
        ..StatusReference::default()
    }
}

/// Says that a policy is left out by its annotation.
pub(super) fn ignored(object: &Object, spec: api::BackendTLSPolicySpec<'_>, report: &mut Report) {
    let message = "Ignored by Istio due to annotation istio.io/ignore-policy-attachment=true";
    let fault = Fault::new("IgnoredByIstio", message, object.name_span);
    for reference in spec.target_refs().iter().take(MOST) {
        let mut conditions = Conditions::default();
        conditions.fails(ConditionKind::Accepted, &fault);
        report.add(object, StatusPart::Ancestor(ancestor(reference)), conditions, StatusExtra::Nothing);
    }
}

/// A target as policies name it: namespace, group, kind, name and section.
type Key = ([String; 4], Option<String>);

/// The policy of each target that counts: the oldest, of the same age the first by name (`btlsHasHigherPriority`).
pub(super) type Firsts<'a> = BTreeMap<Key, &'a Object>;

fn key(object: &Object, reference: api::LocalPolicyTargetReferenceWithSectionName<'_>) -> Key {
    let section = reference.section_name().map(|name| name.value.to_owned());
    let of = [text(reference.group()), text(reference.kind()), text(reference.name())];
    let [group, kind, name] = of;
    ([object.namespace.clone(), group, kind, name], section)
}

/// Whether a policy is left out by its annotation.
pub(super) fn is_ignored(object: &Object) -> bool {
    object.annotations.get(IGNORE).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The order in which policies count.
fn order(object: &Object) -> (i64, &str) {
    (object.created.unwrap_or(NO_TIME), &object.name)
}

/// Finds the policy of each target that counts.
pub(super) fn firsts<'a>(cx: &Cx<'_>, policies: &[&'a Object]) -> Firsts<'a> {
    let mut out = Firsts::new();
    for object in policies.iter().copied().filter(|object| !is_ignored(object)) {
        let spec = cx.ws.spec::<api::BackendTLSPolicySpec<'_>>(object);
        for reference in spec.into_iter().flat_map(|spec| spec.target_refs().iter()) {
            let first = out.entry(key(object, reference)).or_insert(object);
            if order(object) < order(first) {
                *first = object;
            }
        }
    }
    out
}

/// The name of a policy of the same target that counts instead (`btlsIsConflicted`).
pub(super) fn rival(
    object: &Object,
    reference: api::LocalPolicyTargetReferenceWithSectionName<'_>,
    firsts: &Firsts<'_>,
) -> Option<String> {
    let first = firsts.get(&key(object, reference)).filter(|first| first.id != object.id)?;
    Some(first.name.clone())
}

/// The Gateways that the routes of each backend name (`extractAncestorBackends`).
pub(super) fn ancestors(cx: &Cx<'_>, unused: bool) -> Ancestors {
    let mut out = Ancestors::new();
    if unused {
        return out;
    }
    macro_rules! of_routes {
        ($kind:ident, $spec:ident) => {
            for object in cx.ws.of_kind(Kind::$kind) {
                let Some(spec) = cx.ws.spec::<api::$spec<'_>>(object) else { continue };
                let rules = spec.rules();
                let backends = rules.iter().flat_map(|rule| rule.backend_refs().iter());
                let backends = backends.map(|to| [to.group(), to.kind(), to.namespace(), to.name()]);
                add(&mut out, object, spec.parent_refs(), backends);
            }
        };
    }
    of_routes!(HttpRoute, HTTPRouteSpec);
    of_routes!(GrpcRoute, GRPCRouteSpec);
    of_routes!(TcpRoute, TCPRouteSpec);
    of_routes!(TlsRoute, TLSRouteSpec);
    out
}

fn add<'a>(
    out: &mut Ancestors,
    route: &Object,
    parents: mp_model::List<'a, api::ParentReference<'a>>,
    backends: impl Iterator<Item = [Option<mp_model::Text<'a>>; 4]>,
) {
    let home = |stated: Option<mp_model::Text<'_>>| {
        stated.map_or(route.namespace.as_str(), |ns| ns.value).to_owned()
    };
    let is_gateway = |parent: &api::ParentReference<'_>| {
        parent.group().is_none_or(|group| group == GROUP)
            && parent.kind().is_none_or(|kind| kind == "Gateway")
    };
    let gateways: Vec<(String, String)> = parents
        .iter()
        .filter(is_gateway)
        .map(|parent| (home(parent.namespace()), text(parent.name())))
        .collect();
    for [group, kind, namespace, name] in backends {
        let kind = match (group.map_or("", |group| group.value), kind.map_or("Service", |kind| kind.value)) {
            ("", "Service") => "Service",
            ("networking.istio.io", "ServiceEntry") => "ServiceEntry",
            _ => continue,
        };
        let backend = [kind.to_owned(), home(namespace), text(name)];
        out.entry(backend).or_default().extend(gateways.iter().cloned());
    }
}
