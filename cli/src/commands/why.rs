//! Which lines of YAML made a piece of a bootstrap.

use mp_ir::base::Origin;
use mp_ir::plan::{Cluster, FilterChain, Listener, Plan, RouteTable, VirtualHost};
use mp_model::Workspace;
use serde_json::{Value, json};

/// One step of the way: what the piece lies in, and the lines that asked for it.
#[derive(Debug)]
struct Step {
    piece: String,
    origins: Vec<Origin>,
}

/// The steps to the piece at a JSON pointer, the outermost first; `None` when nothing is there.
pub(super) fn why(
    workspace: &Workspace,
    plan: &Plan,
    bootstrap: &Value,
    pointer: &str,
) -> Option<Vec<Value>> {
    bootstrap.pointer(pointer)?;
    let mut walk = Walk::new(plan);
    let mut here = bootstrap;
    let mut list = String::new();
    for word in pointer.split('/').skip(1) {
        let word = word.replace("~1", "/").replace("~0", "~");
        let next = here.get(&word).or_else(|| here.get(word.parse::<usize>().ok()?))?;
        match word.parse::<usize>() {
            Ok(at) if here.is_array() => walk.enter(&list, at, next),
            _ => walk.field(&word, next),
        }
        list = word;
        here = next;
    }
    let shown = |step: Step| {
        let at: Vec<String> =
            step.origins.iter().flatten().map(|span| workspace.sources().locate(*span)).collect();
        json!({"piece": step.piece, "at": at})
    };
    Some(walk.steps.into_iter().map(shown).collect())
}

/// Where in the plan a pointer has come to.
struct Walk<'p> {
    plan: &'p Plan,
    listener: Option<&'p Listener>,
    table: Option<&'p RouteTable>,
    host: Option<&'p VirtualHost>,
    steps: Vec<Step>,
}

impl<'p> Walk<'p> {
    fn new(plan: &'p Plan) -> Self {
        Self { plan, listener: None, table: None, host: None, steps: Vec::new() }
    }

    fn step(&mut self, piece: String, origins: Vec<Origin>) {
        self.steps.push(Step { piece, origins });
    }

    /// Goes into an item of a list.
    fn enter(&mut self, list: &str, at: usize, item: &Value) {
        let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
        match list {
            "clusters" if self.listener.is_none() => {
                let found = self.plan.clusters.iter().find(|c| c.name == name);
                let origins = found.map(|c: &Cluster| vec![c.origin, c.rule_origin]).unwrap_or_default();
                self.step(format!("cluster `{name}`"), origins);
            }
            "listeners" => {
                self.listener = self.plan.listeners.iter().find(|l| l.name == name);
                let origins = self.listener.map(|l| vec![l.origin]).unwrap_or_default();
                self.step(format!("listener `{name}`"), origins);
            }
            "filterChains" => {
                let found = self.listener.and_then(|l| l.chains.get(at));
                let origins = found.map(|c: &FilterChain| vec![c.origin]).unwrap_or_default();
                self.step(format!("filter chain {at} `{name}`"), origins);
            }
            "virtualHosts" => {
                self.host = self.table.and_then(|t| t.virtual_hosts.iter().find(|h| h.name == name));
                let origins = self.host.map(|h| vec![h.origin]).unwrap_or_default();
                self.step(format!("virtual host `{name}`"), origins);
            }
            "routes" => {
                let found = self.host.and_then(|h| h.routes.get(at));
                let origins = found.map(|r| vec![r.origin]).unwrap_or_default();
                self.step(format!("route {at} `{name}`"), origins);
            }
            _ => {}
        }
    }

    /// Goes into a field of an object.
    fn field(&mut self, name: &str, value: &Value) {
        if name == "routeConfig" {
            let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
            self.table = self.plan.routes.iter().find(|t| t.name == name);
            self.step(format!("routes `{name}`"), Vec::new());
        }
    }
}
