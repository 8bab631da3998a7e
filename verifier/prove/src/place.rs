//! Where an invariant is asked.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::base::nearest;
use mp_ir::mesh::{Labels, Mesh};
use mp_ir::plan::{EnforcementPoint, PointKind};

use crate::caller::glob_matches;
use crate::condition::Target;

/// Names that are shown where none is like the one that is asked for.
const SHOWN: usize = 4;

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

impl Place {
    /// What the input has in the place of this one, where it has nothing here.
    pub(crate) fn near(&self, points: &[EnforcementPoint]) -> String {
        let workloads = || {
            let all = points.iter().flat_map(|p| {
                std::iter::once((&p.namespace, &p.name)).chain(p.twins.iter().map(|(ns, name)| (ns, name)))
            });
            all.map(|(ns, name)| format!("{ns}/{name}")).collect::<BTreeSet<String>>()
        };
        let services = || {
            let hosts = points.iter().flat_map(|point| &point.ports).map(|port| port.host.split('.'));
            hosts.filter_map(|mut labels| {
                let (name, home) = (labels.next()?, labels.next()?);
                Some(format!("{home}/{name}"))
            })
        };
        let (asked, known) = match (&self.to, self.workload.as_ref().or(self.gateway.as_ref())) {
            (Some(Target::Service(ns, name)), _) => (format!("{ns}/{name}"), services().collect()),
            (Some(Target::Namespace(name)), _) => {
                (name.clone(), points.iter().map(|point| point.namespace.clone()).collect())
            }
            (None, Some((ns, name))) => (format!("{ns}/{name}"), workloads()),
            (None, None) => (String::new(), workloads()),
        };
        if let Some(near) = nearest(known.iter().map(String::as_str), &asked) {
            return format!("did you mean `{near}`?");
        }
        let some: Vec<String> = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
        match some.is_empty() {
            true => "add the workloads to the input".to_owned(),
            false => format!("the input has {}", some.join(", ")),
        }
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
