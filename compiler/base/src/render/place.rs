//! Lines and columns of a span.

use serde::Serialize;

use crate::{Encoding, Sources, Span};

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Position {
    /// From 1.
    pub(super) line: u32,
    /// From 1, in characters.
    pub(super) column: u32,
    /// From 0.
    pub(super) byte: u32,
}

/// A range of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Range {
    pub(super) start: Position,
    pub(super) end: Position,
}

/// The range of a span, cut to its file; `None` when there is no such file.
pub(super) fn range(sources: &Sources, span: Span) -> Option<Range> {
    range_in(sources, span, Encoding::Utf32)
}

/// As [`range`], with columns in another unit.
pub(super) fn range_in(sources: &Sources, span: Span, unit: Encoding) -> Option<Range> {
    let file = sources.get(span.file)?;
    let length = u32::try_from(file.text().len()).unwrap_or(u32::MAX);
    let position = |offset: u32| {
        let byte = offset.min(length);
        let at = file.lines().line_col(file.text(), byte, unit);
        Position { line: at.line + 1, column: at.column + 1, byte }
    };
    Some(Range { start: position(span.start), end: position(span.end.max(span.start)) })
}
