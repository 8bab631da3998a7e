//! Names of endpoints: which addresses are used, how long answers last, and what failures do, as with Envoy.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects and writes files")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domain::base::iana::Rcode;
use domain::base::{Message, MessageBuilder, Name, Rtype, Ttl};
use domain::rdata::{A, Aaaa, Cname};
use envoy::twin;
use proxy::{Proxy, cluster, filter, to, upstream};
use serde_json::{Value, json};

/// What the server says about names, and how often it was asked for each.
#[derive(Default)]
struct Zone {
    /// Addresses and aliases with the seconds they last; `servfail`, and `cut` for answers that only fit over TCP.
    records: BTreeMap<&'static str, Vec<(&'static str, u32)>>,
    asked: BTreeMap<String, usize>,
}

impl Zone {
    fn note(&mut self, name: &str, kind: Rtype, tcp: bool) {
        let asked = format!("{name} {kind}{}", if tcp { " tcp" } else { "" });
        *self.asked.entry(asked).or_insert(0) += 1;
    }

    fn has(&self, name: &str, word: &str) -> bool {
        self.records.get(name).is_some_and(|all| all.iter().any(|(data, _)| *data == word))
    }
}

type Shared = Arc<Mutex<Zone>>;

fn answer(question: &[u8], zone: &Shared, tcp: bool) -> Option<Vec<u8>> {
    let question = Message::from_octets(question).ok()?;
    let asked = question.first_question()?;
    let name = format!("{}.", asked.qname().to_string().to_lowercase().trim_end_matches('.'));
    let mut zone = zone.lock().unwrap();
    zone.note(&name, asked.qtype(), tcp);
    let mut at = name.clone();
    let mut records = zone.records.get(name.as_str());
    let rcode = match records {
        None => Rcode::NXDOMAIN,
        Some(_) if zone.has(&name, "servfail") => Rcode::SERVFAIL,
        Some(_) => Rcode::NOERROR,
    };
    let mut message = MessageBuilder::new_vec().start_answer(&question, rcode).ok()?;
    if !tcp && zone.has(&name, "cut") {
        message.header_mut().set_tc(true);
        return Some(message.finish());
    }
    while let Some(all) = records {
        records = None;
        for (data, ttl) in all {
            let (owner, ttl) = (at.parse::<Name<Vec<u8>>>().unwrap(), Ttl::from_secs(*ttl));
            match data.parse::<IpAddr>() {
                Ok(IpAddr::V4(v4)) if asked.qtype() == Rtype::A => {
                    message.push((owner, ttl, A::new(v4))).unwrap()
                }
                Ok(IpAddr::V6(v6)) if asked.qtype() == Rtype::AAAA => {
                    message.push((owner, ttl, Aaaa::new(v6))).unwrap()
                }
                Err(_) if data.contains('.') => {
                    message.push((owner, ttl, Cname::new(data.parse::<Name<Vec<u8>>>().unwrap()))).unwrap();
                    at = (*data).to_owned();
                    records = zone.records.get(data);
                }
                _ => {}
            }
        }
    }
    Some(message.finish())
}

/// A DNS server on one port, over UDP and TCP.
fn server(zone: &Shared) -> u16 {
    // A port that is free over UDP need not be free over TCP.
    let both = || {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let listener = TcpListener::bind(socket.local_addr().unwrap()).ok()?;
        Some((socket, listener))
    };
    let (socket, listener) = std::iter::repeat_with(both).flatten().next().unwrap();
    let port = socket.local_addr().unwrap().port();
    let (over_udp, over_tcp) = (zone.clone(), zone.clone());
    std::thread::spawn(move || {
        let mut buffer = [0; 2048];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
            if let Some(answer) = answer(&buffer[..length], &over_udp, false) {
                socket.send_to(&answer, peer).unwrap();
            }
        }
    });
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let zone = over_tcp.clone();
            std::thread::spawn(move || {
                let mut length = [0; 2];
                while stream.read_exact(&mut length).is_ok() {
                    let mut question = vec![0; u16::from_be_bytes(length).into()];
                    stream.read_exact(&mut question).unwrap();
                    let answer = answer(&question, &zone, true).unwrap();
                    stream.write_all(&[&(answer.len() as u16).to_be_bytes(), &*answer].concat()).unwrap();
                }
            });
        }
    });
    port
}

fn resolver(port: u16, more: Value) -> Value {
    let mut config = json!({"@type": "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
        "resolvers": [{"socketAddress": {"address": "127.0.0.1", "portValue": port}}],
        "dnsResolverOptions": {"noDefaultSearchDomain": true}, "queryTimeoutSeconds": 1, "queryTries": 2});
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    json!({"name": "envoy.network.dns_resolver.cares", "typedConfig": config})
}

fn named(name: &str, hosts: &[&str], resolver: &Value, more: Value) -> Value {
    let endpoints: Vec<_> = hosts
        .iter()
        .map(|host| json!({"endpoint": {"address": {"socketAddress": {"address": host, "portValue": 80}}}}))
        .collect();
    let mut all = cluster(
        name,
        &[],
        json!({"type": "STRICT_DNS", "dnsRefreshRate": "60s", "typedDnsResolverConfig": resolver}),
    );
    all["loadAssignment"]["endpoints"] = json!([{"lbEndpoints": endpoints}]);
    for (key, value) in more.as_object().unwrap() {
        all[key] = value.clone();
    }
    all
}

/// The hosts of a cluster.
fn hosts(proxy: &Proxy, cluster: &str) -> BTreeSet<String> {
    let page = proxy.admin("/clusters");
    let lines = page.lines().filter_map(|line| line.strip_prefix(cluster)?.strip_prefix("::"));
    lines.filter_map(|line| line.strip_suffix("::cx_active::0")).map(str::to_owned).collect()
}

/// Waits until the hosts of a cluster are these.
fn until(proxy: &Proxy, cluster: &str, wanted: &[&str]) {
    let wanted: BTreeSet<_> = wanted.iter().map(|host| (*host).to_owned()).collect();
    let begin = Instant::now();
    while hosts(proxy, cluster) != wanted {
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "{cluster}: {:?}, not {wanted:?}",
            hosts(proxy, cluster)
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn zone() -> Shared {
    let mut zone = Zone::default();
    for (name, records) in [
        ("both.test.", vec![("10.0.0.1", 60), ("10.0.0.2", 60), ("fd00::1", 60)]),
        ("four.test.", vec![("10.0.0.4", 60)]),
        ("six.test.", vec![("fd00::6", 60)]),
        ("alias.test.", vec![("real.test.", 60)]),
        ("real.test.", vec![("10.0.0.9", 60), ("fd00::9", 60)]),
        ("cut.test.", vec![("cut", 0), ("10.0.0.7", 60)]),
        ("none.test.", vec![]),
        ("broken.test.", vec![("servfail", 0)]),
    ] {
        zone.records.insert(name, records);
    }
    Arc::new(Mutex::new(zone))
}

/// The proxy and Envoy with the same clusters.
fn both(clusters: &[Value]) -> Vec<(Proxy, Option<envoy::Envoy>)> {
    let mut all = clusters.to_vec();
    all.push(cluster("up", &[upstream()], json!({})));
    let proxy = Proxy::start(&[], to("up"), &all, json!({}));
    let other = twin(&proxy, &[]);
    let mut both = vec![(proxy, None)];
    both.extend(other.map(|(running, twin)| (twin, Some(running))));
    both
}

/// Clusters, and the hosts that they get.
fn families(ask: &Value, tcp: &Value, two: &Value) -> Vec<(Value, &'static [&'static str])> {
    let family = |family: &str| json!({"dnsLookupFamily": family});
    vec![
        (named("auto", &["both.test"], ask, json!({})), &["[fd00::1]:80"]),
        (named("auto4", &["four.test"], ask, json!({})), &["10.0.0.4:80"]),
        (named("v4", &["both.test"], ask, family("V4_ONLY")), &["10.0.0.1:80", "10.0.0.2:80"]),
        (named("v4of6", &["six.test"], ask, family("V4_ONLY")), &[]),
        (named("v6", &["both.test"], ask, family("V6_ONLY")), &["[fd00::1]:80"]),
        (
            named("preferred", &["both.test", "six.test"], ask, family("V4_PREFERRED")),
            &["10.0.0.1:80", "10.0.0.2:80", "[fd00::6]:80"],
        ),
        (named("all", &["both.test"], ask, family("ALL")), &["10.0.0.1:80", "10.0.0.2:80", "[fd00::1]:80"]),
        (named("all4", &["four.test"], ask, family("ALL")), &["10.0.0.4:80"]),
        (named("alias", &["alias.test"], ask, family("V4_ONLY")), &["10.0.0.9:80"]),
        (named("nobody", &["nobody.test", "four.test"], ask, family("V4_ONLY")), &["10.0.0.4:80"]),
        (named("none", &["none.test"], ask, json!({})), &[]),
        (named("broken", &["broken.test", "four.test"], ask, family("V4_ONLY")), &["10.0.0.4:80"]),
        (named("cut", &["cut.test"], ask, family("V4_ONLY")), &["10.0.0.7:80"]),
        (named("tcp", &["four.test"], tcp, json!({})), &["10.0.0.4:80"]),
        (named("second", &["four.test"], two, family("V4_ONLY")), &["10.0.0.4:80"]),
        (
            named(
                "logical",
                &["both.test"],
                ask,
                json!({"type": "LOGICAL_DNS", "dnsLookupFamily": "V4_ONLY"}),
            ),
            &["10.0.0.1:80"],
        ),
        (named("hosts", &["localhost"], ask, family("V4_ONLY")), &["127.0.0.1:80"]),
    ]
}

#[test]
fn families_and_kinds_of_answers_are_as_asked_for() {
    let zone = zone();
    let ask = resolver(server(&zone), json!({}));
    let tcp = resolver(
        server(&zone),
        json!({"dnsResolverOptions": {"useTcpForDnsLookups": true, "noDefaultSearchDomain": true}}),
    );
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let two = {
        let mut two = resolver(silent.local_addr().unwrap().port(), json!({}));
        let second = resolver(server(&zone), json!({}))["typedConfig"]["resolvers"][0].clone();
        two["typedConfig"]["resolvers"].as_array_mut().unwrap().push(second);
        two
    };
    let cases = families(&ask, &tcp, &two);
    let clusters: Vec<_> = cases.iter().map(|(cluster, _)| cluster.clone()).collect();
    for (proxy, _) in both(&clusters) {
        for (cluster, wanted) in &cases {
            until(&proxy, cluster["name"].as_str().unwrap(), wanted);
        }
    }
    let asked = zone.lock().unwrap().asked.clone();
    assert!(asked.contains_key("cut.test. A tcp") && !asked.contains_key("localhost. A"), "{asked:?}");
}

/// Answers that are over are asked for again, and others are not.
fn old_answers_are_replaced(proxy: &Proxy, zone: &Shared) {
    let set = |name: &'static str, records: &[(&'static str, u32)]| {
        zone.lock().unwrap().records.insert(name, records.to_vec());
    };
    until(proxy, "ttl", &["10.0.1.1:80", "10.0.1.2:80"]);
    until(proxy, "failing", &["10.0.4.1:80"]);
    until(proxy, "logical", &["10.0.3.1:80"]);
    set("ttl.test.", &[("10.0.1.3", 60)]);
    set("fixed.test.", &[("10.0.2.9", 1)]);
    set("logical.test.", &[("10.0.3.9", 1)]);
    until(proxy, "ttl", &["10.0.1.3:80"]);
    until(proxy, "logical", &["10.0.3.9:80"]);
    until(proxy, "fixed", &["10.0.2.1:80"]);
    set("fixed.test.", &[("10.0.2.1", 1)]);
}

/// Who does not know keeps what is known; who knows that there is nothing takes it away.
fn failures_change_nothing(proxy: &Proxy, zone: &Shared) {
    let set = |name: &'static str, records: &[(&'static str, u32)]| {
        zone.lock().unwrap().records.insert(name, records.to_vec());
    };
    set("failing.test.", &[("servfail", 0)]);
    let failed = |page: &str| {
        let number = page.lines().find_map(|l| l.strip_prefix("cluster.failing.update_failure: "));
        number.is_some_and(|n| n.parse::<u32>().unwrap() > 1)
    };
    assert!(failed(&proxy.admin_once("/stats", failed)), "failures are not counted");
    until(proxy, "failing", &["10.0.4.1:80"]);
    set("failing.test.", &[("10.0.4.2", 60)]);
    until(proxy, "failing", &["10.0.4.2:80"]);
    zone.lock().unwrap().records.remove("failing.test.");
    until(proxy, "failing", &[]);
    // A logical name keeps its host.
    zone.lock().unwrap().records.remove("logical.test.");
    let before = zone.lock().unwrap().asked["logical.test. A"];
    let begin = Instant::now();
    while zone.lock().unwrap().asked["logical.test. A"] < before + 1 {
        assert!(begin.elapsed() < Duration::from_secs(20), "nobody asks");
        std::thread::sleep(Duration::from_millis(20));
    }
    until(proxy, "logical", &["10.0.3.9:80"]);
}

/// Settings of a cluster that has IPv4 only.
fn four(more: Value) -> Value {
    let mut all = json!({"dnsLookupFamily": "V4_ONLY"});
    for (key, value) in more.as_object().unwrap() {
        all[key] = value.clone();
    }
    all
}

#[test]
fn answers_last_as_long_as_they_say() {
    let zone = zone();
    let ask = resolver(server(&zone), json!({}));
    let set = |name: &'static str, records: &[(&'static str, u32)]| {
        zone.lock().unwrap().records.insert(name, records.to_vec());
    };
    let begin = || {
        set("ttl.test.", &[("10.0.1.1", 1), ("10.0.1.2", 9)]);
        set("fixed.test.", &[("10.0.2.1", 1)]);
        set("logical.test.", &[("10.0.3.1", 1)]);
        set("failing.test.", &[("10.0.4.1", 60)]);
    };
    begin();
    let often = json!({"dnsRefreshRate": "0.1s", "dnsFailureRefreshRate": {"baseInterval": "0.1s", "maxInterval": "0.2s"}});
    let clusters = [
        named("ttl", &["ttl.test"], &ask, four(json!({"respectDnsTtl": true, "dnsJitter": "0.1s"}))),
        named("fixed", &["fixed.test"], &ask, four(json!({}))),
        named(
            "logical",
            &["logical.test"],
            &ask,
            four(json!({"type": "LOGICAL_DNS", "respectDnsTtl": true})),
        ),
        named("failing", &["failing.test"], &ask, four(often)),
    ];
    let mut all = clusters.to_vec();
    all.push(cluster("up", &[upstream()], json!({})));
    let proxy = Proxy::start(&[], to("up"), &all, json!({}));
    old_answers_are_replaced(&proxy, &zone);
    failures_change_nothing(&proxy, &zone);
    begin();
    if let Some((_running, twin)) = twin(&proxy, &[]) {
        old_answers_are_replaced(&twin, &zone);
        failures_change_nothing(&twin, &zone);
    }
}

#[test]
fn requests_name_their_endpoints() {
    let zone = zone();
    let up = upstream();
    zone.lock().unwrap().records.insert("here.test.", vec![("127.0.0.1", 60)]);
    let cache = json!({"name": "c", "dnsLookupFamily": "V4_ONLY", "dnsMinRefreshRate": "1s", "dnsRefreshRate": "30s", "hostTtl": "40s",
        "dnsFailureRefreshRate": {"baseInterval": "1s", "maxInterval": "2s"},
        "typedDnsResolverConfig": resolver(server(&zone), json!({}))});
    let dynamic = json!({"name": "up", "lbPolicy": "CLUSTER_PROVIDED", "connectTimeout": "1s", "clusterType": {
        "name": "envoy.clusters.dynamic_forward_proxy", "typedConfig": {"dnsCacheConfig": cache,
            "@type": "type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig"}}});
    let filters = [filter("http.dynamic_forward_proxy.v3.FilterConfig", json!({"dnsCacheConfig": cache}))];
    let proxy = Proxy::start(&filters, to("up"), &[dynamic], json!({}));
    let other = twin(&proxy, &[]);
    for proxy in [Some(&proxy), other.as_ref().map(|(_, twin)| twin)].into_iter().flatten() {
        let status = |host: &str| {
            let answer = proxy.ask(&format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n"));
            answer.0.split(' ').nth(1).unwrap_or_default().to_owned()
        };
        for _ in 0..3 {
            assert_eq!(status(&format!("here.test:{up}")), "200");
        }
        assert_eq!(status("nobody.test:80"), "503");
        assert_eq!(status(&format!("127.0.0.1:{up}")), "200");
    }
    let asked = zone.lock().unwrap().asked["here.test. A"];
    assert_eq!(asked, 1 + usize::from(other.is_some()), "an answer is used as long as it lasts");
}
