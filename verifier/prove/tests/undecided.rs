//! What keeps proofs from a point, and its near misses, which do not: nothing here may be proved or refuted by policies that may be others.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "functions of tests may fail as tests do")]

mod support;

use mp_ir::base::FileId;
use mp_prove::{Options, Subject, Truth, Verdict, parse_lines, verify};
use support::mesh;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: w, namespace: shop, labels: {app: w}}\nspec: {containers: [{name: a}, {name: istio-proxy}]}\nstatus: {podIP: 10.0.0.1}\n---\n\
    apiVersion: v1\nkind: Service\nmetadata: {name: w, namespace: shop}\nspec: {selector: {app: w}, ports: [{name: http, port: 80}]}\n";

/// The verdicts on one line of an invariant at all points.
fn verdicts(text: &str, line: &str) -> Vec<Verdict> {
    let mesh = mesh(text);
    let points = mp_lower::plan::security::enforcement_points(&mesh);
    let (asked, bad) = parse_lines(FileId(9), line);
    assert!(bad.is_empty(), "{bad:?}");
    let lower = mp_lower::plan::security::enforcement_points;
    let subject = Subject { mesh: &mesh, point: &points[0], lower };
    let report = verify(&points, &subject, &asked, &Options::default());
    assert!(report.internal.is_empty(), "{:?}", report.internal);
    report.verdicts.into_iter().filter(|verdict| verdict.is_invariant).collect()
}

/// The answer at the only point.
fn truth(text: &str, line: &str) -> Truth {
    let all = verdicts(text, line);
    assert_eq!(all.len(), 1, "{text}");
    all[0].answer
}

fn policy(name: &str, head: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}{head}}}\nspec: {spec}\n"
    )
}

const DENY: &str = "action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]";
const ADMIN: &str = "a: never path /admin\n";

#[test]
fn labels_that_are_filled_in_later() {
    let selecting = |label: &str, metadata: &str| {
        let pod = POD.replace("labels: {app: w}}", metadata);
        let spec = format!("{{selector: {{matchLabels: {{{label}}}}}, {DENY}}}");
        truth(&format!("{pod}{}", policy("p", ", namespace: shop", &spec)), ADMIN)
    };
    assert_eq!(selecting("app: w", "labels: {app: w}}"), Truth::Holds);
    assert_eq!(selecting("app: w", "labels: {app: '${APP}'}}"), Truth::Unknown);
    assert_eq!(selecting("app: w", "labels: {app: '{{ .Values.app }}'}}"), Truth::Unknown);
    // Another label is known, and a note is no label.
    assert_eq!(selecting("tier: x", "labels: {app: '${APP}', tier: front}}"), Truth::Violated);
    assert_eq!(selecting("app: x", "labels: {app: w}, annotations: {note: '${APP}'}}"), Truth::Violated);
    let chart = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: w\n  namespace: shop\nspec:\n  template:\n    metadata:\n      labels:\n        {{- include \"w.labels\" . | nindent 8 }}\n        tier: front\n    spec: {containers: [{name: a}, {name: istio-proxy}]}\n";
    let of_chart = |label: &str| {
        let spec = format!("{{selector: {{matchLabels: {{{label}}}}}, {DENY}}}");
        truth(&format!("{chart}{}", policy("p", ", namespace: shop", &spec)), ADMIN)
    };
    assert_eq!(of_chart("app: w"), Truth::Unknown);
    assert_eq!(of_chart("tier: x"), Truth::Violated);
}

#[test]
fn namespaces_and_selectors_of_charts() {
    let other = format!("{POD}{}", policy("q", ", namespace: shop", &format!("{{{DENY}}}")));
    let with = |head: &str, spec: &str| truth(&format!("{other}{}", policy("p", head, spec)), ADMIN);
    let allow = "{rules: [{}]}";
    assert_eq!(with(", namespace: '{{ .Values.other }}'", allow), Truth::Unknown);
    assert_eq!(with(", namespace: '{{ .Release.Namespace }}'", allow), Truth::Holds);
    assert_eq!(with(", namespace: '{{ include \"x.namespace\" . }}'", allow), Truth::Holds);
    let selected = "{selector: {matchLabels: {app: x}}, rules: [{}]}";
    let templated = "{selector: {matchLabels: {app: '{{ .Values.app }}'}}, rules: [{}]}";
    assert_eq!(with(", namespace: '{{ .Values.other }}'", selected), Truth::Holds);
    assert_eq!(with(", namespace: shop", templated), Truth::Unknown);
    let guarded = |selector: &str| {
        let inner =
            policy("p", ", namespace: shop", &format!("{{selector: {{matchLabels: {{{selector}}}}}}}"));
        let inner = inner.trim_start_matches("---\n");
        truth(&format!("{other}---\n{{{{- if .Values.on }}}}\n{inner}{{{{- end }}}}\n"), ADMIN)
    };
    assert_eq!(guarded("app: x"), Truth::Holds);
    assert_eq!(guarded("app: w"), Truth::Unknown);
}

#[test]
fn ztunnels_have_such_policies_too() {
    let pod = POD.replace(", {name: istio-proxy}", "");
    let home = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}\n---\n";
    let with = |port: &str| {
        let spec = format!("{{action: DENY, rules: [{{to: [{{operation: {{ports: ['{port}']}}}}]}}]}}");
        truth(&format!("{home}{pod}{}", policy("p", ", namespace: shop", &spec)), "a: never port 80\n")
    };
    assert_eq!(with("80"), Truth::Holds);
    assert_eq!(with("${PORT}"), Truth::Unknown);
}

#[test]
fn gateways_between_networks() {
    let pod = POD.replace(
        "labels: {app: w}",
        "labels: {app: w, gateway.istio.io/managed: istio.io-eastwest-controller}",
    );
    let deny = policy("p", ", namespace: shop", "{action: DENY, rules: [{}]}");
    assert_eq!(truth(&format!("{pod}{deny}"), ADMIN), Truth::Unknown);
    let gateway = |mode: &str| {
        let server = format!(
            "{{port: {{number: 80, name: tls, protocol: TLS}}, tls: {{mode: {mode}}}, hosts: ['*.local']}}"
        );
        format!(
            "{POD}---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: g, namespace: shop}}\nspec: {{selector: {{app: w}}, servers: [{server}]}}\n{deny}"
        )
    };
    assert_eq!(truth(&gateway("AUTO_PASSTHROUGH"), "a: never port 80\n"), Truth::Violated);
    assert_eq!(truth(&gateway("PASSTHROUGH"), "a: never port 80\n"), Truth::Holds);
}

#[test]
fn pods_of_waypoints_are_no_points() {
    let text = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: way, namespace: shop}\nspec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n---\n";
    let pod = POD.replace(
        "name: w, namespace: shop, labels: {app: w}",
        "name: way-0, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: way}",
    );
    let mesh = mesh(&format!("{text}{pod}"));
    let points = mp_lower::plan::security::enforcement_points(&mesh);
    assert!(points.iter().all(|point| point.name != "way-0"), "{points:?}");
}

/// An authoriser that may write some headers, and what is decided behind it.
fn behind(provider: &str, more: &str, line: &str) -> Truth {
    let text = format!(
        "{POD}---\napiVersion: v1\nkind: Service\nmetadata: {{name: ext, namespace: infra}}\nspec: {{ports: [{{name: http, port: 80}}]}}\n---\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio, namespace: istio-system}}\ndata: {{mesh: '{{extensionProviders: [{{name: ext, {provider}}}]}}'}}\n{}{more}",
        policy(
            "c",
            ", namespace: shop",
            "{action: CUSTOM, provider: {name: ext}, rules: [{to: [{operation: {paths: [/x]}}]}]}"
        )
    );
    truth(&text, line)
}

#[test]
fn authorisers_write_headers() {
    let http = |headers: &str| {
        format!(
            "envoyExtAuthzHttp: {{service: ext.infra.svc.cluster.local, port: 80, headersToUpstreamOnAllow: [{headers}]}}"
        )
    };
    let grpc = "envoyExtAuthzGrpc: {service: ext.infra.svc.cluster.local, port: 80}";
    let reads = policy(
        "r",
        ", namespace: shop",
        "{rules: [{when: [{key: 'request.headers[x-user]', values: [a]}]}]}",
    );
    let line = "a: never header-absent x-user GET /x\n";
    assert_eq!(behind(&http(""), &reads, line), Truth::Holds);
    assert_eq!(behind(&http("x-other"), &reads, line), Truth::Holds);
    assert_eq!(behind(&http("x-user"), &reads, line), Truth::Unknown);
    assert_eq!(behind(&http("x-*"), &reads, line), Truth::Unknown);
    assert_eq!(behind(grpc, &reads, line), Truth::Unknown);
    let token = "---\napiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: j, namespace: shop}\nspec: {jwtRules: [{issuer: idp, jwks: x}]}\n".to_owned()
        + &policy("t", ", namespace: shop", "{rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}");
    let line = "a: never without jwt path /x\n";
    assert_eq!(behind(&http("x-user"), &token, line), Truth::Holds);
    assert_eq!(behind(&http("authorization"), &token, line), Truth::Unknown);
}
