//! Policies of which only one counts, the oldest: Sidecar, PeerAuthentication, Telemetry.

use mp_ir::base::Origin;
use mp_ir::mesh::{Labels, Mesh, Meta};
use mp_ir::plan::{ProxyKind, ProxyView};

use super::Ties;

/// What decides which workloads an object is for.
struct Claim<'m> {
    meta: &'m Meta,
    selector: &'m Labels,
    selects: bool,
}

pub(super) fn all(mesh: &Mesh, proxy: &ProxyView, out: &mut Ties) {
    let root = mesh.settings.root_namespace.as_str();
    if proxy.kind == ProxyKind::Sidecar {
        let sidecars = mesh.sidecars.iter();
        let claims: Vec<Claim<'_>> = sidecars
            .map(|s| Claim { meta: &s.meta, selector: &s.selector, selects: s.selector_written })
            .collect();
        alone(&claims, proxy, root, "the imports of the workload", out);
        let peers = mesh.peer_authentications.iter();
        let claims: Vec<Claim<'_>> = peers
            .map(|p| Claim { meta: &p.meta, selector: &p.selector, selects: !p.selector.is_empty() })
            .collect();
        alone(&claims, proxy, root, "mutual TLS of the workload", out);
    }
    let telemetries = mesh.telemetries.iter().filter(|t| t.targets.is_empty());
    let claims: Vec<Claim<'_>> = telemetries
        .map(|t| Claim { meta: &t.meta, selector: &t.selector, selects: !t.selector.is_empty() })
        .collect();
    alone(&claims, proxy, root, "telemetry of the workload", out);
}

/// Of each reach (the workload, its namespace, the mesh) the oldest counts alone.
fn alone(claims: &[Claim<'_>], proxy: &ProxyView, root: &str, what: &str, out: &mut Ties) {
    let fits = |claim: &Claim<'_>| claim.selector.iter().all(|(k, v)| proxy.labels.get(k) == Some(v));
    let reaches: [&dyn Fn(&&Claim<'_>) -> bool; 3] = [
        &|claim| claim.meta.namespace() == proxy.namespace && claim.selects && fits(claim),
        &|claim| claim.meta.namespace() == proxy.namespace && !claim.selects,
        &|claim| claim.meta.namespace() == root && proxy.namespace != root && !claim.selects,
    ];
    for reach in reaches {
        let mut found = claims.iter().filter(reach);
        let Some(older) = found.next() else { continue };
        let at = |claim: &Claim<'_>| -> Origin { claim.meta.origin };
        for younger in found {
            out.add((older.meta, at(older)), (younger.meta, at(younger)), || what.to_owned());
        }
    }
}
