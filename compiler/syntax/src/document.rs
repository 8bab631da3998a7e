//! Reading one document once.

use mp_base::FileId;

use crate::build::{self, Builder};
use crate::events::{Reader, Rest};
use crate::holes::Holes;
use crate::scan::{self, Fault, Scanner};
use crate::{Problem, ProblemKind, Tree};

/// The bytes of one document, perhaps with places taken away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'t> {
    pub(crate) file: FileId,
    /// The text of the whole file.
    pub(crate) text: &'t str,
    /// Where the document begins in it.
    pub(crate) start: usize,
    /// The document, with the same length and the same place of every byte as in the file.
    pub(crate) bytes: &'t [u8],
    pub(crate) holes: Holes<'t>,
    /// A last line without a break is thought to have one.
    pub(crate) closed: bool,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) tree: Tree,
    pub(crate) problems: Vec<Problem>,
    pub(crate) comments: Vec<(u32, u32)>,
    /// Kubernetes refuses the document although the grammar holds.
    pub(crate) refused: bool,
    pub(crate) rest: Result<Rest, Fault>,
    /// Bytes of the document that were looked at.
    pub(crate) position: usize,
}

/// An offset as spans keep it; files beyond 4 GiB are refused before.
pub(crate) fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Room that one document after the other uses.
#[derive(Debug, Default)]
pub(crate) struct Room {
    scan: scan::Room,
    build: build::Room,
}

/// Reads the first document of the bytes.
pub(crate) fn read(source: Source<'_>, room: &mut Room) -> Outcome {
    let scan = Scanner::new(source.bytes, offset(source.start), source.closed, &mut room.scan);
    let length = source.bytes.len();
    let mut build = Builder::new(source.file, source.text, source.holes, length, &mut room.build);
    let mut reader = Reader::new(scan, &mut build);
    let rest = reader.document();
    let scan = reader.scan;
    let position = scan.position();
    build.finish(&scan.made, offset(source.start + position));
    let refused = build.refused;
    let (made, comments) = scan.finish(&mut room.scan);
    let (tree, problems) = build.into_tree(made, &mut room.build);
    Outcome { tree, problems, comments, refused, rest, position }
}

impl Fault {
    pub(crate) fn problem(&self, file: FileId) -> Problem {
        let kind = if self.limit { ProblemKind::Limit } else { ProblemKind::Syntax };
        let span = mp_base::Span::new(file, self.at, self.at);
        let since = mp_base::Span::new(file, self.since, self.since);
        let other = (self.since != self.at).then_some(since);
        Problem { kind, span, other, message: self.message.to_owned() }
    }
}
