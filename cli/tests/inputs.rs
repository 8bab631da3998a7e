//! What people really have: charts, kustomizations, dumps of a cluster, other encodings. Each is clean as it is, and a mistake in it is
//! found at its place.

mod support;

use support::{Folder, Ran, fixtures, meshproof};

fn run(command: &str, files: &[(&str, &[u8])], name: &str) -> Ran {
    let folder = Folder::new(name, files);
    let args: &[&str] =
        if command == "check" { &["check", "--output-format", "concise", "."] } else { &[command, "."] };
    let ran = meshproof(&folder.0, args, b"");
    assert!(!ran.err.contains("panicked") && ran.code.is_some(), "{ran:?}");
    ran
}

/// A fixture's files, with one text replaced by another in all of them.
fn changed(fixture: &str, from: &str, to: &str) -> Vec<(String, Vec<u8>)> {
    let (root, mut files, mut folders) =
        (fixtures().join(fixture), Vec::new(), vec![fixtures().join(fixture)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap().replace(from, to).into_bytes()));
        }
    }
    files
}

fn run_changed(command: &str, fixture: &str, from: &str, to: &str) -> Ran {
    let files = changed(fixture, from, to);
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let name =
        format!("{fixture}-{command}-{}", to.chars().filter(char::is_ascii_alphanumeric).collect::<String>());
    run(command, &files, &name)
}

#[test]
fn a_base_and_its_overlays_are_sets_of_their_own() {
    for command in ["check", "validate"] {
        let ran = run_changed(command, "kustomize", "", "");
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    }
    // A mistake in the base is told once, though two overlays stand on it.
    let ran = run_changed("check", "kustomize", "host: cart\n", "hots: cart\n");
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.out.matches("MP0101").count(), 1, "{ran:?}");
    assert!(ran.out.contains("base/routes.yaml:11:9: error[MP0101"), "{ran:?}");
    // Only the field that a replacement fills is unknown; the others are judged.
    let ran = run_changed("check", "kustomize", "host: cart\n", "host: crat\n");
    assert!(ran.out.contains("base/routes.yaml:11:15: error[MP1001"), "{ran:?}");
    // A patch is no object, but its text has to be readable.
    let ran = run_changed("check", "kustomize", "- timeout: ${TIMEOUT}", "- timeout: [");
    assert!(ran.code == Some(1) && ran.out.contains("slower.yaml"), "{ran:?}");
}

/// kustomize puts a prefix before the names of Services and Gateways, not into the hosts and gateways that Istio's objects name.
#[test]
fn names_with_a_prefix_are_unknown_until_rendered() {
    let objects = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{name: http, port: 80}]}\n---\n\
        apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: web}\nspec: {host: dev-web}\n---\n\
        apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: edge}\nspec:\n  selector: {a: b}\n  \
        servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.example]}]\n---\n\
        apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web}\nspec:\n  hosts: [a.example]\n  \
        gateways: [dev-edge]\n  http: [{route: [{destination: {host: dev-web}}]}]\n";
    let check = |overlay: &str, name: &str| {
        let files: [(&str, &[u8]); 3] = [
            ("base/kustomization.yaml", b"resources: [a.yaml]\nnamespace: shop\n"),
            ("base/a.yaml", objects.as_bytes()),
            ("dev/kustomization.yaml", overlay.as_bytes()),
        ];
        run("check", &files, name)
    };
    let ran = check("resources: [../base]\n", "no-prefix");
    let found = |code: &str| ran.out.contains(&format!("[{code}"));
    assert!(found("MP1001") && found("MP1004") && found("MP1005"), "{ran:?}");
    for (change, name) in [("namePrefix: dev-", "prefix"), ("nameSuffix: -dev", "suffix")] {
        let ran = check(&format!("resources: [../base]\n{change}\n"), name);
        assert_eq!((ran.code, ran.out.contains("MP1")), (Some(0), false), "{ran:?}");
    }
}

#[test]
fn a_component_is_applied_with_those_who_name_it() {
    let check = |overlay: &str, name: &str| {
        let files: [(&str, &[u8]); 4] = [
            ("app/kustomization.yaml", overlay.as_bytes()),
            ("app/a.yaml", b"apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{name: http, port: 80}]}\n---\n\
              apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web}\nspec:\n  hosts: [web]\n  \
              http: [{route: [{destination: {host: api}}]}]\n"),
            ("part/kustomization.yaml", b"kind: Component\nresources: [b.yaml]\n"),
            ("part/b.yaml", b"apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {ports: [{name: http, port: 80}]}\n"),
        ];
        run("check", &files, name)
    };
    let with = check("resources: [a.yaml]\nnamespace: shop\ncomponents: [../part]\n", "component");
    assert_eq!((with.code, with.out.as_str()), (Some(0), ""), "{with:?}");
    let without = check("resources: [a.yaml]\nnamespace: shop\n", "no-component");
    assert!(without.out.contains("[MP1001"), "{without:?}");
}

/// Kustomizations that share no file are applied side by side; those of one base are alternatives.
#[test]
fn what_another_kustomization_brings_is_not_missing() {
    const ROUTES: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{name: http, port: 80}]}\n---\n\
        apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web}\nspec:\n  hosts: [a.example]\n  \
        gateways: [edge]\n  http: [{route: [{destination: {host: api, subset: v1}}]}]\n---\n\
        apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: own}\nspec:\n  selector: {a: b}\n  \
        servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [b.example]}]\n";
    const NEEDED: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {ports: [{name: http, port: 80}]}\n---\n\
        apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: api}\nspec: {host: api, subsets: [{name: v1}]}\n---\n\
        apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: edge}\nspec:\n  selector: {a: b}\n  \
        servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.example]}]\n";
    let check = |second: &str, name: &str| {
        let files: [(&str, &[u8]); 6] = [
            ("web/kustomization.yaml", b"resources: [a.yaml, ../base]\nnamespace: shop\n"),
            ("web/a.yaml", ROUTES.as_bytes()),
            ("base/kustomization.yaml", b"resources: [b.yaml]\n"),
            ("base/b.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"),
            ("api/kustomization.yaml", second.as_bytes()),
            ("api/a.yaml", NEEDED.as_bytes()),
        ];
        run("check", &files, name)
    };
    let beside = check("resources: [a.yaml]\nnamespace: shop\n", "beside");
    assert_eq!((beside.code, beside.out.as_str()), (Some(0), ""), "{beside:?}");
    let others = [
        ("resources: [a.yaml]\nnamespace: other\n", "other-namespace"),
        ("resources: [a.yaml, ../base]\nnamespace: shop\n", "alternatives"),
    ];
    for (second, name) in others {
        let ran = check(second, name);
        assert!(ran.out.contains("[MP1001") && ran.out.contains("[MP1005"), "{ran:?}");
    }
}

#[test]
fn what_a_chart_masks_is_unknown() {
    for command in ["check", "validate"] {
        let ran = run_changed(command, "chart", "", "");
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    }
    let ran = run_changed("check", "chart", "attempts: {{", "atempts: {{");
    assert!(ran.out.contains("templates/routing.yaml:17:7: error[MP0101"), "{ran:?}");
    let ran = run_changed("check", "chart", "          name: user\n", "");
    assert_eq!(ran.out.matches("error").count(), 0, "an absent field beside masked text is unknown: {ran:?}");
}

const ROUTE: &str = "apiVersion: networking.istio.io/v1beta1\nkind: VirtualService\nmetadata:\n  name: größe\n  namespace: shop\nspec:\n  hosts: [a.example]\n  http:\n  - directResponse: {status: 200}\n    timeout: 5us\n";

#[test]
fn encodings_and_line_ends_keep_their_places() {
    let bom = format!("\u{feff}{ROUTE}");
    let windows = ROUTE.replace('\n', "\r\n");
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(ROUTE.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (name, bytes) in
        [("plain", ROUTE.as_bytes()), ("bom", bom.as_bytes()), ("crlf", windows.as_bytes()), ("utf16", &wide)]
    {
        let ran = run("check", &[("a.yaml", bytes)], name);
        assert!(ran.code == Some(1) && ran.out.contains("a.yaml:10:14: error[MP0108"), "{name}: {ran:?}");
    }
    let json =
        br#"{"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "a"},
        "spec": {"hosts": ["a.example"], "http": [{"directResponse": {"status": 200}, "timeout": "5us"}]}}"#;
    let ran = run("check", &[("a.json", json)], "json");
    assert!(ran.out.contains("a.json:2:98: error[MP0108"), "{ran:?}");
}

const DUMP: &str = "apiVersion: v1
items:
- apiVersion: gateway.networking.k8s.io/v1
  kind: Gateway
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {\"apiVersion\":\"gateway.networking.k8s.io/v1\",\"kind\":\"Gateway\"}
    creationTimestamp: \"2026-01-31T12:00:00Z\"
    generation: 2
    managedFields:
    - apiVersion: gateway.networking.k8s.io/v1
      fieldsType: FieldsV1
      fieldsV1:
        f:spec: {f:listeners: {}}
      manager: kubectl
      operation: Update
      time: \"2026-01-31T12:00:00Z\"
    name: edge
    namespace: shop
    resourceVersion: \"1\"
    uid: 6e5f0f36-52ae-4a8c-b9ab-2f8dcb0d0e2c
  spec:
    gatewayClassName: istio
    listeners:
    - name: http
      port: 80
      protocol: HTTP
      allowedRoutes: null
  status:
    newField: of a later version
    conditions: []
kind: List
metadata:
  resourceVersion: \"\"
";

#[test]
fn a_dump_of_a_cluster_is_read_as_it_is() {
    let ran = run("check", &[("dump.yaml", DUMP.as_bytes())], "dump");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let bad = DUMP.replace("port: 80", "port: 80000");
    let ran = run("check", &[("dump.yaml", bad.as_bytes())], "dump-bad");
    assert!(ran.out.contains("dump.yaml:27:13: error[MP0105"), "{ran:?}");
}

#[test]
fn validate_says_who_refuses_and_where() {
    let ran = run("validate", &[("a.yaml", ROUTE.as_bytes())], "validate");
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.out.contains("a.yaml:10:14: error[crd] spec.http[0].timeout: Invalid value: \"5us\""),
        "{ran:?}"
    );
    let v2 = ROUTE.replace("v1beta1", "v2");
    let ran = run("validate", &[("a.yaml", v2.as_bytes())], "validate-v2");
    assert!(
        ran.out.contains("a.yaml:1:13: error[crd] failed to validate type networking.istio.io/v2"),
        "{ran:?}"
    );
    let good = ROUTE.replace("5us", "5s");
    assert_eq!(run("validate", &[("a.yaml", good.as_bytes())], "validate-good").code, Some(0));
    let ran = run("validate", &[("a.yaml", b"just: text\n")], "validate-none");
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn batches_answer_each_line() {
    let rows = "{\"id\": 1, \"doc\": \"apiVersion: networking.istio.io/v1\\nkind: VirtualService\\nmetadata: {name: a}\\nspec: {hosts: 1}\\n\"}\n{\"id\": \"b\", \"doc\": \"a: [\"}\n";
    let folder = Folder::new("batch", &[("rows.jsonl", rows.as_bytes())]);
    let ran = meshproof(&folder.0, &["validate", "--batch", "rows.jsonl"], b"");
    let lines: Vec<serde_json::Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), ran.code), (2, Some(0)));
    assert_eq!(
        (&lines[0]["id"], &lines[0]["verdict"], &lines[0]["errors"][0]["by"]),
        (&1.into(), &"reject".into(), &"crd".into())
    );
    assert_eq!(lines[0]["errors"][0]["at"], serde_json::json!({"line": 4, "column": 15}));
    assert_eq!((&lines[1]["id"], &lines[1]["by"]), (&"b".into(), &serde_json::json!(["decode"])));
    let broken = Folder::new("batch-broken", &[("rows.jsonl", b"{\"id\": 1}\n")]);
    let ran = meshproof(&broken.0, &["validate", "--batch", "rows.jsonl"], b"");
    assert!(ran.code == Some(2) && ran.err.contains("rows.jsonl:1: no text `doc`"), "{ran:?}");
}

#[test]
fn a_question_of_a_batch_that_cannot_be_answered_is_named() {
    const MESH: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: w, namespace: shop}\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\nspec: {rules: [{}]}\n";
    let good =
        r#"{"id": "good", "kind": "dead-rule", "in": ["a"], "params": {"policy": "shop/p", "rule": 0}}"#;
    let case: &[u8] = br#"{"workload": {"namespace": "shop", "name": "w"}}"#;
    let said = |name: &str, line: &str| {
        let questions = format!("{good}\n\n{line}\n");
        let files: [(&str, &[u8]); 3] = [
            ("q.jsonl", questions.as_bytes()),
            ("sets/a/case.json", case),
            ("sets/a/in/a.yaml", MESH.as_bytes()),
        ];
        let folder = Folder::new(name, &files);
        meshproof(&folder.0, &["ask", "--batch", "q.jsonl", "--sets", "sets"], b"")
    };
    let ran = said("ask-good", &good.replace("\"good\"", "\"twin\""));
    assert!(ran.code == Some(0) && ran.out.lines().count() == 2, "{ran:?}");
    for (name, from, to) in [
        ("ask-kind", "dead-rule", "no-such-kind"),
        ("ask-policy", "shop/p", "shop/q"),
        ("ask-set", "[\"a\"]", "[\"b\"]"),
    ] {
        let ran = said(name, &good.replace("\"good\"", "\"bad\"").replace(from, to));
        assert!(ran.code == Some(2) && ran.err.starts_with("error: q.jsonl:3: question `bad`: "), "{ran:?}");
        assert!(ran.err.contains("\n  help: "), "{ran:?}");
    }
}
