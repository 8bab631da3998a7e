//! Invariants and built-in properties over a whole small mesh.
#![expect(clippy::indexing_slicing, reason = "functions of tests may fail as tests do")]

use mp_ir::base::FileId;
use mp_model::{Input, Workspace};
use mp_prove::{ALL, Date, Options, Report, Subject, Truth, parse_lines, verify};

const MESH: &str = "
apiVersion: v1
kind: Pod
metadata: {name: w, namespace: shop, labels: {app: w}}
spec: {containers: [{name: a, ports: [{containerPort: 8080}]}]}
status: {podIP: 10.20.0.5}
---
apiVersion: v1
kind: Service
metadata: {name: w, namespace: shop}
spec: {selector: {app: w}, ports: [{name: http, port: 8080}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: allow, namespace: shop}
spec:
  rules:
  - from: [{source: {namespaces: [web]}}]
    to: [{operation: {paths: [/api/*]}}]
  - to: [{operation: {paths: [healthz]}}]
";

fn report(extra: &str, invariants: &str) -> Report {
    let ws = Workspace::read(&[Input::new("in.yaml", &format!("{MESH}{extra}"))]);
    let mesh = mp_lower::facts(&ws, &mp_lower::FactOptions::default());
    let points = mp_lower::plan::security::enforcement_points(&mesh);
    let lower = mp_lower::plan::security::enforcement_points;
    let (invariants, bad) = parse_lines(FileId(9), invariants);
    assert_eq!(bad, Vec::new());
    let subject = Subject { mesh: &mesh, point: &points[0], lower };
    let options =
        Options { properties: ALL.to_vec(), today: Date::parse("2027-01-01"), ..Options::default() };
    verify(&points, &subject, &invariants, &options)
}

fn answer(report: &Report, name: &str) -> Vec<Truth> {
    report.verdicts.iter().filter(|v| v.name == name).map(|v| v.answer).collect()
}

#[test]
fn properties_are_proved_or_refuted() {
    let lines = "a: never from ns:web path /admin/**\nb: never from ns:web to shop/w GET /api/**\n\
                 c: some from ns:web GET /api/x\nd: only ns:web may path /api/**\ne: never at other/* path /api/**\n";
    let report = report("", lines);
    assert_eq!(report.internal, Vec::<String>::new());
    let one = |name: &str| answer(&report, name);
    assert_eq!(one("a"), [Truth::Holds]);
    assert_eq!(one("b"), [Truth::Violated]);
    assert_eq!(one("c"), [Truth::Holds]);
    assert_eq!(one("d"), [Truth::Holds]);
    assert_eq!(one("e"), [Truth::Unknown]);
    // A path without its slash matches nothing; the namespace rule keeps plain text out.
    assert_eq!(one("dead-rule"), [Truth::Holds, Truth::Violated]);
    assert_eq!(one("open-to-plaintext"), [Truth::Holds]);
    assert_eq!(one("allow-nothing"), [Truth::Holds]);
}

#[test]
fn the_near_miss_differs() {
    let deny = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: d, namespace: shop}\n\
                spec: {action: DENY, rules: [{to: [{operation: {paths: [/*]}}]}]}\n";
    let report = report(deny, "b: never from ns:web to shop/w GET /api/**\n");
    assert_eq!(answer(&report, "b"), [Truth::Holds]);
    assert_eq!(answer(&report, "allow-nothing"), [Truth::Violated]);
    assert_eq!(answer(&report, "shadowed-rule"), [Truth::Violated]);
    let proof = report.verdicts.iter().find(|v| v.name == "b").unwrap();
    assert!(proof.because.iter().any(|r| r.text.starts_with("ns[shop]-policy[d]")), "{:?}", proof.because);
}

/// Names of what is violated or undecided, for invariants alone.
fn remarks(invariants: &str) -> Vec<(String, &'static str)> {
    let mut out: Vec<(String, &'static str)> = report("", invariants)
        .verdicts
        .into_iter()
        .filter(|v| v.code.starts_with("MP70") && v.answer != Truth::Holds)
        .map(|v| (v.name, v.property))
        .collect();
    out.sort();
    out
}

#[test]
fn what_is_about_nothing_does_not_look_proved() {
    let lines = "a: never to shop/w port 9999\nb: never to shop/w path /admin/** path /x unless path /x unless path /admin/**\n\
                 c: never to shop/w path /admin/** assume from ns:a from ns:b\nd: never at other/* path /x\n\
                 e: never to shop/w path /admin/** assume from ns:a\nf: always from ns:web path /api/x without peer\n";
    let want = [
        // A sidecar passes on what comes to ports of no service.
        ("a", "invariant"),
        ("b", "vacuous-invariant"),
        ("c", "contradictory-assumptions"),
        ("d", "invariant-asked-nowhere"),
        ("f", "vacuous-invariant"),
    ];
    let got = remarks(lines);
    let got: Vec<(&str, &str)> = got.iter().map(|(name, what)| (name.as_str(), *what)).collect();
    assert_eq!(got, want);
}

#[test]
fn waivers_end_and_are_looked_at() {
    let never = "never from ns:web to shop/w GET /api/**";
    let lines = format!(
        "a: {never} waive path /api/** until 2027-01-01\nb: {never} waive path /api/** until 2026-12-31\n\
         c: {never} waive path /api/** until 2027-01-31 waive path /v2/** until 2027-01-31\n\
         d: {never} waive like a\ne: {never} waive like f\nf: {never} waive like e\n"
    );
    let want = [
        ("b", "expired-waiver"),
        ("b", "invariant"),
        ("c", "unused-waiver"),
        ("e", "circular-waivers"),
        ("e", "invariant"),
        ("f", "circular-waivers"),
        ("f", "invariant"),
    ];
    let got = remarks(&lines);
    let got: Vec<(&str, &str)> = got.iter().map(|(name, what)| (name.as_str(), *what)).collect();
    assert_eq!(got, want);
}

#[test]
fn the_world_can_be_closed() {
    // Nothing in the input runs as ns:web, so a closed world has nobody who could call.
    let open = report("", "a: never from ns:web path /api/x\n");
    let closed = report("", "a: never from ns:web path /api/x assume world=closed\n");
    assert_eq!((answer(&open, "a"), answer(&closed, "a")[0]), (vec![Truth::Violated], Truth::Holds));
}
