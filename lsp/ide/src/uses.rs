//! Where an object is named.

use mp_base::Span;
use mp_model::ObjectId;
use mp_model::references::references;

use crate::Analysis;

/// The place of an object's own name and all places that name it, for the object whose name stands at a byte of a file.
///
/// `None` where no name stands or the object is not part of the input. Places are in the order of the input.
#[must_use]
pub fn uses(analysis: &Analysis, path: &str, offset: u32) -> Option<(Span, Vec<Span>)> {
    let workspace = &analysis.workspace;
    let (file, _) = workspace.sources().iter().find(|(_, source)| source.path() == path)?;
    let object = workspace.object_at(file, offset)?;
    let here = |span: Span| span.file == file && span.touches(offset);
    let wanted: ObjectId = if here(object.name_span) {
        object.id
    } else {
        references(workspace, object).into_iter().find(|reference| here(reference.span))?.to?
    };
    let own = workspace.object(wanted)?.name_span;
    let live = workspace.objects().iter().filter(|object| object.live);
    let all = live.flat_map(|object| references(workspace, object));
    Some((
        own,
        all.filter(|reference| reference.to == Some(wanted)).map(|reference| reference.span).collect(),
    ))
}
