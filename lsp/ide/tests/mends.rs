//! Mends on the examples of all checks, and in every dress that YAML has.

use std::collections::{BTreeMap, BTreeSet};

use mp_base::Diagnostic;
use mp_base::docs::examples;
use mp_checks::ALL;
use mp_ide::{Options, analyse, mend};
use mp_model::{Input, Workspace};

fn findings(text: &str) -> Vec<Diagnostic> {
    let workspace = Workspace::read(&[Input::new("a.yaml", text)]);
    analyse(workspace, &Options::default()).findings
}

fn mended(text: &str) -> (String, usize) {
    let done = mend(vec![Input::new("a.yaml", text)], &Options::default());
    (String::from_utf8(done.inputs[0].bytes.to_vec()).unwrap(), done.fixes)
}

/// How often each code is found about each object.
fn counts(findings: &[Diagnostic]) -> BTreeMap<(&'static str, String), usize> {
    let mut out = BTreeMap::new();
    for finding in findings {
        let object = finding.object.as_ref().map(ToString::to_string).unwrap_or_default();
        *out.entry((finding.code, object)).or_default() += 1;
    }
    out
}

#[test]
fn what_is_fixable_goes_and_nothing_new_comes() {
    let mut fixed = BTreeSet::new();
    for check in ALL {
        for fence in examples(&check.docs()) {
            let before = findings(&fence.text);
            let (text, count) = mended(&fence.text);
            let fixable = before.iter().filter(|finding| finding.fix.is_some()).count();
            assert_eq!(fixable > 0, text != fence.text, "{}\n{}", check.code, fence.text);
            assert!(count >= fixable.min(1), "{}", check.code);
            let after = findings(&text);
            assert!(after.iter().all(|finding| finding.fix.is_none()), "{}\n{text}", check.code);
            let (old, new) = (counts(&before), counts(&after));
            // A kind that was none has an object of another name.
            for (key, count) in &new {
                let known = old.get(key).copied().unwrap_or_default();
                assert!(*count <= known, "{}: {key:?} is new\n{text}", check.code);
            }
            assert_eq!(mended(&text).0, text, "{}: twice is once", check.code);
            fixed.extend(before.iter().filter(|finding| finding.fix.is_some()).map(|finding| finding.code));
        }
    }
    let wanted = [
        "MP0101", "MP0102", "MP0103", "MP0113", "MP1001", "MP1005", "MP1029", "MP1031", "MP1033", "MP3012",
        "MP4006", "MP4008",
    ];
    assert_eq!(fixed.into_iter().collect::<Vec<_>>(), wanted);
}

#[test]
fn line_ends_and_a_byte_order_mark_stay() {
    for check in ALL {
        for fence in examples(&check.docs()).iter().filter(|fence| !fence.good) {
            let (text, _) = mended(&fence.text);
            if text == fence.text {
                continue;
            }
            let crlf = |text: &str| text.replace('\n', "\r\n");
            assert_eq!(mended(&crlf(&fence.text)).0, crlf(&text), "{}", check.code);
            let marked = |text: &str| format!("\u{feff}{text}");
            assert_eq!(mended(&marked(&fence.text)).0, marked(&text), "{}", check.code);
        }
    }
}

const HEAD: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: reviews, namespace: shop}\nspec: {ports: [{name: http, port: 80}]}\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: reviews, namespace: shop}\nspec:\n  hosts: [reviews]\n  http:\n";

#[test]
fn subsets_legacy_names_and_quoted_numbers() {
    let rule = "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: reviews, namespace: shop}\nspec: {host: reviews, subsets: [{name: stable, labels: {version: v1}}]}\n";
    let text = |subset: &str, gateway: &str, port: &str| {
        let head = HEAD.replace("  http:", &format!("  gateways: [{gateway}]\n  http:"));
        format!(
            "{head}  - route: [{{destination: {{host: reviews, subset: {subset}, port: {{number: {port}}}}}}}]\n{rule}"
        )
    };
    let good = text("stable", "infra/edge", "80");
    assert_eq!(mended(&text("stabel", "edge.infra.svc.cluster.local", "\"80\"")), (good.clone(), 3));
    assert_eq!(mended(&good), (good.clone(), 0));
    assert_eq!(mended(&text("canary", "infra/edge", "80")).1, 0);
}

#[test]
fn quotes_comments_and_other_text_stay() {
    let route =
        |host: &str| format!("{HEAD}  - route: # first\n    - destination: {{ host: {host}   , }} # €\n");
    for (old, new) in [("reviewz", "reviews"), ("'reviewz'", "'reviews'"), ("\"reviewz\"", "\"reviews\"")] {
        assert_eq!(mended(&route(old)), (route(new), 1), "{old}");
    }
    let full = |name: &str| route(&format!("{name}.shop.svc.cluster.local"));
    assert_eq!(mended(&full("reviewz")).0, full("reviews"));
}

#[test]
fn what_is_not_certain_stays() {
    let stays = |text: &str| {
        assert!(findings(text).iter().any(|finding| finding.level == mp_base::Level::Error), "{text}");
        assert_eq!(mended(text).0, text);
    };
    // Read in two places.
    stays(&format!(
        "{HEAD}  - match: [{{uri: {{prefix: /a}}}}]\n    route: &to [{{destination: {{host: reviewz}}}}]\n  - route: *to\n"
    ));
    // Two that are as near.
    let two = HEAD.replace("---\n", "---\napiVersion: v1\nkind: Service\nmetadata: {name: reviewx, namespace: shop}\nspec: {ports: [{name: http, port: 80}]}\n---\n");
    stays(&format!("{two}  - route: [{{destination: {{host: reviewz}}}}]\n"));
    // Another version, another shop.
    stays(&format!("{HEAD}  - route: [{{destination: {{host: reviews-v2}}}}]\n"));
    // The right name is there already.
    stays(&format!(
        "{HEAD}  - timeout: 1s\n    timeuot: 2s\n    route: [{{destination: {{host: reviews}}}}]\n"
    ));
}

#[test]
fn utf_16_stays() {
    let text = format!("{HEAD}  - route: [{{destination: {{host: reviewz}}}}]\n");
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let input = Input { path: "a.yaml".to_owned(), bytes: std::sync::Arc::new(wide.clone()) };
    let done = mend(vec![input], &Options::default());
    assert_eq!((done.inputs[0].bytes.as_slice(), done.fixes), (wide.as_slice(), 0));
}
