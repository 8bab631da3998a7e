//! Where an invariant is asked.

use std::collections::BTreeMap;

use mp_ir::mesh::{Labels, Mesh};
use mp_ir::plan::{EnforcementPoint, PointKind};

use crate::caller::glob_matches;
use crate::condition::Target;

/// Which enforcement points are meant: all that fit every part. Without any part it is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Namespace and name of workloads; `*` is any text.
    pub workload: Option<(String, String)>,
    /// The service that the workload serves, or its namespace.
    pub to: Option<Target>,
    /// Gateways alone: namespace and name of the Gateway, or of the workload; `*` is any text.
    pub gateway: Option<(String, String)>,
    /// Labels of the workload.
    pub labels: BTreeMap<String, String>,
}

impl Place {
    /// Whether an invariant with this place is asked at a point. Twins count: they decide alike.
    #[must_use]
    pub fn is_at(&self, point: &EnforcementPoint, mesh: &Mesh) -> bool {
        let names = || {
            let own = std::iter::once((point.namespace.as_str(), point.name.as_str()));
            own.chain(point.twins.iter().map(|(ns, name)| (ns.as_str(), name.as_str())))
        };
        let fits = |(ns, name): &(String, String)| {
            names().any(|(home, own)| glob_matches(ns, home) && glob_matches(name, own))
        };
        let labelled = || {
            let wanted =
                |labels: &Labels| self.labels.iter().all(|(key, value)| labels.get(key) == Some(value));
            names().any(|(ns, name)| labels(mesh, ns, name).is_some_and(wanted))
        };
        self.workload.as_ref().is_none_or(fits)
            && self.to.as_ref().is_none_or(|target| target.is_at(point))
            && self.gateway.as_ref().is_none_or(|gateway| {
                point.kind == PointKind::Gateway
                    && (fits(gateway) || names().any(|(ns, name)| runs(mesh, gateway, ns, name)))
            })
            && (self.labels.is_empty() || labelled())
    }
}

/// Labels of a workload by name.
pub(crate) fn labels<'m>(mesh: &'m Mesh, namespace: &str, name: &str) -> Option<&'m Labels> {
    let mut all = mesh.workloads.iter().chain(&mesh.templates);
    all.find(|w| w.meta.namespace() == namespace && w.meta.name() == name).map(|w| w.labels())
}

/// Whether a workload runs a Gateway of this name.
fn runs(mesh: &Mesh, (home, gateway): &(String, String), namespace: &str, name: &str) -> bool {
    let Some(labels) = labels(mesh, namespace, name) else { return false };
    mesh.gateways.iter().any(|known| {
        glob_matches(home, known.meta.namespace())
            && glob_matches(gateway, known.meta.name())
            && !known.selector.is_empty()
            && known.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    })
}
