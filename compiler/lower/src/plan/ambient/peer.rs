//! PeerAuthentications as policies of ztunnel (`ambient/authorization.go`, `convertPeerAuthentication`).
//!
//! ztunnel takes plain text always, so that strictness is a policy that refuses callers without identity.

use mp_ir::base::{At, Origin};
use mp_ir::mesh::{Labels, Mesh, MutualTlsMode, PeerAuthentication};
use mp_ir::plan::{
    Authorization, AuthorizationGroup, AuthorizationScope, ConnectionMatch, RbacAction, TextMatch,
};

use crate::plan::security::selects;

/// The policy that refuses all plain text.
const STRICT: &str = "istio_converted_static_strict";
const CONVERTED: &str = "converted_peer_authentication_";

/// The policy that refuses all plain text, once any PeerAuthentication is there, and one for each with ports of its own.
pub(super) fn policies(mesh: &Mesh) -> Vec<Authorization> {
    if mesh.peer_authentications.is_empty() {
        return Vec::new();
    }
    let strict = AuthorizationGroup { clauses: vec![vec![no_identity(None)]], origin: None };
    let root = &mesh.settings.root_namespace;
    let mut out = vec![refusing(root, STRICT.to_owned(), vec![strict], None)];
    out.extend(mesh.peer_authentications.iter().filter_map(|policy| converted(mesh, policy)));
    out
}

fn refusing(namespace: &str, name: String, groups: Vec<AuthorizationGroup>, origin: Origin) -> Authorization {
    Authorization {
        namespace: namespace.to_owned(),
        name,
        scope: AuthorizationScope::Workload,
        action: RbacAction::Deny,
        groups,
        dry_run: false,
        origin,
    }
}

fn no_identity(origin: Origin) -> ConnectionMatch {
    let any = At { value: TextMatch::NotEmpty, origin };
    ConnectionMatch { not_principals: vec![any], ..ConnectionMatch::default() }
}

fn mode(policy: &PeerAuthentication) -> MutualTlsMode {
    policy.mode.map_or(MutualTlsMode::Unset, |mode| mode.value)
}

fn is_open(mode: MutualTlsMode) -> bool {
    matches!(mode, MutualTlsMode::Permissive | MutualTlsMode::Disable)
}

/// The oldest policy without any selector.
fn whole<'m>(mesh: &'m Mesh, namespace: &str) -> Option<&'m PeerAuthentication> {
    let mut all = mesh.peer_authentications.iter();
    all.find(|policy| policy.meta.namespace() == namespace && !policy.selector_written)
}

/// A policy for workloads with modes of single ports; `None` where the policy that refuses all plain text says the same or
/// nothing is refused.
fn converted(mesh: &Mesh, policy: &PeerAuthentication) -> Option<Authorization> {
    let root = mesh.settings.root_namespace.as_str();
    let home = policy.meta.namespace();
    if home == root || !policy.selector_written || policy.port_level.is_empty() {
        return None;
    }
    let namespace = whole(mesh, home).map(mode);
    let mesh_wide = whole(mesh, root).map(mode);
    let own = mode(policy);
    let mut ports = policy.port_level.clone();
    ports.sort_by_key(|(port, _)| *port);
    let (mut groups, mut clauses) = (Vec::new(), Vec::new());
    if own == MutualTlsMode::Strict {
        clauses.push(vec![no_identity(policy.mode.and_then(|mode| mode.origin))]);
    }
    let mut exempt = false;
    for (port, stated) in ports {
        let number = vec![At { value: port, origin: stated.origin }];
        if stated.value == MutualTlsMode::Strict && !implied_strict(own, namespace, mesh_wide) {
            let ports = ConnectionMatch { destination_ports: number, ..no_identity(stated.origin) };
            groups.push(AuthorizationGroup { clauses: vec![vec![ports]], origin: stated.origin });
        } else if is_open(stated.value) && !implied_open(own, namespace, mesh_wide) {
            exempt = true;
            let others = ConnectionMatch { not_destination_ports: number, ..ConnectionMatch::default() };
            clauses.push(vec![others]);
        }
    }
    if own == MutualTlsMode::Strict && !exempt || clauses.is_empty() && groups.is_empty() {
        return None;
    }
    if exempt && inherited_strict(namespace, mesh_wide) {
        clauses.push(vec![no_identity(None)]);
    }
    if !clauses.is_empty() {
        groups.push(AuthorizationGroup { clauses, origin: policy.meta.origin });
    }
    Some(refusing(home, format!("{CONVERTED}{}", policy.meta.name()), groups, policy.meta.origin))
}

/// Whether a strict port needs no word of its own. As in istiod, a strict mesh counts even where the workload's own mode is open.
fn implied_strict(
    own: MutualTlsMode,
    namespace: Option<MutualTlsMode>,
    mesh_wide: Option<MutualTlsMode>,
) -> bool {
    let unset = |mode: Option<MutualTlsMode>| mode.is_none_or(|mode| mode == MutualTlsMode::Unset);
    own == MutualTlsMode::Strict
        || own == MutualTlsMode::Unset && namespace == Some(MutualTlsMode::Strict)
        || unset(namespace) && mesh_wide == Some(MutualTlsMode::Strict)
}

/// Whether an open port needs no word, because what is around it is open too.
fn implied_open(
    own: MutualTlsMode,
    namespace: Option<MutualTlsMode>,
    mesh_wide: Option<MutualTlsMode>,
) -> bool {
    let open = |mode: MutualTlsMode| mode != MutualTlsMode::Strict;
    is_open(own) || own == MutualTlsMode::Unset && namespace.or(mesh_wide).is_none_or(open)
}

fn inherited_strict(namespace: Option<MutualTlsMode>, mesh_wide: Option<MutualTlsMode>) -> bool {
    match namespace {
        Some(MutualTlsMode::Strict) => true,
        None | Some(MutualTlsMode::Unset) => mesh_wide == Some(MutualTlsMode::Strict),
        Some(_) => false,
    }
}

/// The policies that a workload names because of its modes (`convertedSelectorPeerAuthentications`).
pub(super) fn named(mesh: &Mesh, namespace: &str, labels: &Labels) -> Vec<String> {
    let root = mesh.settings.root_namespace.as_str();
    let selected = |policy: &&PeerAuthentication| {
        let home = policy.meta.namespace();
        let here = home == namespace && selects(&policy.selector, labels);
        here || home == root && !policy.selector_written
    };
    let found: Vec<&PeerAuthentication> = mesh.peer_authentications.iter().filter(selected).collect();
    let oldest = |fits: &dyn Fn(&PeerAuthentication) -> bool| found.iter().copied().find(|p| fits(p));
    let in_root = |p: &PeerAuthentication| p.meta.namespace() == root;
    let mesh_wide = oldest(&|p| in_root(p) && p.selector.is_empty());
    let of_namespace = oldest(&|p| !in_root(p) && p.selector.is_empty());
    let of_workload = oldest(&|p| !in_root(p) && !p.selector.is_empty());
    let mut strict = mesh_wide.is_some_and(|p| mode(p) == MutualTlsMode::Strict);
    for policy in [of_namespace, of_workload].into_iter().flatten() {
        if mode(policy) != MutualTlsMode::Unset {
            strict = mode(policy) == MutualTlsMode::Strict;
        }
    }
    let own = of_workload.filter(|policy| has_exception(policy, strict));
    let mut out = Vec::new();
    out.extend((strict && own.is_none()).then(|| format!("{root}/{STRICT}")));
    out.extend(own.map(|p| format!("{}/{CONVERTED}{}", p.meta.namespace(), p.meta.name())));
    out.sort();
    out
}

/// Whether a port differs from the mode around it, so that the workload's own policy counts. Where that mode is inherited, a
/// port with DISABLE alone does not make istiod look.
fn has_exception(policy: &PeerAuthentication, strict: bool) -> bool {
    let any = |fits: &dyn Fn(MutualTlsMode) -> bool| policy.port_level.iter().any(|(_, m)| fits(m.value));
    match (mode(policy), strict) {
        (MutualTlsMode::Strict, _) => any(&is_open),
        (MutualTlsMode::Unset, true) => any(&|mode| mode == MutualTlsMode::Permissive),
        _ => any(&|mode| mode == MutualTlsMode::Strict),
    }
}
