//! `meshproof test`: unit tests of a mesh.

mod support;

use serde_json::Value;
use support::{Folder, Ran, fixtures, meshproof};

const ROUTES: &str = "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: store, namespace: shop}
spec:
  hosts: [store.example.com, '*.wild.example.com']
  gateways: [istio-system/edge]
  http:
  - name: beta
    match:
    - uri: {prefix: /cart}
      headers: {x-beta: {exact: 'yes'}}
    - headers: {x-token: {}}
    route: [{destination: {host: beta}}]
  - name: query
    match:
    - uri: {prefix: /Q}
      ignoreUriCase: true
      queryParams: {debug: {exact: '1'}}
    route: [{destination: {host: debug}}]
  - name: shared
    match: [{uri: {exact: /shared}}]
    route:
    - {destination: {host: a}, weight: 80}
    - {destination: {host: b}, weight: 20}
  - name: gone
    match: [{uri: {prefix: /gone}}]
    delegate: {name: gone}
  - name: front
    route: [{destination: {host: front}}]
";

/// A test in the other format: request and route as flow YAML.
fn validator_test(request: &str, want_match: bool, parts: &str) -> String {
    format!("testCases:\n- description: t\n  wantMatch: {want_match}\n  request: {{{request}}}\n  {parts}\n")
}

fn run(name: &str, tests: &str, more: &[&str]) -> Ran {
    let folder = Folder::new(name, &[("routes.yaml", ROUTES.as_bytes()), ("t/tests.yaml", tests.as_bytes())]);
    let ran = meshproof(&folder.0, &[&["test", "routes.yaml", "-t", "t"], more].concat(), b"");
    assert!(!ran.err.contains("panicked") && ran.code.is_some(), "{ran:?}");
    ran
}

/// Exit codes by Istio's semantics and by those of the tool.
fn verdicts(name: &str, request: &str, want_match: bool, parts: &str) -> (Option<i32>, Option<i32>) {
    let tests = validator_test(request, want_match, parts);
    let compat = ["--compat", "istio-config-validator"];
    (run(name, &tests, &[]).code, run(name, &tests, &compat).code)
}

#[test]
fn the_other_format_means_what_istio_does() {
    let get =
        |authority: &str, uri: &str| format!("authority: ['{authority}'], method: [GET], uri: ['{uri}']");
    let to = |host: &str| format!("route: [{{destination: {{host: {host}}}}}]");
    let store = |uri: &str| get("store.example.com", uri);
    let cases = [
        ("beta", format!("{}, headers: {{x-beta: yes}}", store("/cart/7")), "beta", (0, 0)),
        ("beta-absent", store("/cart/7"), "front", (0, 0)),
        ("header-case", format!("{}, headers: {{X-BETA: yes}}", store("/cart/7")), "beta", (0, 1)),
        ("presence", format!("{}, headers: {{x-token: abc}}", store("/")), "beta", (0, 1)),
        ("query", store("/Q?debug=1"), "debug", (0, 0)),
        ("query-absent", store("/Q?debug=2"), "front", (0, 1)),
        ("any-case", store("/q?debug=1"), "debug", (0, 1)),
        ("wildcard", get("a.wild.example.com", "/"), "front", (0, 1)),
        ("port", get("store.example.com:8080", "/"), "front", (0, 1)),
        ("full-name", store("/"), "front.shop.svc.cluster.local", (0, 1)),
        ("another-host", get("other.example.com", "/"), "front", (1, 1)),
    ];
    for (name, request, host, (meant, tool)) in cases {
        let got = verdicts(name, &request, true, &to(host));
        assert_eq!(got, (Some(meant), Some(tool)), "{name}");
    }
}

#[test]
fn weights_have_no_order_but_to_the_tool() {
    let request = "authority: [store.example.com], method: [GET], uri: [/shared]";
    let parts = |first: &str, second: &str| format!("route: [{first}, {second}]");
    let (a, b) = ("{destination: {host: a}, weight: 80}", "{destination: {host: b}, weight: 20}");
    assert_eq!(verdicts("order", request, true, &parts(a, b)), (Some(0), Some(0)));
    assert_eq!(verdicts("other-order", request, true, &parts(b, a)), (Some(0), Some(1)));
    let other = "{destination: {host: b}, weight: 10}";
    assert_eq!(verdicts("other-weight", request, true, &parts(a, other)), (Some(1), Some(1)));
    assert_eq!(verdicts("not-so", request, false, &parts(a, other)), (Some(0), Some(0)));
}

#[test]
fn a_delegate_that_is_not_in_the_input_decides_nothing() {
    let request = "authority: [store.example.com], method: [GET], uri: [/gone/1]";
    let ran = run("gone", &validator_test(request, false, "route: [{destination: {host: front}}]"), &[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("delegate VirtualService shop/gone is not in the input"), "{}", ran.out);
    let named = validator_test(request, true, "delegate: {name: gone}");
    assert_eq!(run("gone-named", &named, &[]).code, Some(0));
}

#[test]
fn the_tool_stops_at_the_first_failure_and_we_do_not() {
    let wrong = validator_test(
        "authority: [store.example.com], method: [GET, PUT], uri: [/a, /b]",
        true,
        "route: [{destination: {host: nowhere}}]",
    );
    let failed = |ran: &Ran| ran.out.matches("    request ").count();
    assert_eq!(failed(&run("all", &wrong, &[])), 4);
    assert_eq!(failed(&run("first", &wrong, &["--compat", "istio-config-validator"])), 1);
}

#[test]
fn unknown_fields_are_a_warning_unless_strict() {
    let tests = validator_test(
        "authority: [store.example.com], method: [GET], uri: [/], hedaers: {}",
        true,
        "note: x",
    );
    let ran = run("lenient", &tests, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.err.contains("warning: t/tests.yaml:4:") && ran.err.contains("did you mean `headers`?"),
        "{ran:?}"
    );
    assert_eq!(run("strict", &tests, &["--strict"]).code, Some(2));
    assert_eq!(run("strict-tool", &tests, &["--strict", "--compat", "istio-config-validator"]).code, Some(2));
}

#[test]
fn what_cannot_run_is_no_failure_of_a_test() {
    let broken = run("broken", "testCases: [", &[]);
    assert_eq!(broken.code, Some(2), "{broken:?}");
    assert_eq!(run("nothing", "a: b\n", &[]).code, Some(2));
    let unknown = "apiVersion: meshproof.dev/v1alpha1\nkind: MeshTest\nspec:\n  cases:\n  - name: t\n    \
                   request: {from: shop/nobody, host: a}\n    expect: {status: 200}\n";
    let ran = run("nobody", unknown, &[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("t/tests.yaml:6:") && ran.err.contains("no workload `shop/nobody`"), "{ran:?}");
    assert_eq!(run("own-in-tool", unknown, &["--compat", "istio-config-validator"]).code, Some(2));
}

#[test]
fn a_test_has_its_limits() {
    let list = |n: usize| (0..n).map(|at| format!("x{at}")).collect::<Vec<_>>().join(", ");
    let request =
        |n: usize| format!("authority: [store.example.com], method: [{}], uri: [{}]", list(100), list(n));
    assert_eq!(run("many", &validator_test(&request(100), true, ""), &[]).code, Some(0));
    let ran = run("too-many", &validator_test(&request(101), true, ""), &[]);
    assert!(ran.code == Some(2) && ran.err.contains("more than 10000 requests"), "{ran:?}");
}

#[test]
fn the_sample_mesh_passes_and_is_covered() {
    let ran = meshproof(&fixtures(), &["test", "shop", "--min-coverage", "100"], b"");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let tests = ["test", "shop", "-t", "tests/wrong.yaml", "--min-coverage", "90", "--output-format", "json"];
    let ran = meshproof(&fixtures(), &tests, b"");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("90 % are asked for"), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let missed = report.pointer("/coverage/rules/missed/0/at").and_then(Value::as_str).unwrap();
    assert!(missed.starts_with("shop/policies.yaml:"), "{missed}");
}

#[test]
fn too_little_coverage_fails_although_all_tests_pass() {
    let tests = validator_test("authority: [store.example.com], method: [GET], uri: [/]", true, "");
    assert_eq!(run("enough", &tests, &["--min-coverage", "20"]).code, Some(0));
    let ran = run("little", &tests, &["--min-coverage", "21"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("1 of 5 routes"), "{}", ran.out);
}

#[test]
fn several_reports_at_once() {
    let tests = validator_test("authority: [store.example.com], method: [GET], uri: [/]", true, "");
    let folder =
        Folder::new("reports", &[("routes.yaml", ROUTES.as_bytes()), ("tests.yaml", tests.as_bytes())]);
    let args =
        ["test", "routes.yaml", "-t", "tests.yaml", "--report", "junit=j.xml", "--report", "tap=t.tap"];
    assert_eq!(meshproof(&folder.0, &args, b"").code, Some(0));
    let read = |name: &str| std::fs::read_to_string(folder.0.join(name)).unwrap();
    assert!(
        read("j.xml").contains("tests=\"1\" failures=\"0\"")
            && read("t.tap").starts_with("TAP version 14\n1..1\nok 1 - t")
    );
    assert_eq!(
        meshproof(&folder.0, &["test", "routes.yaml", "-t", "tests.yaml", "--report", "sarif=x"], b"").code,
        Some(2)
    );
}

#[test]
fn the_schema_takes_the_samples_and_refuses_a_misspelt_one() {
    let schema = meshproof(&fixtures(), &["schema", "mesh-test"], b"");
    let schema: Value = serde_json::from_str(&schema.out).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let documents = |file: &str| {
        let ran = meshproof(&fixtures(), &["parse", file], b"");
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    for file in ["shop/shop-tests.yaml", "tests/wrong.yaml"] {
        for document in documents(file) {
            assert!(validator.is_valid(&document), "{file}: {:?}", validator.iter_errors(&document).next());
        }
    }
    assert!(!validator.is_valid(documents("tests/misspelt.yaml").first().unwrap()));
}
