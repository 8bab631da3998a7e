//! One text to JSON, exactly as `YAMLToJSON` answers.

use mp_base::FileId;

use crate::characters::forbidden;
use crate::document::{Source, read};
use crate::holes::Holes;
use crate::{Node, ProblemKind};

/// The JSON of the first document of a text, as `sigs.k8s.io/yaml` makes it; `null` for a text without content. The text is not cut at
/// separators before: what follows the first document is dropped, as Kubernetes drops it.
///
/// # Errors
/// In words, when Kubernetes refuses the text.
pub fn batch_json(text: &str) -> Result<String, String> {
    let bad = forbidden(text, 1);
    let outcome = read(Source {
        file: FileId(0),
        text,
        start: 0,
        bytes: text.as_bytes(),
        holes: Holes::default(),
        closed: false,
    });
    // go-yaml reads ahead in blocks of 512 bytes and refuses what it sees there.
    let seen = (outcome.position + 4).div_ceil(512) * 512;
    if let Some(first) = bad.first().filter(|first| (first.0 as usize) < seen) {
        return Err(format!("byte {}: control characters are not allowed", first.0));
    }
    if let Err(fault) = outcome.rest {
        return Err(format!("byte {}: {}", fault.at, fault.message));
    }
    if outcome.refused {
        let refusal =
            outcome.problems.iter().find(|p| matches!(p.kind, ProblemKind::Syntax | ProblemKind::Limit));
        return Err(refusal.map_or_else(String::new, |p| format!("byte {}: {}", p.span.start, p.message)));
    }
    let Some(id) = outcome.tree.root else { return Ok("null".to_owned()) };
    Node { file: FileId(0), text, tree: &outcome.tree, id }.to_json()
}
