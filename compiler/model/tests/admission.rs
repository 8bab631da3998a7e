//! Documents and what the API server said of them, word for word.

use mp_model::admission::{Claim, Layer, Review, claim, review};
use mp_model::{Input, Workspace};
use serde_json::Value;

fn reviewed(doc: &str) -> (Workspace, Review) {
    let workspace = Workspace::read(&[Input::new("a.yaml", doc)]);
    let file = workspace.files()[0].clone();
    let (_, root) = file.roots().next().expect("a document");
    let Claim::Known(subject) = claim(root) else { panic!("not ours: {doc}") };
    let review = review(subject, root);
    (workspace, review)
}

fn of_the_crd(review: &Review) -> Vec<(&str, &str)> {
    let own = review.errors.iter().filter(|e| matches!(e.layer, Layer::Crd | Layer::UnknownField));
    own.map(|e| (e.path.as_str(), e.message.as_str())).collect()
}

#[test]
fn recorded_answers() {
    for line in include_str!("admission.jsonl").lines() {
        let row: Value = serde_json::from_str(line).expect("JSON");
        let (_, review) = reviewed(row["doc"].as_str().expect("text"));
        let said: Vec<&str> = of_the_crd(&review).iter().map(|(_, message)| *message).collect();
        assert_eq!(said, Vec::from_iter(row["says"].as_str()), "{}", row["id"]);
    }
}

const HEAD: &str = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec:\n";

/// The span of a complaint is the token that its path names.
#[test]
fn spans_lie_on_the_token() {
    let at = |body: &str| {
        let doc = format!("{HEAD}{body}");
        let (workspace, review) = reviewed(&doc);
        let error = review
            .errors
            .iter()
            .find(|e| matches!(e.layer, Layer::Crd | Layer::UnknownField))
            .expect("an error");
        (error.path.clone(), workspace.sources().slice(error.span).to_owned())
    };
    assert_eq!(at("  hosts: shop\n"), ("spec.hosts".to_owned(), "shop".to_owned()));
    assert_eq!(
        at("  hosts: [a]\n  http:\n  - retrys: {}\n"),
        ("spec.http[0].retrys".to_owned(), "retrys".to_owned())
    );
    assert_eq!(at("  http:\n  - timeout: 5ns\n"), ("spec.http[0].timeout".to_owned(), "5ns".to_owned()));
    assert_eq!(
        at("  http:\n  - route:\n    - destination: {port: {number: 1}}\n"),
        ("spec.http[0].route[0].destination.host".to_owned(), "destination".to_owned())
    );
    assert_eq!(at("  tcp:\n  - &a\n    match: 1\n"), ("spec.tcp[0].match".to_owned(), "1".to_owned()));
}

/// What a template masks is unknown: neither the value nor what may stand beside it is judged.
#[test]
fn masked_values_are_no_mistakes() {
    let good = "  hosts: {{ .Values.hosts }}\n  http:\n  - timeout: {{ .Values.timeout }}\n    route:\n    - destination:\n        {{- include \"x\" . | nindent 8 }}\n";
    let (_, review) = reviewed(&format!("{HEAD}{good}"));
    assert_eq!(of_the_crd(&review), []);
    let bad = "  hosts: {{ .Values.hosts }}\n  http:\n  - timeout: {{ .Values.timeout }}\n    retries: 3\n";
    let (_, review) = reviewed(&format!("{HEAD}{bad}"));
    assert_eq!(
        of_the_crd(&review).iter().map(|(path, _)| *path).collect::<Vec<_>>(),
        ["spec.http[0].retries"]
    );
}

/// A list that a template may lengthen has no size, and a rule about it no answer unless one item decides.
#[test]
fn rules_over_lists_with_gaps() {
    let route = |rest: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: a}}\nspec:\n  hostnames:\n  - a.example\n  rules:\n  - filters:\n{rest}"
        )
    };
    let two = "    - type: RequestRedirect\n      requestRedirect: {scheme: https}\n    - type: URLRewrite\n      urlRewrite: {hostname: a}\n";
    let masked = format!("{two}    {{{{- toYaml .Values.more | nindent 4 }}}}\n");
    for filters in [two, masked.as_str()] {
        let doc = route(filters);
        let (_, review) = reviewed(&doc);
        let found = of_the_crd(&review);
        assert!(found.iter().any(|(path, _)| *path == "spec.rules[0].filters"), "{found:?} in {filters}");
    }
    let one = "    - type: URLRewrite\n      {{- toYaml .Values.rewrite | nindent 6 }}\n";
    let doc = route(one);
    assert_eq!(of_the_crd(&reviewed(&doc).1), []);
}

/// Hostile sizes end in an answer.
#[test]
fn the_budget_bounds_the_work() {
    let ports: String =
        (0..20_000).map(|n| format!("  - {{number: {n}, name: a{n}, protocol: TCP}}\n")).collect();
    let doc = format!(
        "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: a}}\nspec:\n  hosts: [a.example]\n  ports:\n{ports}"
    );
    let (_, review) = reviewed(&doc);
    assert_eq!(of_the_crd(&review)[0].1, "spec.ports: Too many: 20000: must have at most 256 items");
    let keys: String = (0..60_000).map(|n| format!("      k{n}: v\n")).collect();
    let doc = format!(
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: a}}\nspec:\n  workloadSelector:\n    labels:\n{keys}"
    );
    let _ = reviewed(&doc);
}
