//! Where in a document a reader stands, without building text until something is wrong.

use std::fmt;
use std::sync::Arc;

/// The way from the root.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'p> {
    /// The whole document.
    Root,
    /// A property.
    Field(&'p Place<'p>, &'p str),
    /// A key of a mapping with free keys.
    Key(&'p Place<'p>, &'p str),
    /// An item.
    Index(&'p Place<'p>, usize),
}

/// How the two kinds of keys are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Not at all: `a.key`, as the schema's validator and the list of unknown fields write it.
    Dots,
    /// `a[key]`, as list types and CEL rules write it.
    Brackets,
}

impl<'p> Place<'p> {
    /// The path in words; `<nil>` for the root, as Go prints it.
    pub(crate) fn text(self, style: Style) -> String {
        match self {
            Place::Root => "<nil>".to_owned(),
            _ => Shown(self, style).to_string(),
        }
    }

    /// The path of a field below.
    pub(crate) fn below(&'p self, field: &'p str, style: Style) -> String {
        Place::Field(self, field).text(style)
    }

    /// The path as complaints hold it: empty for the root.
    pub(crate) fn path(self) -> String {
        Shown(self, Style::Dots).to_string()
    }
}

/// A path that outlives the reader that came along it. Cloning it is cheap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldPath(Option<Arc<Step>>);

#[derive(Debug, PartialEq, Eq)]
struct Step {
    above: FieldPath,
    name: Name,
}

#[derive(Debug, PartialEq, Eq)]
enum Name {
    Field(&'static str),
    Key(Box<str>),
    Index(usize),
}

impl FieldPath {
    fn below(&self, name: Name) -> Self {
        Self(Some(Arc::new(Step { above: self.clone(), name })))
    }

    /// A field of a message.
    pub(crate) fn field(&self, name: &'static str) -> Self {
        self.below(Name::Field(name))
    }

    /// A key of the document, or several steps in words.
    pub(crate) fn key(&self, name: &str) -> Self {
        self.below(Name::Key(name.into()))
    }

    /// An item.
    pub(crate) fn index(&self, at: usize) -> Self {
        self.below(Name::Index(at))
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = Vec::new();
        let mut at = self;
        while let Some(step) = &at.0 {
            steps.push(&step.name);
            at = &step.above;
        }
        for (depth, name) in steps.iter().rev().enumerate() {
            let dot = if depth == 0 { "" } else { "." };
            match name {
                Name::Field(name) => write!(f, "{dot}{name}")?,
                Name::Key(name) => write!(f, "{dot}{name}")?,
                Name::Index(at) => write!(f, "[{at}]")?,
            }
        }
        Ok(())
    }
}

struct Shown<'p>(Place<'p>, Style);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shown(place, style) = self;
        match place {
            Place::Root => Ok(()),
            Place::Key(parent, key) if *style == Style::Brackets => {
                write!(f, "{}[{key}]", Shown(**parent, *style))
            }
            Place::Field(Place::Root, name) | Place::Key(Place::Root, name) => f.write_str(name),
            Place::Field(parent, name) | Place::Key(parent, name) => {
                write!(f, "{}.{name}", Shown(**parent, *style))
            }
            Place::Index(parent, at) => write!(f, "{}[{at}]", Shown(**parent, *style)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_styles() {
        let spec = Place::Field(&Place::Root, "spec");
        let ports = Place::Field(&spec, "ports");
        let key = Place::Key(&ports, "http");
        let item = Place::Index(&key, 2);
        assert_eq!(item.text(Style::Dots), "spec.ports.http[2]");
        assert_eq!(item.text(Style::Brackets), "spec.ports[http][2]");
        assert_eq!(Place::Root.text(Style::Dots), "<nil>");
        assert_eq!(spec.below("host", Style::Dots), "spec.host");
    }

    #[test]
    fn owned_paths_read_like_borrowed_ones() {
        let path = FieldPath::default().field("spec").key("ports").index(2).key("a.b");
        assert_eq!(path.to_string(), "spec.ports[2].a.b");
        assert_eq!(FieldPath::default().to_string(), "");
    }
}
