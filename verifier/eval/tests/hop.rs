//! Whole arrivals at small plans: tries, time, shares, local replies.

use mp_eval::hop::{
    Answer, Answered, Around, Arrival, Ask, Choices, Echo, Outcome, Payload, Place, Proxy, Reply, Response,
    Seen, Signature, SignedToken, every_way, visit,
};
use mp_ir::mesh::EndpointAddress;
use mp_ir::plan::{
    Cluster, ClusterMetadata, ClusterTarget, Discovery, Fault, FilterChain, Forward, Fraction,
    HttpConnectionManager, HttpFilter, KeySource, LbEndpoint, Listener, LoadBalancing, LocalityEndpoints,
    Mirror, NetworkFilter, Plan, Retry, Route, RouteAction, RouteSource, RouteTable, SocketAddress, Target,
    UpstreamSecurity, Via, VirtualHost, WeightedCluster,
};

const MS: i128 = 1_000_000;

fn cluster(name: &str, hosts: &[&str]) -> Cluster {
    let endpoints =
        hosts.iter().map(|host| LbEndpoint::bare(EndpointAddress::Host((*host).to_owned()), 80)).collect();
    Cluster {
        name: name.to_owned(),
        target: ClusterTarget::BlackHole,
        alt_stat_name: String::new(),
        discovery: Discovery::Static(vec![LocalityEndpoints { endpoints, ..LocalityEndpoints::default() }]),
        connect_timeout: None,
        load_balancing: LoadBalancing::RoundRobin(None),
        common_lb: None,
        limits: None,
        outlier: None,
        http: None,
        keepalive: None,
        bind: Vec::new(),
        cleanup_interval: None,
        security: UpstreamSecurity::Plain,
        via: Via::Network,
        proxy_protocol: None,
        metadata_exchange: None,
        metadata: ClusterMetadata::default(),
        origin: None,
        rule_origin: None,
    }
}

/// A gateway with one route.
fn plan(route: Route, clusters: Vec<Cluster>) -> Plan {
    let host = VirtualHost {
        name: "any".into(),
        domains: vec!["*".into()],
        routes: vec![route],
        include_request_attempt_count: true,
        ..VirtualHost::default()
    };
    let table = RouteTable { virtual_hosts: vec![host], ..RouteTable::default() };
    let hcm = HttpConnectionManager {
        routes: RouteSource::Inline(Box::new(table)),
        filters: vec![HttpFilter::Fault, HttpFilter::Router { suppress_envoy_headers: false }],
        use_remote_address: true,
        ..HttpConnectionManager::default()
    };
    let chain = FilterChain { filters: vec![NetworkFilter::Http(Box::new(hcm))], ..FilterChain::default() };
    let listener = Listener {
        name: "l".into(),
        address: SocketAddress { address: "0.0.0.0".into(), port: 80 },
        bind_to_port: true,
        chains: vec![chain],
        ..Listener::default()
    };
    Plan { listeners: vec![listener], clusters, ..Plan::default() }
}

fn to(target: Target) -> Forward {
    Forward { target, timeout: Some(0), ..Forward::default() }
}

fn forwarding(forward: Forward) -> Route {
    Route { name: "r".into(), action: RouteAction::Forward(Box::new(forward)), ..Route::default() }
}

fn one() -> Target {
    Target::Cluster("one".to_owned())
}

/// Answers in turn; the last one stays. Hosts that begin with `dead` refuse connections.
#[derive(Clone)]
struct Script(Vec<Answer>);

impl Around for Script {
    fn accepts(&self, place: &Place) -> bool {
        !place.host.starts_with("dead")
    }
    fn answer(&mut self, _seen: &Seen) -> Answer {
        if self.0.len() > 1 { self.0.remove(0) } else { self.0[0].clone() }
    }
    fn echo(&mut self, _seen: &Seen) -> Echo {
        Echo { data: String::new(), closes: false }
    }
    fn server_names(&self, _place: &Place) -> Option<Vec<String>> {
        None
    }
    fn server_alpn(&self, _place: &Place) -> Vec<String> {
        Vec::new()
    }
    fn own_names(&self, _secret: &str) -> Option<Vec<String>> {
        None
    }
    fn own_address(&self) -> String {
        "10.0.0.9".to_owned()
    }
    fn signature(&self, _keys: &KeySource, _token: &SignedToken<'_>) -> Signature {
        Signature::Unknown
    }
    fn now(&self) -> u64 {
        0
    }
    fn take_token(&mut self, _bucket: &str, _most: u64) -> bool {
        true
    }
}

fn status(status: u32) -> Answer {
    Answer::Response(Answered { status, sized: true, ..Answered::default() })
}

fn slow(after: i128) -> Answer {
    Answer::Response(Answered { status: 200, sized: true, after, ..Answered::default() })
}

fn arrival(method: &str, body: &str) -> Arrival {
    Arrival {
        listener: "l".into(),
        source: [203, 0, 113, 9].into(),
        destination: ([10, 0, 0, 1].into(), 80),
        hello: None,
        tunnel_peer: None,
        payload: Payload::Http(Ask {
            method: method.into(),
            authority: "a.example".into(),
            path: "/x".into(),
            body: body.into(),
            ..Ask::default()
        }),
    }
}

fn ways(plan: &Plan, answers: Vec<Answer>, arrival: &Arrival) -> Vec<(f64, Outcome)> {
    let proxy = Proxy::new(plan);
    let script = Script(answers);
    every_way(|chance: &mut Choices| visit(&proxy, arrival, &mut script.clone(), chance, true))
}

fn only(plan: &Plan, answers: Vec<Answer>) -> Outcome {
    let mut all = ways(plan, answers, &arrival("GET", ""));
    assert_eq!(all.len(), 1, "nothing is left to chance");
    all.remove(0).1
}

fn response(outcome: &Outcome) -> &Response {
    match &outcome.reply {
        Reply::Response(response) => response,
        other => panic!("{other:?}"),
    }
}

fn retrying(on: &str) -> Forward {
    let retry = Retry { on: on.into(), attempts: 2, ..Retry::default() };
    Forward { retry: Some(retry), ..to(one()) }
}

#[test]
fn tries_follow_each_other_until_they_are_used_up() {
    let plan = plan(forwarding(retrying("5xx")), vec![cluster("one", &["a"])]);
    let good = only(&plan, vec![status(503), status(200)]);
    assert_eq!((response(&good).status, good.attempts, good.flags.as_slice()), (200, 2, [].as_slice()));
    let bad = only(&plan, vec![status(503)]);
    assert_eq!((response(&bad).status, bad.attempts, bad.flags.as_slice()), (503, 3, ["URX"].as_slice()));
    let count = |at: usize| match &bad.upstream[at].what {
        Some(mp_eval::hop::What::Request(request)) => {
            request.headers.iter().find(|(name, _)| name == "x-envoy-attempt-count").map(|(_, n)| n.clone())
        }
        _ => None,
    };
    assert_eq!([count(0), count(2)], [Some("1".into()), Some("3".into())]);
}

#[test]
fn nobody_there_and_nobody_at_all() {
    let refused = only(
        &plan(forwarding(retrying("connect-failure")), vec![cluster("one", &["dead"])]),
        vec![status(200)],
    );
    assert_eq!((response(&refused).status, refused.attempts), (503, 3));
    assert_eq!(refused.flags, ["URX", "UF"]);
    assert!(
        refused.details.contains("remote_connection_failure|delayed_connect_error"),
        "{}",
        refused.details
    );
    let empty = only(&plan(forwarding(to(one())), vec![cluster("one", &[])]), vec![status(200)]);
    assert_eq!((response(&empty).status, empty.flags.as_slice()), (503, ["UH"].as_slice()));
    let missing = only(&plan(forwarding(to(one())), Vec::new()), vec![status(200)]);
    assert_eq!((response(&missing).status, missing.flags.as_slice()), (503, ["NC"].as_slice()));
    assert_eq!(missing.cluster, "");
}

#[test]
fn a_dead_endpoint_among_others_is_left_by_the_second_try() {
    let mut forward = retrying("connect-failure");
    forward.retry.as_mut().unwrap().skip_previous_hosts = true;
    let plan = plan(forwarding(forward), vec![cluster("one", &["a", "dead", "b"])]);
    let all = ways(&plan, vec![status(200)], &arrival("GET", ""));
    let tries: Vec<(u32, i64)> =
        all.iter().map(|(p, out)| (out.attempts, (p * 300.0).round() as i64)).collect();
    assert_eq!(tries, [(1, 200), (2, 100)]);
    assert!(all.iter().all(|(_, out)| response(out).status == 200));
}

#[test]
fn time_runs_out_for_one_try_or_for_all() {
    let mut forward = retrying("5xx");
    forward.timeout = Some(500 * MS);
    let whole = only(&plan(forwarding(forward.clone()), vec![cluster("one", &["a"])]), vec![slow(600 * MS)]);
    assert_eq!((response(&whole).status, whole.details.as_str()), (504, "response_timeout"));
    assert_eq!((whole.flags.as_slice(), whole.elapsed), (["UT"].as_slice(), 500 * MS));
    forward.retry.as_mut().unwrap().per_try_timeout = Some(100 * MS);
    let again =
        only(&plan(forwarding(forward), vec![cluster("one", &["a"])]), vec![slow(200 * MS), slow(10 * MS)]);
    assert_eq!((response(&again).status, again.attempts), (200, 2));
}

#[test]
fn shares_and_faults_are_walked_with_their_probability() {
    let weighted =
        |name: &str, weight| WeightedCluster { cluster: name.into(), weight, ..WeightedCluster::default() };
    let target = Target::Weighted(vec![weighted("one", 3), weighted("two", 1)]);
    let mut route = forwarding(to(target));
    let half = Fraction { numerator: 50, ..Fraction::ALL };
    route.fault = Some(Fault { delay: None, abort: Some((mp_ir::plan::Abort::Http(555), Some(half))) });
    let plan = plan(route, vec![cluster("one", &["a"]), cluster("two", &["b"])]);
    let all = ways(&plan, vec![status(200)], &arrival("GET", ""));
    let seen: Vec<(i64, &str, u32)> = all
        .iter()
        .map(|(p, out)| ((p * 1000.0) as i64, out.cluster.as_str(), response(out).status))
        .collect();
    assert_eq!(seen, [(375, "one", 555), (375, "one", 200), (125, "two", 555), (125, "two", 200)]);
}

#[test]
fn copies_are_marked_and_nobody_waits_for_them() {
    let mirror = Mirror { cluster: "two".into(), fraction: Fraction::ALL, keep_host: false };
    let forward = Forward { mirrors: vec![mirror], ..to(one()) };
    let plan = plan(forwarding(forward), vec![cluster("one", &["a"]), cluster("two", &["b"])]);
    let out = only(&plan, vec![status(500), status(200)]);
    assert_eq!(response(&out).status, 200);
    let copy = out.upstream.iter().find(|seen| seen.cluster == "two").unwrap();
    let Some(mp_eval::hop::What::Request(request)) = &copy.what else { panic!("{copy:?}") };
    assert_eq!(request.authority, "a.example-shadow");
    let header =
        |name: &str| request.headers.iter().find(|(known, _)| known == name).map(|(_, v)| v.as_str());
    assert_eq!(
        (header("x-envoy-internal"), header("x-forwarded-for")),
        (Some("true"), Some("203.0.113.9,10.0.0.9"))
    );
}

#[test]
fn a_body_that_nobody_read_closes_the_connection() {
    let route = Route {
        action: RouteAction::Direct(mp_ir::plan::DirectResponse { status: 418, body: None }),
        ..Route::default()
    };
    let plan = plan(route, Vec::new());
    let closes = |method: &str, body: &str| {
        let all = ways(&plan, vec![status(200)], &arrival(method, body));
        response(&all[0].1).headers.iter().any(|(name, value)| name == "connection" && value == "close")
    };
    assert!(closes("POST", "x") && !closes("GET", ""));
}
