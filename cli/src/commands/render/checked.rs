//! Objects that the checks have let through.

use std::io::Write as _;

use mp_ide::{Analysis, Options};
use mp_model::syntax::ParsedFile;
use mp_model::{Input, Node};

use crate::args::{FailOn, Format, InputArgs};
use crate::commands::check;
use crate::failure::{Failure, Outcome};
use crate::input;

/// The input and what is known of it.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) inputs: Vec<Input>,
    pub(super) analysis: Analysis,
}

impl Checked {
    /// Reads and checks. The report goes to standard error; `None` where a finding stops everything.
    pub(super) fn read(wanted: &InputArgs, fail_on: FailOn) -> Result<Option<Self>, Failure> {
        let read = input::read(wanted)?;
        let workspace = check::workspace(&read, wanted.allow_empty)?;
        let analysis = mp_ide::analyse(workspace, &Options { facts: read.facts, ..Options::default() });
        if !analysis.findings.is_empty() {
            std::io::stderr().write_all(check::render(&analysis, Format::Full, false).as_bytes())?;
        }
        let stops = check::outcome(&analysis, fail_on) == Outcome::Findings;
        Ok((!stops).then_some(Self { inputs: read.inputs, analysis }))
    }
}

/// Groups whose objects are read by tools and never applied.
const NOT_APPLIED: [&str; 2] = ["kustomize.config.k8s.io/", "meshproof.dev/"];

/// Whether a file holds anything for a cluster: values of charts, kustomizations and the invariants of meshproof are none of it. A file without
/// any document is kept, for what comments in it are worth.
pub(super) fn is_for_cluster(file: &ParsedFile) -> bool {
    let mut roots = file.roots().peekable();
    roots.peek().is_none() || roots.any(|(_, root)| is_object(root))
}

/// Whether a node is an object that can be applied.
pub(super) fn is_object(root: Node<'_>) -> bool {
    let text = |key: &str| root.get(key).and_then(Node::as_str);
    let applied = |group: &str| !NOT_APPLIED.iter().any(|other| group.starts_with(other));
    text("apiVersion").is_some_and(applied) && text("kind").is_some()
}

/// Says that a file does not go out.
pub(super) fn passed_over(input: &Input) -> Result<(), Failure> {
    writeln!(anstream::stderr(), "note: {} holds no object for a cluster and is left out", input.path)?;
    Ok(())
}
