//! What changes between two meshes, as people and gates see it.

#![expect(clippy::disallowed_methods, reason = "the test copies files and runs git")]

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{Folder, Ran, fixtures, meshproof};

/// The sample mesh as `old`, and a copy of it as `new` with texts replaced: file, before, after.
fn pair(name: &str, edits: &[(&str, &str, &str)]) -> Folder {
    let folder = Folder::new(name, &[]);
    for side in ["old", "new"] {
        let to = folder.0.join(side);
        std::fs::create_dir_all(&to).unwrap();
        for file in std::fs::read_dir(fixtures().join("shop")).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|end| end == "yaml") {
                std::fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
            }
        }
    }
    for (file, before, after) in edits {
        let path = folder.0.join("new").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(before), "{file} has no {before}");
        std::fs::write(&path, text.replacen(before, after, 1)).unwrap();
    }
    folder
}

fn diff(folder: &Folder, more: &[&str]) -> Ran {
    let ran = meshproof(&folder.0, &[&["diff", "old", "new"], more].concat(), b"");
    assert!(ran.err.is_empty(), "{}", ran.err);
    ran
}

fn json(folder: &Folder, more: &[&str]) -> Value {
    serde_json::from_str(&diff(folder, &[more, &["--output-format", "json"]].concat()).out).unwrap()
}

/// One more method for callers of checkout, other shares of the catalogue, and plain text for the namespace `pay`.
const EDITS: [(&str, &str, &str); 4] = [
    ("policies.yaml", "methods: [GET, POST]", "methods: [GET, POST, DELETE]"),
    (
        "policies.yaml",
        "namespace: pay\nspec:\n  mtls:\n    mode: STRICT",
        "namespace: pay\nspec:\n  mtls:\n    mode: PERMISSIVE",
    ),
    ("shop-routing.yaml", "weight: 80", "weight: 60"),
    ("shop-routing.yaml", "weight: 20", "weight: 40"),
];

fn seen(name: &str, folder: &Folder, more: &[&str]) {
    diff(folder, more).is_snapshot(name);
}

#[test]
fn a_change_is_told_in_every_form() {
    let folder = pair("diff-forms", &EDITS);
    seen("diff-full", &folder, &["--plan"]);
    seen("diff-markdown", &folder, &["--output-format", "markdown"]);
    let schema: Value = serde_json::from_str(&meshproof(&folder.0, &["schema", "diff"], b"").out).unwrap();
    let report = json(&folder, &["--plan"]);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    let text = serde_json::to_string(&report).unwrap();
    assert!(text.contains("new/policies.yaml:") && text.contains("old/policies.yaml:"), "{text}");
}

#[test]
fn what_means_the_same_is_no_difference() {
    let folder = pair("diff-same", &[]);
    assert_eq!(
        (diff(&folder, &[]).code, meshproof(&folder.0, &["diff", "old", "old"], b"").code),
        (Some(0), Some(0))
    );
    // Objects move to another file, a policy and a VirtualService get other names, and a list another order.
    let new = folder.0.join("new");
    let policies = std::fs::read_to_string(new.join("policies.yaml")).unwrap();
    let (first, last) = policies.split_once("---\n# The first version").unwrap();
    std::fs::write(new.join("policies-2.yaml"), last.split_once('\n').unwrap().1).unwrap();
    let first = first.replace(
        "name: checkout\n  namespace: pay\nspec:\n  selector",
        "name: pay-checkout\n  namespace: pay\nspec:\n  selector",
    );
    std::fs::write(new.join("policies.yaml"), first.replace("[GET, POST]", "[POST, GET]")).unwrap();
    let routes = std::fs::read_to_string(new.join("shop-routing.yaml")).unwrap();
    std::fs::write(new.join("shop-routing.yaml"), routes.replace("name: shop-public", "name: shop-front"))
        .unwrap();
    let ran = diff(&folder, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.out.contains("no difference"), "{}", ran.out);
}

/// Two ALLOW policies of one workload, by the paths of each.
fn two_policies(name: &str, old: [&str; 2], new: [&str; 2]) -> Folder {
    let folder = pair(name, &[]);
    let policy = |name: &str, path: &str| {
        format!(
            "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: till}}\n\
             spec: {{rules: [{{to: [{{operation: {{paths: [{path}]}}}}]}}]}}\n"
        )
    };
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: till, namespace: till}\nspec: {containers: [{name: a}, {name: istio-proxy}]}\n";
    for (side, [a, b]) in [("old", old), ("new", new)] {
        let text = format!("{pod}{}{}", policy("a", a), policy("b", b));
        std::fs::write(folder.0.join(side).join("till.yaml"), text).unwrap();
    }
    folder
}

#[test]
fn steps_between_the_ends_are_proved_or_refuted() {
    let access = |folder: &Folder| json(folder, &["--plan"])["plan"]["access"].clone();
    // A policy gets another name: while both stand nothing changes, while neither does everything is open.
    let renamed = pair("diff-renamed", &[]);
    let path = renamed.0.join("new/policies.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, after) = (
        "name: checkout\n  namespace: pay\nspec:\n  selector",
        "name: till\n  namespace: pay\nspec:\n  selector",
    );
    assert!(text.contains(before), "the sample mesh has another policy now");
    std::fs::write(&path, text.replace(before, after)).unwrap();
    let found = access(&renamed);
    assert_eq!(found["answer"], "safe", "{found}");
    let order: Vec<&str> =
        found["order"].as_array().unwrap().iter().map(|step| step.as_str().unwrap()).collect();
    let place = |step: &str| order.iter().position(|known| *known == step);
    let add = place("add AuthorizationPolicy pay/till");
    assert!(add.is_some() && add < place("remove AuthorizationPolicy pay/checkout"), "{found}");
    // What two policies admit is exchanged: whichever changes first, something is refused that both ends admit.
    let exchanged = access(&two_policies("diff-exchanged", ["/a", "/b"], ["/b", "/a"]));
    assert_eq!(exchanged["answer"], "unsafe", "{exchanged}");
    let effects: Vec<&str> =
        exchanged["strays"].as_array().unwrap().iter().map(|one| one["effect"].as_str().unwrap()).collect();
    assert_eq!(effects, ["lost", "lost"], "{exchanged}");
    // One of them may go first.
    let moved = access(&two_policies("diff-moved", ["/a", "/a"], ["/b", "/a"]));
    assert_eq!(moved, Value::Null, "one changed policy has no steps in between");
    let wider = access(&two_policies("diff-two", ["/a", "/b"], ["/c", "/d"]));
    assert_eq!(wider["answer"], "safe", "{wider}");
}

#[test]
fn gates_choose_what_fails() {
    let wider = pair("diff-wider", &[EDITS[0]]);
    let code = |folder: &Folder, what: &str| diff(folder, &["--fail-on", what]).code;
    assert_eq!(["gained", "lost", "any"].map(|what| code(&wider, what)), [Some(1), Some(0), Some(1)]);
    let narrower = pair("diff-narrower", &[("policies.yaml", "methods: [GET, POST]", "methods: [GET]")]);
    assert_eq!(["gained", "lost", "any"].map(|what| code(&narrower, what)), [Some(0), Some(1), Some(1)]);
    let routed = pair("diff-routed", &[EDITS[2]]);
    assert_eq!(["gained", "lost", "any"].map(|what| code(&routed, what)), [Some(0), Some(0), Some(1)]);
    assert_eq!(meshproof(&wider.0, &["diff", "old", "nowhere"], b"").code, Some(2));
}

#[test]
fn routes_are_compared_by_the_requests_that_they_take() {
    let swapped = [
        ("shop-routing.yaml", "exact: /products", "exact: /wares"),
        ("shop-routing.yaml", "timeout: 1s", "timeout: 2s"),
    ];
    let report = json(&pair("diff-routes", &swapped), &[]);
    let rows = report["routes"]["changed"].as_array().unwrap();
    let told: Vec<(String, String)> = rows
        .iter()
        .map(|row| {
            (
                row["requests"].as_str().unwrap().to_owned(),
                row["changes"][0]["new"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let has = |requests: &str, to: &str| told.iter().any(|(r, t)| r == requests && t.starts_with(to));
    assert!(has("any method, /products of shop.example.com", "storefront."), "{told:?}");
    assert!(has("any method, /wares of shop.example.com", "redirect 301"), "{told:?}");
    assert!(
        told.iter().any(|(requests, to)| requests.starts_with("any method, /cart*") && to == "2s"),
        "{told:?}"
    );
    assert_eq!(report["access"]["points"].as_array().unwrap().len(), 0);
}

fn git(folder: &Path, args: &[&str]) {
    let ran = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn revisions_are_read_from_git() {
    let folder = pair("diff-git", &[EDITS[0]]);
    let repo = folder.0.join("repo");
    std::fs::create_dir_all(repo.join("deploy")).unwrap();
    let file = repo.join("deploy/policies.yaml");
    for name in ["policies.yaml", "pay-workloads.yaml", "namespaces.yaml"] {
        std::fs::copy(folder.0.join("old").join(name), repo.join("deploy").join(name)).unwrap();
    }
    std::fs::write(repo.join(".gitignore"), "out.yaml\n").unwrap();
    git(&repo, &["init", "-q"]);
    git(&repo, &["add", "."]);
    git(&repo, &["commit", "-qm", "one"]);
    let run = |old: &str, new: &str| meshproof(&repo, &["diff", old, new], b"");
    assert_eq!(run("HEAD", ".").code, Some(0));
    std::fs::copy(folder.0.join("new/policies.yaml"), &file).unwrap();
    std::fs::write(repo.join("out.yaml"), "no yaml: [").unwrap();
    for (old, new) in [("HEAD", "."), ("HEAD:deploy", "deploy"), ("HEAD:deploy/", "./deploy")] {
        let ran = run(old, new);
        assert_eq!(ran.code, Some(1), "{old} {new}: {} {}", ran.out, ran.err);
        assert!(ran.out.contains("HEAD:deploy/policies.yaml:"), "{}", ran.out);
    }
    git(&repo, &["commit", "-qam", "two"]);
    assert_eq!((run("HEAD", ".").code, run("HEAD~1", "HEAD").code), (Some(0), Some(1)));
    let unknown = run("HEAD:elsewhere", ".");
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("has no `elsewhere`"), "{}", unknown.err);
    assert_eq!(run("no-such-revision", ".").code, Some(2));
}

#[test]
fn a_policy_that_is_for_nobody_is_not_the_same() {
    let folder = Folder::new("diff-unbound", &[]);
    let policy = |path: &str, label: &str| {
        format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: shop}}\n\
             spec: {{{label} rules: [{{to: [{{operation: {{paths: [{path}]}}}}]}}]}}\n"
        )
    };
    let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: w, namespace: shop, labels: {app: w}}\n\
               spec: {containers: [{name: a}, {name: istio-proxy}]}\n";
    let write = |label: &str, more: &str| {
        for (side, path) in [("old", "/a"), ("new", "/b")] {
            std::fs::create_dir_all(folder.0.join(side)).unwrap();
            let text = format!("{}{more}", policy(path, label));
            std::fs::write(folder.0.join(side).join("p.yaml"), text).unwrap();
        }
    };
    write("", "");
    let alone = diff(&folder, &[]);
    assert!(alone.out.contains("is for no workload of the input"), "{}", alone.out);
    assert_eq!(alone.code, Some(1));
    assert_eq!(json(&folder, &[])["access"]["unbound"][0]["object"], "AuthorizationPolicy shop/p");
    write("selector: {matchLabels: {app: other}},", pod);
    assert_eq!(diff(&folder, &["--fail-on", "gained"]).code, Some(1));
    write("selector: {matchLabels: {app: w}},", pod);
    assert_eq!(json(&folder, &[])["access"]["unbound"], serde_json::json!([]));
}
