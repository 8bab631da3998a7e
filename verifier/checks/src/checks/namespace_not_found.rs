//! # Namespace that does not exist
//!
//! An object names a namespace that the input does not have, though it brings others: an `exportTo` that shows it to nobody, a caller's namespace from which nobody calls, a
//! ReferenceGrant for routes that are not there. Where a namespace with nearly the same name exists it is a warning, otherwise only a remark: namespaces come from elsewhere, too.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: callers, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {namespaces: [shop, shopp]}}]
//! #                                       ^^^^^ MP1031 shopp
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: vendor, namespace: shop}
//! spec:
//!   hosts: [api.vendor.example]
//!   exportTo: [".", monitorng]
//! #                 ^^^^^^^^^ MP1031 monitorng
//!   ports: [{number: 443, name: tls, protocol: TLS}]
//!   resolution: DNS
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: callers, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {namespaces: [shop, sho*, "*op", "*", istio-system, istio-ingress, kube-system, pay]}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: vendor, namespace: pay}
//! spec:
//!   hosts: [api.vendor.example]
//!   exportTo: [".", shop]
//!   ports: [{number: 443, name: tls, protocol: TLS}]
//!   resolution: DNS
//! ```

use std::collections::BTreeSet;

use mp_ir::base::{Level, ObjectRef, Span};
use mp_model::base::{edit_distance, slip};
use mp_model::views::gateway::ReferenceGrantSpec;
use mp_model::{Kind, Node, Text};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1031",
    name: "namespace-not-found",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA0005"),
    source: include_str!("namespace_not_found.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let declared = cx.workspace.of_kind(Kind::Namespace).next().is_some();
    let moved = cx.workspace.sets().iter().any(|set| !set.namespaces.is_empty());
    if !declared || moved || !cx.is_final() {
        return;
    }
    let known: BTreeSet<&str> = cx.mesh.namespaces.keys().map(String::as_str).collect();
    for kind in [Kind::VirtualService, Kind::DestinationRule, Kind::ServiceEntry] {
        for object in cx.workspace.of_kind(kind) {
            let spec = cx.workspace.root(object).and_then(|root| root.get("spec"));
            let names = spec.and_then(|spec| spec.get("exportTo"));
            for (at, name) in names.into_iter().flat_map(Node::items).enumerate() {
                let Some(text) = name.as_str().filter(|text| !matches!(*text, "*" | "." | "~")) else {
                    continue;
                };
                look(
                    cx,
                    out,
                    &known,
                    (&object.reference(), format!("spec.exportTo[{at}]")),
                    (text, name.span()),
                    "KIA0005",
                );
            }
        }
    }
    callers(cx, out, &known);
    for object in cx.workspace.of_kind(Kind::ReferenceGrant) {
        let Some(spec) = cx.workspace.spec::<ReferenceGrantSpec<'_>>(object) else { continue };
        for (at, from) in spec.from().iter().enumerate() {
            let Some(Text { value, span }) = from.namespace() else { continue };
            let field = format!("spec.from[{at}].namespace");
            look(cx, out, &known, (&object.reference(), field), (value, span), "KIA1601");
        }
    }
}

/// The namespaces that policies ask callers for.
fn callers(cx: &Cx<'_>, out: &mut Findings, known: &BTreeSet<&str>) {
    for policy in &cx.mesh.authorization_policies {
        for (at, rule) in policy.rules.iter().enumerate() {
            let sources =
                rule.from.iter().flat_map(|from| from.namespaces.iter().chain(&from.not_namespaces));
            let conditions = rule.when.iter().filter(|when| when.key.value == "source.namespace");
            let all = sources.chain(conditions.flat_map(|when| when.values.iter().chain(&when.not_values)));
            for name in all {
                let Some(span) = name.origin else { continue };
                let place = (&policy.meta.object, format!("spec.rules[{at}]"));
                look(cx, out, known, place, (&name.value, span), "KIA0101");
            }
        }
    }
}

fn look(
    cx: &Cx<'_>,
    out: &mut Findings,
    known: &BTreeSet<&str>,
    (object, field): (&ObjectRef, String),
    (name, span): (&str, Span),
    kiali: &'static str,
) {
    if is_known(cx, known, name) {
        return;
    }
    let near = nearest(known, name);
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "create the Namespace, or correct the name".to_owned(),
    };
    out.at(span, Some(object), field, format!("there is no namespace `{name}`"))
        .label("no Namespace of the input has this name")
        .help(help)
        .level(if near.is_some() { Level::Warning } else { Level::Info })
        .fix(
            slip(known.iter().copied(), name)
                .and_then(|near| cx.workspace.replacement(span, name, near, format!("write `{near}`"))),
        )
        .kiali(kiali);
}

/// Whether a name or pattern means a namespace of the input, or one that others bring: those of Istio and of Kubernetes itself.
fn is_known(cx: &Cx<'_>, known: &BTreeSet<&str>, name: &str) -> bool {
    let of_others = ["istio-", "kube-", "default"].iter().any(|prefix| name.starts_with(prefix));
    if name.is_empty() || of_others || name == cx.mesh.settings.root_namespace {
        return true;
    }
    match (name.strip_prefix('*'), name.strip_suffix('*')) {
        (Some(suffix), _) => known.iter().any(|namespace| namespace.ends_with(suffix)),
        (None, Some(prefix)) => known.iter().any(|namespace| namespace.starts_with(prefix)),
        (None, None) => known.contains(name),
    }
}

/// The one namespace whose name differs in a letter or two.
fn nearest<'k>(known: &BTreeSet<&'k str>, name: &str) -> Option<&'k str> {
    let limit = if name.len() < 8 { 1 } else { 2 };
    let mut near = known.iter().copied().filter(|known| edit_distance(known, name) <= limit);
    near.next().filter(|_| near.next().is_none())
}
