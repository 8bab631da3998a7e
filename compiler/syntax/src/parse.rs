//! Reading a file.

use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};
use mp_base::{FileId, Span};

use crate::build::{Builder, Props, Text};
use crate::{Document, ParsedFile, Problem, ProblemKind};

/// Reads a text. Never fails: what could not be read stands in [`ParsedFile::problems`].
#[must_use]
pub fn parse(file: FileId, text: Arc<str>) -> ParsedFile {
    let mut parsed = ParsedFile { file, text: Arc::clone(&text), documents: Vec::new(), problems: Vec::new() };
    let mut index = 0;
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if line.starts_with("---") {
            document(&mut parsed, &text, start, at, index);
            index += 1;
            start = end;
        }
        at = end;
    }
    document(&mut parsed, &text, start, at, index);
    parsed
}

fn half(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn document(parsed: &mut ParsedFile, text: &str, start: usize, end: usize, index: u32) {
    let piece = text.get(start..end).unwrap_or("");
    if piece.trim().is_empty() {
        return;
    }
    let mut builder = Builder::new(parsed.file, text);
    let mut flow = Vec::new();
    for next in Parser::new_from_str(piece) {
        match next {
            Ok((event, span)) => {
                let range = span.byte_range().unwrap_or(0..0);
                if !feed(&mut builder, &event, (half(start + range.start), half(start + range.end)), &mut flow, piece, start) {
                    break;
                }
            }
            Err(error) => {
                let at = half(start + error.marker().byte_offset().unwrap_or(0));
                parsed.problems.push(Problem {
                    kind: ProblemKind::Syntax,
                    span: Span::new(parsed.file, at, at),
                    other: None,
                    message: error.info(),
                });
                break;
            }
        }
    }
    let (tree, problems) = builder.finish();
    parsed.problems.extend(problems);
    if tree.root.is_some() {
        let span = Span::new(parsed.file, half(start), half(end));
        parsed.documents.push(Document { index, span, tree });
    }
}

fn feed(b: &mut Builder<'_>, event: &Event<'_>, span: (u32, u32), flow: &mut Vec<bool>, piece: &str, start: usize) -> bool {
    match event {
        Event::Scalar(value, style, _, _) => {
            let plain = *style == ScalarStyle::Plain;
            let text = match value {
                std::borrow::Cow::Borrowed(s) => {
                    let at = s.as_ptr() as usize;
                    let base = piece.as_ptr() as usize;
                    if at >= base && at + s.len() <= base + piece.len() {
                        Text::File(half(start + at - base), half(start + at - base + s.len()))
                    } else {
                        Text::Made(s)
                    }
                }
                std::borrow::Cow::Owned(s) => Text::Made(s),
            };
            b.scalar(text, plain, span, Props::default());
        }
        Event::SequenceStart(style, ..) | Event::MappingStart(style, ..) => {
            flow.push(*style == StructureStyle::Flow);
            b.open(matches!(event, Event::MappingStart(..)), span.0, Props::default());
        }
        Event::SequenceEnd | Event::MappingEnd => {
            let flow = flow.pop().unwrap_or(false);
            b.close(if flow { span.1 } else { 0 });
        }
        Event::DocumentEnd => return false,
        _ => {}
    }
    true
}
