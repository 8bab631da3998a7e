//! Whether a policy decides anything in the input.

use mp_ir::mesh::{Labels, Mesh, Meta, TargetRef};

use super::points::{is_gateway, point_workloads};
use super::select::{Subject, attaches};
use super::waypoint_points;

/// Whether a policy of any kind, by its head, selector and targets, is for some workload of the input or for a service behind a waypoint.
pub(super) fn is_bound(mesh: &Mesh, meta: &Meta, selector: &Labels, targets: &[TargetRef]) -> bool {
    let home = |namespace: &str| {
        meta.namespace() == namespace || meta.namespace() == mesh.settings.root_namespace.as_str()
    };
    let workload = point_workloads(mesh).filter(|w| home(w.meta.namespace())).any(|workload| {
        let subject = Subject {
            namespace: workload.meta.namespace(),
            labels: workload.labels(),
            waypoint: false,
            service: None,
            router: is_gateway(mesh, workload),
        };
        attaches(mesh, &subject, meta, selector, targets)
    });
    workload || waypoint_points::is_bound(mesh, meta, targets)
}

/// Whether the AuthorizationPolicy, RequestAuthentication or PeerAuthentication of a kind and name decides anything; `None` where the mesh
/// has none of that name.
#[must_use]
pub fn is_policy_bound(mesh: &Mesh, kind: &str, namespace: &str, name: &str) -> Option<bool> {
    let named = |meta: &Meta| meta.namespace() == namespace && meta.name() == name;
    let bound = |meta: &Meta, selector, targets: &[TargetRef]| is_bound(mesh, meta, selector, targets);
    match kind {
        "AuthorizationPolicy" => {
            let found = mesh.authorization_policies.iter().find(|policy| named(&policy.meta))?;
            Some(bound(&found.meta, &found.selector, &found.targets))
        }
        "RequestAuthentication" => {
            let found = mesh.request_authentications.iter().find(|policy| named(&policy.meta))?;
            Some(bound(&found.meta, &found.selector, &found.targets))
        }
        "PeerAuthentication" => {
            let found = mesh.peer_authentications.iter().find(|policy| named(&policy.meta))?;
            Some(bound(&found.meta, &found.selector, &[]))
        }
        _ => None,
    }
}
