//! Which DestinationRules count for a client (`pilot/pkg/model/push_context.go`, `destinationRule`).

use mp_ir::mesh::{DestinationRule, Service};

use crate::Cx;

/// The rules of a host that clients of a namespace follow: the most specific host of the first namespace that has any, of the client's, the service's and the root namespace.
pub(crate) fn in_force<'a>(cx: &Cx<'a>, client: &str, service: &Service) -> Vec<&'a DestinationRule> {
    let all = cx.hosts.rules(&service.hostname.value);
    let root = cx.mesh.settings.root_namespace.as_str();
    for home in [client, service.meta.namespace(), root] {
        let here =
            |rule: &&DestinationRule| rule.meta.namespace() == home && rule.visibility.sees(home, client);
        let of_home: Vec<&DestinationRule> = all.iter().copied().filter(here).collect();
        let exact = |rule: &DestinationRule| !rule.host.value.starts_with('*');
        let best = of_home.iter().map(|rule| (exact(rule), rule.host.value.len())).max();
        if let Some(best) = best {
            return of_home.into_iter().filter(|r| (exact(r), r.host.value.len()) == best).collect();
        }
    }
    Vec::new()
}
