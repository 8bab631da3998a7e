//! What code and patches of the user leave open of a request at the workload that is called.

use mp_eval::hop::{Met, Proxy, Unknown};
use mp_ir::plan::{Direction, EnforcementPoint, Listener, PointKind, RouteSource};

use crate::doors::managers;
use crate::world::World;

/// What is open of a request at a port of the workload that is called.
pub(super) fn at_workload(world: &World<'_>, point: &EnforcementPoint, port: u32) -> Option<Unknown> {
    let changed = !world.mesh.envoy_filters.is_empty() || !world.mesh.traffic_extensions.is_empty();
    if point.kind != PointKind::Sidecar || !changed {
        return None;
    }
    let plan = world.plan(&format!("{}/{}", point.namespace, point.name)).ok()?;
    let proxy = Proxy::new(&plan);
    let inbound = plan.listeners.iter().filter(|listener| listener.direction == Direction::Inbound);
    let mut open = inbound.flat_map(|listener| at_port(&proxy, listener, port));
    open.next()
}

/// The same at one listener.
fn at_port(proxy: &Proxy<'_>, listener: &Listener, port: u32) -> Vec<Unknown> {
    let of_port = |wanted: Option<u32>| {
        managers(listener)
            .filter(move |(chain, _)| chain.matches.as_ref().and_then(|m| m.destination_port) == wanted)
    };
    // Chains for other ports say nothing; those for no port serve what no chain is for.
    let named = of_port(Some(port)).next().is_some();
    let own = of_port(if named { Some(port) } else { None });
    own.flat_map(|(_, manager)| {
        let (table, host, route) = match &manager.routes {
            RouteSource::Inline(table) => {
                let host = table.virtual_hosts.first();
                let route = host.and_then(|host| host.routes.first());
                (
                    table.name.as_str(),
                    host.map_or("", |host| host.name.as_str()),
                    route.map_or("", |r| r.name.as_str()),
                )
            }
            RouteSource::Named(name) => (name.as_str(), "", ""),
        };
        let met =
            Met { listener, dialled: port, manager, route: (table, host, route), clusters: vec![table] };
        proxy.left_open(&met)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use crate::own::tests::{EDGE, faults_in, mesh};

    fn filter(namespace: &str, apply_to: &str, matches: &str, value: &str) -> String {
        format!(
            "---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: x, namespace: {namespace}}}\nspec:\n  \
             configPatches:\n  - applyTo: {apply_to}\n    match: {{{matches}}}\n    patch: {{operation: MERGE, value: {value}}}\n"
        )
    }

    #[track_caller]
    fn check(objects: &str, request: &str, known: bool) {
        let found = faults_in(&[mesh(), objects.to_owned()].concat(), request, "decision: allow");
        let open =
            found.iter().any(|fault| fault.contains("an EnvoyFilter changes") || fault.contains("Wasm"));
        assert_eq!((found.is_empty(), open), (known, !known), "{objects} {request}: {found:?}");
    }

    #[test]
    fn patches_of_routes_touch_the_requests_that_take_them() {
        let route = "context: GATEWAY, routeConfiguration: {vhost: {name: 'shop.example.com:443', route: {name: both}}}";
        let patch = filter("edge", "HTTP_ROUTE", route, "{route: {prefix_rewrite: /}}");
        check(&patch, &format!("{EDGE}, path: /both/1"), false);
        check(&patch, EDGE, true);
        let host = "context: GATEWAY, routeConfiguration: {vhost: {name: 'other.example.com:443'}}";
        check(&filter("edge", "VIRTUAL_HOST", host, "{require_tls: ALL}"), EDGE, true);
    }

    #[test]
    fn patches_of_clusters_touch_the_requests_that_go_there() {
        let cluster = |subset: &str| {
            let matches = format!(
                "context: GATEWAY, cluster: {{service: api.shop.svc.cluster.local, subset: {subset}}}"
            );
            filter("edge", "CLUSTER", &matches, "{type: STATIC}")
        };
        check(&cluster("v1"), EDGE, false);
        check(&cluster("v2"), EDGE, true);
    }

    #[test]
    fn what_stands_before_the_called_workload_counts() {
        let inbound = |port: u32| {
            let matches = format!("context: SIDECAR_INBOUND, listener: {{portNumber: {port}}}");
            filter(
                "shop",
                "HTTP_FILTER",
                &matches,
                "{name: x, typed_config: {'@type': type.googleapis.com/x, y: 1}}",
            )
        };
        check(&inbound(8000), EDGE, false);
        check(&inbound(8000), "to: shop/api-v1, port: 8000", false);
        check(&inbound(9000), EDGE, true);
        let wasm = "---\napiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: w, namespace: shop}\n\
                    spec: {selector: {matchLabels: {app: api}}, url: 'oci://example.com/w'}\n";
        check(wasm, EDGE, false);
        check(&wasm.replace("app: api", "app: other"), EDGE, true);
    }

    #[test]
    fn nobody_guesses_the_way_of_callers_without_sidecar() {
        let caller = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: amb, labels: {istio.io/dataplane-mode: ambient}}\n\
                      ---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: amb}\nspec: {containers: [{name: app}]}\n\
                      status: {podIP: 10.7.0.1, podIPs: [{ip: 10.7.0.1}]}\n";
        let objects = [mesh(), caller.to_owned()].concat();
        let found = faults_in(&objects, "from: amb/web, host: api.shop", "decision: allow");
        assert!(found.iter().any(|fault| fault.contains("has no sidecar")), "{found:?}");
        assert_eq!(faults_in(&objects, "from: shop/web-1, host: api.shop", "decision: allow"), [""; 0]);
    }
}
