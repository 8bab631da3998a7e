//! Where a host is served: the mesh and the gateways that VirtualServices name, each with its routes.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use mp_eval::{HttpCall, taken};
use mp_ir::mesh::VirtualService;
use mp_ir::plan::{Plan, RouteTable};
use mp_lower::plan::unbound;

use crate::doors;
use crate::world::World;

/// Tables by gateway and port.
type Tables = RefCell<BTreeMap<(String, u32), Rc<RouteTable>>>;

/// The routes of all places.
pub(super) struct Places<'w, 'm> {
    world: &'w World<'m>,
    /// VirtualServices with hosts, delegates not merged.
    roots: Vec<Arc<VirtualService>>,
    gateways: BTreeSet<String>,
    merged_tables: Tables,
    root_tables: Tables,
}

/// The routes of one place for one request.
pub(super) enum Routes {
    /// Made of VirtualServices alone.
    Bare(Rc<RouteTable>),
    /// Those of a gateway of the input.
    Planned(Rc<Plan>, HttpCall),
}

impl Routes {
    /// The table and the request as it sees it; `None` when it does not serve the host.
    pub(super) fn table<'r>(
        &'r self,
        port: Option<u32>,
        call: &'r HttpCall,
    ) -> Option<(&'r RouteTable, &'r HttpCall)> {
        let (table, call) = match self {
            Routes::Bare(table) => (table.as_ref(), call),
            Routes::Planned(plan, call) => (doors::of_gateway(plan, port, call)?, call),
        };
        taken(table, call).map(|_| (table, call))
    }
}

impl<'w, 'm> Places<'w, 'm> {
    pub(super) fn new(world: &'w World<'m>) -> Self {
        let roots = world.mesh.virtual_services.iter().filter(|service| !service.hosts.is_empty());
        let roots: Vec<Arc<VirtualService>> = roots.cloned().map(Arc::new).collect();
        let gateways =
            roots.iter().flat_map(|root| &root.gateways).map(|named| named.value.clone()).collect();
        Self { world, roots, gateways, merged_tables: Tables::default(), root_tables: Tables::default() }
    }

    /// All places, by name.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.gateways.iter().map(String::as_str)
    }

    /// The VirtualServices with hosts as they stand.
    pub(super) fn roots(&self) -> &[Arc<VirtualService>] {
        &self.roots
    }

    /// What really answers there: the gateway of the input where it is one, else the VirtualServices alone.
    pub(super) fn routes(&self, name: &str, port: Option<u32>, call: &HttpCall) -> Routes {
        let mut gateways = self.world.mesh.gateways.iter();
        let is_known = gateways.any(|g| format!("{}/{}", g.meta.namespace(), g.meta.name()) == name);
        let short = name.split_once('~').map_or(name, |(short, _)| short);
        if let Some(plan) =
            is_known.then(|| self.world.plan(&format!("gateway:{short}"))).and_then(Result::ok)
        {
            // Plain text may be sent to https, where the rules are.
            let spoken =
                ["https", "http"].map(|scheme| HttpCall { scheme: scheme.to_owned(), ..call.clone() });
            let serves = |call: &HttpCall| {
                doors::of_gateway(&plan, port, call).is_some_and(|table| taken(table, call).is_some())
            };
            let [https, http] = spoken;
            let call = if serves(&https) { https } else { http };
            return Routes::Planned(plan, call);
        }
        Routes::Bare(self.table(&self.merged_tables, self.world.index.virtual_services.all(), name, port))
    }

    /// The routes as VirtualServices have them, those that name a delegate among them.
    pub(super) fn root_table(&self, name: &str, port: Option<u32>) -> Rc<RouteTable> {
        self.table(&self.root_tables, &self.roots, name, port)
    }

    fn table(
        &self,
        tables: &Tables,
        rules: &[Arc<VirtualService>],
        name: &str,
        port: Option<u32>,
    ) -> Rc<RouteTable> {
        let key = (name.to_owned(), port.unwrap_or(80));
        let mut tables = tables.borrow_mut();
        let made = || Rc::new(unbound(self.world.mesh, &self.world.index, rules, name, key.1));
        Rc::clone(tables.entry(key.clone()).or_insert_with(made))
    }
}
