//! Texts to JSON, exactly as `YAMLToJSON` answers.

use mp_base::FileId;

use crate::characters::forbidden;
use crate::document::{Room, Source, offset, read};
use crate::holes::Holes;
use crate::{Node, ProblemKind, Reader, split};

/// Why Kubernetes refuses a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where, as an offset in the text.
    pub at: u32,
    /// In words: lower case, no full stop.
    pub message: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "byte {}: {}", self.at, self.message)
    }
}

impl std::error::Error for Refusal {}

/// The JSON of the first document of a text, as `sigs.k8s.io/yaml` makes it; `null` for a text without content. The text is not cut at
/// separators before: what follows the first document is dropped, as Kubernetes drops it.
///
/// # Errors
/// In words, when Kubernetes refuses the text.
pub fn batch_json(text: &str) -> Result<String, String> {
    first_json(text, 0..text.len(), false).map_err(|refusal| refusal.to_string())
}

/// The JSON of every piece that a reader cuts a text into, in order; `None` for a piece that Istio's reader skips because it is blank.
/// Reading ends with the first separator that the reader refuses, and that refusal is the last answer.
#[must_use]
pub fn documents_json(text: &str, reader: Reader) -> Vec<Result<Option<String>, Refusal>> {
    let mut answers = Vec::new();
    for piece in split(text, reader) {
        let body = text.get(piece.start..piece.end).unwrap_or("");
        if let Some((at, _)) = piece.bad_separator {
            let message = "only a comment may follow `---` on its line".to_owned();
            answers.push(Err(Refusal { at: offset(at), message }));
        } else if reader == Reader::Istio && body.trim().is_empty() {
            answers.push(Ok(None));
        } else {
            answers.push(first_json(text, piece.start..piece.end, true).map(Some));
        }
    }
    answers
}

fn first_json(text: &str, range: std::ops::Range<usize>, closed: bool) -> Result<String, Refusal> {
    let start = range.start;
    let piece = text.get(range).unwrap_or("");
    let holes = Holes::default();
    let source = Source { file: FileId(0), text, start, bytes: piece.as_bytes(), holes, closed };
    let outcome = read(source, &mut Room::default());
    // go-yaml reads ahead in blocks of 512 bytes and refuses what it sees there.
    let seen = (outcome.position + 4).div_ceil(512) * 512;
    if let Some((at, _)) = forbidden(piece, 1).first().filter(|first| (first.0 as usize) < seen) {
        let message = "control characters are not allowed".to_owned();
        return Err(Refusal { at: offset(start) + at, message });
    }
    if let Err(fault) = outcome.rest {
        return Err(Refusal { at: fault.at, message: fault.message.to_owned() });
    }
    if outcome.refused {
        let refuses = |kind| matches!(kind, ProblemKind::Syntax | ProblemKind::Limit);
        let problem = outcome.problems.into_iter().find(|p| refuses(p.kind));
        let (at, message) = problem.map_or((0, String::new()), |p| (p.span.start, p.message));
        return Err(Refusal { at, message });
    }
    let Some(id) = outcome.tree.root else { return Ok("null".to_owned()) };
    let root = Node { file: FileId(0), text, tree: &outcome.tree, id };
    root.to_json().map_err(|message| Refusal { at: root.span().start, message })
}
