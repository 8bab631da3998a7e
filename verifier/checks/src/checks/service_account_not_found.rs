//! # Service account that nobody has
//!
//! A policy asks for callers of a service account, or a WorkloadGroup gives its machines one, that no workload and no ServiceAccount of its namespace has. Nobody ever calls
//! with this identity. Nothing is said of namespaces of which the input has no workload, of patterns, and of other trust domains.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web-0, namespace: shop, labels: {app: web}}
//! spec: {serviceAccountName: web, containers: [{name: app, image: web}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: callers, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {principals: [cluster.local/ns/shop/sa/wbe]}}]
//! #                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP3011 wbe
//!   - from: [{source: {serviceAccounts: [shop/wob]}}]
//! #                                      ^^^^^^^^ MP3011 wob
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web-0, namespace: shop, labels: {app: web}}
//! spec: {serviceAccountName: web, containers: [{name: app, image: web}]}
//! ---
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: job, namespace: shop}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: callers, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {principals: [cluster.local/ns/shop/sa/web, cluster.local/ns/shop/sa/job, cluster.local/ns/shop/sa/default]}}]
//!   - from: [{source: {principals: [cluster.local/ns/shop/sa/we*, cluster.local/ns/pay/sa/till, other.domain/ns/shop/sa/x]}}]
//!   - from: [{source: {principals: [cluster.local/ns/shop/sa/edge-istio], serviceAccounts: [web]}}]
//! ```

use std::collections::BTreeMap;

use mp_ir::base::{At, Level, ObjectRef};
use mp_ir::mesh::{AuthorizationPolicy, AuthorizationRule};
use mp_model::views::networking::WorkloadGroup;
use mp_model::{Kind, Object};

use crate::hosts::workloads_of_mesh;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3011",
    name: "service-account-not-found",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA0106"),
    source: include_str!("service_account_not_found.rs"),
    run,
};

/// Namespaces that have workloads, with the accounts of those and those that exist as objects.
type Accounts<'a> = BTreeMap<&'a str, Vec<String>>;

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if !cx.is_final() {
        return;
    }
    let accounts = accounts(cx);
    for policy in &cx.mesh.authorization_policies {
        for (at, rule) in policy.rules.iter().enumerate() {
            for (written, namespace, account) in asked(cx, policy, rule) {
                let object = &policy.meta.object;
                look(
                    out,
                    &accounts,
                    (object, format!("spec.rules[{at}]")),
                    written,
                    (namespace, account),
                    "KIA0106",
                );
            }
        }
    }
    for group in cx.workspace.of_kind(Kind::WorkloadGroup) {
        let template = cx.workspace.spec::<WorkloadGroup<'_>>(group).and_then(|spec| spec.template());
        let Some(account) = template.and_then(|template| template.service_account()) else { continue };
        let written = At { value: account.value.to_owned(), origin: Some(account.span) };
        let place = (&group.reference(), "spec.template.serviceAccount".to_owned());
        look(out, &accounts, place, &written, (&group.namespace, account.value), "KIA1701");
    }
}

fn accounts<'a>(cx: &Cx<'a>) -> Accounts<'a> {
    let mut out: Accounts<'a> = BTreeMap::new();
    for workload in workloads_of_mesh(cx.mesh) {
        out.entry(workload.meta.namespace()).or_default().push(workload.service_account.clone());
    }
    let mut add = |object: &'a Object, account: String| {
        if let Some(known) = out.get_mut(object.namespace.as_str()) {
            known.push(account);
        }
    };
    for object in cx.workspace.of_kind(Kind::ServiceAccount) {
        add(object, object.name.clone());
    }
    for group in cx.workspace.of_kind(Kind::WorkloadGroup) {
        let template = cx.workspace.spec::<WorkloadGroup<'_>>(group).and_then(|spec| spec.template());
        // Its own account counts for others alone where it exists; machines run elsewhere.
        let of_policy = template.and_then(|template| template.service_account());
        of_policy.into_iter().for_each(|account| add(group, format!("\u{0}{}", account.value)));
    }
    // istiod makes the account of a Gateway's Pods (`pilot/pkg/config/kube/gateway/deploymentcontroller.go`).
    for gateway in cx.workspace.of_kind(Kind::Gateway) {
        let class =
            cx.workspace.root(gateway).and_then(|root| root.get("spec")?.get("gatewayClassName")?.as_str());
        add(gateway, format!("{}-{}", gateway.name, class.unwrap_or_default()));
        add(gateway, gateway.name.clone());
    }
    out
}

/// What a rule asks for: the written text, its namespace, its account.
fn asked<'a>(
    cx: &Cx<'_>,
    policy: &'a AuthorizationPolicy,
    rule: &'a AuthorizationRule,
) -> Vec<(&'a At<String>, &'a str, &'a str)> {
    let principals = rule.from.iter().flat_map(|from| from.principals.iter().chain(&from.not_principals));
    let conditions = rule.when.iter().filter(|when| when.key.value == "source.principal");
    let conditions = conditions.flat_map(|when| when.values.iter().chain(&when.not_values));
    let named =
        rule.from.iter().flat_map(|from| from.service_accounts.iter().chain(&from.not_service_accounts));
    let of_principal = |written: &'a At<String>| {
        let (domain, rest) = written.value.split_once("/ns/")?;
        let (namespace, account) = rest.split_once("/sa/")?;
        let settings = &cx.mesh.settings;
        let own = domain == "cluster.local" || domain == settings.trust_domain;
        (own && !written.value.contains('*')).then_some((written, namespace, account))
    };
    let of_name = |written: &'a At<String>| {
        let home = policy.meta.namespace();
        let (namespace, account) = written.value.split_once('/').unwrap_or((home, written.value.as_str()));
        (!written.value.contains('*')).then_some((written, namespace, account))
    };
    principals.chain(conditions).filter_map(of_principal).chain(named.filter_map(of_name)).collect()
}

fn look(
    out: &mut Findings,
    accounts: &Accounts<'_>,
    (object, field): (&ObjectRef, String),
    written: &At<String>,
    (namespace, account): (&str, &str),
    kiali: &'static str,
) {
    let Some(known) = accounts.get(namespace) else { return };
    let of_machines = |own: &String| kiali == "KIA0106" && own.strip_prefix('\u{0}') == Some(account);
    let exists = |own: &String| own == account || of_machines(own);
    if account.is_empty() || account == "default" || known.iter().any(exists) {
        return;
    }
    out.report(
        written.origin,
        object,
        field,
        format!("nobody in `{namespace}` has the service account `{account}`"),
    )
    .label("no workload and no ServiceAccount has this name")
    .help("correct the name, or create the ServiceAccount")
    .kiali(kiali);
}
