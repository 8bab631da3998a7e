//! Reading a file: cut, read each document, recover what can be recovered.

use std::sync::Arc;

use mp_base::{FileId, Span};

use crate::characters::{decode, forbidden};
use crate::document::{Outcome, Room, Source, offset, read};
use crate::events::Rest;
use crate::holes::Holes;
use crate::recover::recover;
use crate::split::{Reader, Separators};
use crate::template::{has_template, mask};
use crate::{Document, ParsedFile, Problem, ProblemKind};

/// The most bytes that a file may have; larger ones are refused, so that offsets and memory stay bounded.
pub const FILE_LIMIT: usize = 1 << 29;

/// Bytes that may be read again to recover broken documents of one file.
const RECOVERY: usize = 32 << 20;

/// Documents that one file may have.
const DOCUMENTS: usize = 1_000_000;

/// Problems and comments of one file that are kept.
const ENOUGH: usize = 10_000;

/// Reads a text. Never fails: what could not be read stands in [`ParsedFile::problems`] and is a hole in the tree.
///
/// Template text (`{{…}}`) is read as Kubernetes reads it, and masked only where that breaks the document.
#[must_use]
pub fn parse(file: FileId, text: Arc<str>) -> ParsedFile {
    Parsing::new(file, text, Vec::new(), false).all(false)
}

/// As [`parse`], with every `{{…}}` masked: for files that are known to be templates.
#[must_use]
pub fn parse_template(file: FileId, text: Arc<str>) -> ParsedFile {
    Parsing::new(file, text, Vec::new(), true).all(false)
}

/// As [`parse`], from bytes: UTF-8, or UTF-16 with a byte order mark as `sigs.k8s.io/yaml` reads it. Spans are ranges of the text that
/// comes back; bytes that are no text are U+FFFD there, with a problem each.
#[must_use]
pub fn parse_bytes(file: FileId, bytes: &[u8]) -> ParsedFile {
    parse_bytes_as(file, bytes, Reader::Kubernetes)
}

/// As [`parse_bytes`], cut by the rules of a reader.
#[must_use]
pub fn parse_bytes_as(file: FileId, bytes: &[u8], reader: Reader) -> ParsedFile {
    if bytes.len() > FILE_LIMIT {
        return too_large(file, Arc::from(""));
    }
    let decoded = decode(bytes, ENOUGH);
    let parsing = Parsing { reader, ..Parsing::new(file, decoded.text, decoded.broken, false) };
    parsing.all(decoded.wide)
}

/// Reads the one document that a range of a text holds; spans are ranges of the whole text.
pub(crate) fn parse_part(file: FileId, text: Arc<str>, range: std::ops::Range<usize>) -> ParsedFile {
    let mut parsing = Parsing::new(file, Arc::clone(&text), Vec::new(), false);
    parsing.document(&text, range.start, range.end);
    parsing.parsed
}

fn too_large(file: FileId, text: Arc<str>) -> ParsedFile {
    let message = format!("the file is larger than {} MiB", FILE_LIMIT >> 20);
    let span = Span::new(file, 0, 0);
    let problem = Problem { kind: ProblemKind::Limit, span, other: None, message };
    ParsedFile { problems: vec![problem], ..empty(file, text) }
}

fn empty(file: FileId, text: Arc<str>) -> ParsedFile {
    ParsedFile { file, text, documents: Vec::new(), problems: Vec::new(), comments: Vec::new() }
}

struct Parsing {
    parsed: ParsedFile,
    /// Characters that no document may have, in order.
    bad: Vec<(u32, u32)>,
    templates: bool,
    reader: Reader,
    budget: usize,
    index: u32,
    /// More was found than is kept.
    more: bool,
    room: Room,
}

impl Parsing {
    fn new(file: FileId, text: Arc<str>, broken: Vec<(u32, u32)>, templates: bool) -> Self {
        let mut bad = if text.len() > FILE_LIMIT { Vec::new() } else { forbidden(&text, ENOUGH) };
        if !broken.is_empty() {
            bad.extend(broken);
            bad.sort_unstable();
        }
        Self {
            parsed: empty(file, text),
            bad,
            templates,
            reader: Reader::Kubernetes,
            budget: RECOVERY,
            index: 0,
            more: false,
            room: Room::default(),
        }
    }

    /// All documents; with `wide` the text is one piece.
    fn all(mut self, wide: bool) -> ParsedFile {
        let text = Arc::clone(&self.parsed.text);
        if text.len() > FILE_LIMIT {
            return too_large(self.parsed.file, text);
        }
        self.report_characters();
        if self.bad.len() < ENOUGH {
            self.documents(&text, wide);
        }
        if self.more {
            let message = format!("only the first {ENOUGH} problems are told");
            self.parsed.problems.push(Problem {
                kind: ProblemKind::Limit,
                span: Span::new(self.parsed.file, 0, 0),
                other: None,
                message,
            });
        }
        self.parsed.problems.sort_by_key(|p| (p.span.start, p.span.end, p.kind));
        self.parsed.comments.truncate(ENOUGH);
        self.parsed.comments.sort_unstable();
        self.parsed
    }

    fn documents(&mut self, text: &str, wide: bool) {
        let mut start = 0;
        let separators = Separators::new(text).take(if wide { 0 } else { usize::MAX });
        for (at, end) in separators {
            let after = text.get(at + 3..end).unwrap_or("");
            if self.reader == Reader::Istio && !after.trim().is_empty() {
                continue;
            }
            let bad = self.separator(text, at, end);
            if at > start {
                self.document(text, start, at);
                // What follows a bad separator is read as if it began a document of its own.
                start = if bad { at } else { end };
            }
            if self.parsed.documents.len() >= DOCUMENTS {
                let message = format!("the file has more than {DOCUMENTS} documents; the rest is not read");
                return self.problem(ProblemKind::Limit, (offset(at), offset(end)), &message);
            }
        }
        if start < text.len() {
            self.document(text, start, text.len());
        }
    }

    fn tell(&mut self, problem: Problem) {
        if self.parsed.problems.len() < ENOUGH {
            self.parsed.problems.push(problem);
        } else {
            self.more = true;
        }
    }

    fn problem(&mut self, kind: ProblemKind, span: (u32, u32), message: &str) {
        let span = Span::new(self.parsed.file, span.0, span.1);
        self.tell(Problem { kind, span, other: None, message: message.to_owned() });
    }

    fn report_characters(&mut self) {
        let text = Arc::clone(&self.parsed.text);
        if let Some(first) = self.bad.first().copied().filter(|_| self.bad.len() >= ENOUGH) {
            return self.problem(ProblemKind::Encoding, first, "this is no text but binary data");
        }
        for span in self.bad.clone() {
            let found = text.get(span.0 as usize..span.1 as usize).and_then(|s| s.chars().next());
            let message = match found {
                Some(char::REPLACEMENT_CHARACTER) | None => "bytes that are not valid UTF-8".to_owned(),
                Some(c) => format!("the control character U+{:04X} is not allowed", u32::from(c)),
            };
            self.problem(ProblemKind::Encoding, span, &message);
        }
    }

    /// Looks at a line that begins with `---`; true when Kubernetes refuses it.
    fn separator(&mut self, text: &str, at: usize, end: usize) -> bool {
        let line = text.get(at..end).unwrap_or("").trim_end();
        let after = line.get(3..).unwrap_or("").trim();
        let span = (offset(at), offset(at + line.len()));
        if after.is_empty() || (self.templates && after.starts_with("{{")) {
            return false;
        }
        if after.starts_with('#') {
            if after.contains("meshproof:") {
                let length = after.len();
                self.parsed.comments.push((span.1 - offset(length), span.1));
            }
            let message = "Istio's own reader does not see this separator and drops the document behind it";
            self.problem(ProblemKind::Separator, span, message);
            return false;
        }
        let message = "only a comment may follow `---` on its line; Kubernetes refuses the whole file";
        self.problem(ProblemKind::Syntax, span, message);
        true
    }

    fn document(&mut self, text: &str, start: usize, end: usize) {
        let index = self.index;
        self.index += 1;
        let bytes = text.as_bytes().get(start..end).unwrap_or(&[]);
        let mut holes = self.bad_within(start, end);
        let mut copy = Vec::new();
        let mut template = false;
        if !holes.is_empty() || (self.templates && has_template(bytes)) {
            copy = bytes.to_vec();
            blank_out(&mut copy, start, &holes);
            template = self.templates && self.mask(&mut copy, start, &mut holes);
        }
        let file = self.parsed.file;
        let used: &[u8] = if copy.is_empty() { bytes } else { &copy };
        let whole = Source {
            file,
            text,
            start,
            bytes: used,
            holes: Holes { ranges: &holes, template },
            closed: true,
        };
        let first = read(whole, &mut self.room);
        let broken = first.rest.is_err() || first.refused;
        let (outcome, whole) = if broken && !template && has_template(bytes) {
            let mut masked = used.to_vec();
            let mut holes = holes.clone();
            self.mask(&mut masked, start, &mut holes);
            let source = Source { bytes: &masked, holes: Holes { ranges: &holes, template: true }, ..whole };
            let again = read(source, &mut self.room);
            self.mend(source, again)
        } else {
            self.mend(whole, first)
        };
        self.keep(outcome, whole, index, text, (start, end));
    }

    fn bad_within(&self, start: usize, end: usize) -> Vec<(u32, u32)> {
        let first = self.bad.partition_point(|span| (span.0 as usize) < start);
        let bad = self.bad.get(first..).unwrap_or(&[]);
        bad.iter().take_while(|span| (span.1 as usize) <= end).copied().collect()
    }

    /// Masks templates; true when there were any.
    fn mask(&mut self, bytes: &mut [u8], start: usize, holes: &mut Vec<(u32, u32)>) -> bool {
        let ranges = mask(bytes, start);
        let Some(first) = ranges.first().copied() else { return false };
        let count = ranges.len();
        let message = match count {
            1 => "template text was masked; what it makes is unknown".to_owned(),
            _ => format!("template text was masked in {count} places; what it makes is unknown"),
        };
        self.problem(ProblemKind::Template, first, &message);
        holes.extend(ranges);
        holes.sort_unstable();
        holes.dedup_by(|next, kept| {
            let meets = next.0 <= kept.1;
            if meets {
                kept.1 = kept.1.max(next.1);
            }
            meets
        });
        true
    }

    /// Recovers a broken document; gives the outcome and whether the document is whole.
    fn mend(&mut self, source: Source<'_>, outcome: Outcome) -> (Outcome, bool) {
        if outcome.rest.is_ok() {
            return (outcome, source.holes.ranges.is_empty());
        }
        let fault = outcome.rest.err().map(|fault| fault.problem(source.file));
        let recovered = recover(source, outcome, &mut self.budget, &mut self.room);
        let mut left_out = recovered.lines.into_iter();
        if let Some(mut fault) = fault {
            let line = left_out.next();
            fault.other = fault.other.or(line.map(|(start, end)| Span::new(source.file, start, end)));
            self.tell(fault);
        }
        for line in left_out {
            self.problem(ProblemKind::Syntax, line, "this line was left out to read the rest");
        }
        (recovered.outcome, false)
    }

    fn keep(&mut self, outcome: Outcome, whole: bool, index: u32, text: &str, range: (usize, usize)) {
        let file = self.parsed.file;
        for problem in outcome.problems {
            self.tell(problem);
        }
        if self.parsed.comments.len() < ENOUGH {
            self.parsed.comments.extend(outcome.comments);
        }
        let dropped = match outcome.rest {
            Ok(Rest::Content(at)) => Some(at),
            Ok(Rest::Mark(at)) => first_content(text, at as usize, range.1),
            Ok(Rest::Nothing) | Err(_) => None,
        };
        if let Some(at) = dropped {
            let end = text.get(..range.1).map_or(range.1, |t| t.trim_end().len());
            let message = "Kubernetes reads nothing from here to the end of the document";
            self.problem(ProblemKind::TrailingContent, (at, offset(end)), message);
        }
        if !outcome.tree.holds_something() {
            return;
        }
        let piece = text.get(range.0..range.1).unwrap_or("");
        let lead = if piece.starts_with("---") { piece.find('\n').map_or(piece.len(), |n| n + 1) } else { 0 };
        let span = Span::new(file, offset(range.0 + lead), offset(range.1));
        self.parsed.documents.push(Document { index, span, tree: outcome.tree, whole });
    }
}

fn blank_out(bytes: &mut [u8], start: usize, ranges: &[(u32, u32)]) {
    for range in ranges {
        let inside = (range.0 as usize).saturating_sub(start)..(range.1 as usize).saturating_sub(start);
        bytes.get_mut(inside).unwrap_or(&mut []).fill(b' ');
    }
}

/// The first character behind `...` that is neither blank nor in a comment.
fn first_content(text: &str, at: usize, end: usize) -> Option<u32> {
    let rest = text.get(at..end)?;
    let mut place = at;
    for line in rest.split_inclusive('\n') {
        let content = line.trim_start();
        if !content.is_empty() && !content.starts_with('#') {
            return Some(offset(place + line.len() - content.len()));
        }
        place += line.len();
    }
    None
}
