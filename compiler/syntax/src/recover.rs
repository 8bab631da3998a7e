//! Broken documents: leave out the line that breaks, and read the rest.

use crate::document::{Outcome, Room, Source, offset, read};
use crate::holes::Holes;

/// Parts that may be left out of one document.
const RETRIES: usize = 8;

/// A document with lines left out.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) outcome: Outcome,
    /// All that was taken away, lines and what was a hole before.
    pub(crate) holes: Vec<(u32, u32)>,
    pub(crate) lines: Vec<(u32, u32)>,
}

/// Blanks the part that breaks the document, again and again, as long as reading comes further. `budget` bounds the bytes that are
/// read on the way; it is shared by all documents of a file.
pub(crate) fn recover(source: Source<'_>, first: Outcome, budget: &mut usize, room: &mut Room) -> Recovered {
    let mut bytes = source.bytes.to_vec();
    let mut best = Recovered { outcome: first, holes: source.holes.ranges.to_vec(), lines: Vec::new() };
    for _ in 0..RETRIES {
        let Err(fault) = best.outcome.rest else { break };
        if fault.limit {
            break;
        }
        let relative = |at: u32| (at as usize).saturating_sub(source.start).min(bytes.len());
        let (at, since) = (relative(fault.at), relative(fault.since));
        let mut step: Option<(Recovered, (usize, usize))> = None;
        let mut bar = (fault.at, 0);
        for part in candidates(&bytes, at, since) {
            let Some(left) = budget.checked_sub(bytes.len()) else { return best };
            *budget = left;
            let next = without(source, &bytes, &best, part, room);
            let reached = next.outcome.rest.as_ref().err().map_or(u32::MAX, |f| f.at);
            let kept = next.outcome.tree.nodes.len();
            if reached > fault.at && (reached, kept) > bar {
                bar = (reached, kept);
                step = Some((next, part));
            }
        }
        let Some((next, line)) = step else { break };
        best = next;
        blank(&mut bytes, line);
    }
    best
}

fn without(
    source: Source<'_>,
    bytes: &[u8],
    so_far: &Recovered,
    line: (usize, usize),
    room: &mut Room,
) -> Recovered {
    let mut bytes = bytes.to_vec();
    blank(&mut bytes, line);
    let span = (offset(source.start + line.0), offset(source.start + line.1));
    let mut holes = so_far.holes.clone();
    holes.retain(|hole| hole.1 <= span.0 || hole.0 >= span.1);
    let place = holes.partition_point(|hole| hole.1 <= span.0);
    holes.insert(place, span);
    let mut lines = so_far.lines.clone();
    lines.push(span);
    let ranges = Holes { ranges: &holes, ..source.holes };
    let outcome = read(Source { bytes: &bytes, holes: ranges, ..source }, room);
    Recovered { outcome, holes, lines }
}

fn blank(bytes: &mut [u8], line: (usize, usize)) {
    for byte in bytes.get_mut(line.0..line.1).unwrap_or(&mut []) {
        if *byte != b'\n' && *byte != b'\r' {
            *byte = b' ';
        }
    }
}

/// Parts that may be to blame: of the line where reading stopped, of the one where the broken thing began, of three above, and of the
/// last one with a quote or bracket that is not closed in it, each the value alone, the whole line, and the line with all that stands
/// deeper below it.
fn candidates(bytes: &[u8], at: usize, since: usize) -> Vec<(usize, usize)> {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    let mut add = |line: (usize, usize), near: bool| {
        let value = value_of(bytes, line).filter(|_| near);
        for part in [value, Some(line), block_of(bytes, line)].into_iter().flatten() {
            let text = bytes.get(part.0..part.1).unwrap_or(&[]);
            if !parts.contains(&part) && !text.trim_ascii().is_empty() {
                parts.push(part);
            }
        }
    };
    let error = line_at(bytes, at);
    add(error, true);
    add(line_at(bytes, since), true);
    let mut above = error;
    let mut open = None;
    for number in 0..64 {
        if above.0 == 0 {
            break;
        }
        above = line_at(bytes, above.0 - 1);
        if number < 3 {
            add(above, false);
        }
        if open.is_none() && is_open(bytes.get(above.0..above.1).unwrap_or(&[])) {
            open = Some(above);
        }
    }
    if let Some(open) = open {
        add(open, true);
    }
    parts
}

/// What stands behind the first `: ` of a line.
fn value_of(bytes: &[u8], line: (usize, usize)) -> Option<(usize, usize)> {
    let text = bytes.get(line.0..line.1)?;
    let colon = text.windows(2).position(|pair| pair == b": ")?;
    Some((line.0 + colon + 1, line.1))
}

/// A line and the lines below it that are indented deeper.
fn block_of(bytes: &[u8], line: (usize, usize)) -> Option<(usize, usize)> {
    let indent = |line: (usize, usize)| {
        let text = bytes.get(line.0..line.1)?;
        text.iter().position(|b| *b != b' ')
    };
    let own = indent(line)?;
    let mut end = line.1;
    while end < bytes.len() {
        let next = line_at(bytes, end + 1);
        if indent(next).is_some_and(|deep| deep <= own) || next.1 <= end {
            break;
        }
        end = next.1;
    }
    (end > line.1).then_some((line.0, end))
}

/// The line that holds a byte, without its break.
fn line_at(bytes: &[u8], at: usize) -> (usize, usize) {
    let at = at.min(bytes.len());
    let start = bytes.get(..at).and_then(|b| memchr::memrchr(b'\n', b)).map_or(0, |n| n + 1);
    let end = bytes.get(at..).and_then(|b| memchr::memchr(b'\n', b)).map_or(bytes.len(), |n| at + n);
    (start, end)
}

/// Whether a quote or bracket is opened in a line and not closed.
fn is_open(line: &[u8]) -> bool {
    let count = |wanted: &[u8]| line.iter().filter(|b| wanted.contains(b)).count();
    count(b"\"") % 2 == 1 || count(b"'") % 2 == 1 || count(b"[{") > count(b"]}")
}
