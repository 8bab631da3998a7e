//! What stands between a request and the policies, or changes the policies themselves, without saying in YAML what it does.

use mp_ir::mesh::{
    ApplyTo, AuthorizationAction, EnvoyFilter, EnvoyPatch, ExtensionKind, ExtensionPhase, HalfRead, Labels,
    Mesh, Meta, PatchContext, PatchOperation, TrafficExtension, Workload,
};
use mp_ir::plan::Doubt;

use super::select::{Subject, attaches, selects};

/// Parts of the names of filters that answer or change requests as code or as others tell them, or that policies are made of.
const POWERFUL: [&str; 11] = [
    "lua",
    "wasm",
    "golang",
    "dynamic_modules",
    "ext_proc",
    "ext_authz",
    "rbac",
    "jwt_authn",
    "header_mutation",
    "header_to_metadata",
    "set_filter_state",
];
/// Settings of the connection manager that decide what policies see.
const READING: [&str; 8] = [
    "normalize_path",
    "merge_slashes",
    "path_with_escaped_slashes_action",
    "use_remote_address",
    "xff_num_trusted_hops",
    "original_ip_detection_extensions",
    "strip_matching_host_port",
    "strip_any_host_port",
];

/// All that makes the policies of a workload say less than what happens, in the order of the input.
pub(super) fn of_workload(mesh: &Mesh, subject: &Subject<'_>) -> Vec<Doubt> {
    let root = mesh.settings.root_namespace.as_str();
    let here = |namespace: &str| namespace == root || namespace == subject.namespace;
    let is_for = |filter: &&EnvoyFilter| {
        here(filter.meta.namespace())
            && attaches(mesh, subject, &filter.meta, &filter.selector, &filter.targets)
    };
    let mut out = Vec::new();
    for filter in mesh.envoy_filters.iter().filter(is_for) {
        let told = filter.patches.iter().filter(|patch| reaches(subject, patch)).filter_map(alters);
        let object = &filter.meta.object;
        out.extend(told.map(|(what, origin)| Doubt {
            text: format!("{object} {what}"),
            unread: false,
            origin,
        }));
    }
    out.extend(half_read(mesh, subject));
    let in_front = |extension: &&TrafficExtension| {
        let early = matches!(extension.phase, ExtensionPhase::Authn | ExtensionPhase::Authz);
        let received = |server: Option<bool>| server.is_none_or(|server| server != subject.router);
        here(extension.meta.namespace())
            && early
            && (extension.matches.is_empty() || extension.matches.iter().any(|m| received(m.server)))
            && attaches(mesh, subject, &extension.meta, &extension.selector, &extension.targets)
    };
    for extension in mesh.traffic_extensions.iter().filter(in_front) {
        let what = match extension.kind {
            ExtensionKind::Lua(_) => "Lua code",
            ExtensionKind::Wasm(_) => "a Wasm module",
        };
        let text = format!("{} puts {what} before the policies", extension.meta.object);
        out.push(Doubt { text, unread: false, origin: extension.meta.origin });
    }
    out
}

/// The same of the ztunnel before a workload, which runs none of Envoy's filters.
pub(super) fn of_connections(mesh: &Mesh, subject: &Subject<'_>) -> Vec<Doubt> {
    half_read(mesh, subject).collect()
}

/// Policies that are for the workload or not, as its labels will be.
pub(super) fn of_labels(mesh: &Mesh, workload: &Workload) -> Vec<Doubt> {
    let Some(origin) = workload.open_labels.origin else { return Vec::new() };
    let authorization = mesh.authorization_policies.iter().filter(|policy| {
        policy.targets.is_empty() && !policy.dry_run && policy.action != AuthorizationAction::Audit
    });
    let authorization = authorization.map(|policy| (&policy.meta, &policy.selector));
    let tokens = mesh.request_authentications.iter().filter(|policy| policy.targets.is_empty());
    let tokens = tokens.map(|policy| (&policy.meta, &policy.selector));
    let peers = mesh.peer_authentications.iter().map(|policy| (&policy.meta, &policy.selector));
    let root = mesh.settings.root_namespace.as_str();
    let may_be = |(meta, selector): &(&Meta, &Labels)| {
        let here = meta.namespace() == root || meta.namespace() == workload.meta.namespace();
        here && !selects(selector, workload.labels()) && workload.may_carry(selector)
    };
    let doubt = |(meta, _): (&Meta, &Labels)| Doubt {
        text: format!("whether {} is for it is known only once its labels are filled in", meta.object),
        unread: true,
        origin: Some(origin),
    };
    authorization.chain(tokens).chain(peers).filter(may_be).map(doubt).collect()
}

/// Policies that may be for the workload, and of which nobody knows what they say until a template is filled in.
fn half_read<'m>(mesh: &'m Mesh, subject: &Subject<'m>) -> impl Iterator<Item = Doubt> + 'm {
    let root = mesh.settings.root_namespace.as_str();
    let subject = *subject;
    let service = subject.service.map(|service| service.meta.namespace());
    let is_for = move |policy: &&HalfRead| {
        let home = policy.meta.namespace();
        let here = policy.anywhere || home == root || home == subject.namespace || service == Some(home);
        // What a policy names is of its own namespace.
        let named = policy.anywhere && !policy.targets.is_empty();
        here && (policy.for_anybody
            || named
            || attaches(mesh, &subject, &policy.meta, &policy.selector, &policy.targets))
    };
    let named = |policy: &HalfRead| match policy.meta.name() {
        "" => format!("the {}", policy.meta.object.kind),
        _ => policy.meta.object.to_string(),
    };
    mesh.half_read.iter().filter(is_for).map(move |policy| Doubt {
        text: format!("a part of {} is known only once its template is filled in", named(policy)),
        unread: true,
        origin: policy.origin,
    })
}

/// Whether a patch is for what the workload receives.
fn reaches(subject: &Subject<'_>, patch: &EnvoyPatch) -> bool {
    match patch.context {
        None => true,
        Some(PatchContext::SidecarInbound) => !subject.router,
        Some(PatchContext::Gateway) => subject.router && !subject.waypoint,
        Some(PatchContext::Waypoint) => subject.waypoint,
        Some(PatchContext::SidecarOutbound) => false,
    }
}

/// What a patch does to the way to the policies; `None` when it leaves that alone.
fn alters(patch: &EnvoyPatch) -> Option<(String, mp_ir::base::Origin)> {
    let value = patch.value.as_deref().unwrap_or_default();
    let chain = patch.listener.as_ref().and_then(|listener| listener.chain.as_ref());
    let named = chain.and_then(|chain| chain.sub_filter.as_deref().or(chain.filter.as_deref())).unwrap_or("");
    let powerful = |text: &str| POWERFUL.iter().copied().find(|name| text.contains(name));
    let adds = matches!(
        patch.operation,
        PatchOperation::Add
            | PatchOperation::InsertBefore
            | PatchOperation::InsertAfter
            | PatchOperation::InsertFirst
    );
    let what = match patch.apply_to {
        ApplyTo::HttpFilter | ApplyTo::NetworkFilter if adds => {
            format!("adds a filter ({})", powerful(value)?)
        }
        ApplyTo::HttpFilter | ApplyTo::NetworkFilter => match (powerful(named), setting(value)) {
            (Some(name), _) => format!("changes or removes a filter ({name})"),
            (None, Some(name)) => format!("changes what policies read (`{name}`)"),
            (None, None) => return None,
        },
        ApplyTo::FilterChain | ApplyTo::Listener => {
            let parts = ["filters", "filter_chains", "transport_socket", "filter_chain_match"];
            let name = parts.into_iter().find(|name| has_key(value, name));
            match (name, patch.operation) {
                (_, PatchOperation::Remove | PatchOperation::Replace) => "replaces filter chains".to_owned(),
                (Some(name), _) => format!("changes filter chains (`{name}`)"),
                (None, _) => return None,
            }
        }
        ApplyTo::ListenerFilter
        | ApplyTo::RouteConfiguration
        | ApplyTo::VirtualHost
        | ApplyTo::HttpRoute
        | ApplyTo::Cluster
        | ApplyTo::ExtensionConfig
        | ApplyTo::Bootstrap => return None,
    };
    Some((what, patch.origin))
}

/// A setting of the connection manager that a value names.
fn setting(value: &str) -> Option<&'static str> {
    READING.into_iter().find(|name| has_key(value, name))
}

/// Whether JSON has a key, in either of protobuf's spellings.
fn has_key(value: &str, name: &str) -> bool {
    let flat = |text: &str| text.replace('_', "").to_ascii_lowercase();
    flat(value).contains(&format!("\"{}\"", flat(name)))
}

#[cfg(test)]
mod tests {
    use mp_ir::mesh::{ChainCondition, ListenerCondition, ProxyCondition};

    use super::*;

    fn patch(apply_to: ApplyTo, operation: PatchOperation, sub_filter: &str, value: &str) -> EnvoyPatch {
        let chain = ChainCondition { sub_filter: Some(sub_filter.to_owned()), ..ChainCondition::default() };
        EnvoyPatch {
            apply_to,
            operation,
            context: Some(PatchContext::SidecarInbound),
            proxy: ProxyCondition::default(),
            listener: Some(ListenerCondition { chain: Some(chain), ..ListenerCondition::default() }),
            route: None,
            cluster: None,
            value: Some(value.to_owned()),
            origin: None,
        }
    }

    #[test]
    fn only_what_touches_the_way_to_the_policies_counts() {
        use ApplyTo::{FilterChain, HttpFilter, NetworkFilter};
        use PatchOperation::{InsertBefore, Merge, Remove};
        let router = "envoy.filters.http.router";
        for (apply_to, operation, named, value, doubtful) in [
            (HttpFilter, InsertBefore, router, r#"{"name":"envoy.filters.http.lua"}"#, true),
            (HttpFilter, InsertBefore, router, r#"{"name":"envoy.filters.http.local_ratelimit"}"#, false),
            (HttpFilter, Remove, "envoy.filters.http.rbac", "{}", true),
            (HttpFilter, Remove, "envoy.filters.http.fault", "{}", false),
            (NetworkFilter, Merge, "", r#"{"typed_config":{"merge_slashes":true}}"#, true),
            (NetworkFilter, Merge, "", r#"{"typedConfig":{"mergeSlashes":true}}"#, true),
            (NetworkFilter, Merge, "", r#"{"typed_config":{"stream_idle_timeout":"5s"}}"#, false),
            (FilterChain, Merge, "", r#"{"transport_socket":{}}"#, true),
            (FilterChain, Merge, "", r#"{"name":"x"}"#, false),
        ] {
            let found = alters(&patch(apply_to, operation, named, value));
            assert_eq!(found.is_some(), doubtful, "{apply_to:?} {operation:?} {named} {value}: {found:?}");
        }
    }
}
