//! Any bytes are read, every span lies in the text and on characters, and children lie inside their parents.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_syntax::base::FileId;
use mp_syntax::{Node, ParsedFile, Value, parse_bytes, parse_template, suppressions};

fn check(node: Node<'_>, parent: Option<Node<'_>>) {
    let span = node.span();
    assert_eq!(node.source().len(), (span.end - span.start) as usize);
    if let Some(parent) = parent.filter(|_| !node.is_merged()) {
        assert!(parent.span().start <= span.start && span.end <= parent.span().end);
    }
    if node.is_alias() || node.is_merged() {
        return;
    }
    match node.value() {
        Value::Seq => node.items().for_each(|item| check(item, Some(node))),
        Value::Map => node.entries().for_each(|(key, value)| {
            check(key, Some(node));
            check(value, Some(node));
        }),
        _ => {}
    }
}

fn check_file(file: &ParsedFile) {
    for (_, root) in file.roots() {
        check(root, None);
        let _ = root.to_json();
    }
    for problem in &file.problems {
        assert!(file.text.get(problem.span.range()).is_some());
    }
    for suppression in suppressions(file) {
        assert!(file.text.get(suppression.range.range()).is_some());
    }
}

fuzz_target!(|data: &[u8]| {
    let file = parse_bytes(FileId(0), data);
    check_file(&file);
    check_file(&parse_template(FileId(0), file.text.clone()));
});
