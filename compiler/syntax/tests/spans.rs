//! Whatever the text, reading does not panic, and every span lies where it should.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "functions of tests may fail as tests do")]

use mp_syntax::base::FileId;
use mp_syntax::{Node, ParsedFile, Value, batch_json, parse, parse_bytes, parse_template};
use proptest::prelude::*;

const PARTS: &[&str] = &[
    "a",
    "key: ",
    "b: 1\n",
    "- ",
    ": ",
    "\n",
    "\n  ",
    "    ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "'",
    "\"",
    "''",
    " # c\n",
    "|\n",
    ">-\n",
    "&x ",
    "*x",
    "<<: *x\n",
    "!!str ",
    "! ",
    "? ",
    "yes",
    "0755",
    "1.10",
    "~",
    "\t",
    "é",
    "日本",
    "\u{2028}",
    "\u{85}",
    "---\n",
    "--- #\n",
    "...\n",
    "%YAML 1.1\n",
    "@",
    "\\n",
    "\\",
    "\r\n",
    "\r",
    "\u{feff}",
    "{{ .a }}",
    "{{- if }}\n",
    "# meshproof: ignore[MP1] x\n",
    "\u{0}",
    "\u{7f}",
];

fn texts() -> impl Strategy<Value = String> {
    let parts = prop::collection::vec(prop::sample::select(PARTS), 0..40);
    let free = parts.prop_map(|parts| parts.concat());
    let rows: Vec<String> = include_str!("rows.jsonl")
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["yaml"].as_str().unwrap().to_owned()
        })
        .filter(|text| text.len() < 500)
        .collect();
    let joined = prop::collection::vec(prop::sample::select(rows), 1..4).prop_map(|rows| rows.join("---\n"));
    let broken =
        (joined, any::<prop::sample::Index>(), prop::sample::select(PARTS)).prop_map(|(text, at, part)| {
            let mut at = at.index(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let (before, after) = text.split_at(at);
            format!("{before}{part}{after}")
        });
    prop_oneof![free, broken]
}

/// Checks a node and everything in it; an alias stands for what was checked at its anchor.
fn check(node: Node<'_>, parent: Option<Node<'_>>) {
    let (span, source) = (node.span(), node.source());
    assert_eq!(source.len(), (span.end - span.start) as usize, "{node:?}");
    if let Some(parent) = parent.filter(|_| !node.is_merged()) {
        assert!(parent.span().start <= span.start && span.end <= parent.span().end, "{node:?} in {parent:?}");
    }
    if node.is_alias() {
        return assert!(source.starts_with('*'), "{node:?}");
    }
    if node.is_merged() {
        return;
    }
    match node.value() {
        Value::Str(text) if node.is_plain() && !source.contains(['\n', '\r', '\u{85}', '\u{2028}']) => {
            assert!(source == text || is_made(source, text), "{node:?} {source}");
        }
        Value::Str(_) if !node.is_plain() && !source.is_empty() && !source.starts_with('*') => {
            let first = source.chars().next().unwrap();
            assert!("\"'|>".contains(first), "{node:?} {source}");
            assert!("|>".contains(first) || source.ends_with(first), "{node:?} {source}");
        }
        Value::Seq => node.items().for_each(|item| check(item, Some(node))),
        Value::Map => {
            let mut last = 0;
            for (key, value) in node.entries() {
                check(key, Some(node));
                check(value, Some(node));
                if !key.is_merged() {
                    assert!(
                        last <= key.span().start && key.span().end <= value.span().end.max(key.span().end),
                        "{key:?}"
                    );
                    last = value.span().end;
                }
            }
        }
        _ => {}
    }
}

/// A number as a key has the text that Go prints, and `!!binary` what it encodes.
fn is_made(source: &str, text: &str) -> bool {
    text == "true"
        || text == "false"
        || source.contains("aGk")
        || text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
}

fn check_file(file: &ParsedFile) {
    let length = u32::try_from(file.text.len()).unwrap();
    let mut last = 0;
    for document in &file.documents {
        assert!(
            last <= document.span.start
                && document.span.start <= document.span.end
                && document.span.end <= length
        );
        last = document.span.end;
    }
    for (_, root) in file.roots() {
        check(root, None);
        let _ = root.to_json();
    }
    for problem in &file.problems {
        assert!(problem.span.start <= problem.span.end && problem.span.end <= length, "{problem:?}");
        assert!(file.text.get(problem.span.range()).is_some(), "{problem:?}");
    }
    for suppression in mp_syntax::suppressions(file) {
        assert!(file.text.get(suppression.span.range()).is_some_and(|text| text.starts_with('#')));
        assert!(file.text.get(suppression.range.range()).is_some());
    }
}

const SEED: u64 = 20261121;

proptest! {
    // Fixed seed: the same texts each time, so that a failure is seen by whoever caused it.
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(SEED), ..ProptestConfig::default() })]

    #[test]
    fn spans_lie_in_the_file_and_nest(text in texts()) {
        check_file(&parse(FileId(0), text.as_str().into()));
        check_file(&parse_template(FileId(0), text.as_str().into()));
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300), wide in any::<bool>()) {
        let mark: &[u8] = if wide { &[0xFF, 0xFE] } else { &[] };
        check_file(&parse_bytes(FileId(0), &[mark, &bytes].concat()));
    }

    #[test]
    fn json_that_was_printed_is_read_again(text in texts()) {
        if let Ok(json) = batch_json(&text) {
            // YAML refuses some characters that JSON leaves as they are.
            if !json.contains(|c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')) {
                prop_assert_eq!(batch_json(&json).unwrap(), json);
            }
        }
    }

    #[test]
    fn carriage_returns_change_nothing(text in texts()) {
        let plain = !text.contains(['\r', '\0', '\u{7f}']) && text.len() < 400;
        if plain {
            let windows = batch_json(&text.replace('\n', "\r\n"));
            match (batch_json(&text), windows) {
                (Ok(one), Ok(other)) => prop_assert_eq!(one, other),
                (one, other) => prop_assert!(one.is_err() && other.is_err(), "{one:?} {other:?}"),
            }
        }
    }

    #[test]
    fn masking_moves_nothing(text in texts()) {
        if !text.contains("{{") {
            let (plain, masked) = (parse(FileId(0), text.as_str().into()), parse_template(FileId(0), text.as_str().into()));
            prop_assert_eq!(plain.problems, masked.problems);
            prop_assert_eq!(plain.documents.len(), masked.documents.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(SEED), ..ProptestConfig::default() })]

    /// Template text in place of a value of the same length leaves every other token where it was.
    #[test]
    fn masked_values_keep_the_places_of_others(keys in prop::collection::vec("[a-z]{1,6}", 1..6), at in any::<prop::sample::Index>()) {
        let at = at.index(keys.len());
        let text = |open: &str| -> String {
            let line = |(n, key): (usize, &String)| format!("{key}{n}: {}\n", if n == at { open } else { "[v, 'w']" });
            keys.iter().enumerate().map(line).collect()
        };
        let (plain, masked) = (text("'0123456789'"), text("{{ .Value }}"));
        prop_assert_eq!(plain.len(), masked.len());
        let read = |text: &str| parse_template(FileId(0), text.into());
        let (plain, masked) = (read(&plain), read(&masked));
        let places = |file: &ParsedFile| -> Vec<_> {
            let root = file.root(0).unwrap();
            root.entries().map(|(key, value)| (key.span(), value.span())).collect()
        };
        prop_assert_eq!(places(&plain), places(&masked));
        let holes = masked.root(0).unwrap().entries().filter(|(_, value)| value.is_hole()).count();
        prop_assert_eq!(holes, 1);
    }
}

#[test]
fn the_check_itself_can_fail() {
    let file = parse(FileId(0), "a: [b]\n".into());
    let root = file.root(0).unwrap();
    let inner = root.get("a").unwrap();
    let outside = std::panic::catch_unwind(|| check(root, Some(inner)));
    if outside.is_ok() {
        panic!("a mapping does not lie in its own list");
    }
}

#[test]
fn the_odd_tokens_of_an_empty_list_as_a_key_keep_their_order() {
    check_file(&parse(FileId(0), "a: b\u{2028}c\n--key: -\n[]: 1\n".into()));
    check_file(&parse(FileId(0), "a: {}: b\n".into()));
}
