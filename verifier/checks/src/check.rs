//! What a check is, and how it reports.

use mp_ir::base::{Diagnostic, Fix, Level, ObjectRef, Origin, Span, docs};

use crate::Cx;

/// One check. The static stands in the check's own file.
#[derive(Debug)]
pub struct Check {
    /// `MP` and four digits: MP0 syntax and schema, MP1 routing, MP2 TLS, MP3 authorization, MP4 gateways, MP5 ambient, MP6 roll-out.
    pub code: &'static str,
    /// Name in kebab case; the file's name with other dashes.
    pub name: &'static str,
    /// How bad a finding is.
    pub level: Level,
    /// Istio's code for the same thing.
    pub istio: Option<&'static str>,
    /// Kiali's code for the same thing.
    pub kiali: Option<&'static str>,
    /// The check's own source, whose `//!` lines are its documentation.
    pub source: &'static str,
    /// Looks for findings.
    pub run: fn(&Cx<'_>, &mut Findings),
}

impl Check {
    /// The title: the first line of the documentation.
    #[must_use]
    pub fn title(&self) -> &'static str {
        docs::title(self.source).unwrap_or(self.name)
    }

    /// The documentation as Markdown.
    #[must_use]
    pub fn docs(&self) -> String {
        docs::text(self.source)
    }
}

/// What one check has found so far.
#[derive(Debug)]
pub struct Findings {
    check: &'static Check,
    found: Vec<Diagnostic>,
}

impl Findings {
    pub(crate) fn new(check: &'static Check) -> Self {
        Self { check, found: Vec::new() }
    }

    pub(crate) fn into_found(self) -> Vec<Diagnostic> {
        self.found
    }

    /// Reports at a place in an object; the result takes labels and help. Nothing is reported where no line of the input is the cause.
    pub fn report(
        &mut self,
        at: Origin,
        object: &ObjectRef,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Finding<'_> {
        let Some(span) = at else { return Finding(None) };
        self.at(span, Some(object), field, message)
    }

    /// Reports at a span, with or without an object.
    pub fn at(
        &mut self,
        span: Span,
        object: Option<&ObjectRef>,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Finding<'_> {
        let check = self.check;
        let mut diagnostic = Diagnostic::new(check.code, check.name, check.level, span, message);
        diagnostic.istio = check.istio;
        diagnostic.kiali = check.kiali;
        diagnostic.field = field.into();
        diagnostic.object = object.cloned();
        self.found.push(diagnostic);
        Finding(self.found.last_mut())
    }
}

/// A finding that may be given more.
#[derive(Debug)]
pub struct Finding<'a>(Option<&'a mut Diagnostic>);

impl Finding<'_> {
    /// A remark at the primary place.
    pub fn label(self, message: impl Into<String>) -> Self {
        self.with(|d| d.primary.message = message.into())
    }

    /// One more place, if the input has it.
    pub fn also(self, at: Origin, message: impl Into<String>) -> Self {
        self.with(|d| d.related.extend(at.map(|span| mp_ir::base::Label::new(span, message))))
    }

    /// The next step.
    pub fn help(self, help: impl Into<String>) -> Self {
        self.with(|d| d.help = Some(help.into()))
    }

    /// Another level than the check's own.
    pub fn level(self, level: Level) -> Self {
        self.with(|d| d.level = level)
    }

    /// Kiali's code, where the check stands for several of them.
    pub fn kiali(self, code: &'static str) -> Self {
        self.with(|d| d.kiali = Some(code))
    }

    /// A mend.
    pub fn fix(self, fix: Option<Fix>) -> Self {
        self.with(|d| d.fix = fix)
    }

    fn with(mut self, change: impl FnOnce(&mut Diagnostic)) -> Self {
        if let Some(diagnostic) = self.0.as_deref_mut() {
            change(diagnostic);
        }
        self
    }
}
