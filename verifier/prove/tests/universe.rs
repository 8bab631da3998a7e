//! Random policies at every sort of enforcement point, random invariants of every verb, and every request of a small universe at the edges
//! of what the policies say: what the evaluator finds among them the prover must have found, too.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "functions of tests may fail as tests do, and say how much they saw"
)]

mod support;

use std::collections::BTreeMap;

use mp_eval::{By, Decider, Decision, Proto, Request, Surroundings, Token, Verdict};
use mp_ir::base::FileId;
use mp_ir::mesh::{Mesh, MutualTlsMode};
use mp_ir::plan::{EnforcementPoint, PointKind};
use mp_prove::{
    Baseline, Callers, Condition, Demand, Invariant, Options, Scope, Subject, Truth, parse_lines, verify,
};
use support::{Dice, mesh, policies};

/// What the policies are about, by the sort of proxy that enforces them.
const WORKLOAD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: w, namespace: shop, labels: {app: w}}\nspec: {serviceAccountName: w, containers: [{name: a, ports: [{containerPort: 8080}]}, {name: istio-proxy}]}\nstatus: {podIP: 10.20.0.5}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: w, namespace: shop}\nspec:\n  selector: {app: w}\n  ports: [{name: http, port: 8080}, {name: tcp, port: 9000}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: ext, namespace: infra}\nspec: {ports: [{name: http, port: 8000}]}\n";
const GATEWAY: &str = "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: edge, namespace: shop}\nspec: {selector: {app: w}, servers: [{port: {number: 8080, name: http, protocol: HTTP}, hosts: ['*']}]}\n";
const AMBIENT: &str = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: way, namespace: shop}\nspec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n";
const MODES: [&str; 4] = ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"];

#[derive(Clone, Copy, PartialEq)]
enum Plane {
    Sidecar,
    Gateway,
    Ztunnel,
    Waypoint,
}

fn text(plane: Plane, mode: &str, policies: &str) -> String {
    let config = format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio, namespace: istio-system}}\ndata: {{mesh: '{{trustDomainAliases: [old], pathNormalization: {{normalization: {mode}}}, extensionProviders: [{{name: ext, envoyExtAuthzHttp: {{service: ext.infra.svc.cluster.local, port: 8000}}}}]}}'}}\n"
    );
    let attached = policies.replace(
        "\nspec:\n  action",
        "\nspec:\n  targetRefs: [{kind: Service, group: '', name: w}]\n  action",
    );
    let bare = WORKLOAD.replace(", {name: istio-proxy}", "");
    match plane {
        Plane::Sidecar => format!("{WORKLOAD}{config}{policies}"),
        Plane::Gateway => format!("{WORKLOAD}{GATEWAY}{config}{policies}"),
        Plane::Ztunnel => format!("{bare}{AMBIENT}{config}{policies}"),
        Plane::Waypoint => format!("{bare}{AMBIENT}{config}{attached}"),
    }
}

/// Some rules ask an authoriser.
fn with_custom(dice: &mut Dice, policies: String) -> String {
    if dice.roll(3) > 0 {
        return policies;
    }
    let rule = dice.pick(&[
        "{to: [{operation: {paths: [/a*]}}]}",
        "{to: [{operation: {methods: [GET], notPaths: ['*.js']}}]}",
        "{from: [{source: {notNamespaces: [web]}}]}",
    ]);
    format!(
        "{policies}---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: c, namespace: shop}}\nspec:\n  action: CUSTOM\n  provider: {{name: ext}}\n  rules: [{rule}]\n"
    )
}

const WHO: &[&str] = &[
    "any",
    "peer",
    "ns:web",
    "ns:s*",
    "sa:shop/a",
    "sa:*/b",
    "td:old",
    "ip:10.1.0.0/16",
    "ip:10.1.1.1",
    "jwt",
    "jwt(iss=idp)",
    "jwt(iss=idp,group=admin)",
    "jwt(sub=u*)",
    "jwt(realm[role]=admin)",
    "sa:shop/a+ip:10.0.0.0/8",
    "ns:web,jwt(iss=idp)",
    "td:cluster.local+ns:web",
];
const CLAUSES: &[&str] = &[
    "GET /a",
    "POST /a/**",
    "GET,POST /b/**",
    "path /a/**",
    "path /x",
    "not-path /a/**",
    "not-path /a",
    "host a.com",
    "host a.com:80",
    "host *.a.com",
    "port 8080",
    "port 9000",
    "proto http",
    "proto tcp",
    "header x-h=v",
    "header x-h=v*",
    "header x-h",
    "header-absent x-h",
    "header user-agent=v",
    "header-absent user-agent",
    "method PUT",
    "without peer",
    "without jwt",
    "without ns:web",
    "without ip:10.1.1.1",
];

fn clauses(dice: &mut Dice, out: &mut String) {
    if dice.roll(2) == 0 {
        out.push_str(&format!(" from {}", dice.pick(WHO)));
    }
    for _ in 0..dice.roll(3) {
        out.push_str(&format!(" {}", dice.pick(CLAUSES)));
    }
}

fn invariant(dice: &mut Dice, name: usize) -> String {
    let mut out = match dice.roll(8) {
        0 | 1 => format!("i{name}: never"),
        2 => format!("i{name}: always"),
        3 => format!("i{name}: some"),
        4 => format!("i{name}: only {} may", dice.pick(WHO)),
        5 => format!("i{name}: no-new"),
        6 => format!("i{name}: no-lost"),
        _ => format!("i{name}: same"),
    };
    clauses(dice, &mut out);
    if dice.roll(3) == 0 {
        let word = if out.contains("no-") || out.contains("same") { "except" } else { "unless" };
        let mut more = String::new();
        while more.is_empty() {
            clauses(dice, &mut more);
        }
        out.push_str(&format!(" {word}{more}"));
    }
    out.push('\n');
    out
}

/// Tokens that the point can check.
fn tokens(point: &EnforcementPoint) -> Vec<Option<Token>> {
    let token = |text: &str| Token { claims: serde_json::from_str(text).unwrap(), ..Token::default() };
    let mut out = vec![None];
    if point.http.jwt.is_some() {
        out.push(Some(token(r#"{"iss":"idp","sub":"u"}"#)));
        out.push(Some(token(r#"{"iss":"idp","sub":"w","group":["admin","x"],"realm":{"role":"admin"}}"#)));
    }
    out
}

fn headers() -> [Vec<(String, String)>; 4] {
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let twice = vec![line("x-h", "w"), line("x-h", "vw")];
    [vec![], vec![line("x-h", "v")], twice, vec![line("user-agent", "v"), line("User-Agent", "w")]]
}

/// All requests, with what the authoriser says.
fn universe(point: &EnforcementPoint) -> Vec<(Request, bool)> {
    let mut out = Vec::new();
    // A gateway that asks for no certificate knows nobody.
    let anonymous = point.kind == PointKind::Gateway
        && point.ports.iter().all(|port| port.mode.value == MutualTlsMode::Disable);
    let ids = ["cluster.local/ns/shop/sa/a", "cluster.local/ns/web/sa/b", "old/ns/web/sa/a"];
    let named = ids.iter().filter(|_| !anonymous).map(|id| Some(format!("spiffe://{id}")));
    for peer in std::iter::once(None).chain(named) {
        for src in ["10.1.1.1", "172.16.0.1"] {
            let caller = Request { peer: peer.clone(), src: src.to_owned(), ..Request::default() };
            out.push((Request { port: 9000, proto: Proto::Tcp, ..caller.clone() }, true));
            if point.kind == PointKind::Ztunnel {
                out.push((Request { port: 8080, proto: Proto::Tcp, ..caller.clone() }, true));
            }
            http(point, &caller, &mut out);
        }
    }
    out
}

/// All HTTP requests of one caller.
fn http(point: &EnforcementPoint, caller: &Request, out: &mut Vec<(Request, bool)>) {
    let (headers, tokens) = (headers(), tokens(point));
    let consents: &[bool] = if point.http.custom.is_empty() { &[true] } else { &[true, false] };
    for path in ["/", "/a", "/a/b", "/a/b/x", "/a/[x]", "/b/c", "/q.js", "//a", "/a%2Fx", "/b/../a"] {
        for (method, host) in [("GET", "a.com"), ("POST", "x.a.com:80"), ("PUT", "A.COM")] {
            for (header, jwt) in headers.iter().flat_map(|h| tokens.iter().map(move |t| (h, t))) {
                let one = Request {
                    port: 8080,
                    method: method.to_owned(),
                    host: host.to_owned(),
                    path: path.to_owned(),
                    headers: header.clone(),
                    jwt: jwt.clone(),
                    ..caller.clone()
                };
                out.extend(consents.iter().map(|yes| (one.clone(), *yes)));
            }
        }
    }
}

fn decide_all(point: &EnforcementPoint, requests: &[(Request, bool)]) -> Vec<Decision> {
    let decider = Decider::new(point);
    let around = [false, true].map(|yes| Surroundings {
        answers: BTreeMap::from([("ext".to_owned(), yes)]),
        ..Surroundings::default()
    });
    requests.iter().map(|(request, yes)| decider.decide(request, &around[usize::from(*yes)])).collect()
}

fn by_policy(decision: &Decision) -> bool {
    decision.decision == Verdict::Deny && !matches!(decision.by, By::Mtls | By::Jwt)
}

fn meets(scope: &Scope, who: &Callers, point: &EnforcementPoint, request: &Request) -> bool {
    let mine = Condition { from: who.clone(), ..Condition::default() };
    scope.of.holds(point, request)
        && !scope.unless.iter().any(|one| one.holds(point, request))
        && (who.is_empty() || !mine.holds(point, request))
}

/// The answer that some request of the universe forces; none where all requests agree with either answer.
fn forced(
    demand: &Demand,
    point: &EnforcementPoint,
    requests: &[(Request, bool)],
    old: &[Decision],
    new: &[Decision],
) -> Option<(Truth, Request)> {
    let nobody = Callers::new();
    let broken = |request: &Request, old: &Decision, new: &Decision| match demand {
        Demand::Never(of) | Demand::Some(of) => new.admitted() && meets(of, &nobody, point, request),
        Demand::Only(who, of) => new.admitted() && meets(of, who, point, request),
        Demand::Always(of) => by_policy(new) && meets(of, &nobody, point, request),
        Demand::NoNew(change) | Demand::NoLost(change) | Demand::Same(change) => {
            let of = Scope { of: change.of.clone(), unless: change.except.clone() };
            let gained = new.admitted() && !old.admitted();
            let lost = old.admitted() && !new.admitted();
            let so = match demand {
                Demand::NoNew(_) => gained,
                Demand::NoLost(_) => lost,
                _ => gained || lost,
            };
            so && meets(&of, &nobody, point, request)
        }
        Demand::Equal(..) => false,
    };
    let truth = if matches!(demand, Demand::Some(_)) { Truth::Holds } else { Truth::Violated };
    let found =
        requests.iter().zip(old.iter().zip(new)).find(|((request, _), (old, new))| broken(request, old, new));
    found.map(|((request, _), _)| (truth, request.clone()))
}

fn points(mesh: &Mesh) -> Vec<EnforcementPoint> {
    mp_lower::plan::security::enforcement_points(mesh)
}

#[derive(Default, Debug)]
struct Seen {
    forced: usize,
    free: usize,
    unknown: usize,
    kinds: BTreeMap<String, usize>,
}

/// Two meshes as texts, the older one first.
fn drawn(dice: &mut Dice) -> [String; 2] {
    let plane =
        [Plane::Sidecar, Plane::Sidecar, Plane::Gateway, Plane::Ztunnel, Plane::Waypoint][dice.roll(5)];
    let mode = dice.pick(&MODES);
    let before = policies(dice);
    let plain = policies(dice);
    let after =
        if dice.roll(2) == 0 { format!("{before}{}", plain.replace("name: p", "name: q")) } else { plain };
    [before, after].map(|policies| text(plane, mode, &with_custom(dice, policies)))
}

fn against(baseline: Baseline) -> Options {
    Options { baselines: BTreeMap::from([(String::new(), baseline)]), ..Options::default() }
}

fn round(dice: &mut Dice, seen: &mut Seen) -> Result<(), String> {
    let sides = drawn(dice);
    let [old, new] = [&sides[0], &sides[1]].map(|text| mesh(text));
    let (old_points, new_points) = (points(&old), points(&new));
    let lines: String = (0..4).map(|at| invariant(dice, at)).collect();
    let (invariants, bad) = parse_lines(FileId(9), &lines);
    assert_eq!(bad, Vec::new(), "{lines}");
    let subject = Subject { mesh: &new, point: &new_points[0], lower: points };
    let options = against(Baseline { mesh: old, points: old_points.clone() });
    let report = verify(&new_points, &subject, &invariants, &options);
    let shown = || format!("{lines}\n{}\n=====\n{}", sides[0], sides[1]);
    assert!(report.internal.is_empty(), "{:?}\n{}", report.internal, shown());
    for point in &new_points {
        let same = |p: &&EnforcementPoint| p.namespace == point.namespace && p.name == point.name;
        let Some(twin) = old_points.iter().find(same) else { continue };
        let requests = universe(point);
        let (a, b) = (decide_all(twin, &requests), decide_all(point, &requests));
        *seen.kinds.entry(format!("{:?}", point.kind)).or_default() += 1;
        for invariant in &invariants {
            let name = |v: &&mp_prove::Verdict| {
                v.is_invariant
                    && v.name == invariant.name
                    && v.workload == (point.namespace.clone(), point.name.clone())
            };
            let Some(verdict) = report.verdicts.iter().find(name) else { continue };
            check(
                invariant,
                point,
                (&requests, &a, &b),
                (verdict.answer, twin.http.jwt == point.http.jwt),
                seen,
            )
            .map_err(|what| {
                format!("{what} at {}\n{:?} {:?}\n{}", point.name, verdict.witness, verdict.unknown, shown())
            })?;
        }
    }
    Ok(())
}

fn check(
    invariant: &Invariant,
    point: &EnforcementPoint,
    (requests, old, new): (&[(Request, bool)], &[Decision], &[Decision]),
    (answer, same_tokens): (Truth, bool),
    seen: &mut Seen,
) -> Result<(), String> {
    let compares = matches!(invariant.demand, Demand::NoNew(_) | Demand::NoLost(_) | Demand::Same(_));
    if answer == Truth::Unknown {
        seen.unknown += 1;
        return Ok(());
    }
    // A token that one side alone knows is outside of the request space of the other.
    if compares && !same_tokens {
        return Ok(());
    }
    match forced(&invariant.demand, point, requests, old, new) {
        Some((truth, request)) if truth != answer => {
            Err(format!("{}: {answer:?}, but {}", invariant.name, serde_json::to_string(&request).unwrap()))
        }
        Some(_) => {
            seen.forced += 1;
            Ok(())
        }
        None => {
            seen.free += 1;
            Ok(())
        }
    }
}

#[test]
fn no_request_of_the_universe_contradicts() {
    // More of them where somebody looks for trouble.
    let rounds = std::env::var("MESHPROOF_UNIVERSE").ok().and_then(|text| text.parse().ok()).unwrap_or(40);
    let mut seen = Seen::default();
    for at in 0..rounds {
        let result = round(&mut Dice(at * 6_700_417 + 29), &mut seen);
        assert_eq!(result, Ok(()), "round {at}");
    }
    eprintln!("{seen:?}");
    let enough = seen.forced > 20 && seen.free > 20 && seen.unknown < seen.forced + seen.free;
    assert!(enough && seen.kinds.len() > 2, "{seen:?}: the generator is one-sided");
}
