//! Policies of which a part is known only once a template or a substitution is filled in.

use mp_ir::base::{ObjectRef, Span};
use mp_ir::mesh::{HalfRead, Mesh, Unknown};
use mp_model::node::{Node, field};
use mp_model::{Kind, Object, Workspace, is_release_namespace};

use super::meta;
use super::request_authentication::{label_map, target_refs};

const KINDS: [Kind; 3] = [Kind::AuthorizationPolicy, Kind::RequestAuthentication, Kind::PeerAuthentication];

/// Notes all policies that have such a part.
pub(crate) fn read(ws: &Workspace, mesh: &mut Mesh) {
    let objects = || KINDS.into_iter().flat_map(|kind| ws.of_kind(kind));
    mesh.half_read = objects().filter_map(|object| half_read(ws, object)).collect();
    let of_release = objects().find_map(|object| {
        let place = place(ws.root(object)?).filter(|place| is_of_release(ws, *place))?;
        Some(released(meta(object).object, place.span()))
    });
    mesh.assumed.extend(of_release);
}

/// What is taken of policies of the namespace that a chart is installed in.
fn released(object: ObjectRef, at: Span) -> Unknown {
    let reason =
        "the namespace that the chart is installed in is taken for `default`, where objects that name no namespace are; \
                  `helm template CHART -n NAMESPACE | meshproof verify -` says which it is"
            .to_owned();
    let object = Some(object).filter(|object| !object.name.is_empty());
    Unknown { object, reason, origin: Some(at) }
}

/// The namespace of an object as it is written.
fn place(root: Node<'_>) -> Option<Node<'_>> {
    root.get("metadata").and_then(|metadata| metadata.get("namespace"))
}

fn is_of_release(ws: &Workspace, place: Node<'_>) -> bool {
    is_release_namespace(ws.sources().slice(place.span()))
}

fn half_read(ws: &Workspace, object: &Object) -> Option<HalfRead> {
    let root = ws.root(object)?;
    let spec = root.get("spec");
    // The release has one namespace, whichever it is.
    let place = place(root).filter(|place| !is_of_release(ws, *place));
    let heads = reach(root, "metadata");
    let touches = |node: Option<Node<'_>>, at: u32| node.is_some_and(|node| node.span().touches(at));
    let open: Vec<Span> = openings(ws, object)
        .into_iter()
        // Names, labels and notes of a policy change nothing for anybody.
        .filter(|span| !heads.is_some_and(|head| head.touches(span.start)) || touches(place, span.start))
        .chain(spec.into_iter().flat_map(holes))
        .collect();
    let first = open.iter().min_by_key(|span| span.start)?;
    let chosen =
        ["selector", "targetRef", "targetRefs"].map(|name| spec.and_then(|spec| field(spec, name, name)));
    let is_in_rules =
        |span: &Span| touches(spec, span.start) && !chosen.iter().any(|node| touches(*node, span.start));
    Some(HalfRead {
        meta: meta(object),
        selector: spec.map(label_map).unwrap_or_default(),
        targets: spec.map(target_refs).unwrap_or_default(),
        anywhere: open.iter().any(|span| touches(place, span.start)),
        // Between fields it may say anything, such as that there is a selector. Around the spec it may say that there is no such policy, yet
        // not whom this one is for.
        for_anybody: !open
            .iter()
            .all(|span| is_around_spec(root, *span) || is_in_rules(span) && is_in_value(spec, *span)),
        origin: Some(*first),
    })
}

/// Whether a place lies before or behind all that is written in the spec, of which there is one.
fn is_around_spec(root: Node<'_>, place: Span) -> bool {
    let mut specs = root.entries().filter(|(key, _)| key.as_str() == Some("spec"));
    match (specs.next(), specs.next()) {
        (Some((key, value)), None) => place.start < key.span().start || place.start >= value.span().end,
        (None, _) => true,
        (Some(_), Some(_)) => false,
    }
}

/// A field of a node, up to the next one.
pub(super) fn reach(node: Node<'_>, name: &str) -> Option<Span> {
    let (key, value) = node.entries().find(|(key, _)| key.as_str() == Some(name))?;
    let start = key.span().start;
    let behind = node.entries().map(|(key, _)| key.span().start).filter(|next| *next > start).min();
    // A byte before the next field, which belongs to that one.
    let end = behind.map_or(value.span().end, |next| next.saturating_sub(1));
    Some(Span { start, end, ..key.span() })
}

/// Where text comes from elsewhere, in the document of an object or, for one of a list, in the object.
pub(super) fn openings(ws: &Workspace, object: &Object) -> Vec<Span> {
    let file = ws.files().get(usize::try_from(object.file.0).unwrap_or(usize::MAX));
    let document = file.and_then(|file| file.documents.get(object.document)).map(|document| document.span);
    let whole = file.and_then(|file| file.root(object.document)).is_some_and(|root| root.id() == object.node);
    let within = document.filter(|_| whole).unwrap_or(object.span);
    let text = ws.sources().get(object.file).map(mp_ir::base::SourceFile::text).unwrap_or_default();
    let (start, end) = (within.start as usize, within.end as usize);
    let Some(text) = text.get(start..end.min(text.len())) else { return Vec::new() };
    let places = mp_model::openings(text).into_iter().filter_map(|at| u32::try_from(start + at).ok());
    places.map(|start| Span { start, end: start + 2, ..within }).collect()
}

/// Values that a substitution fills in, below a node.
pub(super) fn holes(node: Node<'_>) -> Vec<Span> {
    let mut out = Vec::new();
    let mut todo = vec![node];
    while let Some(node) = todo.pop() {
        if node.is_hole() {
            out.push(node.span());
        }
        todo.extend(node.items());
        todo.extend(node.entries().map(|(_, value)| value));
    }
    out
}

/// Whether a place lies in a scalar below a node.
fn is_in_value(node: Option<Node<'_>>, place: Span) -> bool {
    let mut todo: Vec<Node<'_>> = node.into_iter().collect();
    while let Some(node) = todo.pop() {
        let (mut inner, before) = (node.items().collect::<Vec<_>>(), todo.len());
        inner.extend(node.entries().map(|(_, value)| value));
        let is_scalar = inner.is_empty();
        todo.extend(inner.into_iter().filter(|inner| inner.span().touches(place.start)));
        if is_scalar && before == todo.len() && node.span().touches(place.start) {
            return true;
        }
    }
    false
}
