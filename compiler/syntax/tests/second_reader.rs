//! A second reader that knows nothing of ours: granit-parser must find the same scalars at the same bytes in ordinary files.
//!
//! It reads another YAML than Kubernetes does (see ARCHITECTURE.md), so only files without anchors and surprises are compared.

#![expect(clippy::disallowed_methods, reason = "the test reads files and says when it cannot")]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "functions of tests may fail as tests do"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle};
use mp_syntax::base::FileId;
use mp_syntax::{Node, ParsedFile, Value, parse};

type Bytes = (usize, usize);

/// Places of all scalars that are not block scalars and not empty.
fn theirs(text: &str, from: usize) -> Vec<Bytes> {
    let mut out = Vec::new();
    for next in Parser::new_from_str(text) {
        let (event, span) = next.expect("an ordinary document");
        if let Event::Scalar(_, style, _, _) = event
            && !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
            && let Some(range) = span.byte_range().filter(|range| !range.is_empty())
        {
            out.push((from + range.start, from + range.end));
        }
    }
    out
}

fn ours(node: Node<'_>, out: &mut Vec<Bytes>) {
    match node.value() {
        Value::Map => {
            for (key, value) in node.entries() {
                ours(key, out);
                ours(value, out);
            }
        }
        Value::Seq => node.items().for_each(|item| ours(item, out)),
        _ if node.source().is_empty() || node.source().starts_with(['|', '>']) => {}
        _ => out.push((node.span().start as usize, node.span().end as usize)),
    }
}

fn compare(path: &Path) -> usize {
    let text: Arc<str> = std::fs::read_to_string(path).expect("a readable file").into();
    let parsed: ParsedFile = parse(FileId(0), Arc::clone(&text));
    let mut scalars = 0;
    for (at, root) in parsed.roots() {
        let span = parsed.documents[at].span;
        let mut mine = Vec::new();
        ours(root, &mut mine);
        let piece = &text[span.start as usize..span.end as usize];
        assert_eq!(mine, theirs(piece, span.start as usize), "{} document {at}", path.display());
        scalars += mine.len();
    }
    scalars
}

fn yaml_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            yaml_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "yaml") {
            out.push(path);
        }
    }
}

#[test]
fn the_sample_mesh_has_the_same_scalars() {
    let mut files = Vec::new();
    yaml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shop"), &mut files);
    let scalars: usize = files.iter().map(|path| compare(path)).sum();
    assert!(scalars > 1000, "{scalars} scalars in {} files", files.len());
}

#[test]
fn recorded_meshes_have_the_same_scalars() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracle/xds");
    if !folder.is_dir() {
        assert!(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(), "../shared is missing");
        eprintln!("skipped: ../shared is absent");
        return;
    }
    let mut files = Vec::new();
    yaml_files(&folder, &mut files);
    let scalars: usize = files
        .iter()
        .filter(|path| path.parent().is_some_and(|p| p.ends_with("in")))
        .map(|path| compare(path))
        .sum();
    assert!(scalars > 50_000, "{scalars} scalars in {} files", files.len());
}
