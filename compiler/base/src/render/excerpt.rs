//! The few lines of a file that a frame shows, cut to a width, with secrets and control characters covered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use codespan_reporting::files::{Error, Files};

use super::{Report, visible};
use crate::{FileId, SourceFile, Span};

/// Characters that a line of a frame has at most.
const WIDTH: usize = 200;
/// Characters that stay before the marked place of a line that is longer.
const BEFORE: usize = 60;

/// One file's lines.
#[derive(Debug, Default)]
struct Excerpt {
    path: String,
    text: String,
    /// Of each line its first byte in `text` and its number in the file from 1.
    lines: Vec<(usize, usize)>,
    /// Columns in the file, from 1, of places in `text`.
    columns: BTreeMap<usize, usize>,
}

/// The lines of all files that a finding needs.
#[derive(Debug, Default)]
pub(super) struct Excerpts {
    files: Vec<(FileId, Excerpt)>,
    /// Where the spans lie, in the order they were asked for: a file and bytes of its excerpt.
    pub(super) ranges: Vec<(usize, std::ops::Range<usize>)>,
}

impl Excerpts {
    /// Cuts out what the spans need. Spans of unknown files are left out of `ranges` by `None`.
    pub(super) fn new(report: &Report<'_>, spans: &[Span]) -> (Self, Vec<Option<usize>>) {
        let mut excerpts = Self::default();
        let mut places: Vec<Option<usize>> = vec![None; spans.len()];
        let files: BTreeSet<FileId> = spans.iter().map(|s| s.file).collect();
        for id in files {
            let Some(source) = report.sources.get(id) else { continue };
            let of_file: Vec<(usize, Span)> =
                spans.iter().copied().enumerate().filter(|(_, s)| s.file == id).collect();
            let mut cutter = Cutter { report, source, id, excerpt: Excerpt::default() };
            cutter.excerpt.path = super::plain_text(source.path());
            let file = excerpts.files.len();
            for (number, range) in cutter.cut(&of_file) {
                if let Some(place) = places.get_mut(number) {
                    *place = Some(excerpts.ranges.len());
                }
                excerpts.ranges.push((file, range));
            }
            excerpts.files.push((id, cutter.excerpt));
        }
        (excerpts, places)
    }
}

struct Cutter<'r> {
    report: &'r Report<'r>,
    source: &'r SourceFile,
    id: FileId,
    excerpt: Excerpt,
}

impl Cutter<'_> {
    /// Adds the lines of the spans and gives the place of each.
    fn cut(&mut self, spans: &[(usize, Span)]) -> Vec<(usize, std::ops::Range<usize>)> {
        let mut by_line: BTreeMap<usize, Vec<(usize, Span)>> = BTreeMap::new();
        for (number, span) in spans {
            let length = u32::try_from(self.source.text().len()).unwrap_or(u32::MAX);
            let line = self.source.line_col(span.start.min(length)).line as usize;
            by_line.entry(line).or_default().push((*number, *span));
        }
        let mut ranges = Vec::new();
        let mut last = None;
        for (line, spans) in by_line {
            self.bridge(last, line);
            last = Some(line);
            ranges.extend(self.line(line, &spans));
        }
        ranges
    }

    /// What stands between two marked lines: one line is shown, more are left out.
    fn bridge(&mut self, last: Option<usize>, next: usize) {
        match last.map(|last| next - last) {
            None | Some(0 | 1) => {}
            Some(2) => {
                self.line(next - 1, &[]);
            }
            Some(_) => {
                for _ in 0..2 {
                    self.excerpt.lines.push((self.excerpt.text.len(), next));
                    self.excerpt.text.push('\n');
                }
            }
        }
    }

    /// The bytes of a line without its break.
    fn bounds(&self, line: usize) -> (usize, usize) {
        let lines = self.source.lines();
        let number = u32::try_from(line).unwrap_or(u32::MAX);
        let start = lines.line_start(number) as usize;
        let end = if line + 1 < lines.lines() {
            lines.line_start(number + 1) as usize
        } else {
            self.source.text().len()
        };
        let text = self.source.text().get(start..end).unwrap_or("");
        (start, start + text.trim_end_matches(['\n', '\r']).len())
    }

    /// Adds one line; a span that goes on below it ends with it.
    fn line(&mut self, line: usize, spans: &[(usize, Span)]) -> Vec<(usize, std::ops::Range<usize>)> {
        let (start, end) = self.bounds(line);
        let first = spans.iter().map(|(_, s)| s.start as usize).min().unwrap_or(start);
        let (from, to) = self.window(start, end, first);
        let line_start = self.excerpt.text.len();
        self.excerpt.lines.push((line_start, line + 1));
        if from > start {
            self.excerpt.text.push('…');
        }
        let mut places: BTreeMap<usize, usize> = BTreeMap::new();
        for (at, c) in self.source.text().get(from..to).unwrap_or("").char_indices() {
            places.insert(from + at, self.excerpt.text.len());
            let covered = self.covers(from + at);
            self.excerpt.text.push(if covered { '*' } else { visible(c) });
        }
        let text_end = self.excerpt.text.len();
        if to < end {
            self.excerpt.text.push('…');
        }
        self.excerpt.text.push('\n');
        let place = |byte: usize| places.range(byte..).next().map_or(text_end, |(_, place)| *place);
        let mut ranges = Vec::new();
        for (number, span) in spans {
            let range =
                place(span.start as usize)..place((span.end as usize).min(end).max(span.start as usize));
            let column = self.source.line_col(span.start).column as usize + 1;
            self.excerpt.columns.insert(range.start, column);
            ranges.push((*number, range));
        }
        ranges
    }

    fn covers(&self, byte: usize) -> bool {
        let inside = |s: &Span| s.file == self.id && s.range().contains(&byte);
        self.report.secrets.iter().any(inside)
    }

    /// The part of a line that is shown.
    fn window(&self, start: usize, end: usize, first: usize) -> (usize, usize) {
        let text = self.source.text();
        let line = text.get(start..end).unwrap_or("");
        if line.chars().nth(WIDTH).is_none() {
            return (start, end);
        }
        let mut first = first.clamp(start, end);
        while !text.is_char_boundary(first) {
            first -= 1;
        }
        let before = text.get(start..first).unwrap_or("");
        let from = before.char_indices().rev().take(BEFORE).last().map_or(first, |(at, _)| start + at);
        let rest = text.get(from..end).unwrap_or("");
        let to = rest.char_indices().nth(WIDTH).map_or(end, |(at, _)| from + at);
        (from, to)
    }
}

impl<'a> Files<'a> for Excerpts {
    type FileId = usize;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: usize) -> Result<&'a str, Error> {
        self.excerpt(id).map(|e| e.path.as_str())
    }

    fn source(&'a self, id: usize) -> Result<&'a str, Error> {
        self.excerpt(id).map(|e| e.text.as_str())
    }

    fn line_index(&'a self, id: usize, byte: usize) -> Result<usize, Error> {
        let excerpt = self.excerpt(id)?;
        Ok(excerpt.lines.partition_point(|(start, _)| *start <= byte).saturating_sub(1))
    }

    fn line_number(&'a self, id: usize, line: usize) -> Result<usize, Error> {
        let excerpt = self.excerpt(id)?;
        Ok(excerpt.lines.get(line).map_or(line + 1, |(_, number)| *number))
    }

    fn column_number(&'a self, id: usize, line: usize, byte: usize) -> Result<usize, Error> {
        let excerpt = self.excerpt(id)?;
        if let Some(column) = excerpt.columns.get(&byte) {
            return Ok(*column);
        }
        let start = excerpt.lines.get(line).map_or(0, |(start, _)| *start);
        Ok(excerpt.text.get(start..byte).map_or(1, |before| before.chars().count() + 1))
    }

    fn line_range(&'a self, id: usize, line: usize) -> Result<std::ops::Range<usize>, Error> {
        let excerpt = self.excerpt(id)?;
        let missing = Error::LineTooLarge { given: line, max: excerpt.lines.len() };
        let start = excerpt.lines.get(line).ok_or(missing)?.0;
        let end = excerpt.lines.get(line + 1).map_or(excerpt.text.len(), |(start, _)| *start);
        Ok(start..end)
    }
}

impl Excerpts {
    fn excerpt(&self, id: usize) -> Result<&Excerpt, Error> {
        self.files.get(id).map(|(_, excerpt)| excerpt).ok_or(Error::FileMissing)
    }
}

/// Adds a line of text.
pub(super) fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
    out.push('\n');
}
