//! Pairs of meshes and the order in which their differences may be applied.

use mp_model::{Input, Workspace};

use super::*;
use crate::FactOptions;

fn mesh(text: &str) -> Mesh {
    crate::facts(&Workspace::read(&[Input::new("in.yaml", text)]), &FactOptions::default())
}

fn step(action: Action, kind: &str, name: &str) -> Step {
    let object = ObjectRef { kind: kind.to_owned(), namespace: "shop".to_owned(), name: name.to_owned() };
    Step { object, action }
}

/// The waves by names of objects.
fn waves_of(old: &str, new: &str, steps: &[Step]) -> Vec<Vec<String>> {
    let order = order(&mesh(old), &mesh(new), steps);
    assert_eq!(order.cycles, Vec::<Vec<Edge>>::new());
    let name = |at: &usize| steps[*at].object.name.clone();
    order.waves.iter().map(|wave| wave.iter().map(name).collect()).collect()
}

fn object(api: &str, kind: &str, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n---\n"
    )
}

fn service() -> String {
    object("v1", "Service", "cart", "{selector: {app: cart}, ports: [{name: http, port: 80}]}")
}

fn rule(subsets: &[&str]) -> String {
    let all: Vec<String> =
        subsets.iter().map(|s| format!("{{name: {s}, labels: {{version: {s}}}}}")).collect();
    object(
        "networking.istio.io/v1",
        "DestinationRule",
        "cart-rule",
        &format!("{{host: cart, subsets: [{}]}}", all.join(", ")),
    )
}

fn routes(subset: &str) -> String {
    let spec =
        format!("{{hosts: [cart], http: [{{route: [{{destination: {{host: cart, subset: {subset}}}}}]}}]}}");
    object("networking.istio.io/v1", "VirtualService", "cart-routes", &spec)
}

fn authorization(name: &str, action: &str, rule: &str) -> String {
    object(
        "security.istio.io/v1",
        "AuthorizationPolicy",
        name,
        &format!("{{action: {action}, rules: [{rule}]}}"),
    )
}

#[test]
fn subsets_come_before_routes_and_go_after_them() {
    let (one, two) = (service() + &rule(&["v1"]) + &routes("v1"), service() + &rule(&["v2"]) + &routes("v2"));
    let both = service() + &rule(&["v1", "v2"]) + &routes("v2");
    let steps = [
        step(Action::Change, "VirtualService", "cart-routes"),
        step(Action::Change, "DestinationRule", "cart-rule"),
    ];
    assert_eq!(waves_of(&one, &both, &steps), [["cart-rule"], ["cart-routes"]]);
    let steps_back = [
        step(Action::Change, "DestinationRule", "cart-rule"),
        step(Action::Change, "VirtualService", "cart-routes"),
    ];
    assert_eq!(waves_of(&both, &one, &steps_back), [["cart-routes"], ["cart-rule"]]);
    // The subset in use goes and the new one comes in one object: no order is safe.
    let order = order(&mesh(&one), &mesh(&two), &steps);
    assert_eq!(order.cycles.len(), 1, "{order:?}");
    assert_eq!(order.waves.concat().len(), 2);
}

#[test]
fn what_refuses_comes_before_what_opens() {
    let old = authorization("open", "ALLOW", "{to: [{operation: {paths: [/a]}}]}");
    let new = authorization("open", "ALLOW", "{}")
        + &authorization("deny", "DENY", "{to: [{operation: {paths: [/b]}}]}");
    let steps = [
        step(Action::Change, "AuthorizationPolicy", "open"),
        step(Action::Add, "AuthorizationPolicy", "deny"),
    ];
    assert_eq!(waves_of(&old, &new, &steps), [["deny"], ["open"]]);
    let back = [
        step(Action::Change, "AuthorizationPolicy", "open"),
        step(Action::Remove, "AuthorizationPolicy", "deny"),
    ];
    assert_eq!(waves_of(&new, &old, &back), [["open"], ["deny"]]);
}

#[test]
fn callers_show_who_they_are_before_it_is_demanded() {
    let tls = |mode: &str| {
        object(
            "networking.istio.io/v1",
            "DestinationRule",
            "plain",
            &format!("{{host: cart, trafficPolicy: {{tls: {{mode: {mode}}}}}}}"),
        )
    };
    let demand = |mode: &str| {
        object("security.istio.io/v1", "PeerAuthentication", "mode", &format!("{{mtls: {{mode: {mode}}}}}"))
    };
    let (old, new) = (tls("DISABLE") + &demand("PERMISSIVE"), tls("ISTIO_MUTUAL") + &demand("STRICT"));
    let steps = [
        step(Action::Change, "PeerAuthentication", "mode"),
        step(Action::Change, "DestinationRule", "plain"),
    ];
    assert_eq!(waves_of(&old, &new, &steps), [["plain"], ["mode"]]);
    assert_eq!(waves_of(&new, &old, &steps), [["mode"], ["plain"]]);
}

#[test]
fn what_does_not_meet_does_not_wait() {
    let steps = [
        step(Action::Add, "VirtualService", "cart-routes"),
        step(Action::Add, "AuthorizationPolicy", "deny"),
    ];
    let new = service() + &routes("v1") + &authorization("deny", "DENY", "{}");
    assert_eq!(waves_of(&service(), &new, &steps), [["cart-routes", "deny"]]);
}
