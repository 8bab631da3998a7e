//! The mesh under test, with what is made from it once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use mp_ir::mesh::{HttpRoute, Mesh, VirtualService};
use mp_ir::plan::{EnforcementPoint, Plan, PointKind, Route};
use mp_lower::proxy::{ProxyError, find, near};
use mp_lower::{Index, plan};

/// The mesh with its indices, and the plans of the proxies that were asked for.
pub struct World<'m> {
    /// The facts.
    pub mesh: &'m Mesh,
    /// Look-ups over them.
    pub index: Index,
    /// Policies of every workload.
    pub points: Vec<EnforcementPoint>,
    by_address: BTreeMap<String, usize>,
    plans: RefCell<BTreeMap<String, Result<Rc<Plan>, ProxyError>>>,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("points", &self.points.len()).finish_non_exhaustive()
    }
}

impl<'m> World<'m> {
    /// Indexes a mesh.
    #[must_use]
    pub fn new(mesh: &'m Mesh) -> Self {
        let points = mp_lower::plan::security::enforcement_points(mesh);
        let mut by_address = BTreeMap::new();
        // A waypoint has the address of its service, which no workload answers at.
        let workloads = points.iter().enumerate().filter(|(_, point)| point.kind != PointKind::Waypoint);
        for (at, point) in workloads {
            for address in &point.addresses {
                by_address.entry(address.clone()).or_insert(at);
            }
        }
        Self { mesh, index: Index::new(mesh), points, by_address, plans: RefCell::default() }
    }

    /// The plan of a proxy as the command line names it: `ns/pod`, `ns/deployment` or `gateway:ns/name`.
    ///
    /// # Errors
    /// When the input has no such workload.
    pub fn plan(&self, name: &str) -> Result<Rc<Plan>, ProxyError> {
        if let Some(known) = self.plans.borrow().get(name) {
            return known.clone();
        }
        let made =
            find(self.mesh, &self.index, name).map(|view| Rc::new(plan(self.mesh, &self.index, &view)));
        self.plans.borrow_mut().insert(name.to_owned(), made.clone());
        made
    }

    /// The Pods that a name with `*` at its end stands for, sorted; any other name stands for itself.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<String> {
        let Some(start) = name.strip_suffix('*') else { return vec![name.to_owned()] };
        let pods = self.points.iter().map(|point| format!("{}/{}", point.namespace, point.name));
        let mut out: Vec<String> = pods.filter(|pod| start.contains('/') && pod.starts_with(start)).collect();
        out.sort();
        out
    }

    /// What to do about a name that nothing has.
    #[must_use]
    pub fn advice(&self, name: &str) -> String {
        let with_more = format!("{name}-*");
        if !self.named(&with_more).is_empty() {
            return format!("did you mean `{with_more}`?");
        }
        let near: Vec<String> = near(self.mesh, name).iter().map(|name| format!("`{name}`")).collect();
        match near.as_slice() {
            [] => "name a Pod or Deployment of the input as `ns/name`, or `gateway:ns/name`".to_owned(),
            some => format!("did you mean {}?", some.join(" or ")),
        }
    }

    /// The policies at an address.
    #[must_use]
    pub fn point_at(&self, address: &str) -> Option<&EnforcementPoint> {
        self.by_address.get(address).and_then(|at| self.points.get(*at))
    }

    /// The policies of a Pod.
    #[must_use]
    pub fn point_of(&self, namespace: &str, pod: &str) -> Option<&EnforcementPoint> {
        self.points.iter().find(|point| point.namespace == namespace && point.name == pod)
    }

    /// The VirtualService and its HTTP route behind a route of a plan; `None` for routes that Istio made.
    #[must_use]
    pub fn source(&self, route: &Route) -> Option<(Arc<VirtualService>, HttpRoute)> {
        source_in(self.index.virtual_services.all(), route)
    }
}

/// The same among other VirtualServices.
pub(crate) fn source_in(
    services: &[Arc<VirtualService>],
    route: &Route,
) -> Option<(Arc<VirtualService>, HttpRoute)> {
    let (at, _) = route.place?;
    let mut parts = route.config.as_deref()?.rsplit('/');
    let (name, _, namespace) = (parts.next()?, parts.next(), parts.next()?);
    let found = services.iter().find(|service| {
        service.meta.name() == name
            && service.meta.namespace() == namespace
            && service.http.get(at).is_some_and(|http| owns(http, route))
    })?;
    Some((Arc::clone(found), found.http.get(at)?.clone()))
}

fn owns(http: &HttpRoute, route: &Route) -> bool {
    http.origin == route.origin || http.matches.iter().any(|m| m.origin == route.origin)
}
