//! Objects as Istio's file source reads them, which is what `istioctl analyze` sees (istio 1.31 `pilot/pkg/config/file/store.go`,
//! `pilot/pkg/config/file/util/kubeyaml`). It differs from the API server's reading: fewer separators cut, only `kind: List` is unrolled and
//! is lost as a whole with one item that is not read, objects of kinds that nobody asks for are passed over without a word.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::admission::{go_json, misread_metadata};
use crate::base::{FileId, SourceFile, Span};
use crate::node::Node;
use crate::source_kind::SourceKind;
use crate::syntax::{ParsedFile, Piece, ProblemKind, Reader, Value, parse_bytes_as, split};
use crate::{Input, Kind};

/// Files of one cluster in the order in which they are applied.
#[derive(Debug)]
pub struct FileSource {
    files: Vec<(SourceFile, ParsedFile)>,
}

/// An object of the file source. Its namespace is empty where none is written.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    /// Its kind.
    pub kind: SourceKind,
    /// `metadata.namespace`; empty for cluster-wide kinds.
    pub namespace: &'a str,
    /// `metadata.name`.
    pub name: &'a str,
    /// `metadata.labels`.
    pub labels: BTreeMap<&'a str, &'a str>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<&'a str, &'a str>,
    /// The whole object.
    pub root: Node<'a>,
    file: &'a SourceFile,
    lines: Lines,
}

/// How the lines of an object are told: its first line, and what is added to the lines of its fields.
#[derive(Clone, Copy, Debug)]
struct Lines {
    first: u32,
    shift: i64,
}

/// A document that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFault {
    /// Where, as `file:line`.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

/// What the documents hold.
#[derive(Debug, Default)]
pub struct Instances<'a> {
    /// Objects in the order of the files.
    pub found: Vec<Instance<'a>>,
    /// Documents that were not read, in order.
    pub faults: Vec<ReadFault>,
}

/// Why an object is not taken.
enum Refused {
    /// Nobody asks for its kind.
    Unknown,
    /// It cannot be read.
    Fault(String, Span),
}

impl FileSource {
    /// Parses all files, in parallel.
    #[must_use]
    pub fn read(inputs: &[Input]) -> Self {
        let read = |(at, input): (usize, &Input)| {
            let id = FileId(u32::try_from(at).unwrap_or(u32::MAX));
            let parsed = parse_bytes_as(id, &input.bytes, Reader::Istio);
            (SourceFile::new(input.path.clone(), Arc::clone(&parsed.text)), parsed)
        };
        Self { files: inputs.par_iter().enumerate().map(read).collect() }
    }

    /// The objects of the kinds that somebody asks for.
    #[must_use]
    pub fn instances(&self, asked: impl Fn(SourceKind) -> bool + Sync) -> Instances<'_> {
        let parts: Vec<Instances<'_>> =
            self.files.par_iter().map(|(source, parsed)| of_file(source, parsed, &asked)).collect();
        let mut out = Instances::default();
        for part in parts {
            out.found.extend(part.found);
            out.faults.extend(part.faults);
        }
        out
    }
}

impl Instance<'_> {
    /// The file as it was named.
    #[must_use]
    pub fn path(&self) -> &str {
        self.file.path()
    }

    /// The object's first line as Istio's tools tell it; comments before the object count, blank lines do not.
    #[must_use]
    pub fn first_line(&self) -> u32 {
        self.lines.first
    }

    /// The line of a token of the object as Istio's tools tell it.
    #[must_use]
    pub fn line_of(&self, span: Span) -> u32 {
        let told = i64::from(line(self.file, span.start)) + self.lines.shift;
        u32::try_from(told).unwrap_or(self.lines.first)
    }

    /// The kind under which the rest of meshproof knows it.
    #[must_use]
    pub fn model_kind(&self) -> Option<Kind> {
        self.kind.model()
    }
}

/// The line of a byte, from 1.
fn line(source: &SourceFile, at: u32) -> u32 {
    source.line_col(at).line + 1
}

fn of_file<'a>(
    source: &'a SourceFile,
    parsed: &'a ParsedFile,
    asked: &(impl Fn(SourceKind) -> bool + Sync),
) -> Instances<'a> {
    let pieces = split(&parsed.text, Reader::Istio);
    let mut out = Instances::default();
    for (at, document) in parsed.documents.iter().enumerate() {
        let Some(root) = parsed.root(at) else { continue };
        let lines = pieces
            .get(document.index as usize)
            .map_or(Lines { first: 1, shift: 0 }, |piece| lines(source, *piece));
        let mut found = Vec::new();
        let read = match unreadable(parsed, document.span, document.whole) {
            Some((message, span)) => Err(Refused::Fault(message, span)),
            None => take(source, root, lines, asked, &mut found),
        };
        match read {
            Ok(()) => out.found.extend(found),
            Err(Refused::Unknown) => {}
            Err(Refused::Fault(message, span)) => {
                let place = format!("{}:{}", source.path(), line(source, span.start));
                out.faults.push(ReadFault { place, message });
            }
        }
    }
    out
}

/// What the reader of YAML says of a document that it refuses.
fn unreadable(parsed: &ParsedFile, document: Span, whole: bool) -> Option<(String, Span)> {
    let is_fault =
        |kind: ProblemKind| matches!(kind, ProblemKind::Syntax | ProblemKind::Encoding | ProblemKind::Limit);
    let inside = |span: Span| document.start <= span.start && span.start <= document.end;
    let first = parsed.problems.iter().find(|p| is_fault(p.kind) && inside(p.span));
    match first {
        Some(problem) => Some((problem.message.clone(), problem.span)),
        None if whole => None,
        None => Some(("the document cannot be read".to_owned(), document)),
    }
}

/// The first line of a piece that is neither blank nor a separator, and how far the lines of fields are off: they are counted from the first
/// line that is not blank, be it a separator.
fn lines(source: &SourceFile, piece: Piece) -> Lines {
    let text = source.text().get(piece.start..piece.end).unwrap_or_default();
    let (mut first, mut trimmed) = (None, None);
    let number = u32::try_from(piece.start).map_or(1, |at| line(source, at));
    for (line, number) in text.lines().zip(number..) {
        if trimmed.is_none() && !line.trim().is_empty() {
            trimmed = Some(number);
        }
        if !line.is_empty() && line != "---" {
            first = Some(number);
            break;
        }
    }
    let first = first.unwrap_or(number);
    Lines { first, shift: i64::from(first) - i64::from(trimmed.unwrap_or(first)) }
}

fn take<'a>(
    source: &'a SourceFile,
    root: Node<'a>,
    lines: Lines,
    asked: &impl Fn(SourceKind) -> bool,
    out: &mut Vec<Instance<'a>>,
) -> Result<(), Refused> {
    let fault = |why: &str, node: Node<'_>| Err(Refused::Fault(why.to_owned(), node.span()));
    if root.is_null() {
        return Ok(());
    }
    if let Some(Err(why)) = root.source().starts_with('{').then(|| go_json::whole(root.source())) {
        // What begins like JSON is taken for JSON.
        return fault(&why, root);
    }
    let text = |key: &str| root.get(key).filter(|node| !node.is_null());
    let (version, kind) = (text("apiVersion"), text("kind"));
    if root.value() != Value::Map || [version, kind].iter().flatten().any(|node| node.as_str().is_none()) {
        return fault("couldn't get version/kind; json parse error", root);
    }
    let as_text = |node: Option<Node<'a>>| node.and_then(Node::as_str).unwrap_or_default();
    if as_text(kind) == "List" {
        let items = root.get("items").filter(|items| items.value() == Value::Seq);
        let Some(items) = items.filter(|items| items.items().all(|item| item.value() == Value::Map)) else {
            return fault(
                "failed extracting resource chunks from list yaml chunk: malformed items field",
                root,
            );
        };
        return items
            .items()
            .try_for_each(|item| take(source, item, item_lines(source, lines, item), asked, out));
    }
    if as_text(kind).is_empty() && as_text(version).is_empty() {
        return fault("unable to parse resource with no group, version and kind", root);
    }
    let found = SourceKind::of(as_text(version), as_text(kind)).filter(|kind| asked(*kind));
    let Some(kind) = found else { return Err(Refused::Unknown) };
    if let Some(wrong) = misread_metadata(root) {
        return Err(Refused::Fault(
            format!("failed parsing JSON for built-in type: {}", wrong.message),
            wrong.span,
        ));
    }
    out.push(instance(source, root, lines, kind));
    Ok(())
}

/// An item is written anew before it is read, and lines of the copy are counted from one line too far down.
fn item_lines(source: &SourceFile, list: Lines, item: Node<'_>) -> Lines {
    let at = line(source, item.span().start);
    let shift = list.shift + 1;
    let first = u32::try_from(i64::from(at) + shift).unwrap_or(at);
    Lines { first, shift }
}

fn instance<'a>(source: &'a SourceFile, root: Node<'a>, lines: Lines, kind: SourceKind) -> Instance<'a> {
    let meta = |key: &str| root.get("metadata").and_then(|meta| meta.get(key));
    let text = |key: &str| meta(key).and_then(Node::as_str).unwrap_or_default();
    let map = |key: &str| {
        let entries = meta(key).into_iter().flat_map(Node::entries);
        entries.filter_map(|(key, value)| Some((key.as_str()?, value.as_str().unwrap_or_default()))).collect()
    };
    Instance {
        kind,
        namespace: if kind.is_cluster_wide() { "" } else { text("namespace") },
        name: text("name"),
        labels: map("labels"),
        annotations: map("annotations"),
        root,
        file: source,
        lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, usize) {
        let source = FileSource::read(&[Input::new("a.yaml", text)]);
        let all = source.instances(|kind| kind != SourceKind::Secret);
        let told = |one: &Instance<'_>| {
            let spec = one.root.get("spec").map_or(0, |spec| one.line_of(spec.span()));
            format!("{} {}/{} {} {spec}", one.kind.name(), one.namespace, one.name, one.first_line())
        };
        (all.found.iter().map(told).collect(), all.faults.len())
    }

    #[test]
    fn lines_begin_with_the_comment_and_not_with_the_separator() {
        let service = "# c\nkind: Service\napiVersion: v1\nmetadata: {name: a}\nspec: {}\n";
        assert_eq!(read(service).0, ["Service /a 1 5"]);
        assert_eq!(read(&format!("---\n\n{service}")).0, ["Service /a 3 9"]);
        assert_eq!(read(&format!("a: b\n---\n\n{service}")).0, ["Service /a 4 8"]);
    }

    #[test]
    fn a_list_with_an_unknown_item_is_lost() {
        let item = |kind: &str| format!("- apiVersion: v1\n  kind: {kind}\n  metadata: {{name: a}}\n");
        let list = |more: &str| format!("apiVersion: v1\nkind: List\nitems:\n{}{more}", item("Pod"));
        assert_eq!(read(&list("")).0, ["Pod /a 5 0"]);
        assert_eq!(read(&list(&item("Secret"))), (Vec::new(), 0));
        assert_eq!(read(&list("- a\n")), (Vec::new(), 1));
        assert_eq!(read(&list("- {apiVersion: v1, kind: Pod}\n")), (Vec::new(), 1));
        assert_eq!(read("{apiVersion: v1, kind: Pod}\n"), (Vec::new(), 1));
        assert_eq!(read(&list("- {\"apiVersion\": \"v1\", \"kind\": \"Pod\"}\n")).0.len(), 2);
    }

    #[test]
    fn what_follows_a_commented_separator_is_not_seen() {
        let pod = |name: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\n");
        let text = format!("{}--- # c\n{}---\n{}", pod("a"), pod("b"), pod("c"));
        let (found, faults) = read(&text);
        assert_eq!((found, faults), (vec!["Pod /a 1 0".to_owned(), "Pod /c 9 0".to_owned()], 0));
    }

    #[test]
    fn metadata_must_be_text() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {a: 1}}\n";
        assert_eq!(read(text), (Vec::new(), 1));
        assert_eq!(read("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b\n").1, 1);
        assert_eq!(read("a: b\n").1, 1);
    }
}
