//! The forty questions that people ask of policies, and what answers each: a built-in property, whose examples are tests of their own, or
//! an invariant, with a mesh that keeps it and one that does not.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "functions of tests may fail as tests do")]

use std::collections::BTreeMap;

use mp_ir::base::FileId;
use mp_ir::mesh::Mesh;
use mp_ir::plan::EnforcementPoint;
use mp_model::{Input, Workspace};
use mp_prove::{Baseline, Options, Subject, Truth, find, parse_lines, verify};

/// What answers a question.
enum By {
    BuiltIn(&'static str),
    /// An invariant, the rules of a policy under which it is violated, and those under which it holds.
    Invariant(&'static str, &'static str, &'static str),
}
use By::{BuiltIn, Invariant};

/// The rules that invariants compare with.
const OLD: &str = "[{from: [{source: {namespaces: [web]}}], to: [{operation: {paths: [/api/*]}}]}]";
const WIDER: &str = "[{from: [{source: {namespaces: [web, job]}}], to: [{operation: {paths: [/api/*]}}]}]";
const NARROWER: &str = "[{from: [{source: {namespaces: [web]}}], to: [{operation: {paths: [/api/x]}}]}]";
const SPLIT: &str = "[{from: [{source: {principals: ['*/ns/nobody/sa/x'], notPrincipals: ['*']}}, {source: {namespaces: [web]}}], to: [{operation: {paths: [/api/*]}}]}]";

const QUESTIONS: [(&str, By); 40] = [
    ("1 dead rule", BuiltIn("dead-rule")),
    ("2 useless value", BuiltIn("redundant-value")),
    ("3 shadowed ALLOW rule", BuiltIn("shadowed-rule")),
    ("4 redundant ALLOW rule", BuiltIn("redundant-rule")),
    ("5 inert DENY rule", BuiltIn("inert-deny")),
    ("6 allow nothing by accident", BuiltIn("allow-nothing")),
    ("7 allow all by accident", BuiltIn("tautological-rule")),
    ("8 tautology of nots", BuiltIn("tautological-rule")),
    ("9 open to callers without identity", BuiltIn("open-to-plaintext")),
    ("10 open without a token", BuiltIn("open-without-token")),
    ("11 token missing on a sibling", BuiltIn("token-missing-on-sibling")),
    ("12 claim that no token has", BuiltIn("dead-rule")),
    ("13 new access", Invariant("no-new since old", WIDER, OLD)),
    ("14 lost access", Invariant("no-lost since old", NARROWER, OLD)),
    ("15 refactoring", Invariant("same since old", WIDER, SPLIT)),
    ("16 wider, narrower, or neither", Invariant("no-lost since old", NARROWER, WIDER)),
    // A cell of the matrix is all, some or none: `always`, `some`, `never`.
    ("17 who reaches what", Invariant("some from ns:job to shop/w GET /api/x", OLD, WIDER)),
    ("18 forbidden reach", Invariant("never from ns:job to shop/w path /api/**", WIDER, OLD)),
    ("19 guaranteed reach", Invariant("always from ns:web to shop/w path /api/y", NARROWER, OLD)),
    ("20 exposure of an action", Invariant("never to shop/w path /api/y", OLD, NARROWER)),
    ("21 public access", BuiltIn("public-access")),
    // What was seen in logs are the exceptions; what is left over is access that nobody uses.
    ("22 least privilege", Invariant("never to shop/w unless from ns:web path /api/x", OLD, NARROWER)),
    ("23 another spelling of a path", BuiltIn("normalization-bypass")),
    ("24 gap of a template", BuiltIn("template-gap")),
    ("25 confused host", BuiltIn("host-port-bypass")),
    ("26 server name and host", BuiltIn("server-name-fronting")),
    ("27 identity dropped", BuiltIn("plaintext-drop")),
    ("28 one more header line", BuiltIn("header-laundering")),
    ("29 trust in X-Forwarded-For", BuiltIn("xff-trust")),
    ("30 HTTP rule where there is none", BuiltIn("l7-rule-on-tcp")),
    ("31 sidecar and ambient", Invariant("same since old", "ambient", OLD)),
    ("32 past the waypoint", BuiltIn("waypoint-bypass")),
    ("33 upgrade", BuiltIn("upgrade-difference")),
    ("34 foreign trust domain", BuiltIn("trust-domain-alias")),
    ("35 stray dash", BuiltIn("stray-dash")),
    ("36 dry run", BuiltIn("dry-run-preview")),
    ("37 past the external authoriser", BuiltIn("custom-coverage")),
    ("38 gateway and workload", BuiltIn("gateway-route-refused")),
    ("39 policy that binds nothing", BuiltIn("unbound-policy")),
    ("40 value that never matches", BuiltIn("never-matching-value")),
];

fn text(rules: &str) -> String {
    let ambient = rules == "ambient";
    let rules = if ambient { OLD } else { rules };
    let plane = if ambient { "ambient" } else { "none" };
    format!(
        "apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{istio.io/dataplane-mode: {plane}}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: w, namespace: shop, labels: {{app: w}}}}
spec: {{containers: [{{name: a, ports: [{{containerPort: 8080}}]}}]}}
status: {{podIP: 10.20.0.5}}
---
apiVersion: v1
kind: Service
metadata: {{name: w, namespace: shop}}
spec: {{selector: {{app: w}}, ports: [{{name: http, port: 8080}}]}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: allow, namespace: shop}}
spec: {{rules: {rules}}}
"
    )
}

fn mesh(rules: &str) -> (Mesh, Vec<EnforcementPoint>) {
    let workspace = Workspace::read(&[Input::new("in.yaml", &text(rules))]);
    let mesh = mp_lower::facts(&workspace, &mp_lower::FactOptions::default());
    let points = mp_lower::plan::security::enforcement_points(&mesh);
    (mesh, points)
}

fn answer(invariant: &str, rules: &str) -> Truth {
    let (invariants, bad) = parse_lines(FileId(9), &format!("i: {invariant}\n"));
    assert_eq!(bad, Vec::new(), "{invariant}");
    let (mesh_now, points) = mesh(rules);
    let lower = mp_lower::plan::security::enforcement_points;
    let subject = Subject { mesh: &mesh_now, point: &points[0], lower };
    // 16 and the others compare with the mesh before the change.
    let (old, old_points) = mesh(OLD);
    let baselines = BTreeMap::from([("old".to_owned(), Baseline { mesh: old, points: old_points })]);
    let report = verify(&points, &subject, &invariants, &Options { baselines, ..Options::default() });
    assert_eq!(report.internal, Vec::<String>::new());
    report.verdicts.iter().find(|verdict| verdict.name == "i").unwrap().answer
}

#[test]
fn each_question_has_an_answer_and_a_near_miss() {
    for (question, by) in &QUESTIONS {
        match by {
            BuiltIn(name) => assert!(find(name).is_some(), "{question}: there is no `{name}`"),
            Invariant(line, bad, good) => {
                assert_eq!(answer(line, bad), Truth::Violated, "{question}: {line} under {bad}");
                assert_eq!(answer(line, good), Truth::Holds, "{question}: {line} under {good}");
            }
        }
    }
}

#[test]
fn the_questions_are_numbered() {
    let numbers = QUESTIONS.iter().map(|(question, _)| question.split(' ').next().unwrap().parse().unwrap());
    assert_eq!(numbers.collect::<Vec<usize>>(), (1..=40).collect::<Vec<_>>());
}
