//! What is told of a text that Kubernetes reads otherwise than it looks, or not at all, and what can still be read of it.
#![expect(clippy::unwrap_used, reason = "functions of tests may fail as tests do")]

use mp_syntax::base::FileId;
use mp_syntax::{Node, ParsedFile, ProblemKind, Value, parse, parse_bytes, parse_template};

fn read(text: &str) -> ParsedFile {
    parse(FileId(0), text.into())
}

/// Kind, text under the span, and text under the other span.
fn told(file: &ParsedFile) -> Vec<(ProblemKind, &str, &str)> {
    let text = |span: mp_syntax::base::Span| file.text.get(span.range()).unwrap();
    file.problems.iter().map(|p| (p.kind, text(p.span), p.other.map_or("", text))).collect()
}

fn keys(node: Node<'_>) -> Vec<&str> {
    node.entries().filter_map(|(key, _)| key.as_str()).collect()
}

#[test]
fn of_equal_keys_the_last_one_counts() {
    let file = read("a: 1\nb: 2\n'a': 3\n");
    assert_eq!(told(&file), [(ProblemKind::DuplicateKey, "'a'", "a")]);
    let root = file.root(0).unwrap();
    assert_eq!(root.get("a").unwrap().value(), Value::Int(3));
    assert_eq!(keys(root), ["b", "a"]);
    assert_eq!(told(&read("a: {b: 1}\nc: {b: 1}\n")), []);
}

#[test]
fn many_equal_keys_are_found_in_large_mappings_too() {
    let mut text: String = (0..200).map(|at| format!("key{at}: {at}\n")).collect();
    assert_eq!(told(&read(&text)), []);
    text.push_str("key150: x\n");
    let file = read(&text);
    assert_eq!(told(&file), [(ProblemKind::DuplicateKey, "key150", "key150")]);
    assert_eq!(file.root(0).unwrap().entries().count(), 200);
}

#[test]
fn merge_keys_bring_entries_with_their_own_places() {
    let file = read("base: &b {x: 1, y: &z [2]}\nmore:\n  <<: *b\n  w: 3\n");
    let more = file.root(0).unwrap().get("more").unwrap();
    assert_eq!(keys(more), ["x", "true", "w"]);
    let (key, value) = more.entry("true").unwrap();
    assert_eq!((key.source(), value.source()), ("y", "[2]"));
    assert!(key.is_merged() && value.is_merged() && !more.entry("w").unwrap().0.is_merged());
    assert_eq!(value.items().count(), 1);
    // The key `y` surprises once, where it stands.
    assert_eq!(told(&file), [(ProblemKind::SurprisingScalar, "y", "")]);
}

#[test]
fn a_key_over_a_merged_one_is_told_because_strict_readers_refuse_it() {
    let file = read("b: &b {x: 1}\na:\n  <<: *b\n  x: 2\n");
    assert_eq!(told(&file), [(ProblemKind::DuplicateKey, "x", "x")]);
    assert!(file.problems.first().unwrap().message.contains("`<<`"));
    assert_eq!(file.root(0).unwrap().get("a").unwrap().get("x").unwrap().value(), Value::Int(2));
}

#[test]
fn aliases_have_their_own_place_and_the_value_of_their_anchor() {
    let file = read("a: &x {b: [c]}\nd: *x\n");
    let alias = file.root(0).unwrap().get("d").unwrap();
    assert_eq!((alias.source(), alias.is_alias()), ("*x", true));
    assert_eq!(alias.get("b").unwrap().source(), "[c]");
    let file = read("a: &x [*x]\nb: *y\n");
    assert_eq!(told(&file).iter().map(|t| t.1).collect::<Vec<_>>(), ["*x", "*y"]);
    assert!(file.root(0).unwrap().get("b").unwrap().is_hole());
}

#[test]
fn what_kubernetes_drops_is_told() {
    let file = read(" a: 1\nb: 2\n");
    assert_eq!(told(&file), [(ProblemKind::TrailingContent, "b: 2", "")]);
    assert_eq!(keys(file.root(0).unwrap()), ["a"]);
    assert_eq!(told(&read("a: 1\n...\n# c\n\nb: 2\n")), [(ProblemKind::TrailingContent, "b: 2", "")]);
    assert_eq!(told(&read("a: 1\n...\n# c\n")), []);
    assert_eq!(told(&read("{a: 1}\n# c\n")), []);
}

#[test]
fn separators_that_the_readers_cut_differently() {
    let file = read("a: 1\n--- # c\nb: 2\n---\nc: 3\n");
    assert_eq!(told(&file), [(ProblemKind::Separator, "--- # c", "")]);
    assert_eq!(file.documents.iter().map(|d| d.index).collect::<Vec<_>>(), [0, 1, 2]);
    let spans: Vec<&str> = file.documents.iter().map(|d| file.text.get(d.span.range()).unwrap()).collect();
    assert_eq!(spans, ["a: 1\n", "b: 2\n", "c: 3\n"]);
    let file = read("a: 1\n--- b: 2\n---\nc: 3\n");
    assert_eq!(told(&file).first().unwrap(), &(ProblemKind::Syntax, "--- b: 2", ""));
    assert_eq!(keys(file.root(file.documents.len() - 1).unwrap()), ["c"]);
}

#[test]
fn documents_without_content_count() {
    let file = read("---\n# c\n---\na: 1\n---\n---\nb: 2\n");
    assert_eq!(file.documents.iter().map(|d| d.index).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(told(&file), []);
}

#[test]
fn a_broken_document_leaves_the_others_whole() {
    let file = read("a: 1\n---\nb: [\nc: 2\nd: 3\n---\ne: 4\n");
    assert_eq!(file.documents.iter().map(|d| d.whole).collect::<Vec<_>>(), [true, false, true]);
    assert!(file.problems.iter().any(|p| p.kind == ProblemKind::Syntax));
    let broken = file.root(1).unwrap();
    assert_eq!(keys(broken), ["b", "c", "d"]);
    assert!(broken.get("b").unwrap().is_hole() && broken.has_gap());
    assert_eq!(broken.get("d").unwrap().source(), "3");
    assert!(!file.root(2).unwrap().has_gap());
}

#[test]
fn half_typed_lines() {
    for (text, kept) in [
        ("a: 1\nb\nc: 2\n", ["a", "c"].as_slice()),
        ("a: 1\nb: \"open\nc: 2\n", &["a", "b", "c"]),
        ("a: 1\nb: x: y\nc: 2\n", &["a", "b", "c"]),
        ("a: 1\n  b: 1\nc: 2\n", &["a", "c"]),
        ("a:\n  x: 1\n y: 2\nc: 2\n", &["a", "c"]),
        ("a: 1\n\tb: 1\nc: 2\n", &["a", "c"]),
        ("a: 1\nb: @x\nc: 2\n", &["a", "b", "c"]),
        ("a: 1\nb: {x: 1\nc: 2\n", &["a", "b", "c"]),
        ("a: 1\n- b\nc: 2\n", &["a", "c"]),
    ] {
        let file = read(text);
        let root = file.root(0).unwrap();
        assert_eq!(keys(root), kept, "{text}");
        assert_eq!(root.get("c").unwrap().value(), Value::Int(2), "{text}");
        assert!(!file.documents.first().unwrap().whole && !file.problems.is_empty(), "{text}");
    }
}

#[test]
fn template_text_is_masked_where_it_breaks_the_document() {
    let text = "{{- if .Values.on }}\nname: {{ .Values.name }}-x\nlist:\n  {{- toYaml .Values.list | nindent 2 }}\nport: 80\n{{- end }}\n";
    let file = read(text);
    assert_eq!(told(&file), [(ProblemKind::Template, "{{- if .Values.on }}", "")]);
    let root = file.root(0).unwrap();
    assert!(root.get("name").unwrap().is_hole() && root.get("list").unwrap().is_hole() && root.has_gap());
    assert_eq!(root.get("name").unwrap().source(), "{{ .Values.name }}-x");
    assert_eq!(root.get("port").unwrap().value(), Value::Int(80));
    assert!(!file.documents.first().unwrap().whole);
}

#[test]
fn quoted_template_text_is_what_kubernetes_reads_unless_asked() {
    let text = "a: \"{{ .b }}\"\n";
    assert_eq!(read(text).root(0).unwrap().get("a").unwrap().as_str(), Some("{{ .b }}"));
    let asked = parse_template(FileId(0), text.into());
    assert!(asked.root(0).unwrap().get("a").unwrap().is_hole());
    assert_eq!(told(&asked), [(ProblemKind::Template, "{{ .b }}", "")]);
}

#[test]
fn keys_of_two_branches_make_the_value_unknown() {
    let file = read("{{ if .a }}\nx: 1\n{{ else }}\nx: 2\n{{ end }}\nz: 3\n");
    assert_eq!(told(&file), [(ProblemKind::Template, "{{ if .a }}", "")]);
    let root = file.root(0).unwrap();
    assert!(root.get("x").unwrap().is_hole() && !root.get("z").unwrap().is_hole());
}

#[test]
fn encodings() {
    let wide: Vec<u8> = "a: é\n---\nb: 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file = parse_bytes(FileId(0), &[&[0xFF, 0xFE], &wide[..]].concat());
    assert_eq!(file.root(0).unwrap().get("a").unwrap().as_str(), Some("é"));
    // No separator is seen in UTF-16 before YAML is read, so the second document is dropped.
    assert_eq!(told(&file).iter().map(|t| t.0).collect::<Vec<_>>(), [ProblemKind::TrailingContent]);
    let file = parse_bytes(FileId(0), b"\xEF\xBB\xBFa: 1\r\nb: \"x\"\r\n");
    let root = file.root(0).unwrap();
    assert_eq!((keys(root), root.get("b").unwrap().source()), (vec!["a", "b"], "\"x\""));
    assert_eq!(told(&file), []);
}

#[test]
fn refused_values_have_a_place() {
    for (text, place) in [
        ("a: .inf\n", ".inf"),
        ("~: 1\n", "~"),
        ("a: !!int x\n", "x"),
        ("a: {<<: 1}\n", "1"),
        ("9223372036854775808: 1\n", "9223372036854775808"),
    ] {
        assert_eq!(told(&read(text)), [(ProblemKind::Syntax, place, "")], "{text}");
    }
}
