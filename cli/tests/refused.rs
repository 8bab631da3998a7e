//! What Envoy would not load is an error with the line that asks for it, of whatever object or setting.

mod support;

use support::{Folder, meshproof};

const MESH: &str = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  clusterIP: 10.96.0.5
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}
status: {podIP: 10.0.0.7}
";

/// Exit code and errors of `compile` for the Pod, with further objects and a mesh configuration.
fn compile(name: &str, objects: &str, mesh: &str) -> (Option<i32>, String) {
    let files = [("in/mesh.yaml", MESH), ("in/x.yaml", objects), ("mesh.yaml", mesh)];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let folder = Folder::new(name, &files);
    let args = ["compile", "in", "--mesh-config", "mesh.yaml", "--proxy", "shop/web-1", "-o", "out.json"];
    let ran = meshproof(&folder.0, &args, b"");
    (ran.code, ran.err)
}

#[test]
fn a_log_format_of_the_mesh_is_named_there() {
    let with = |format: &str| {
        let mesh = format!("accessLogFile: /dev/stdout\naccessLogFormat: '{format}'\n");
        compile("log-format", "", &mesh)
    };
    let (code, err) = with("%NOPE%");
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("mesh.yaml:2:18: `%NOPE%\n"), "{err}");
    assert_eq!(with("%START_TIME%").0, Some(0));
}

#[test]
fn a_log_format_of_a_provider_is_named_there() {
    let with = |format: &str| {
        let mesh = format!(
            "defaultProviders: {{accessLogging: [file]}}\nextensionProviders:\n- name: file\n  envoyFileAccessLog: {{path: /dev/stdout, \
             logFormat: {{text: '{format}'}}}}\n"
        );
        compile("provider-format", "", &mesh)
    };
    let (code, err) = with("%NOPE%");
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("mesh.yaml:3:3: "), "{err}");
    assert_eq!(with("%START_TIME%").0, Some(0));
}

#[test]
fn tags_of_traces_are_named_by_their_rule() {
    let with = |tag: &str| {
        let rule = format!(
            "apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {{name: t, namespace: shop}}\nspec:\n  tracing:\n  - customTags: \
             {{a: {tag}}}\n"
        );
        let mesh = "defaultProviders: {tracing: [zipkin]}\nextensionProviders:\n- name: zipkin\n  zipkin: {service: web.shop.svc.cluster.local, \
                    port: 80}\n";
        compile("tags", &rule, mesh)
    };
    for bad in ["{formatter: {value: '%NOPE'}}", "{}"] {
        let (code, err) = with(bad);
        assert_eq!(code, Some(1), "{bad}: {err}");
        assert!(err.contains("in/x.yaml:6:5: "), "{bad}: {err}");
    }
    assert_eq!(with("{formatter: {value: '%START_TIME%'}}").0, Some(0));
}

#[test]
fn names_of_requests_over_http_2_have_nobody_to_vouch_for_them() {
    let with = |protocol: &str| {
        let entry = format!(
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: e, namespace: shop}}\nspec:\n  hosts: ['*.example.com']\n  \
             resolution: DYNAMIC_DNS\n  ports: [{{number: 9090, name: p, protocol: {protocol}}}]\n"
        );
        compile("names", &entry, "{}")
    };
    let (code, err) = with("GRPC");
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("in/x.yaml:") && err.contains("autoSanValidation"), "{err}");
    assert_eq!(with("TLS").0, Some(0));
}
