//! What a table of supported messages is made of.

/// One protobuf message that a bootstrap may hold.
#[derive(Debug)]
pub(crate) struct Message {
    /// Full protobuf name, as it stands after the slash of `@type`.
    pub(crate) name: &'static str,
    /// Every field this proxy knows; any other field is refused.
    pub(crate) fields: &'static [Field],
}

/// One field of a message.
#[derive(Debug)]
pub(crate) struct Field {
    /// Name in snake case; the lower camel case form is read as well.
    pub(crate) name: &'static str,
    /// What it may hold.
    pub(crate) kind: Kind,
    /// What the proxy does with it.
    pub(crate) support: Support,
}

/// What the proxy does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Support {
    /// Executed.
    Run,
    /// Read and ignored, because it has no effect on what the proxy forwards or decides; the text says why.
    Inert(&'static str),
}

/// The shape of a field's value.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A string (or bytes).
    Str,
    /// A boolean or `BoolValue`.
    Bool,
    /// An integer, its string form, or a wrapper of it.
    Int,
    /// A floating point number.
    Float,
    /// `1.5s`.
    Duration,
    /// One of these enum names; every other name is refused.
    Enum(&'static [&'static str]),
    /// A boolean, number or string that is only accepted with this value, given as its text: the proxy behaves so
    /// in any case.
    Only(&'static str),
    /// A message.
    Msg(&'static Message),
    /// A repeated field.
    List(&'static Kind),
    /// A map with string keys.
    Map(&'static Kind),
    /// A `google.protobuf.Any` that may hold one of these.
    Any(&'static [&'static Message]),
    /// `google.protobuf.Struct` or anything else that is kept as it is.
    Free,
}

/// A field that is executed.
pub(crate) const fn run(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, support: Support::Run }
}

/// A field that is read and ignored.
pub(crate) const fn inert(name: &'static str, kind: Kind, why: &'static str) -> Field {
    Field { name, kind, support: Support::Inert(why) }
}
