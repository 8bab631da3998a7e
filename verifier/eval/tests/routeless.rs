//! Request targets that are no plain path or longer than is looked at, and requests that no route is for: what Envoy 1.40 did with each.
#![expect(clippy::unwrap_used, reason = "functions of tests may fail as tests do")]

use mp_eval::{By, Request, Surroundings, Verdict, decide};
use mp_ir::base::At;
use mp_ir::mesh::MutualTlsMode;
use mp_ir::plan::{EnforcementPoint, PointKind, PointPort, PortChain};
use mp_model::{Input, Workspace};

/// A workload whose every request an authoriser is asked about, which cannot be reached.
const ASKED: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: w, namespace: shop}\nspec: {containers: [{name: a}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: ext, namespace: infra}\nspec: {ports: [{name: http, port: 8000}]}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: '{extensionProviders: [{name: ext, envoyExtAuthzHttp: {service: ext.infra.svc.cluster.local, port: 8000}}]}'}\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: c, namespace: shop}\nspec: {action: CUSTOM, provider: {name: ext}, rules: [{}]}\n";

fn asked() -> EnforcementPoint {
    let workspace = Workspace::read(&[Input::new("in.yaml", ASKED)]);
    let mesh = mp_lower::facts(&workspace, &mp_lower::FactOptions::default());
    mp_lower::plan::security::enforcement_point(&mesh, "shop", "w").unwrap()
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request {
        src: "10.1.1.1".to_owned(),
        port: 8080,
        method: method.to_owned(),
        path: path.to_owned(),
        host: "a.com".to_owned(),
        headers,
        ..Request::default()
    }
}

fn decided(point: &EnforcementPoint, request: &Request) -> (Verdict, By, Option<u16>) {
    let decision = decide(point, request, &Surroundings::default());
    (decision.decision, decision.by, decision.status)
}

#[test]
fn an_authoriser_is_not_asked_about_what_has_no_route() {
    let point = asked();
    let refused = (Verdict::Deny, By::ExtAuthz, Some(403));
    assert_eq!(decided(&point, &request("GET", "/", &[])), refused);
    assert_eq!(decided(&point, &request("GET", "/", &[("x-forwarded-proto", "http")])), refused);
    assert_eq!(decided(&point, &request("GET", "http://u@a.com:80/", &[])), refused);
    let routeless = (Verdict::Reject, By::Route, Some(404));
    assert_eq!(decided(&point, &request("GET", "/", &[("x-forwarded-proto", "")])), routeless);
    assert_eq!(decided(&point, &request("CONNECT", "a.com:80", &[])), routeless);
    assert_eq!(decided(&point, &request("GET", "http://a.com?x", &[])), routeless);
    assert_eq!(
        decided(&point, &request("GET", "http://a.com;x", &[])),
        (Verdict::Reject, By::Codec, Some(400))
    );
}

#[test]
fn only_the_edge_minds_an_https_url_over_plain_text() {
    let gateway = |trusted_hops| EnforcementPoint {
        kind: PointKind::Gateway,
        passthrough: Some(At::implied(MutualTlsMode::Permissive)),
        use_remote_address: true,
        trusted_hops,
        ..EnforcementPoint::default()
    };
    let url = request("GET", "https://a.com/", &[]);
    assert_eq!(decided(&gateway(0), &url), (Verdict::Reject, By::Codec, Some(403)));
    assert_eq!(decided(&gateway(2), &url), (Verdict::Allow, By::Upstream, Some(200)));
}

#[test]
fn a_gateway_listens_at_its_own_ports_alone() {
    let gateway = EnforcementPoint { kind: PointKind::Gateway, ..EnforcementPoint::default() };
    assert_eq!(decided(&gateway, &request("GET", "/", &[])), (Verdict::Deny, By::Mtls, None));
}

#[test]
fn a_line_that_is_longer_than_is_looked_at_ends_a_connection_that_is_sniffed() {
    let point = EnforcementPoint {
        passthrough: Some(At::implied(MutualTlsMode::Permissive)),
        ports: vec![PointPort {
            number: 80,
            chain: PortChain::Http,
            mode: At::implied(MutualTlsMode::Permissive),
            host: String::new(),
            tls: Vec::new(),
        }],
        trust_domains: vec!["cluster.local".to_owned()],
        ..EnforcementPoint::default()
    };
    let of = |port, length: usize, peer: Option<&str>| {
        let path = "/".repeat(length - "GET  HTTP/1.1\r\n".len());
        let peer = peer.map(str::to_owned);
        decided(&point, &Request { port, peer, ..request("GET", &path, &[]) })
    };
    let peer = Some("spiffe://cluster.local/ns/web/sa/fe");
    let long = (Verdict::Reject, By::Codec, Some(431));
    assert_eq!(of(1, 65_536, None), long);
    assert_eq!(of(1, 65_537, None), (Verdict::Deny, By::Mtls, None));
    assert_eq!(of(1, 65_537, peer), long);
    assert_eq!(of(80, 65_537, None), long);
}
