//! What stands around the body of an object, as Istio reads it (`pilot/pkg/config/kube/crd/types.go`, `IstioKind`): names count whatever their
//! case, fields that Go's struct does not have are refused, and numbers are text where text is wanted.

use super::go_struct::{Fault, Manner, fault, text, value};
use crate::base::Span;
use crate::node::{Node, Value};
use crate::path::Place;

/// Metadata and body.
pub(super) struct Envelope<'a> {
    /// `metadata.name`.
    pub(super) name: String,
    /// `metadata.namespace`.
    pub(super) namespace: String,
    /// The token of the name, or the nearest that exists.
    pub(super) name_span: Span,
    /// `spec`.
    pub(super) spec: Option<Node<'a>>,
    annotations: Option<Node<'a>>,
    labels: Option<Node<'a>>,
}

impl<'a> Envelope<'a> {
    /// The value of an annotation, and its token.
    pub(super) fn annotation(&self, name: &str) -> Option<(String, Span)> {
        let node = self.annotations?.get(name)?;
        Some((text(node), node.span()))
    }

    /// The value of a label.
    pub(super) fn label(&self, name: &str) -> Option<String> {
        Some(text(self.labels?.get(name)?))
    }

    /// One of which nothing is known but the names and the body.
    pub(super) fn bare(name: &str, namespace: &str, spec: Option<Node<'a>>, span: Span) -> Self {
        let (name, namespace) = (name.to_owned(), namespace.to_owned());
        Self { name, namespace, name_span: span, spec, annotations: None, labels: None }
    }

    /// Reads it.
    ///
    /// # Errors
    /// In Go's words.
    pub(super) fn read(root: Node<'a>) -> Result<Self, Fault> {
        if let Some((why, place)) = misread(root, Manner::StrictYaml) {
            return Err((format!("error unmarshaling JSON: while decoding JSON: {why}"), place));
        }
        let meta = |field| value(value(root, "metadata")?, field);
        let named = meta("name");
        Ok(Self {
            name: named.map(text).unwrap_or_default(),
            namespace: meta("namespace").map(text).unwrap_or_default(),
            name_span: named.unwrap_or(root).span(),
            spec: value(root, "spec"),
            annotations: meta("annotations").filter(|node| node.value() == Value::Map),
            labels: meta("labels").filter(|node| node.value() == Value::Map),
        })
    }
}

/// The first fault of an object's own fields and of its metadata.
pub(super) fn misread(root: Node<'_>, manner: Manner) -> Option<Fault> {
    fault("crd.IstioKind", root, manner, &Place::Root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::FileId;

    #[test]
    fn names_in_any_case_and_numbers_as_text() {
        let file = crate::syntax::parse(
            FileId(0),
            "{Metadata: {name: 1, Annotations: {a: true}}, SPEC: {a: b}, spec: null}".into(),
        );
        let (_, root) = file.roots().next().unwrap();
        let read = Envelope::read(root).ok().unwrap();
        assert_eq!((read.name.as_str(), read.namespace.as_str()), ("1", ""));
        assert_eq!(read.annotation("a").map(|(text, _)| text).as_deref(), Some("true"));
        assert!(read.spec.is_some());
    }

    #[test]
    fn what_go_has_no_field_for() {
        for (yaml, why, path) in [
            ("{kind: a, specs: {}}", "json: unknown field \"specs\"", "specs"),
            ("{metadata: {nam: a}}", "json: unknown field \"nam\"", "metadata.nam"),
            (
                "{metadata: {name: [a]}}",
                "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.name of type string",
                "metadata.name",
            ),
            (
                "{metadata: a}",
                "json: cannot unmarshal string into Go struct field IstioKind.metadata of type v1.ObjectMeta",
                "metadata",
            ),
        ] {
            let file = crate::syntax::parse(FileId(0), yaml.into());
            let (_, root) = file.roots().next().unwrap();
            let got = misread(root, Manner::StrictYaml).map(|(text, place)| (text, place.path.to_string()));
            assert_eq!(got, Some((why.to_owned(), path.to_owned())));
        }
    }
}
