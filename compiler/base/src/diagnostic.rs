//! One finding, as every stage makes it and every renderer shows it.

use crate::Span;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Good to know; never fails a gate by default.
    Info,
    /// Probably a mistake.
    Warning,
    /// Traffic or access is broken, or the object is refused.
    Error,
}

impl Level {
    /// `error`, `warning` or `info`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// Kind, namespace and name of an object. The namespace is empty for cluster-wide kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// For example `VirtualService`.
    pub kind: String,
    /// Empty for kinds without namespace.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl std::fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            return write!(f, "{} {}", self.kind, self.name);
        }
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// A place and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A short remark shown beside it; may be empty.
    pub message: String,
    /// The object that it is part of, where that is known.
    pub object: Option<ObjectRef>,
}

impl Label {
    /// A place with a remark.
    #[must_use]
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), object: None }
    }
}

/// Whether a fix may be applied without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// Certainly what the author meant: `check --fix` applies it.
    Safe,
    /// For people to look at.
    DisplayOnly,
}

/// One replacement of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A mend for a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a sentence in the imperative.
    pub title: String,
    /// May it be applied without asking?
    pub applicability: Applicability,
    /// The replacements; they do not overlap.
    pub edits: Vec<Edit>,
}

/// One finding.
///
/// Messages are lower case without a full stop and put the user's text in backticks; the next step stands in `help`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// `MP` and four digits; never used again for another meaning.
    pub code: &'static str,
    /// The code's name in kebab case.
    pub name: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// The object it is about.
    pub object: Option<ObjectRef>,
    /// Path of the field in the object, such as `spec.http[0].route[0].destination.host`; may be empty.
    pub field: String,
    /// Where it is.
    pub primary: Label,
    /// Other places that belong to it, in any file.
    pub related: Vec<Label>,
    /// The next step for the reader.
    pub help: Option<String>,
    /// Istio's own code for the same thing, such as `IST0101`.
    pub istio: Option<&'static str>,
    /// Kiali's code for the same thing, such as `KIA1101`.
    pub kiali: Option<&'static str>,
    /// A mend.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding with its place and nothing else yet.
    #[must_use]
    pub fn new(
        code: &'static str,
        name: &'static str,
        level: Level,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            name,
            level,
            message: message.into(),
            object: None,
            field: String::new(),
            primary: Label::new(span, ""),
            related: Vec::new(),
            help: None,
            istio: None,
            kiali: None,
            fix: None,
        }
    }

    /// With the object it is about.
    #[must_use]
    pub fn about(mut self, object: ObjectRef, field: impl Into<String>) -> Self {
        self.object = Some(object);
        self.field = field.into();
        self
    }

    /// With a remark at the primary place.
    #[must_use]
    pub fn label(mut self, message: impl Into<String>) -> Self {
        self.primary.message = message.into();
        self
    }

    /// With one more place.
    #[must_use]
    pub fn also(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label::new(span, message));
        self
    }

    /// With the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With a mend.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}
