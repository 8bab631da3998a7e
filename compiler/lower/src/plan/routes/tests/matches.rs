//! Matches and actions of a VirtualService.

use mp_ir::mesh::StringMatch;
use mp_ir::plan::{PathMatch, Route};

use super::{Case, cluster, forward, rule, service};

const WEB: &str = "web.shop.svc.cluster.local:80";

/// The routes to `web` that the `http` list of a VirtualService makes.
fn routes(http: &str) -> Vec<Route> {
    let yaml = service("shop", "web")
        + &service("shop", "blue")
        + &rule("r", &format!("hosts: [web], http: [{http}]"));
    Case::new(&yaml).routes("80", WEB)
}

const TO: &str = "route: [{destination: {host: web}}]";

#[test]
fn nothing_follows_a_route_that_takes_all() {
    let names = |http: &str| routes(http).into_iter().map(|route| route.name).collect::<Vec<_>>();
    let open = format!("{{name: a, {TO}}}, {{name: b, {TO}}}");
    assert_eq!(names(&open), ["a"]);
    let slash = format!(
        "{{name: a, match: [{{uri: {{prefix: /}}}}, {{uri: {{prefix: /x}}}}], {TO}}}, {{name: b, {TO}}}"
    );
    assert_eq!(names(&slash), ["a"]);
    let guarded = format!(
        "{{name: a, match: [{{uri: {{prefix: /}}, headers: {{x: {{exact: y}}}}}}], {TO}}}, {{name: b, {TO}}}"
    );
    assert_eq!(names(&guarded), ["a", "b"]);
}

#[test]
fn what_can_never_hold_for_the_caller_is_left_out() {
    // Without a route of its own a service has the default one.
    let asked = |route: &Route| route.config.is_some();
    let named = |condition: &str| {
        routes(&format!("{{name: a, match: [{{{condition}}}], {TO}}}")).into_iter().filter(asked).count()
    };
    assert_eq!(named("sourceLabels: {app: client}"), 1);
    assert_eq!(named("sourceLabels: {app: other}"), 0);
    assert_eq!(named("sourceNamespace: shop"), 1);
    assert_eq!(named("sourceNamespace: other"), 0);
    assert_eq!(named("port: 80"), 1);
    assert_eq!(named("port: 81"), 0);
    assert_eq!(named("gateways: [mesh]"), 1);
    assert_eq!(named("gateways: [other/gateway]"), 0);
    assert_eq!(named("gateways: [mesh], sourceLabels: {app: other}"), 1, "gateways hide the labels");
}

#[test]
fn names_are_joined_with_a_dot() {
    let name = |http: &str| routes(http).remove(0).name;
    assert_eq!(name(&format!("{{name: a, match: [{{name: b, port: 80}}], {TO}}}")), "a.b");
    assert_eq!(name(&format!("{{match: [{{name: b, port: 80}}], {TO}}}")), ".b");
    assert_eq!(name(&format!("{{name: a, match: [{{port: 80}}], {TO}}}")), "a");
}

#[test]
fn headers_are_sorted_and_pseudo_headers_come_last() {
    let http = format!(
        "{{match: [{{headers: {{x-b: {{exact: '1'}}, x-c: {{}}}}, withoutHeaders: {{x-a: {{regex: '*'}}, x-d: {{prefix: q}}}}, \
         scheme: {{exact: http}}, method: {{exact: GET}}, authority: {{prefix: w}}}}], {TO}}}"
    );
    let found = routes(&http).remove(0).matches.headers;
    let names: Vec<&str> = found.iter().map(|header| header.name.as_str()).collect();
    assert_eq!(names, ["x-a", "x-b", "x-c", "x-d", ":method", ":authority", ":scheme"]);
    assert_eq!(
        (&found[0].value, found[0].invert, found[0].missing_as_empty),
        (&StringMatch::Present, true, false)
    );
    assert_eq!((found[1].invert, &found[2].value), (false, &StringMatch::Present));
    assert!(found[3].invert && found[3].missing_as_empty);
}

#[test]
fn claims_are_no_headers() {
    let http = format!("{{match: [{{headers: {{'@request.auth.claims.group': {{exact: a}}}}}}], {TO}}}");
    let found = routes(&http).remove(0).matches;
    assert_eq!((found.claims[0].path.as_slice(), found.headers.len()), (&["group".to_owned()][..], 0));
}

#[test]
fn case_counts_unless_it_is_ignored() {
    let case =
        |extra: &str| routes(&format!("{{match: [{{uri: {{exact: /A}}{extra}}}], {TO}}}")).remove(0).matches;
    assert_eq!(case("").case_sensitive, Some(true));
    assert_eq!(case(", ignoreUriCase: true").case_sensitive, Some(false));
    assert_eq!(routes(&format!("{{{TO}}}")).remove(0).matches.case_sensitive, None);
}

#[test]
fn prefixes_are_plain_for_istio_and_whole_segments_for_ingress() {
    let yaml = service("shop", "web")
        + &rule("r", &format!("hosts: [web], http: [{{match: [{{uri: {{prefix: /a/}}}}], {TO}}}]"));
    let path = |yaml: &str| Case::new(yaml).routes("80", WEB).remove(0).matches.path;
    assert_eq!(path(&yaml), PathMatch::Prefix("/a/".into()));
    let marked =
        yaml.replace("{name: r,", "{name: r, annotations: {internal.istio.io/route-semantics: ingress},");
    assert_eq!(path(&marked), PathMatch::SeparatedPrefix("/a".into()));
}

#[test]
fn a_destination_without_port_takes_the_only_one() {
    let yaml = service("shop", "web") + &rule("r", &format!("hosts: [web], http: [{{{TO}}}]"));
    assert_eq!(cluster(&Case::new(&yaml).routes("80", WEB)[0]), "outbound|80||web.shop.svc.cluster.local");
    let elsewhere = yaml.replace("host: web}", "host: gone}");
    assert_eq!(
        cluster(&Case::new(&elsewhere).routes("80", WEB)[0]),
        "outbound|80||gone.shop.svc.cluster.local"
    );
    let stated = yaml.replace("host: web}", "host: web, subset: v1, port: {number: 99}}");
    assert_eq!(
        cluster(&Case::new(&stated).routes("80", WEB)[0]),
        "outbound|99|v1|web.shop.svc.cluster.local"
    );
}

#[test]
fn destinations_without_weight_fall_out_of_several() {
    let two = "{route: [{destination: {host: web}, weight: 0}, {destination: {host: blue}, weight: 100}]}";
    assert_eq!(cluster(&routes(two)[0]), "outbound|80||blue.shop.svc.cluster.local=100 ");
    let one = "{route: [{destination: {host: web}, weight: 0}]}";
    assert_eq!(cluster(&routes(one)[0]), "outbound|80||web.shop.svc.cluster.local");
}

#[test]
fn a_host_header_of_the_route_wins_over_the_destination_s() {
    let http = |rewrite: &str, route: &str| {
        let one = format!(
            "{{{rewrite}headers: {{request: {{set: {{host: {route}}}}}}}, \
             route: [{{destination: {{host: web}}, headers: {{request: {{set: {{host: inner}}}}}}}}]}}"
        );
        forward(&routes(&one)[0]).host_rewrite
    };
    assert_eq!(http("", "outer").as_deref(), Some("outer"));
    assert_eq!(http("", "''").as_deref(), Some("inner"));
    assert_eq!(http("rewrite: {authority: best}, ", "outer").as_deref(), Some("best"));
}

#[test]
fn mirrors_of_no_share_are_left_out() {
    let mirrors = |extra: &str| forward(&routes(&format!("{{{TO}, {extra}}}"))[0]).mirrors;
    assert_eq!(mirrors("mirror: {host: blue}")[0].fraction.per_million(), 1_000_000);
    assert!(mirrors("mirror: {host: blue}, mirrorPercentage: {value: 0}").is_empty());
    assert_eq!(mirrors("mirror: {host: blue}, mirrorPercent: 5")[0].fraction.per_million(), 50_000);
    assert_eq!(
        mirrors("mirrors: [{destination: {host: blue}}, {destination: {host: web}, percentage: {value: 0}}]")
            .len(),
        1
    );
}

#[test]
fn timeouts_are_off_unless_written() {
    let timeout = |extra: &str| forward(&routes(&format!("{{{TO}{extra}}}"))[0]);
    assert_eq!((timeout("").timeout, timeout("").max_grpc_timeout), (Some(0), Some(0)));
    assert_eq!(timeout(", timeout: 1.5s").max_grpc_timeout, Some(1_500_000_000));
}

#[test]
fn traces_name_one_destination_or_the_virtual_service() {
    let operation = |http: &str| routes(http).remove(0).operation.unwrap();
    let condition = "match: [{uri: {prefix: /a}}]";
    assert_eq!(operation(&format!("{{{condition}, {TO}}}")), "web.shop.svc.cluster.local:80/a*");
    assert_eq!(operation(&format!("{{{condition}, redirect: {{uri: /b}}}}")), "r:80/a*");
    let two = "route: [{destination: {host: web}, weight: 1}, {destination: {host: blue}, weight: 1}]";
    assert_eq!(operation(&format!("{{match: [{{uri: {{exact: /x}}}}], {two}}}")), "r:80/x");
}

#[test]
fn an_empty_fault_is_written_too() {
    assert!(
        routes(&format!("{{{TO}, fault: {{}}}}"))[0]
            .fault
            .as_ref()
            .is_some_and(|f| f.delay.is_none() && f.abort.is_none())
    );
    assert!(routes(&format!("{{{TO}}}"))[0].fault.is_none());
    let abort =
        routes(&format!("{{{TO}, fault: {{abort: {{httpStatus: 500}}}}}}")).remove(0).fault.unwrap().abort;
    assert!(abort.is_some_and(|(_, share)| share.is_none()), "never fires");
}
