//! Order among policies: what refuses comes before what opens, identities before those who ask for them.

use std::collections::BTreeSet;

use mp_ir::base::ObjectRef;
use mp_ir::mesh::{
    AuthorizationAction, AuthorizationPolicy, ClientTlsMode, DestinationRule, Mesh, MutualTlsMode,
    PeerAuthentication,
};

use super::{Action, Edge, Step};

/// What a change does to access or identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// A DENY policy comes or changes.
    Refuses,
    /// A DENY policy goes.
    RefusesNoMore,
    /// An ALLOW policy comes.
    Admits,
    /// An ALLOW policy changes.
    AdmitsOthers,
    /// An ALLOW policy goes.
    AdmitsNoMore,
    /// Tokens of further issuers are read.
    ReadsTokens,
    /// Tokens are read no more.
    ReadsTokensNoMore,
    /// Plain text is refused from now on.
    DemandsIdentity,
    /// Plain text is taken from now on.
    DemandsIdentityNoMore,
    /// Callers show their identity from now on.
    ShowsIdentity,
    /// Callers stop showing it.
    ShowsIdentityNoMore,
}

/// A change with what it does and where: a namespace, or everywhere.
struct Done {
    at: usize,
    effect: Effect,
    /// `None` is the whole mesh.
    namespace: Option<String>,
    /// Asks for claims of a token.
    reads_claims: bool,
}

pub(super) fn order(old: &Mesh, new: &Mesh, steps: &[Step], edges: &mut BTreeSet<Edge>) {
    let done: Vec<Done> =
        steps.iter().enumerate().filter_map(|(at, step)| done(old, new, at, step)).collect();
    for first in &done {
        for then in &done {
            let meets =
                first.namespace.is_none() || then.namespace.is_none() || first.namespace == then.namespace;
            // Callers of a strict port may be anywhere.
            let anywhere = matches!(first.effect, Effect::ShowsIdentity | Effect::DemandsIdentityNoMore);
            if let Some(reason) = reason(first, then).filter(|_| meets || anywhere) {
                edges.insert(Edge { first: first.at, then: then.at, reason: reason.to_owned() });
            }
        }
    }
}

/// Why one effect comes before another.
fn reason(first: &Done, then: &Done) -> Option<&'static str> {
    use Effect::{
        Admits, AdmitsNoMore, AdmitsOthers, DemandsIdentity, DemandsIdentityNoMore, ReadsTokens,
        ReadsTokensNoMore, Refuses, RefusesNoMore, ShowsIdentity, ShowsIdentityNoMore,
    };
    match (first.effect, then.effect) {
        (Refuses, Admits | AdmitsOthers | AdmitsNoMore) => {
            Some("what the DENY policy refuses would be open in between")
        }
        (Refuses, RefusesNoMore) => {
            Some("what moves from one DENY policy to the other would be open in between")
        }
        (AdmitsOthers, RefusesNoMore) => {
            Some("what the ALLOW policy no longer admits would be open in between")
        }
        (Admits, AdmitsOthers | AdmitsNoMore) => {
            Some("what moves from one ALLOW policy to the other would be refused in between")
        }
        (ReadsTokens, Admits | AdmitsOthers) if then.reads_claims => {
            Some("tokens must be read before a policy asks for their claims, or every request is refused")
        }
        (AdmitsOthers | AdmitsNoMore, ReadsTokensNoMore) if first.reads_claims => {
            Some("the policy asks for claims until then")
        }
        (ShowsIdentity, DemandsIdentity) => {
            Some("callers must speak mutual TLS before plain text is refused")
        }
        (DemandsIdentityNoMore, ShowsIdentityNoMore) => {
            Some("plain text must be taken before callers stop speaking mutual TLS")
        }
        _ => None,
    }
}

fn done(old: &Mesh, new: &Mesh, at: usize, step: &Step) -> Option<Done> {
    let object = &step.object;
    let root = new.settings.root_namespace.as_str();
    let home = if object.kind == "Namespace" { &object.name } else { &object.namespace };
    let namespace = (home != root && !home.is_empty()).then(|| home.clone());
    let reads_claims = claims(old, object) || claims(new, object);
    Some(Done { at, effect: effect(old, new, step)?, namespace, reads_claims })
}

fn effect(old: &Mesh, new: &Mesh, step: &Step) -> Option<Effect> {
    let object = &step.object;
    match object.kind.as_str() {
        "AuthorizationPolicy" => authorization(old, new, step),
        "RequestAuthentication" => Some(match step.action {
            Action::Add | Action::Change => Effect::ReadsTokens,
            Action::Remove => Effect::ReadsTokensNoMore,
        }),
        "PeerAuthentication" => {
            let (before, after) = (strictest(old, object), strictest(new, object));
            match before.cmp(&after) {
                std::cmp::Ordering::Less if after == MutualTlsMode::Strict => Some(Effect::DemandsIdentity),
                std::cmp::Ordering::Greater => Some(Effect::DemandsIdentityNoMore),
                _ => None,
            }
        }
        "DestinationRule" => {
            shown(plain_text(old, object), !plain_text(new, object), plain_text(new, object))
        }
        _ => {
            let (before, after) = (has_proxy(old, object), has_proxy(new, object));
            shown(before != Some(true), after == Some(true), after == Some(false))
        }
    }
}

/// Whether callers begin or stop to show who they are.
fn shown(hidden_before: bool, shown_now: bool, hidden_now: bool) -> Option<Effect> {
    match (hidden_before, shown_now, hidden_now) {
        (true, true, _) => Some(Effect::ShowsIdentity),
        (false, _, true) => Some(Effect::ShowsIdentityNoMore),
        _ => None,
    }
}

fn authorization(old: &Mesh, new: &Mesh, step: &Step) -> Option<Effect> {
    let policy = policy(new, &step.object).or_else(|| policy(old, &step.object))?;
    match (&policy.action, step.action) {
        _ if policy.dry_run => None,
        (AuthorizationAction::Deny | AuthorizationAction::Custom(_), Action::Add | Action::Change) => {
            Some(Effect::Refuses)
        }
        (AuthorizationAction::Deny | AuthorizationAction::Custom(_), Action::Remove) => {
            Some(Effect::RefusesNoMore)
        }
        (AuthorizationAction::Allow, Action::Add) => Some(Effect::Admits),
        (AuthorizationAction::Allow, Action::Change) => Some(Effect::AdmitsOthers),
        (AuthorizationAction::Allow, Action::Remove) => Some(Effect::AdmitsNoMore),
        (AuthorizationAction::Audit, _) => None,
    }
}

fn policy<'a>(mesh: &'a Mesh, object: &ObjectRef) -> Option<&'a AuthorizationPolicy> {
    mesh.authorization_policies.iter().find(|policy| policy.meta.object == *object)
}

/// Whether a policy asks for a token's claims.
fn claims(mesh: &Mesh, object: &ObjectRef) -> bool {
    policy(mesh, object).is_some_and(|policy| {
        policy.rules.iter().any(|rule| {
            let caller = |source: &mp_ir::mesh::Source| {
                !(source.request_principals.is_empty() && source.not_request_principals.is_empty())
            };
            rule.from.iter().any(caller)
                || rule.when.iter().any(|when| when.key.value.starts_with("request.auth."))
        })
    })
}

/// The strictest mode that a PeerAuthentication states.
fn strictest(mesh: &Mesh, object: &ObjectRef) -> MutualTlsMode {
    let found: Option<&PeerAuthentication> =
        mesh.peer_authentications.iter().find(|pa| pa.meta.object == *object);
    let modes =
        found.into_iter().flat_map(|pa| pa.mode.iter().chain(pa.port_level.iter().map(|(_, mode)| mode)));
    modes.map(|mode| mode.value).max().unwrap_or_default()
}

/// Whether a DestinationRule makes callers speak something else than mutual TLS of the mesh.
fn plain_text(mesh: &Mesh, object: &ObjectRef) -> bool {
    let found: Option<&DestinationRule> =
        mesh.destination_rules.iter().find(|rule| rule.meta.object == *object);
    let mut modes = found.into_iter().flat_map(|rule| {
        let policies =
            rule.traffic_policy.iter().chain(rule.subsets.iter().filter_map(|s| s.traffic_policy.as_ref()));
        policies.flat_map(|policy| {
            policy.tls.iter().chain(policy.port_level.values().filter_map(|p| p.tls.as_ref()))
        })
    });
    modes.any(|tls| tls.mode == ClientTlsMode::Disable)
}

/// Whether the Pods of an object have a proxy; `None` where the mesh has none of it.
fn has_proxy(mesh: &Mesh, object: &ObjectRef) -> Option<bool> {
    if object.kind == "Namespace" {
        let labels = mesh.namespaces.get(&object.name)?;
        let enabled = labels.get("istio-injection").is_some_and(|word| word == "enabled");
        return Some(enabled || labels.contains_key("istio.io/rev"));
    }
    let mut all =
        mesh.workloads.iter().chain(&mesh.templates).filter(|workload| workload.meta.object == *object);
    let first = all.next()?;
    Some(first.has_proxy || crate::proxy::is_injected(mesh, first))
}
