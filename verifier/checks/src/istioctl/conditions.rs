//! # A status says that something was refused
//!
//! istiod writes into the status of objects what became of them.
//!
//! ```yaml bad
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: web, namespace: shop}
//! status:
//!   parents:
//!   - conditions:
//!     - {type: Accepted, status: "True", reason: Accepted, message: ok}
//!     - {type: ResolvedRefs, status: "False", reason: BackendNotFound, message: no cart}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: a, namespace: shop}
//! status:
//!   conditions: [{type: WaypointAccepted, status: "True", reason: PartiallyInvalid, message: half}]
//! # IST0171 HTTPRoute shop/web
//! # IST0171 AuthorizationPolicy shop/a
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! status:
//!   conditions:
//!   - {type: istio.io/WaypointBound, status: "True"}
//!   - {type: Other, status: "False"}
//! ```

use mp_model::{Node, SourceKind};

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::NEGATIVE_CONDITION_STATUS;
use super::store::{items, text};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "conditions.ConditionAnalyzer",
    inputs: &[
        SourceKind::Service,
        SourceKind::ServiceEntry,
        SourceKind::WorkloadEntry,
        SourceKind::AuthorizationPolicy,
        SourceKind::KubernetesGateway,
        SourceKind::HttpRoute,
        SourceKind::GrpcRoute,
    ],
    codes: &["IST0171"],
    source: include_str!("conditions.rs"),
    run,
};

const BOUND: &[&str] = &["istio.io/WaypointBound"];
const ACCEPTED: &[&str] = &["ZtunnelAccepted", "WaypointAccepted"];
const ROUTE: &[&str] = &["Accepted", "Programmed", "ResolvedRefs"];

/// The conditions that must not be false, by kind.
const WATCHED: &[(SourceKind, &[&str])] = &[
    (SourceKind::Service, BOUND),
    (SourceKind::ServiceEntry, BOUND),
    (SourceKind::WorkloadEntry, BOUND),
    (SourceKind::AuthorizationPolicy, ACCEPTED),
    (SourceKind::KubernetesGateway, ROUTE),
    (SourceKind::HttpRoute, ROUTE),
    (SourceKind::GrpcRoute, ROUTE),
];

fn run(cx: &Context<'_>, out: &mut Out) {
    for (kind, watched) in WATCHED {
        for resource in cx.store.all(*kind) {
            for condition in conditions(*kind, resource.root()) {
                let [ty, status, reason, message] =
                    ["type", "status", "reason", "message"].map(|key| text(condition, &[key]));
                let is_partial = *kind == SourceKind::AuthorizationPolicy
                    && (ty, reason) == ("WaypointAccepted", "PartiallyInvalid");
                if watched.contains(&ty) && status == "False" || is_partial {
                    out.report(&NEGATIVE_CONDITION_STATUS, resource, &[&ty, &reason, &message]);
                }
            }
        }
    }
}

fn conditions(kind: SourceKind, root: Node<'_>) -> Vec<Node<'_>> {
    match kind {
        SourceKind::HttpRoute | SourceKind::GrpcRoute => {
            items(root, &["status", "parents"]).flat_map(|parent| items(parent, &["conditions"])).collect()
        }
        _ => items(root, &["status", "conditions"]).collect(),
    }
}
