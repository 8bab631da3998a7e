//! EnvoyFilters (`pilot/pkg/model/envoyfilter.go` convertToEnvoyFilterWrapper).

use mp_ir::mesh::{
    ApplyTo, ChainCondition, ClusterCondition, EnvoyFilter, EnvoyPatch, ListenerCondition, Mesh,
    PatchContext, PatchOperation, ProxyCondition, RouteCondition, VirtualHostCondition,
};
use mp_model::generated::networking as api;
use mp_model::{Kind, Object, Workspace};

use super::request_authentication::target_refs;
use super::{by_age, json, meta, text};

/// Reads all EnvoyFilters, oldest first.
pub(crate) fn read(ws: &Workspace, mesh: &mut Mesh) {
    let found = ws.of_kind(Kind::EnvoyFilter).filter_map(|object| Some(filter(object, ws.spec(object)?)));
    mesh.envoy_filters = found.collect();
    mesh.envoy_filters.sort_by(|a, b| by_age(&a.meta, &b.meta));
}

fn filter(object: &Object, spec: api::EnvoyFilter<'_>) -> EnvoyFilter {
    let selector = spec.workload_selector().map(|selector| selector.labels().to_sorted());
    EnvoyFilter {
        meta: meta(object),
        priority: spec.priority().unwrap_or_default(),
        selector: selector.unwrap_or_default(),
        targets: target_refs(spec.0),
        patches: spec.config_patches().iter().filter_map(patch).collect(),
    }
}

/// One patch; `None` for one without operation or with nothing that it could apply to.
fn patch(view: api::EnvoyFilterEnvoyConfigObjectPatch<'_>) -> Option<EnvoyPatch> {
    let what = view.patch()?;
    let apply_to = apply_to(view.apply_to()?.name())?;
    let when = view.match_();
    let context = when.and_then(|when| when.context()).and_then(|context| match context.name() {
        "SIDECAR_INBOUND" => Some(PatchContext::SidecarInbound),
        "SIDECAR_OUTBOUND" => Some(PatchContext::SidecarOutbound),
        "GATEWAY" => Some(PatchContext::Gateway),
        "WAYPOINT" => Some(PatchContext::Waypoint),
        _ => None,
    });
    Some(EnvoyPatch {
        apply_to,
        operation: operation(apply_to, what.operation().map_or("", |operation| operation.name())),
        context,
        proxy: when.and_then(|when| when.proxy()).map(proxy).unwrap_or_default(),
        listener: when.and_then(|when| when.listener()).map(listener),
        route: when.and_then(|when| when.route_configuration()).map(route),
        cluster: when.and_then(|when| when.cluster()).map(cluster),
        value: what.value().map(json::text),
        origin: Some(view.0.span()),
    })
}

fn apply_to(word: &str) -> Option<ApplyTo> {
    Some(match word {
        "LISTENER" => ApplyTo::Listener,
        "LISTENER_FILTER" => ApplyTo::ListenerFilter,
        "FILTER_CHAIN" => ApplyTo::FilterChain,
        "NETWORK_FILTER" => ApplyTo::NetworkFilter,
        "HTTP_FILTER" => ApplyTo::HttpFilter,
        "ROUTE_CONFIGURATION" => ApplyTo::RouteConfiguration,
        "VIRTUAL_HOST" => ApplyTo::VirtualHost,
        "HTTP_ROUTE" => ApplyTo::HttpRoute,
        "CLUSTER" => ApplyTo::Cluster,
        "EXTENSION_CONFIG" => ApplyTo::ExtensionConfig,
        "BOOTSTRAP" => ApplyTo::Bootstrap,
        _ => return None,
    })
}

/// Insertions mean a place only in lists of filters and routes; elsewhere they add.
fn operation(apply_to: ApplyTo, word: &str) -> PatchOperation {
    let ordered = matches!(
        apply_to,
        ApplyTo::HttpFilter | ApplyTo::NetworkFilter | ApplyTo::HttpRoute | ApplyTo::ListenerFilter
    );
    match word {
        "MERGE" => PatchOperation::Merge,
        "MERGE_AND_REPLACE_LIST" => PatchOperation::MergeReplaceLists,
        "ADD" => PatchOperation::Add,
        "REMOVE" => PatchOperation::Remove,
        "REPLACE" => PatchOperation::Replace,
        "INSERT_BEFORE" | "INSERT_AFTER" | "INSERT_FIRST" if !ordered => PatchOperation::Add,
        "INSERT_BEFORE" => PatchOperation::InsertBefore,
        "INSERT_AFTER" => PatchOperation::InsertAfter,
        "INSERT_FIRST" => PatchOperation::InsertFirst,
        _ => PatchOperation::Invalid,
    }
}

fn number(value: Option<i64>) -> u32 {
    value.and_then(|n| u32::try_from(n).ok()).unwrap_or_default()
}

fn proxy(view: api::EnvoyFilterProxyMatch<'_>) -> ProxyCondition {
    let metadata = view.metadata();
    let metadata = metadata.iter().map(|(key, value)| (key.value.to_owned(), value.value.to_owned()));
    ProxyCondition { version: text(view.proxy_version()), metadata: metadata.collect() }
}

fn listener(view: api::EnvoyFilterListenerMatch<'_>) -> ListenerCondition {
    ListenerCondition {
        name: text(view.name()),
        port: number(view.port_number()),
        listener_filter: text(view.listener_filter()),
        chain: view.filter_chain().map(chain),
    }
}

fn chain(view: api::EnvoyFilterListenerMatchFilterChainMatch<'_>) -> ChainCondition {
    let filter = view.filter();
    ChainCondition {
        name: text(view.name()),
        sni: text(view.sni()),
        transport_protocol: text(view.transport_protocol()),
        application_protocols: text(view.application_protocols()),
        destination_port: number(view.destination_port()),
        filter: filter.map(|filter| text(filter.name())),
        sub_filter: filter.and_then(|filter| filter.sub_filter()).map(|filter| text(filter.name())),
    }
}

fn route(view: api::EnvoyFilterRouteConfigurationMatch<'_>) -> RouteCondition {
    let action = |route: api::EnvoyFilterRouteConfigurationMatchRouteMatch<'_>| {
        (text(route.name()), route.action().map_or("ANY", |action| action.name()).to_owned())
    };
    RouteCondition {
        name: text(view.name()),
        port: number(view.port_number()),
        port_name: text(view.port_name()),
        gateway: text(view.gateway()),
        virtual_host: view.vhost().map(|host| VirtualHostCondition {
            name: text(host.name()),
            domain: text(host.domain_name()),
            route: host.route().map(action),
        }),
    }
}

fn cluster(view: api::EnvoyFilterClusterMatch<'_>) -> ClusterCondition {
    ClusterCondition {
        name: text(view.name()),
        service: text(view.service()),
        subset: text(view.subset()),
        port: number(view.port_number()),
    }
}
