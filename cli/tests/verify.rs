//! Proofs: forms of the report, places of mistakes, waivers, baselines, and exit codes.

mod support;

use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Folder, fixtures, meshproof};

const MESH: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, sidecar.istio.io/inject: \"true\"}}
    spec: {containers: [{name: a, image: a, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 8080}]}
";
const POLICY: &str = "---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: api, namespace: shop}
spec:
  rules:
  - from: [{source: {namespaces: [web]}}]
    to: [{operation: {paths: [/api/*]}}]
";

fn folder(name: &str, policy: &str, invariants: &str) -> Folder {
    let mesh = format!("{MESH}{policy}");
    Folder::new(name, &[("mesh.yaml", mesh.as_bytes()), ("a.inv", invariants.as_bytes())])
}

#[test]
fn a_repository_without_pods_is_looked_at() {
    let folder = folder("templates", POLICY, "a: never from ns:other to shop/web path /api/**\n");
    let ran = meshproof(&folder.0, &["verify", ".", "--builtin", "none"], b"");
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.starts_with("proved   a  at shop/web\n"), "{}", ran.out);
}

#[test]
fn what_answers_rest_on_is_told() {
    let unlabelled = MESH.replace(", sidecar.istio.io/inject: \"true\"", "");
    let run = |mesh: &str, form: &str| {
        let folder = Folder::new(form, &[("mesh.yaml", format!("{mesh}{POLICY}").as_bytes())]);
        meshproof(&folder.0, &["verify", ".", "--builtin", "none", "--output-format", form], b"").out
    };
    let told = "assumed  Namespace shop: it is not in the input, so its workloads are taken to have sidecars  (mesh.yaml:3:18)\n";
    assert!(run(&unlabelled, "full").contains(told), "{}", run(&unlabelled, "full"));
    assert!(!run(MESH, "full").contains("assumed"));
    let json = |mesh| serde_json::from_str::<Value>(&run(mesh, "json")).unwrap()["assumptions"].clone();
    assert_eq!(json(&unlabelled)[0]["at"], "mesh.yaml:3:18");
    assert_eq!(json(MESH), Value::Array(Vec::new()));
    let outside = MESH.replace("\"true\"", "\"false\"");
    assert!(run(&outside, "full").starts_with("nothing was asked: "), "{}", run(&outside, "full"));
}

/// Kustomizations put other labels on what the files say.
#[test]
fn files_of_kustomizations_are_told_from_what_becomes_of_them() {
    let stray =
        format!("{MESH}{}", POLICY.replace("  rules:", "  selector: {matchLabels: {app: wep}}\n  rules:"));
    let run = |text: &str| {
        let files: [(&str, &[u8]); 2] =
            [("mesh.yaml", stray.as_bytes()), ("kustomization.yaml", text.as_bytes())];
        let folder = Folder::new("kustomized", &files);
        meshproof(&folder.0, &["verify", ".", "--builtin", "unbound-policy"], b"").out
    };
    let open = run("resources: [mesh.yaml]\nnamePrefix: a-\n");
    assert!(open.contains("a kustomization is not rendered") && !open.contains("unbound-policy"), "{open}");
    let plain = run("resources: [mesh.yaml]\n");
    assert!(!plain.contains("rendered") && plain.contains("unbound-policy"), "{plain}");
}

#[test]
fn what_is_no_invariant_has_its_place_and_the_nearest_word() {
    let yaml = "---\napiVersion: meshproof.dev/v1alpha1\nkind: Invariant\nmetadata: {name: b}\nspec:\n  nevr: {}\n---\n\
                apiVersion: meshproof.dev/v1alpha1\nkind: Invariant\nmetadata: {name: c}\nspec:\n  never:\n    to: {paths: [admin]}\n";
    let folder = folder("words", &format!("{POLICY}{yaml}"), "a: never form any\n");
    let ran = meshproof(&folder.0, &["verify", ".", "--output-format", "concise"], b"");
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    for place in ["a.inv:1:10", "mesh.yaml:27:3", "mesh.yaml:34:18"] {
        assert!(ran.out.contains(place), "{place} in {}", ran.out);
    }
    let full = meshproof(&folder.0, &["verify", "."], b"");
    for help in ["did you mean `from`?", "did you mean `never`?", "MP7001"] {
        assert!(full.out.contains(help), "{help} in {}", full.out);
    }
}

#[test]
fn waivers_depend_on_the_day_alone() {
    let line = "a: never to shop/web GET /api/** waive from ns:web until 2027-01-31\n";
    let folder = folder("waivers", POLICY, line);
    let on = |day: &str| meshproof(&folder.0, &["verify", ".", "--builtin", "none", "--today", day], b"");
    assert_eq!(on("2027-01-31").code, Some(0), "{}", on("2027-01-31").out);
    let later = on("2027-02-01");
    assert_eq!(later.code, Some(1));
    assert!(later.out.contains("expired-waiver") && later.out.contains("REFUTED  a"), "{}", later.out);
    assert_eq!(on("tomorrow").code, Some(2));
}

#[test]
fn a_baseline_shows_what_was_gained_and_lost() {
    let wider = POLICY.replace("[/api/*]", "[/api/*, /admin]");
    let lines = "g: no-new\nl: no-lost\ne: no-new except to shop/web path /admin\n";
    let new = folder("baseline-new", &wider, lines);
    let old = folder("baseline-old", POLICY, "");
    let old = old.0.to_string_lossy().into_owned();
    let ran = meshproof(&new.0, &["verify", ".", "--builtin", "none", "--baseline-mesh", &old], b"");
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    for line in
        ["REFUTED  g  at shop/web", "proved   l  at shop/web", "proved   e  at shop/web", "GET /admin of"]
    {
        assert!(ran.out.contains(line), "{line} in {}", ran.out);
    }
    let without = meshproof(&new.0, &["verify", ".", "--builtin", "none"], b"");
    assert_eq!(without.code, Some(1));
    assert!(without.out.contains("--baseline-mesh"), "{}", without.out);
}

#[test]
fn the_forms_of_check_are_there() {
    let sarif = meshproof(&fixtures(), &["verify", "shop-broken", "--output-format", "sarif"], b"");
    let log: Value = serde_json::from_str(&sarif.out).unwrap();
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["id"] == "MP7101"));
    let results = run["results"].as_array().unwrap();
    let broken = results.iter().find(|result| result["ruleId"] == "MP7002").unwrap();
    let place = &broken["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, "shop-broken/shop.inv");
    let github = meshproof(&fixtures(), &["verify", "shop-broken", "--output-format", "github"], b"");
    assert!(github.out.contains("::error file=shop-broken/shop.inv,line=2"), "{}", github.out);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let run = |jobs: &str| {
        meshproof(&fixtures(), &["verify", "shop-broken", "--output-format", "json", "--jobs", jobs], b"")
    };
    assert_eq!(run("1").out, run("2").out);
}

#[test]
fn properties_are_chosen_and_explained() {
    let list = meshproof(&fixtures(), &["verify", "--list"], b"");
    assert!(list.out.contains("MP7101 warning dead-rule") && list.out.starts_with("rules\n"), "{}", list.out);
    let typo = meshproof(&fixtures(), &["verify", "shop", "--builtin", "ded-rule"], b"");
    assert_eq!(typo.code, Some(2));
    assert!(typo.err.contains("did you mean `dead-rule`?"), "{}", typo.err);
    let group = meshproof(
        &fixtures(),
        &["verify", "shop", "--builtin", "rules,MP72", "--output-format", "json"],
        b"",
    );
    let report: Value = serde_json::from_str(&group.out).unwrap();
    let codes = report["verdicts"].as_array().unwrap().iter().map(|v| v["code"].as_str().unwrap());
    assert!(codes.filter(|code| code.starts_with("MP73") || code.starts_with("MP74")).count() == 0);
    let explained = meshproof(&fixtures(), &["explain", "dead-rule"], b"");
    assert!(explained.out.starts_with("MP7101 dead-rule (warning)\n\n# Dead rule\n"), "{}", explained.out);
}

/// Policies with a question that takes very long.
fn hard(name: &str) -> Folder {
    // Eleven headers need a value each of ten, and no two may have the same: nobody gets in, which takes very long to prove.
    let value =
        |header: usize, values: &str| format!("{{key: 'request.headers[h{header}]', values: [{values}]}}");
    let any = (0..10).map(|at| format!("'{at}'")).collect::<Vec<_>>().join(", ");
    let each = (0..11).map(|header| value(header, &any)).collect::<Vec<_>>().join(", ");
    let pairs = (0..11).flat_map(|one| (0..one).map(move |other| (one, other)));
    let same = |(one, other): (usize, usize)| {
        (0..10).map(move |at| {
            format!("{{when: [{}, {}]}}", value(one, &format!("'{at}'")), value(other, &format!("'{at}'")))
        })
    };
    let twice = pairs.flat_map(same).collect::<Vec<_>>().join(", ");
    let policy = |name: &str, action: &str, rules: &str| {
        format!(
            "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{action: {action}, rules: [{rules}]}}\n"
        )
    };
    let policies = policy("allow", "ALLOW", &format!("{{when: [{each}]}}")) + &policy("deny", "DENY", &twice);
    folder(name, &policies, "a: never from ns:other to shop/web\n")
}

/// What the solver has no time for is not decided, and the report names what was hard.
#[test]
fn a_check_that_takes_too_long_leaves_the_question_open() {
    let folder = hard("time");
    let limited = meshproof(&folder.0, &["verify", ".", "--builtin", "none", "--timeout", "1"], b"");
    assert_eq!(limited.code, Some(1), "{}{}", limited.out, limited.err);
    assert!(limited.out.contains("the solver gave up on"), "{}", limited.out);
}

/// An interrupt ends the program, whatever the solver is doing.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_ends_it() {
    use std::os::unix::process::ExitStatusExt as _;
    let folder = hard("interrupt");
    // Whoever runs the tests may ignore interrupts, and what it starts would, too.
    let mut program = Command::new("env");
    program.args(["--default-signal=INT", env!("CARGO_BIN_EXE_meshproof")]);
    program.current_dir(&folder.0).args(["verify", ".", "--builtin", "none", "--timeout", "0"]);
    let mut running = program.stdout(Stdio::null()).spawn().unwrap();
    // Where this comes before the solver has begun, it ends the program all the more.
    std::thread::sleep(std::time::Duration::from_secs(1));
    let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(running.wait().unwrap().signal(), Some(2));
}

/// What of a policy comes from elsewhere, and where that stands; no place where it matters to nobody.
const HALF_READ: [(&str, &str, &str); 8] = [
    ("[web]", "[\"{{ .Values.caller }}\"]", "mesh.yaml:20:35"),
    ("[web]", "[\"${CALLER}\"]", "mesh.yaml:20:35"),
    ("spec:\n  rules", "spec:\n  action: {{ .Values.action }}\n  rules", "mesh.yaml:19:11"),
    ("  rules", "  {{- if .Values.strict }}\n  rules", "mesh.yaml:19:3"),
    (
        "namespace: shop}\nspec:\n  rules",
        "namespace: \"{{ .Values.ns }}\"}\nspec:\n  rules",
        "mesh.yaml:17:35",
    ),
    (
        "spec:\n  rules",
        "spec:\n  selector: {matchLabels: {app: \"{{ .Values.app }}\"}}\n  rules",
        "mesh.yaml:19:33",
    ),
    ("name: api", "name: \"{{ .Release.Name }}-api\"", ""),
    (
        "spec:\n  rules",
        "spec:\n  selector: {matchLabels: {app: other}}\n  action: \"{{ .Values.action }}\"\n  rules",
        "",
    ),
];

#[test]
fn what_a_template_fills_in_is_unknown_and_has_its_place() {
    for (number, (before, after, place)) in HALF_READ.iter().enumerate() {
        let policy = POLICY.replacen(before, after, 1);
        assert_ne!(policy, POLICY, "{before}");
        let folder = folder(
            &format!("half-read-{number}"),
            &policy,
            "a: never from ns:web to shop/web path /api/**\n",
        );
        std::fs::create_dir_all(folder.0.join("old")).unwrap();
        std::fs::write(folder.0.join("old/mesh.yaml"), format!("{MESH}{POLICY}")).unwrap();
        let run = |args: &[&str]| meshproof(&folder.0, args, b"");
        let verify = run(&["verify", "mesh.yaml", "a.inv", "--builtin", "none", "--output-format", "json"]);
        let params = "{\"ns\": [\"web\"], \"paths\": [\"/api/**\"]}";
        let ask = ["ask", "--question", "never", "--params", params, "--workload", "shop/web", "mesh.yaml"];
        let ask: Value = serde_json::from_str(&run(&ask).out).unwrap();
        let verify: Value = serde_json::from_str(&verify.out).unwrap();
        let diff = run(&["diff", "old/mesh.yaml", "mesh.yaml"]).out;
        let answers = [&verify["verdicts"][0]["answer"], &ask["answer"]];
        if place.is_empty() {
            // A name matters to nobody, and a policy for others to nobody here.
            assert!(answers.iter().all(|answer| **answer != "unknown"), "{after}: {verify} {ask}");
            continue;
        }
        assert!(answers.iter().all(|answer| **answer == "unknown"), "{after}: {verify} {ask}");
        assert_eq!([&verify["verdicts"][0]["because"][0]["at"], &ask["because"][0]["at"]], [place, place]);
        assert!(
            !diff.contains("GAINED") && !diff.contains("LOST") && diff.contains("undecided"),
            "{after}: {diff}"
        );
    }
}

#[test]
fn promises_that_cannot_be_told_apart_or_read_are_refused() {
    let mesh = std::fs::read(fixtures().join("shop/policies.yaml")).unwrap();
    let run = |name: &str, file: &str, text: &str| {
        let folder = Folder::new(name, &[("in/mesh.yaml", &mesh), (file, text.as_bytes())]);
        meshproof(&folder.0, &["verify", "in", "--builtin", "none"], b"")
    };
    let line = "a: never from ns:web\n";
    let twice = run("twice", "in/a.inv", &line.repeat(2));
    assert_eq!(twice.code, Some(1));
    assert!(
        twice.out.contains("in/a.inv:2:1") && twice.out.contains("the other is at in/a.inv:1:1"),
        "{}",
        twice.out
    );
    let kind = "apiVersion: meshproof.dev/v1alpha1\nkind: Invarient\nmetadata: {name: a}\nspec: {never: {from: {ns: web}}}\n";
    let misspelt = run("misspelt", "in/a.yaml", kind);
    assert_eq!(misspelt.code, Some(1));
    assert!(
        misspelt.out.contains("in/a.yaml:2:7") && misspelt.out.contains("did you mean `Invariant`?"),
        "{}",
        misspelt.out
    );
    let good = run("good", "in/a.yaml", &kind.replace("Invarient", "Invariant"));
    assert!(!good.out.contains("MP7001"), "{}", good.out);
    let elsewhere = run("elsewhere", "in/a.inv", "a: never to shop/cartt path /x\n");
    assert!(elsewhere.out.contains("help"), "{}", elsewhere.out);
}
