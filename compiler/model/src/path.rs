//! Where in a document a check stands, without building text until something is wrong.

use std::fmt;

/// The way from the root.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'p> {
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
pub(super) enum Style {
    /// Not at all: `a.key`, as the schema's validator and the list of unknown fields write it.
    Dots,
    /// `a[key]`, as list types and CEL rules write it.
    Brackets,
}

impl<'p> Place<'p> {
    /// The path in words; `<nil>` for the root, as Go prints it.
    pub(super) fn text(self, style: Style) -> String {
        match self {
            Place::Root => "<nil>".to_owned(),
            _ => Shown(self, style).to_string(),
        }
    }

    /// The path of a field below.
    pub(super) fn below(&'p self, field: &'p str, style: Style) -> String {
        Place::Field(self, field).text(style)
    }

    /// The path as complaints hold it: empty for the root.
    pub(super) fn path(self) -> String {
        Shown(self, Style::Dots).to_string()
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
}
