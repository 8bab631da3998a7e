//! The tree: values, spans, documents.

use std::sync::Arc;

use mp_syntax::{Value, base::FileId, parse};

#[test]
fn spans_slice_to_the_token_and_values_have_their_types() {
    let text: Arc<str> = Arc::from("# c\na: 'x'  # d\nb:\n- 0755\n- yes\n---\nc: {d: [1.10, \"e\\n\"]}\n");
    let file = parse(FileId(0), text);
    assert!(file.problems.iter().all(|p| p.kind == mp_syntax::ProblemKind::SurprisingScalar));
    assert_eq!(file.problems.len(), 3);
    let root = file.root(0).unwrap();
    assert_eq!(root.get("a").unwrap().source(), "'x'");
    assert_eq!(root.get("a").unwrap().as_str(), Some("x"));
    let values: Vec<_> = root.get("b").unwrap().items().map(|n| n.value()).collect();
    assert_eq!(values, [Value::Int(493), Value::Bool(true)]);
    let list = file.root(1).unwrap().get("c").unwrap().get("d").unwrap();
    assert_eq!(list.source(), "[1.10, \"e\\n\"]");
    let values: Vec<_> = list.items().map(|n| n.value()).collect();
    assert_eq!(values, [Value::Float(1.1), Value::Str("e\n")]);
}
