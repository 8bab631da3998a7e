//! # Token that is checked but not demanded
//!
//! A RequestAuthentication refuses requests with a bad token and lets requests without any token pass. Only an AuthorizationPolicy demands one, by
//! `requestPrincipals` or a condition on `request.auth`. No policy for these workloads does.
//!
//! This is the quick form, which looks for a policy that speaks of tokens. Whether the policies keep requests without a token out is what MP7202
//! (`meshproof verify`) proves.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: jwt, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   jwtRules:
//!   - issuer: https://id.example
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^ MP3003 without any token
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: jwt, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   jwtRules:
//!   - issuer: https://id.example
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: token, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - from: [{source: {notRequestPrincipals: ["*"]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: jwt, namespace: pay}
//! spec:
//!   selector: {matchLabels: {app: pay}}
//!   jwtRules:
//!   - issuer: https://id.example
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: group, namespace: pay}
//! spec:
//!   selector: {matchLabels: {version: v1}}
//!   rules:
//!   - when: [{key: "request.auth.claims[group]", values: [staff]}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{AuthorizationAction, AuthorizationPolicy, AuthorizationRule};

use crate::selection::may_meet;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3003",
    name: "token-not-required",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("token_not_required.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let root = cx.mesh.settings.root_namespace.as_str();
    for own in &cx.mesh.request_authentications {
        let home = own.meta.namespace();
        let meets = |policy: &AuthorizationPolicy| {
            let near = home == root || [home, root].contains(&policy.meta.namespace());
            // Which of its targets a policy shares is not looked into: one that may share some is enough.
            near && (!policy.targets.is_empty()
                || !own.targets.is_empty()
                || may_meet(&policy.selector, &own.selector))
        };
        let demanded =
            cx.mesh.authorization_policies.iter().any(|policy| asks_for_token(policy) && meets(policy));
        let Some(first) = own.rules.first().filter(|_| !demanded) else { continue };
        out.report(
            first.origin,
            &own.meta.object,
            "spec.jwtRules",
            "requests without any token are let in",
        )
        .label("a bad token is refused; no policy demands that there is one")
        .help("add a DENY policy for these workloads with `from: [{source: {notRequestPrincipals: [\"*\"]}}]`");
    }
}

/// Whether some rule looks at the token; a provider that is asked (`CUSTOM`) may look at it.
fn asks_for_token(policy: &AuthorizationPolicy) -> bool {
    let looks = |rule: &AuthorizationRule| {
        let of_source = |s: &mp_ir::mesh::Source| {
            !s.request_principals.is_empty() || !s.not_request_principals.is_empty()
        };
        rule.from.iter().any(of_source)
            || rule.when.iter().any(|when| when.key.value.starts_with("request.auth"))
    };
    matches!(policy.action, AuthorizationAction::Custom(_)) || policy.rules.iter().any(looks)
}
