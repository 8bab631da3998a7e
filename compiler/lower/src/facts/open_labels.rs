//! Labels of Pods that a template or a substitution fills in: which policies are for such a Pod is then known in part.

use mp_ir::base::Span;
use mp_ir::mesh::OpenLabels;
use mp_model::node::Node;
use mp_model::{Object, Workspace};

use super::half_read::{holes, openings, reach};

/// Those of a Pod or of the template of its owner.
pub(super) fn of(ws: &Workspace, object: &Object, holder: Node<'_>) -> OpenLabels {
    let mut out = OpenLabels::default();
    let metadata = holder.get("metadata");
    let labels = metadata.and_then(|metadata| metadata.get("labels"));
    let mut places = openings(ws, object);
    if !places.is_empty() {
        let head = reach(holder, "metadata");
        places.retain(|place| head.is_some_and(|head| head.touches(place.start)));
    }
    places.extend(labels.into_iter().flat_map(holes));
    if places.is_empty() {
        return out;
    }
    let entry = |key: &str| metadata.and_then(|metadata| reach(metadata, key));
    let (list, notes) = (entry("labels"), entry("annotations"));
    places.sort_by_key(|place| place.start);
    for place in places {
        let touches = |span: Option<Span>| span.is_some_and(|span| span.touches(place.start));
        let value = labels.and_then(|labels| {
            labels
                .entries()
                .find(|(key, value)| !key.span().touches(place.start) && value.span().touches(place.start))
        });
        // Names and notes choose no policy; what stands between fields may be labels.
        let other = metadata.is_some_and(|metadata| {
            metadata
                .entries()
                .any(|(key, value)| key.as_str() != Some("labels") && value.span().touches(place.start))
        });
        match value.and_then(|(key, _)| key.as_str()) {
            Some(key) => {
                out.keys.insert(key.to_owned());
            }
            None if !touches(list) && (touches(notes) || other) => continue,
            None => out.others = true,
        }
        out.origin = out.origin.or(Some(place));
    }
    out
}
