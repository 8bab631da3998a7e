//! The page of `graph`: what it shows of the sample mesh, and that names cannot become markup.

mod support;

use serde_json::Value;
use support::{Folder, fixtures, meshproof};

/// The page's data.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("<script id=\"mesh\" type=\"application/json\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn findings_policies_and_places_stand_on_nodes() {
    let ran = meshproof(&fixtures(), &["graph", "shop-broken", "--output-format", "html"], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let page = data(&ran.out);
    let line =
        |list: &Value| -> String { list.as_array().unwrap().iter().map(|one| format!("{one}\n")).collect() };
    let lists = ["namespaces", "nodes", "edges", "findings", "policies"];
    let text: String = lists.map(|name| format!("{name}:\n{}", line(&page[name]))).concat();
    settings.bind(|| insta::assert_snapshot!("graph-html", text));
    let again =
        meshproof(&fixtures(), &["--jobs", "1", "graph", "shop-broken", "--output-format", "html"], b"");
    assert_eq!(ran.out, again.out, "the same bytes each time");
}

#[test]
fn the_page_needs_nothing_else() {
    let ran = meshproof(&fixtures(), &["graph", "shop", "--output-format", "html"], b"");
    let page = ran.out.replace("http://www.w3.org/2000/svg", "");
    for word in ["http://", "https://", "//cdn", " src=", " href=", "@import", "url("] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn names_never_become_markup() {
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u{2028}&amp;\"'`${1}";
    let quoted = serde_json::to_string(hostile).unwrap();
    let text = format!(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: {quoted}, namespace: {quoted}}}\nspec:\n  hosts: [{quoted}]\n  gateways: [{quoted}]\n  http: [{{route: [{{destination: {{host: {quoted}, subset: {quoted}}}}}]}}]\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: {quoted}, namespace: {quoted}}}\nspec: {{ports: [{{name: http, port: 80}}], selector: {{a: {quoted}}}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {quoted}, namespace: {quoted}, labels: {{a: {quoted}}}}}\nspec: {{containers: []}}\n"
    );
    let folder = Folder::new("graph-hostile", &[("a<b>&.yaml", text.as_bytes())]);
    let ran = meshproof(&folder.0, &["graph", "--output-format", "html"], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let page = data(&ran.out);
    let names: Vec<&str> =
        page["nodes"].as_array().unwrap().iter().map(|n| n["name"].as_str().unwrap()).collect();
    assert!(names.iter().any(|name| name.contains(hostile)), "{names:?}");
    assert_eq!(ran.out.matches("<script").count(), 2, "the data and the script");
    assert_eq!(ran.out.matches("</script>").count(), 2);
    assert!(!ran.out.contains("<img") && !ran.out.contains("<b>"), "nothing of it is markup");
}
