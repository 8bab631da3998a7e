//! HTTP routes of a VirtualService for one proxy and port (`core/route/route.go`).

use mp_ir::mesh::{
    self, ConsistentHash, Destination, HttpMatch, HttpRoute, RouteDestination, Service, VirtualService,
};
use mp_ir::plan::{
    Forward, Fraction, HeaderMutation, Mirror, PathMatch, Route, RouteAction, RouteMatch, StatefulSession,
    Target, WeightedCluster,
};

use super::{action, condition, filters, hash, headers, retry};
use crate::Context;
use crate::virtual_services::Semantics;

/// A service that a destination names, as the table under construction knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) service: &'a Service,
    /// The only port that counts; `None` when there are several.
    pub(super) only_port: Option<u32>,
}

/// For whom routes are made.
pub(super) struct Listening<'a> {
    /// Port of the listener, which destinations without port mean too.
    pub(super) listen_port: u32,
    /// `mesh`, or `namespace/name` of the gateway.
    pub(super) gateway: &'a str,
    /// The listener terminates TLS.
    pub(super) is_tls: bool,
    /// The service of a host.
    pub(super) lookup: &'a dyn Fn(&str) -> Option<Known<'a>>,
    /// Names clusters where they are not those of calls.
    pub(super) cluster: Option<ClusterNames<'a>>,
}

/// The cluster for a host, port and subset.
pub(super) type ClusterNames<'a> = &'a dyn Fn(&str, u32, &str) -> String;

/// The routes of a VirtualService that this proxy can ever take; none behind the first that takes everything
/// (`BuildHTTPRoutesForVirtualService`).
pub(super) fn routes(cx: &Context<'_>, service: &VirtualService, target: &Listening<'_>) -> Vec<Route> {
    let mut out = Vec::new();
    let builder = Builder { cx, service, semantics: Semantics::of(service), target };
    for (at, http) in service.http.iter().enumerate() {
        if http.matches.is_empty() {
            out.push(Route { place: Some((at, None)), ..builder.route(http, None) });
            return out;
        }
        for (inner, m) in http.matches.iter().enumerate() {
            if !condition::concerns(m, cx.proxy, target.listen_port, target.gateway) {
                continue;
            }
            let route = Route { place: Some((at, Some(inner))), ..builder.route(http, Some(m)) };
            let last = condition::is_catch_all(&route.matches);
            out.push(route);
            if last {
                return out;
            }
        }
    }
    out
}

struct Builder<'a, 'k> {
    cx: &'a Context<'a>,
    service: &'a VirtualService,
    semantics: Semantics,
    target: &'a Listening<'k>,
}

impl Builder<'_, '_> {
    fn route(&self, http: &HttpRoute, m: Option<&HttpMatch>) -> Route {
        let name = match m.map(|m| m.name.as_str()).filter(|name| !name.is_empty()) {
            Some(name) => format!("{}.{name}", http.name),
            None => http.name.clone(),
        };
        let changes = headers::changes(&http.headers);
        let mut out = Route {
            name,
            matches: m.map(|m| condition::route_match(m, self.semantics)).unwrap_or_default(),
            headers: changes.mutation,
            fault: filters::fault(http),
            cors: http.cors.as_ref().map(filters::cors),
            stat_prefix: m.map(|m| m.stat_prefix.clone()).unwrap_or_default(),
            config: Some(self.config()),
            origin: m.and_then(|m| m.origin).or(http.origin),
            ..Route::default()
        };
        if let Some(redirect) = &http.redirect {
            out.action = action::redirect(redirect, self.target.listen_port, self.target.is_tls);
        } else if let Some(direct) = &http.direct_response {
            out.action = action::direct(direct);
        } else {
            let forward = self.forward(http, &out.matches, changes.authority, &mut out.headers);
            out.action = RouteAction::Forward(Box::new(forward));
            out.stateful_session = self.stateful_session(http);
        }
        out.operation = Some(self.operation(&out));
        out
    }

    /// Path of the object, as `istio.config` metadata has it.
    fn config(&self) -> String {
        let meta = &self.service.meta;
        format!(
            "/apis/networking.istio.io/v1/namespaces/{}/virtual-service/{}",
            meta.namespace(),
            meta.name()
        )
    }

    fn forward(
        &self,
        http: &HttpRoute,
        m: &RouteMatch,
        authority: String,
        headers: &mut HeaderMutation,
    ) -> Forward {
        let timeout = http.timeout.unwrap_or_default();
        let mut out = Forward {
            timeout: Some(timeout),
            max_grpc_timeout: Some(timeout),
            cluster_not_found: (self.semantics == Semantics::Gateway).then_some(500),
            mirrors: self.mirrors(http),
            ..Forward::default()
        };
        let mut authority = authority;
        if let Some(rewrite) = &http.rewrite {
            out.append_x_forwarded_host = super::forwarded_host(self.cx);
            self.rewrite_path(&mut out, rewrite, m);
            if !rewrite.authority.is_empty() {
                authority.clone_from(&rewrite.authority);
            }
        }
        out.host_rewrite = (!authority.is_empty()).then_some(authority);
        let mut hashed = false;
        if let [only] = http.route.as_slice() {
            hashed = self.single(&mut out, only, headers);
        } else {
            out.target = self.weighted(&mut out, &http.route);
        }
        let asked = http.retries.as_ref().or(self.cx.mesh.settings.default_retry.as_ref());
        out.retry = retry::policy(asked, hashed);
        out
    }

    fn rewrite_path(&self, out: &mut Forward, rewrite: &mesh::Rewrite, m: &RouteMatch) {
        if rewrite.uri_regex.is_some() {
            out.regex_rewrite.clone_from(&rewrite.uri_regex);
        } else if self.semantics == Semantics::Gateway && rewrite.uri == "/" {
            let prefix = match &m.path {
                PathMatch::SeparatedPrefix(prefix) => prefix.as_str(),
                PathMatch::Prefix(_) | PathMatch::Exact(_) | PathMatch::Regex(_) => "",
            };
            out.regex_rewrite = Some((format!("^{}(/?)(.*)", quoted(prefix)), "/\\2".to_owned()));
        } else if !rewrite.uri.is_empty() {
            out.prefix_rewrite = Some(rewrite.uri.clone());
        }
    }

    /// Takes the only destination (`processDestination`); true when its endpoints lie on a hash ring.
    fn single(&self, out: &mut Forward, to: &RouteDestination, headers: &mut HeaderMutation) -> bool {
        out.target = Target::Cluster(self.cluster(&to.destination));
        let changes = headers::changes(&to.headers);
        headers::append(headers, changes.mutation);
        if out.host_rewrite.is_none() && !changes.authority.is_empty() {
            out.host_rewrite = Some(changes.authority);
        }
        self.add_hash(out, &to.destination).is_some()
    }

    /// Several destinations; those without weight are left out (`processWeightedDestination`).
    fn weighted(&self, out: &mut Forward, destinations: &[RouteDestination]) -> Target {
        let mut clusters = Vec::new();
        for to in destinations.iter().filter(|to| to.weight != 0) {
            let changes = headers::changes(&to.headers);
            clusters.push(WeightedCluster {
                cluster: self.cluster(&to.destination),
                weight: u32::try_from(to.weight).unwrap_or_default(),
                headers: changes.mutation,
                host_rewrite: (!changes.authority.is_empty()).then_some(changes.authority),
                origin: to.origin,
            });
            self.add_hash(out, &to.destination);
        }
        Target::Weighted(clusters)
    }

    fn add_hash(&self, out: &mut Forward, to: &Destination) -> Option<&ConsistentHash> {
        let found = hash::of_destination(self.cx, to);
        out.hash_policies.extend(hash::policy(found));
        found
    }

    fn mirrors(&self, http: &HttpRoute) -> Vec<Mirror> {
        let keep_host = self.cx.mesh.compat.flag("DISABLE_SHADOW_HOST_SUFFIX", true);
        let one = |mirror: &mesh::Mirror| {
            let fraction = match (mirror.percentage, mirror.percent) {
                (Some(share), _) if share.0 > 0.0 => filters::millionths(share),
                (None, Some(percent)) if percent > 0 => filters::hundredths(percent),
                (None, None) => Fraction::ALL,
                _ => return None,
            };
            Some(Mirror { cluster: self.cluster(&mirror.destination), fraction, keep_host })
        };
        http.mirrors.iter().filter_map(one).collect()
    }

    /// Name of the cluster of a destination; of an alias, the service that it stands for (`GetDestinationCluster`).
    fn cluster(&self, to: &Destination) -> String {
        if to.host.value.is_empty() {
            return "UnknownService".to_owned();
        }
        let known = (self.target.lookup)(&to.host.value);
        let alias = known
            .and_then(|known| known.service.external_name.as_ref())
            .filter(|name| !name.value.is_empty());
        let host = alias.map_or(&to.host.value, |name| &name.value);
        let stated = to.port.as_ref().map(|port| port.value);
        let port =
            stated.or_else(|| known.and_then(|known| known.only_port)).unwrap_or(self.target.listen_port);
        match self.target.cluster {
            Some(name) => name(host, port, &to.subset.value),
            None => super::cluster_name(port, &to.subset.value, host),
        }
    }

    /// Session affinity of the destinations: as in istiod the last one decides, unless two ask for it.
    fn stateful_session(&self, http: &HttpRoute) -> Option<StatefulSession> {
        let several = http.route.len() > 1;
        let mut out = None;
        for to in http.route.iter().filter(|to| !several || to.weight != 0) {
            let known = (self.target.lookup)(&to.destination.host.value);
            let asked = known.and_then(|known| filters::stateful_session(self.cx, known.service));
            if asked.is_some() && out.is_some() {
                break;
            }
            out = asked;
        }
        out
    }

    /// Operation name of traces (`GetRouteOperation`).
    fn operation(&self, route: &Route) -> String {
        let path = match &route.matches.path {
            PathMatch::Prefix(prefix) => format!("{prefix}*"),
            PathMatch::Exact(path) | PathMatch::Regex(path) => path.clone(),
            PathMatch::SeparatedPrefix(_) => "/*".to_owned(),
        };
        if let RouteAction::Forward(forward) = &route.action
            && let Target::Cluster(cluster) = &forward.target
            && let [_, port, _, host] = cluster.split('|').collect::<Vec<_>>().as_slice()
        {
            return format!("{host}:{port}{path}");
        }
        format!("{}:{}{path}", self.service.meta.name(), self.target.listen_port)
    }
}

/// Text as a regular expression that matches just it (Go's `regexp.QuoteMeta`).
fn quoted(text: &str) -> String {
    let special = |c: char| r"\.+*?()|[]{}^$".contains(c);
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}
