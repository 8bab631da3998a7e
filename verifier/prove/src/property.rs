//! What a built-in property is, and what it may say.

use mp_ir::base::{Origin, docs};
use mp_ir::mesh::Mesh;

use crate::invariant::Severity;
use crate::question::{Answer, AskError, Truth};
use crate::rules::{Rule, Value};
use crate::scene::Scene;

/// What properties are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Rules and values that do nothing, or everything.
    Rules,
    /// Who gets in.
    Exposure,
    /// Ways around a policy.
    Bypass,
    /// What differs between chains, proxies and steps of a roll-out.
    Planes,
}

impl Group {
    /// All of them.
    pub const ALL: [Group; 4] = [Group::Rules, Group::Exposure, Group::Bypass, Group::Planes];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Group::Rules => "rules",
            Group::Exposure => "exposure",
            Group::Bypass => "bypass",
            Group::Planes => "planes",
        }
    }
}

/// A property that is asked of every mesh. The static stands in the property's own file.
#[derive(Debug)]
pub struct Property {
    /// `MP7` and three digits.
    pub code: &'static str,
    /// Name in kebab case; the file's name with other dashes.
    pub name: &'static str,
    /// What it is about.
    pub group: Group,
    /// How bad a violation is.
    pub severity: Severity,
    /// The property's own source, whose `//!` lines are its documentation.
    pub source: &'static str,
    /// How it is asked.
    pub(crate) ask: Ask,
}

impl Property {
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

/// How a property is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    /// Once, of the facts: what is about no point, and needs no request to be seen.
    Mesh(fn(&Mesh) -> Vec<Finding>),
    /// At every point.
    Point(fn(&mut Scene<'_>) -> Result<Vec<Finding>, AskError>),
    /// Of every rule at every point that has it. It is violated when no point contradicts: a rule that is useless at one workload
    /// may be needed at another.
    Rule(fn(&mut Scene<'_>, &Rule<'_>) -> Result<Option<Finding>, AskError>),
    /// The same for every value in the lists of a rule.
    Value(fn(&mut Scene<'_>, &Rule<'_>, &Value<'_>) -> Result<Option<Finding>, AskError>),
}

/// One answer to a property.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// [`Truth::Violated`] is what is reported.
    pub(crate) answer: Answer,
    /// What is wrong, where it is violated.
    pub(crate) message: String,
    /// The next step.
    pub(crate) help: Option<String>,
    /// The YAML it is about; without it, the first line of the witness's way.
    pub(crate) origin: Origin,
    /// Other than the property's own.
    pub(crate) severity: Option<Severity>,
}

impl Finding {
    /// Violated when the answer is: a request was found.
    pub(crate) fn of(answer: Answer, message: impl Into<String>) -> Self {
        Self { answer, message: message.into(), help: None, origin: None, severity: None }
    }

    /// Violated when no request was found.
    pub(crate) fn absent(answer: Answer, message: impl Into<String>) -> Self {
        Self::of(turned(answer), message)
    }

    pub(crate) fn at(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What holds is counted and not shown: there are a hundred times as many of it as of anything else.
    pub(crate) fn bare(mut self) -> Self {
        if self.answer.answer == Truth::Holds {
            self.answer = Answer { answer: Truth::Holds, witness: None, because: Vec::new(), unknown: None };
            self.message = String::new();
            self.help = None;
        }
        self
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

/// The answer to the opposite.
pub(crate) fn turned(answer: Answer) -> Answer {
    let truth = match answer.answer {
        Truth::Holds => Truth::Violated,
        Truth::Violated => Truth::Holds,
        Truth::Unknown => Truth::Unknown,
    };
    Answer { answer: truth, ..answer }
}
