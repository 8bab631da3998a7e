//! Every rule of the webhook with a body that breaks it, the token that is to blame, and a near miss that is silent.

use mp_model::admission::{Claim, Complaint, Subject, claim, review_webhook};
use mp_model::{Input, Workspace};
use serde_json::Value;

const HEADS: &[(&str, &str)] = &[
    ("Telemetry", "telemetry.istio.io/v1"),
    ("WasmPlugin", "extensions.istio.io/v1alpha1"),
    ("TrafficExtension", "extensions.istio.io/v1alpha1"),
    ("PeerAuthentication", "security.istio.io/v1"),
    ("RequestAuthentication", "security.istio.io/v1"),
    ("AuthorizationPolicy", "security.istio.io/v1"),
    ("EnvoyFilter", "networking.istio.io/v1alpha3"),
    ("ProxyConfig", "networking.istio.io/v1beta1"),
];

/// What the webhook says of a body, without what it says of every object of the kind, each with its token.
fn said(kind: &str, body: &str) -> Vec<(Complaint, String)> {
    let of_mesh = kind.starts_with("Mesh");
    let version = HEADS.iter().find(|(known, _)| *known == kind).map_or("networking.istio.io/v1", |(_, v)| v);
    let text = match of_mesh {
        true => body.to_owned(),
        false => format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a, namespace: b}}\nspec: {body}\n"
        ),
    };
    let workspace = Workspace::read(&[Input::new("a.yaml", &text)]);
    let file = &workspace.files()[0];
    assert!(file.problems.is_empty(), "{text}: {:?}", file.problems);
    let (_, root) = file.roots().next().expect("a document");
    let subject = match (kind, claim(root)) {
        ("MeshConfig", _) => Subject::MeshConfig,
        ("MeshNetworks", _) => Subject::MeshNetworks,
        (_, Claim::Known(subject)) => subject,
        (_, other) => panic!("{kind}: {other:?}"),
    };
    let review = review_webhook(subject, root);
    let all = review.errors.into_iter().chain(review.warnings);
    all.filter(|c| c.topic != mp_model::admission::Topic::Kind)
        .map(|c| (c.clone(), workspace.sources().slice(c.span).to_owned()))
        .collect()
}

#[test]
fn each_rule_has_its_twins() {
    let mut wrong = Vec::new();
    for line in include_str!("webhook_twins.jsonl").lines() {
        let row: Value = serde_json::from_str(line).expect("JSON");
        let text = |key: &str| row[key].as_str().expect("text");
        let bad = said(text("kind"), text("bad"));
        let found = bad.iter().find(|(complaint, _)| complaint.message.contains(text("says")));
        match found {
            Some((_, token)) if token == text("at") => {}
            Some((_, token)) => wrong.push(format!("AT\t{}\t{}\t{}", text("kind"), text("bad"), token)),
            None => {
                wrong.push(format!("SAYS {} {} wants {}: {bad:?}", text("kind"), text("bad"), text("says")))
            }
        }
        let good = said(text("kind"), text("good"));
        if !good.is_empty() {
            wrong.push(format!("GOOD {} {}: {good:?}", text("kind"), text("good")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
