//! RequestAuthentication: which tokens are believed (`pilot/pkg/model/authentication.go`).

use mp_ir::base::{At, Origin};
use mp_ir::mesh::{ClaimHeader, JwtHeader, JwtRule, Labels, Mesh, RequestAuthentication, TargetRef};
use mp_model::node::{FromNode, Node, Value, field};
use mp_model::{DurationValue, Kind, Workspace};

use super::{by_age, meta};
use crate::{FactOptions, KeySet};

/// Reads all of them, oldest first. Rules without keys of their own take those that were given for their issuer.
pub(crate) fn read(ws: &Workspace, options: &FactOptions, mesh: &mut Mesh) {
    for object in ws.of_kind(Kind::RequestAuthentication) {
        let mut out = RequestAuthentication { meta: meta(object), ..RequestAuthentication::default() };
        if let Some(spec) = ws.root(object).and_then(|root| root.get("spec")) {
            out.selector = label_map(spec);
            out.selector_origin = selector_place(spec);
            out.targets = target_refs(spec);
            out.rules =
                field(spec, "jwtRules", "jwt_rules").into_iter().flat_map(Node::items).map(rule).collect();
        }
        mesh.request_authentications.push(out);
    }
    mesh.request_authentications.sort_by(|a, b| by_age(&a.meta, &b.meta));
    let rules = mesh.request_authentications.iter_mut().flat_map(|all| &mut all.rules);
    for rule in rules.filter(|rule| rule.jwks.is_empty()) {
        if let Some(keys) = keys_of(&options.key_sets, &rule.issuer.value) {
            keys.clone_into(&mut rule.jwks);
        }
    }
}

/// The keys given for an issuer, else those given for all.
fn keys_of<'k>(sets: &'k [KeySet], issuer: &str) -> Option<&'k str> {
    let named = sets.iter().find(|set| set.issuer.as_deref() == Some(issuer));
    named.or_else(|| sets.iter().find(|set| set.issuer.is_none())).map(|set| set.keys.as_str())
}

fn rule(node: Node<'_>) -> JwtRule {
    let scalar = |json: &str, proto: &str| field(node, json, proto).map(text).unwrap_or_default();
    let items = |json: &str, proto: &str| field(node, json, proto).into_iter().flat_map(Node::items);
    let texts = |json: &str, proto: &str| items(json, proto).map(text).collect();
    let part = |item: Node<'_>, name: &str| field(item, name, name).map(text).unwrap_or_default();
    let issuer = field(node, "issuer", "issuer");
    JwtRule {
        issuer: At {
            value: issuer.map(text).unwrap_or_default(),
            origin: Some(issuer.map_or(node.span(), Node::span)),
        },
        audiences: texts("audiences", "audiences"),
        jwks_uri: field(node, "jwksUri", "jwks_uri")
            .or_else(|| node.get("jwks_uri"))
            .map(text)
            .unwrap_or_default(),
        jwks: scalar("jwks", "jwks"),
        from_headers: items("fromHeaders", "from_headers")
            .map(|item| JwtHeader { name: part(item, "name"), prefix: part(item, "prefix") })
            .collect(),
        from_params: texts("fromParams", "from_params"),
        from_cookies: texts("fromCookies", "from_cookies"),
        output_payload_to_header: scalar("outputPayloadToHeader", "output_payload_to_header"),
        forward_original_token: field(node, "forwardOriginalToken", "forward_original_token")
            .and_then(bool::from_node)
            .unwrap_or(false),
        output_claim_to_headers: items("outputClaimToHeaders", "output_claim_to_headers")
            .map(|item| ClaimHeader { header: part(item, "header"), claim: part(item, "claim") })
            .collect(),
        timeout: field(node, "timeout", "timeout").and_then(DurationValue::from_node).map(|d| d.nanos),
        space_delimited_claims: texts("spaceDelimitedClaims", "space_delimited_claims"),
        origin: Some(node.span()),
    }
}

/// Where the labels of the selector stand.
pub(super) fn selector_place(spec: Node<'_>) -> Origin {
    let selector = field(spec, "selector", "selector")?;
    Some(field(selector, "matchLabels", "match_labels").unwrap_or(selector).span())
}

/// `selector.matchLabels`.
pub(super) fn label_map(spec: Node<'_>) -> Labels {
    let labels = field(spec, "selector", "selector").and_then(|s| field(s, "matchLabels", "match_labels"));
    let entries = labels.into_iter().flat_map(Node::entries);
    entries.filter_map(|(key, value)| Some((key.as_str()?.to_owned(), text(value)))).collect()
}

/// `targetRefs`, or the older `targetRef` where there are none (`model.GetTargetRefs`).
pub(super) fn target_refs(spec: Node<'_>) -> Vec<TargetRef> {
    let target = |node: Node<'_>| {
        let part = |name: &str| field(node, name, name).map(text).unwrap_or_default();
        TargetRef {
            group: part("group"),
            kind: part("kind"),
            name: part("name"),
            namespace: part("namespace"),
            origin: Some(node.span()),
        }
    };
    let several: Vec<TargetRef> =
        field(spec, "targetRefs", "target_refs").into_iter().flat_map(Node::items).map(target).collect();
    if several.is_empty() {
        field(spec, "targetRef", "target_ref").map(target).into_iter().collect()
    } else {
        several
    }
}

/// The text of a scalar; numbers and Booleans as they would be written.
pub(super) fn text(node: Node<'_>) -> String {
    match node.value() {
        Value::Str(s) => s.to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Uint(n) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Float(f) => f.to_string(),
        _ => String::new(),
    }
}
