//! Both forms of an invariant are read into the same value, and what is printed is read back.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "functions of tests may fail as tests do")]

use mp_eval::Proto;
use mp_ir::base::{Diagnostic, FileId};
use mp_ir::plan::{Cidr, TextMatch};
use mp_prove::{
    Assumptions, Callers, Change, Condition, Date, Demand, Document, HostPattern, Invariant, Place, Scope,
    Severity, Target, Waived, Waiver, Who, parse_lines,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn line(text: &str) -> Invariant {
    let (mut good, bad) = parse_lines(FileId(0), text);
    assert_eq!(bad, Vec::new(), "{text}");
    good.remove(0).without_origins()
}

fn document(text: &str) -> Invariant {
    let document: Document = serde_yaml::from_str(text).unwrap();
    Invariant::from_document(document, &|_| None).unwrap()
}

#[test]
fn the_forms_mean_the_same() {
    let pairs = [
        (
            "error pay-web: only sa:shop/web may to pay/ledger:8080 POST /v1/** because \"PCI scope\"",
            "spec: {because: PCI scope, only: {from: {sa: shop/web}, may: {to: {service: pay/ledger, ports: 8080, methods: POST, paths: /v1/**}}}}",
        ),
        (
            "warn edge: never at gateway:istio-system/edge without jwt(iss=https://idp) path /api/** unless path /api/health",
            "spec: {severity: warning, at: {gateway: istio-system/edge}, never: {without: {jwt: {iss: 'https://idp'}}, to: {paths: [/api/**]}, unless: {to: {paths: /api/health}}}}",
        ),
        (
            "tenant: never from ns:team-a/* to ns:team-b/* unless port 15090",
            "spec: {never: {from: [\"ns:team-a\"], to: {namespace: team-b}, unless: [{to: {ports: [15090]}}]}}",
        ),
        (
            "info gate: no-new since origin/main except to ns:dev*",
            "spec: {severity: info, noNew: {since: origin/main, except: {to: {namespace: 'dev*'}}}}",
        ),
        ("same: equal config:old/ , config:new/ at all", "spec: {equal: [\"config:old/\", \"config:new/\"]}"),
        (
            "probes: always from ip:10.0.0.0/8 to shop/cart GET /healthz waive header x-a=b* until 2027-01-31 ticket SEC-12",
            "spec: {always: {from: {ip: 10.0.0.0/8}, to: {service: shop/cart, methods: GET, paths: /healthz}}, waivers: [{headers: x-a=b*, until: '2027-01-31', ticket: SEC-12}]}",
        ),
        (
            "w: some from sa:shop/web+td:old.example,ip:10.1.1.1 assume world=closed ext.oauth=true from peer",
            "spec: {assume: {world: closed, ext: {oauth: true}, requests: {from: peer}}, some: {from: [\"sa:shop/web+td:old.example\", {ip: 10.1.1.1}]}}",
        ),
    ];
    for (short, long) in pairs {
        let one = line(short);
        let head = "apiVersion: meshproof.dev/v1alpha1\nkind: Invariant\nmetadata: {name: ";
        assert_eq!(document(&format!("{head}{}}}\n{long}\n", one.name)), one, "{short}");
    }
}

fn refused(text: &str) -> Diagnostic {
    let (good, mut bad) = parse_lines(FileId(0), text);
    assert_eq!((good.len(), bad.len()), (0, 1), "{text}");
    bad.remove(0)
}

#[test]
fn nonsense_has_its_place_and_the_word_that_was_meant() {
    for (text, place, help) in [
        ("x: sometimes path /a", "sometimes", "known are"),
        ("x: nevr path /a", "nevr", "did you mean `never`?"),
        ("eror x: never path /a", "eror", "did you mean `error`?"),
        ("x: never form any", "form", "did you mean `from`?"),
        ("x: never from nss:a", "nss:a", "did you mean `ns:a`?"),
        ("x: never from sa:web", "sa:web", "sa:NAMESPACE/"),
        ("x: never from ip:10.0.0.0/33", "ip:10.0.0.0/33", "10.0.0.0/8"),
        ("x: never path admin", "admin", "/a/**"),
        ("x: never path /a/*/b", "/a/*/b", "at the end alone"),
        ("x: never PST /a", "PST", "did you mean"),
        ("x: never path", "path", "grammar"),
        ("x: never port 70000", "70000", "65535"),
        ("x: only ns:a path /a", "ns:a", "may"),
        ("x: never path /a since b", "since", "no-new"),
        ("x: never path /a waive path /b", "waive", "until"),
        ("x: never path /a waive path /b until 2027-02-30", "2027-02-30", "2027-01-31"),
        ("x: never assume wrld=closed", "wrld=closed", "did you mean `world`?"),
        ("x: never at gatway:a/b", "gatway:a/b", "did you mean `gateway`?"),
        ("x: equal a", "equal", "config:OLD"),
        ("x: never header \"a", "x", "`\"`"),
        ("never path /a", "never", "NAME"),
    ] {
        let bad = refused(text);
        let at = text.get(bad.primary.span.range()).unwrap();
        let whole = format!("{} {}", bad.message, bad.help.clone().unwrap_or_default());
        assert!(at.starts_with(place) && whole.contains(help), "{text}: {at:?} {whole}");
    }
}

fn name() -> impl Strategy<Value = String> {
    select(vec!["shop", "pay", "team-a", "web*", "*", "a.b"]).prop_map(str::to_owned)
}

fn text_match() -> impl Strategy<Value = TextMatch> {
    select(vec!["https://idp", "a b", "x*", "*y", "*", "7", "é"]).prop_map(TextMatch::from_wildcard)
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        Just(Who::Any),
        Just(Who::Peer),
        Just(Who::AnyToken),
        name().prop_map(Who::Namespace),
        name().prop_map(Who::TrustDomain),
        (name(), name()).prop_map(|(ns, sa)| Who::Account(ns, sa)),
        select(vec!["10.0.0.0/8", "192.0.2.7/32"]).prop_map(|b| Who::Block(Cidr::parse(b).unwrap())),
        vec((select(vec!["iss".to_owned(), "group".to_owned()]), text_match()), 1..3).prop_map(Who::Token),
    ]
}

fn callers(from: usize) -> impl Strategy<Value = Callers> {
    vec(vec(who(), 1..3), from..3)
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        (name(), name()).prop_map(|(ns, service)| Target::Service(ns, service)),
        name().prop_map(Target::Namespace)
    ]
}

fn texts(all: Vec<&'static str>) -> impl Strategy<Value = Vec<String>> {
    vec(select(all).prop_map(str::to_owned), 0..3)
}

/// A condition; in the main clause the target stands in the place.
fn condition(main: bool) -> impl Strategy<Value = Condition> {
    let operation = (
        texts(vec!["GET", "POST"]),
        texts(vec!["/a", "/v1/**", "/ä"]),
        texts(vec!["/x/**"]),
        texts(vec!["a.com", "*.b", "c:80"]),
        vec(1_u32..65_536, 0..2),
    );
    let headers = vec((select(vec!["x-a".to_owned(), "x-b".to_owned()]), option::of(text_match())), 0..2);
    let proto = option::of(select(vec![Proto::Http, Proto::Tcp]));
    let to = option::of(target()).prop_map(move |to| to.filter(|_| !main));
    (callers(0), callers(0), to, operation, headers, texts(vec!["x-c"]), proto).prop_map(
        |(from, without, to, (methods, paths, not_paths, hosts, ports), headers, no_headers, proto)| {
            Condition {
                from,
                without,
                to,
                methods,
                paths,
                not_paths,
                hosts: hosts.iter().map(|host| HostPattern::new(host)).collect(),
                ports,
                proto,
                headers,
                no_headers,
            }
        },
    )
}

fn stated() -> impl Strategy<Value = Condition> {
    condition(false).prop_filter("a clause", |condition| *condition != Condition::default())
}

fn demand() -> impl Strategy<Value = Demand> {
    let scope = || (condition(true), vec(stated(), 0..3)).prop_map(|(of, unless)| Scope { of, unless });
    let since = select(vec!["", "origin/main"]).prop_map(str::to_owned);
    let change = (condition(true), vec(stated(), 0..2), since)
        .prop_map(|(of, except, since)| Change { of, except, since })
        .boxed();
    prop_oneof![
        scope().prop_map(Demand::Never),
        scope().prop_map(Demand::Always),
        scope().prop_map(Demand::Some),
        (callers(1), scope()).prop_map(|(who, scope)| Demand::Only(who, scope)),
        change.clone().prop_map(Demand::NoNew),
        change.clone().prop_map(Demand::NoLost),
        change.prop_map(Demand::Same),
        Just(Demand::Equal("config:old/".to_owned(), "config:new/".to_owned())),
    ]
}

fn waiver() -> impl Strategy<Value = Waiver> {
    let day = (0_i64..30_000).prop_map(|days| Date::from_days(days).unwrap());
    let requests = (stated(), day).prop_map(|(of, until)| (Waived::Requests(Box::new(of)), Some(until)));
    let like = Just((Waived::Like("other".to_owned()), None));
    let ticket = option::of(select(vec!["SEC-12", "a \"b\" c", "#7"]).prop_map(str::to_owned));
    (prop_oneof![requests, like], ticket).prop_map(|((of, until), ticket)| Waiver {
        of,
        until,
        ticket,
        origin: None,
    })
}

fn place() -> impl Strategy<Value = Place> {
    let pair = || option::of((name(), name()));
    let labels = proptest::collection::btree_map(
        select(vec!["app".to_owned(), "a/b".to_owned()]),
        select(vec!["web".to_owned(), "v 1".to_owned()]),
        0..2,
    );
    (pair(), option::of(target()), pair(), labels).prop_map(|(workload, to, gateway, labels)| Place {
        workload,
        to,
        gateway,
        labels,
    })
}

fn assumptions() -> impl Strategy<Value = Assumptions> {
    let providers = proptest::collection::btree_map(
        select(vec!["oauth".to_owned(), "b-2".to_owned()]),
        any::<bool>(),
        0..3,
    );
    (any::<bool>(), providers, vec(stated(), 0..2)).prop_map(|(closed_world, providers, requests)| {
        Assumptions { closed_world, providers: providers.into_iter().collect(), requests }
    })
}

fn invariant() -> impl Strategy<Value = Invariant> {
    let severity = select(vec![Severity::Error, Severity::Warning, Severity::Info]);
    let because = option::of(select(vec!["PCI", "a # \"b\" \\ c"]).prop_map(str::to_owned));
    (severity, because, place(), demand(), assumptions(), vec(waiver(), 0..3)).prop_map(
        |(severity, because, at, demand, assume, waivers)| Invariant {
            name: "a-1".to_owned(),
            severity,
            because,
            at,
            demand,
            assume,
            waivers,
            origin: None,
        },
    )
}

proptest! {
    #[test]
    fn a_line_is_read_back(invariant in invariant()) {
        let text = invariant.line();
        prop_assert_eq!(line(&text), invariant, "{}", text);
    }

    #[test]
    fn a_document_is_read_back(invariant in invariant()) {
        let text = serde_yaml::to_string(&invariant.document()).unwrap();
        prop_assert_eq!(document(&text), invariant, "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let (good, bad) = parse_lines(FileId(0), &text);
        for finding in bad {
            prop_assert!(text.get(finding.primary.span.range()).is_some());
        }
        drop(good);
    }
}

#[test]
fn a_name_may_end_with_colons() {
    for (line, name) in [(":: never", ":"), ("a:: never path /x", "a:")] {
        let (read, bad) = parse_lines(FileId(0), line);
        assert!(bad.is_empty() && read[0].name == name, "{line}");
        assert_eq!(parse_lines(FileId(0), &read[0].line()).0[0].name, name, "{line}");
    }
}

#[test]
fn the_schema_takes_the_documents_that_are_printed() {
    let schema = mp_prove::schema();
    assert_eq!(schema["title"], "Document");
    assert!(schema["properties"]["spec"].is_object());
}
