//! Hostile texts: each is read quickly and gives a problem with a place, or is just read.

use mp_syntax::base::FileId;
use mp_syntax::{ParsedFile, ProblemKind, batch_json, parse, parse_bytes, parse_template};

fn read(text: String) -> ParsedFile {
    parse(FileId(0), text.into())
}

fn has(file: &ParsedFile, kind: ProblemKind) -> bool {
    file.problems.iter().any(|p| p.kind == kind)
}

#[test]
fn nesting_has_a_limit() {
    let deep = |n: usize| {
        [
            "[".repeat(n),
            format!("{}1{}", "[".repeat(n), "]".repeat(n)),
            "{a: ".repeat(n),
            "- ".repeat(n),
            "? ".repeat(n),
            (0..n.min(1500)).map(|at| format!("{}a:\n", " ".repeat(at))).collect(),
        ]
    };
    for text in deep(10_000) {
        let file = read(text);
        let limit = file.problems.iter().find(|p| p.kind == ProblemKind::Limit);
        assert!(limit.is_some_and(|p| p.span.start > 900), "{:?}", file.problems);
    }
    for text in deep(900) {
        assert!(!has(&read(text), ProblemKind::Limit));
    }
}

#[test]
fn aliases_do_not_hide_depth() {
    let mut text = format!("a0: &a0 {}x{}\n", "[".repeat(400), "]".repeat(400));
    for at in 1..10 {
        let before = at - 1;
        text.push_str(&format!("a{at}: &a{at} {}*a{before}{}\n", "[".repeat(400), "]".repeat(400)));
    }
    assert!(has(&read(text), ProblemKind::Limit));
}

#[test]
fn alias_bombs_are_refused_and_leave_holes() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..12 {
        let list = vec![format!("*a{}", at - 1); 10].join(", ");
        text.push_str(&format!("a{at}: &a{at} [{list}]\n"));
    }
    assert!(batch_json(&text).is_err());
    let file = read(text);
    assert!(has(&file, ProblemKind::Limit));
    let last = file.root(0).unwrap().get("a11").unwrap();
    assert!(last.items().all(|item| item.is_hole()));
}

#[test]
fn merges_are_counted_too() {
    let keys: String = (0..2000).map(|at| format!("k{at}: 1, ")).collect();
    let mut text = format!("b: &b {{{keys}}}\n");
    for at in 0..2000 {
        text.push_str(&format!("m{at}: {{<<: *b}}\n"));
    }
    let file = read(text);
    assert!(has(&file, ProblemKind::Limit));
    let few = "b: &b {x: 1, y: 2}\n".to_owned() + &"- {<<: *b}\n".repeat(3).replace("- ", "c: ");
    assert!(!has(&read(few), ProblemKind::Limit));
}

/// Pieces of which a line is made.
const PARTS: &[&str] = &[
    "a",
    "a ",
    "- ",
    "? ",
    ": ",
    "a: ",
    "[",
    "{",
    "]",
    "},",
    "[a,",
    "{a: b, ",
    "&a ",
    "*a ",
    "!a ",
    "'",
    "\"",
    "\"\\",
    "''",
    "\"\" ",
    "|",
    ">",
    "#",
    " #",
    "%",
    "{{",
    "{{ \"",
    "}}",
    "{{ a }} ",
    "é",
    "\u{2028}",
    "\u{85}",
    "\t",
    "\0",
    "\u{1}a",
    "{{ \\\"}} ",
    "<<: ",
    "- - ",
    "a: *a, ",
];

#[test]
fn one_long_line_of_anything_is_read() {
    let n = 30_000;
    for part in PARTS {
        let text = part.repeat(n / part.len());
        let _ = parse_template(FileId(0), text.as_str().into());
        let _ = read(text);
    }
}

#[test]
fn many_short_lines_of_anything_are_read() {
    for line in [
        "a: 1",
        "- a",
        "- [",
        "---",
        "--- #",
        "--- x",
        "...",
        "'",
        "\"",
        "a: yes",
        "? a",
        "&a a",
        "# meshproof: ignore[MP1] x",
        "{{ if }}",
        "a: {{ b",
        "|",
        "%",
        "\t",
        "a",
        "a: |",
        "[",
        "- {",
        "<<: {a: 1}",
        "\u{1}",
    ] {
        let file = read(format!("{line}\n").repeat(2000));
        let _ = mp_syntax::suppressions(&file);
        assert!(file.problems.len() <= 10_001);
    }
}

#[test]
fn problems_are_counted_and_cut() {
    let file = read("- yes\n".repeat(20_000));
    assert_eq!(file.problems.len(), 10_001);
    assert!(has(&file, ProblemKind::Limit));
}

#[test]
fn binary_data_is_named() {
    let bytes: Vec<u8> = (0..200_000u32).map(|n| u8::try_from(n * 7919 % 251).unwrap()).collect();
    let file = parse_bytes(FileId(0), &bytes);
    assert!(file.problems.iter().all(|p| p.kind == ProblemKind::Encoding), "{:?}", file.problems.first());
    assert_eq!((file.problems.len(), file.documents.len()), (1, 0));
}

#[test]
fn a_bad_character_has_a_place_and_spoils_its_value_alone() {
    let file = parse_bytes(FileId(0), b"a: 1\nb: x\0y\nc: \"\xFF\"\nd: 2\n");
    let places: Vec<&str> = file.problems.iter().map(|p| file.text.get(p.span.range()).unwrap()).collect();
    assert_eq!(places, ["\0", "\u{fffd}"]);
    let root = file.root(0).unwrap();
    assert!(root.get("b").unwrap().is_hole() && root.get("c").unwrap().is_hole());
    assert!(!root.get("a").unwrap().is_hole() && !root.get("d").unwrap().is_hole());
    assert!(!file.documents.first().unwrap().whole);
}

/// One line of more than 512 MiB: refused before it is looked at. The zeros cost no memory until somebody reads them.
#[test]
fn a_file_beyond_the_limit_is_not_read() {
    let bytes = vec![0; (1 << 29) + 1];
    let started = std::time::Instant::now();
    let file = parse_bytes(FileId(3), &bytes);
    let [problem] = file.problems.as_slice() else { panic!("{:?}", file.problems) };
    assert_eq!((problem.kind, problem.span.file, problem.span.start), (ProblemKind::Limit, FileId(3), 0));
    assert!(problem.message.contains("512 MiB") && file.documents.is_empty() && file.text.is_empty());
    assert!(started.elapsed().as_secs() < 60);
}

/// Each sort of hostile text is answered with a place that lies in the text.
#[test]
fn hostile_texts_have_a_place() {
    let bomb: String = (1..12)
        .map(|at| format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 10].join(", ")))
        .collect();
    for bytes in [
        "[".repeat(10_000).into_bytes(),
        format!("a0: &a0 [{}x]\n{bomb}", "x, ".repeat(9)).into_bytes(),
        b"a: \"\xC3\x28\"\n".to_vec(),
        b"a: b\0c\n".to_vec(),
        [b"a: ".as_slice(), &b"x".repeat(2_000_000), b"\0"].concat(),
    ] {
        let file = parse_bytes(FileId(0), &bytes);
        let first = file.problems.first().expect("a problem");
        assert!(file.text.get(first.span.range()).is_some(), "{first:?}");
        assert!(first.span.end > first.span.start || first.span.start > 900, "{first:?}");
    }
}
