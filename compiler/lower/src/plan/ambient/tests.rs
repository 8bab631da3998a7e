//! What ztunnel gets of policies, on small meshes.

use mp_ir::plan::{AmbientPlan, AuthorizationScope, ConnectionMatch, TunnelProtocol};
use mp_model::{Input, Workspace};

use crate::{FactOptions, ambient, facts};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: w, namespace: shop, labels: {app: w}, annotations: {ambient.istio.io/redirection: enabled}}\nspec: {serviceAccountName: w, containers: [{name: a, ports: [{containerPort: 8080}]}]}\nstatus: {podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]}\n";

fn plan(more: &str) -> AmbientPlan {
    let ws = Workspace::read(&[Input::new("in.yaml", &format!("{POD}{more}"))]);
    ambient(&ws, &facts(&ws, &FactOptions::default()))
}

fn policy(spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: a, namespace: shop}}\nspec: {spec}\n"
    )
}

fn peer(name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

#[test]
fn attributes_of_requests_spoil_allow_and_vanish_from_deny() {
    let rules =
        "[{to: [{operation: {methods: [GET], ports: ['80']}}]}, {from: [{source: {namespaces: [web]}}]}]";
    let allow = plan(&policy(&format!("{{rules: {rules}}}")));
    assert_eq!(allow.authorizations["shop/a"].groups.len(), 1);
    assert!(allow.conditions["shop/a"].message.contains("methods"));
    let deny = plan(&policy(&format!("{{action: DENY, rules: {rules}}}")));
    assert_eq!(deny.authorizations["shop/a"].groups.len(), 2);
    assert_eq!(deny.authorizations["shop/a"].groups[0].clauses[0][0].destination_ports[0].value, 80);
    let nothing = plan(&policy("{action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]}"));
    assert_eq!(nothing.authorizations["shop/a"].groups[0].clauses, [[ConnectionMatch::default()]]);
    assert!(nothing.conditions["shop/a"].message.contains("refuses nothing"));
    // The near miss: all of it is about connections.
    let whole = plan(&policy("{action: DENY, rules: [{from: [{source: {namespaces: [web]}}]}]}"));
    assert!(whole.conditions.is_empty());
}

#[test]
fn scopes_follow_selectors_and_the_root_namespace() {
    for (namespace, spec, scope, named) in [
        ("shop", "{}", AuthorizationScope::Namespace, false),
        ("istio-system", "{}", AuthorizationScope::Global, false),
        ("shop", "{selector: {matchLabels: {app: w}}}", AuthorizationScope::Workload, true),
        ("shop", "{selector: {matchLabels: {app: other}}}", AuthorizationScope::Workload, false),
        ("istio-system", "{selector: {matchLabels: {app: w}}}", AuthorizationScope::Workload, true),
    ] {
        let text = policy(spec).replace("namespace: shop", &format!("namespace: {namespace}"));
        let plan = plan(&text);
        assert_eq!(plan.authorizations[&format!("{namespace}/a")].scope, scope, "{text}");
        let workload = &plan.workloads["Kubernetes//Pod/shop/w"];
        assert_eq!(workload.policies.len(), usize::from(named), "{text}");
        assert_eq!(workload.tunnel, TunnelProtocol::Hbone);
    }
}

#[test]
fn modes_of_ports_become_policies_only_where_they_differ() {
    let selector = "selector: {matchLabels: {app: w}}";
    let strict = "istio-system/istio_converted_static_strict";
    let own = "shop/converted_peer_authentication_w";
    let port = |mode: &str| format!("{{{selector}, portLevelMtls: {{8080: {{mode: {mode}}}}}}}");
    for (name, text, want) in [
        ("strict alone", peer("d", "shop", "{mtls: {mode: STRICT}}"), vec![strict]),
        ("permissive alone", peer("d", "shop", "{mtls: {mode: PERMISSIVE}}"), vec![]),
        ("a strict port", peer("w", "shop", &port("STRICT")), vec![own]),
        ("an open port of an open mesh", peer("w", "shop", &port("PERMISSIVE")), vec![]),
        (
            "an open port of a strict mesh",
            peer("d", "istio-system", "{mtls: {mode: STRICT}}") + &peer("w", "shop", &port("PERMISSIVE")),
            vec![own],
        ),
        (
            "a strict port of a strict mesh",
            peer("d", "istio-system", "{mtls: {mode: STRICT}}") + &peer("w", "shop", &port("STRICT")),
            vec![strict],
        ),
    ] {
        let plan = plan(&text);
        assert_eq!(plan.workloads["Kubernetes//Pod/shop/w"].policies, want, "{name}");
        assert_eq!(plan.authorizations.contains_key(own), want.contains(&own), "{name}");
        assert!(plan.authorizations.contains_key(strict), "{name}");
    }
}
