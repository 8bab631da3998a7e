//! Pieces of the plan that a place in a bootstrap lies in, and the steps from one to the next.

use mp_ir::plan::{
    Cluster, Discovery, FilterChain, HttpConnectionManager, JwtAuthn, Listener, LocalityEndpoints,
    PermissionTest, Plan, Policy, PrincipalTest, RbacFilter, RbacRules, Route, RouteAction, RouteSource,
    RouteTable, Target, TcpProxy, Tree, VirtualHost,
};
use serde_json::Value;

use super::{Step, filter, name};

/// The piece that the walk has come to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'p> {
    /// The bootstrap itself.
    Resources,
    Listener(&'p Listener),
    Chain(&'p FilterChain),
    Manager(&'p HttpConnectionManager),
    Tcp(&'p TcpProxy),
    Rbac(&'p RbacFilter),
    Rules(&'p RbacRules),
    Policy(&'p Policy),
    Permission(&'p Tree<PermissionTest>),
    Principal(&'p Tree<PrincipalTest>),
    Tokens(&'p JwtAuthn),
    Table(&'p RouteTable),
    Host(&'p VirtualHost),
    Route(&'p Route),
    Cluster(&'p Cluster),
    Locality(&'p LocalityEndpoints),
    /// Inside of a piece that has no parts of its own.
    Inside,
}

impl<'p> Place<'p> {
    /// The step into an item of the list that was entered last.
    pub(super) fn item(self, plan: &'p Plan, list: &str, at: usize, item: &Value) -> Option<Step<'p>> {
        let named = name(item);
        match (self, list) {
            (Place::Resources, "clusters") => Some(cluster(plan, named)),
            (Place::Resources, "listeners") => Some(listener(plan, named)),
            (Place::Listener(of), "filterChains") => {
                let here = of.chains.get(at).filter(|chain| chain.name == named);
                let found = here.or_else(|| of.chains.iter().find(|chain| chain.name == named));
                Some(chain(found, &format!("filter chain {at} `{named}`")))
            }
            (Place::Chain(of), "filters") => Some(filter::network(plan, of, item)),
            (Place::Manager(of), "httpFilters") => Some(filter::http(plan, of, item)),
            (Place::Listener(Listener { access_logs, .. }), "accessLog")
            | (Place::Manager(HttpConnectionManager { access_logs, .. }), "accessLog")
            | (Place::Tcp(TcpProxy { access_logs, .. }), "accessLog") => {
                let origin = access_logs.get(at).map(|log| log.origin);
                Some(Step::piece(Place::Inside, format!("access log {at}"), origin.into_iter().collect()))
            }
            (Place::Table(of), "virtualHosts") => Some(host(of, named)),
            (Place::Host(of), "routes") => Some(route(of, at, named)),
            (Place::Route(of), "clusters") => weighted(of, at, named),
            (Place::Cluster(of), "endpoints") => {
                localities(plan, of).get(at).map(|group| Step::silent(Place::Locality(group)))
            }
            (Place::Locality(of), "lbEndpoints") => {
                let endpoint = of.endpoints.get(at)?;
                Some(Step::piece(Place::Inside, format!("endpoint {at}"), vec![endpoint.origin]))
            }
            (Place::Policy(of), "permissions") => of.permissions.get(at).map(permission),
            (Place::Policy(of), "principals") => of.principals.get(at).map(principal),
            (Place::Permission(Tree::And(all) | Tree::Or(all)), "rules") => all.get(at).map(permission),
            (Place::Principal(Tree::And(all) | Tree::Or(all)), "ids") => all.get(at).map(principal),
            _ => None,
        }
    }

    /// The step into a field.
    pub(super) fn field(self, plan: &'p Plan, word: &str, value: &Value) -> Option<Step<'p>> {
        match (self, word) {
            (Place::Listener(of), "defaultFilterChain") => {
                Some(chain(of.default_chain.as_ref(), &format!("default filter chain `{}`", name(value))))
            }
            (Place::Manager(of), "tracing") => {
                let origins = of.tracing.as_ref().map(|tracing| tracing.origins.clone());
                Some(Step::piece(Place::Inside, "tracing".to_owned(), origins.unwrap_or_default()))
            }
            (Place::Manager(of), "routeConfig") => table(plan, of, name(value)),
            (Place::Rbac(of), "rules") => of.rules.as_ref().map(|rules| Step::silent(Place::Rules(rules))),
            (Place::Rbac(of), "shadowRules") => {
                of.shadow.as_ref().map(|rules| Step::silent(Place::Rules(rules)))
            }
            (Place::Rules(of), _) => {
                let found = of.policies.iter().find(|policy| policy.name == word)?;
                Some(Step::piece(Place::Policy(found), format!("policy `{word}`"), vec![found.origin]))
            }
            (Place::Permission(Tree::Not(inner)), "notRule") => Some(permission(inner)),
            (Place::Principal(Tree::Not(inner)), "notId") => Some(principal(inner)),
            (Place::Tokens(of), _) => {
                let found = of.providers.iter().find(|provider| provider.name == word)?;
                let piece = format!("tokens of `{}`", found.issuer.value);
                Some(Step::piece(Place::Inside, piece, vec![found.issuer.origin, found.origin]))
            }
            _ => None,
        }
    }
}

fn cluster<'p>(plan: &'p Plan, named: &str) -> Step<'p> {
    let found = plan.clusters.iter().find(|cluster| cluster.name == named);
    let origins = found.map(|cluster| vec![cluster.origin, cluster.rule_origin]);
    let place = found.map_or(Place::Inside, Place::Cluster);
    Step::piece(place, format!("cluster `{named}`"), origins.unwrap_or_default())
}

fn listener<'p>(plan: &'p Plan, named: &str) -> Step<'p> {
    let found = plan.listeners.iter().find(|listener| listener.name == named);
    let place = found.map_or(Place::Inside, Place::Listener);
    Step::piece(
        place,
        format!("listener `{named}`"),
        found.map(|listener| listener.origin).into_iter().collect(),
    )
}

fn chain<'p>(found: Option<&'p FilterChain>, piece: &str) -> Step<'p> {
    let place = found.map_or(Place::Inside, Place::Chain);
    Step::piece(
        place,
        piece.trim_end_matches(" ``").to_owned(),
        found.map(|c| c.origin).into_iter().collect(),
    )
}

/// The table of a connection manager: one of the plan, or its own.
fn table<'p>(plan: &'p Plan, manager: &'p HttpConnectionManager, named: &str) -> Option<Step<'p>> {
    let found = match &manager.routes {
        RouteSource::Inline(table) => Some(table.as_ref()),
        RouteSource::Named(_) => plan.routes.iter().find(|table| table.name == named),
    };
    Some(Step::piece(Place::Table(found?), format!("routes `{named}`"), Vec::new()))
}

fn host<'p>(of: &'p RouteTable, named: &str) -> Step<'p> {
    let found = of.virtual_hosts.iter().find(|host| host.name == named);
    let place = found.map_or(Place::Inside, Place::Host);
    Step::piece(place, format!("virtual host `{named}`"), found.map(|h| h.origin).into_iter().collect())
}

fn route<'p>(of: &'p VirtualHost, at: usize, named: &str) -> Step<'p> {
    let here = of.routes.get(at).filter(|route| route.name == named);
    let found = here.or_else(|| of.routes.iter().find(|route| route.name == named));
    let place = found.map_or(Place::Inside, Place::Route);
    let piece = format!("route {at} `{named}`");
    Step::piece(
        place,
        piece.trim_end_matches(" ``").to_owned(),
        found.map(|r| r.origin).into_iter().collect(),
    )
}

fn weighted<'p>(of: &'p Route, at: usize, named: &str) -> Option<Step<'p>> {
    let RouteAction::Forward(forward) = &of.action else { return None };
    let Target::Weighted(clusters) = &forward.target else { return None };
    let found = clusters.get(at).filter(|cluster| cluster.cluster == named)?;
    Some(Step::piece(Place::Inside, format!("destination `{named}`"), vec![found.origin]))
}

fn localities<'p>(plan: &'p Plan, of: &'p Cluster) -> &'p [LocalityEndpoints] {
    match &of.discovery {
        Discovery::Static(all) => all,
        Discovery::StrictDns(dns) | Discovery::LogicalDns(dns) => &dns.endpoints,
        Discovery::Eds => {
            let told = plan.endpoints.iter().find(|told| told.cluster == of.name);
            told.map_or(&[], |told| told.localities.as_slice())
        }
        Discovery::OriginalDst { .. }
        | Discovery::Internal(_)
        | Discovery::Tunnel { .. }
        | Discovery::DynamicForward { .. } => &[],
    }
}

fn permission(tree: &Tree<PermissionTest>) -> Step<'_> {
    match tree {
        Tree::Test(test) => Step::piece(Place::Inside, "permission".to_owned(), vec![test.origin]),
        Tree::Any | Tree::And(_) | Tree::Or(_) | Tree::Not(_) => Step::silent(Place::Permission(tree)),
    }
}

fn principal(tree: &Tree<PrincipalTest>) -> Step<'_> {
    match tree {
        Tree::Test(test) => Step::piece(Place::Inside, "principal".to_owned(), vec![test.origin]),
        Tree::Any | Tree::And(_) | Tree::Or(_) | Tree::Not(_) => Step::silent(Place::Principal(tree)),
    }
}
