//! How a command ends.

use std::io::Write as _;

/// A command that did its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing at or above the level that fails.
    Clean,
    /// Findings, a refuted or undecided property, a difference.
    Findings,
}

/// A command that could not do its job: exit code 2.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file or folder could not be read.
    #[error("cannot read `{path}`: {reason}")]
    Unreadable { path: String, reason: String },
    /// A file could not be written.
    #[error("cannot write `{path}`: {reason}")]
    Unwritable { path: String, reason: String },
    /// Nothing to look at.
    #[error("no YAML or JSON file with Kubernetes objects in {0}")]
    NoInput(String),
    /// The command line contradicts itself or the input.
    #[error("{message}")]
    Usage { message: String, help: String },
    /// The reader of our output went away.
    #[error("cannot write the output: {0}")]
    Output(#[from] std::io::Error),
    /// Any of these, of one part of the input: a line of a batch.
    #[error("{place}: {fault}")]
    At { place: String, fault: Box<Failure> },
    /// A part of meshproof gave up.
    #[error("{0}")]
    Internal(String),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: help.into() }
    }

    pub(crate) fn unwritable(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Unwritable { path: path.display().to_string(), reason: error.to_string() }
    }

    /// The same, of one part of the input.
    pub(crate) fn at(self, place: String) -> Self {
        Self::At { place, fault: Box::new(self) }
    }

    /// The next step for the reader.
    fn help(&self) -> Option<&str> {
        match self {
            Failure::NoInput(_) => Some("name files or folders, or pass `--allow-empty` if none is fine"),
            Failure::Usage { help, .. } => Some(help),
            Failure::Unreadable { .. } => Some("check the path and its permissions"),
            Failure::At { fault, .. } => fault.help(),
            Failure::Internal(_) => Some("this is a defect of meshproof; please report it with the input"),
            Failure::Unwritable { .. } | Failure::Output(_) => None,
        }
    }

    pub(crate) fn show(&self) {
        if let Failure::Output(error) = self
            && error.kind() == std::io::ErrorKind::BrokenPipe
        {
            return;
        }
        let mut err = anstream::stderr();
        let _ = writeln!(err, "error: {self}");
        if let Some(help) = self.help() {
            let _ = writeln!(err, "  help: {help}");
        }
    }
}
