//! Where the thing under the cursor is defined.

use mp_base::Span;
use mp_model::references::references;

use crate::Analysis;

/// The place of the object that is named at a byte of a file; `None` where no name stands or the object is not part of the input.
#[must_use]
pub fn definition(analysis: &Analysis, path: &str, offset: u32) -> Option<Span> {
    let workspace = &analysis.workspace;
    let (file, _) = workspace.sources().iter().find(|(_, source)| source.path() == path)?;
    let object = workspace.object_at(file, offset)?;
    let named =
        references(workspace, object).into_iter().find(|r| r.span.file == file && r.span.touches(offset))?;
    workspace.object(named.to?).map(|target| target.name_span)
}
