//! From texts to findings: the one pipeline behind `check`, `render` and the language server.

use mp_base::Diagnostic;
use mp_checks::{Check, Cx};
use mp_ir::mesh::{Mesh, Unknown};
use mp_lower::FactOptions;
use mp_model::Workspace;

/// What the caller wants.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How facts are made: mesh configuration, feature flags.
    pub facts: FactOptions,
    /// Codes or names of the checks to run; empty runs all.
    pub select: Vec<String>,
    /// Codes or names of the checks to leave out.
    pub ignore: Vec<String>,
}

impl Options {
    fn wants(&self, check: &Check) -> bool {
        let named =
            |list: &[String]| list.iter().any(|n| check.code.starts_with(n.as_str()) || check.name == n);
        (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }
}

/// Everything that is known after one pass.
#[derive(Debug)]
pub struct Analysis {
    /// The objects.
    pub workspace: Workspace,
    /// The facts.
    pub mesh: Mesh,
    /// The findings, sorted by file, place and code.
    pub findings: Vec<Diagnostic>,
    /// What could not be decided, and why.
    pub unknown: Vec<Unknown>,
}

/// Runs the checks over a workspace.
#[must_use]
pub fn analyse(workspace: Workspace, options: &Options) -> Analysis {
    let mesh = mp_lower::facts(&workspace, &options.facts);
    let cx = Cx::new(&workspace, &mesh);
    let (findings, mut unknown) = mp_checks::run(&cx, |check| options.wants(check));
    drop(cx);
    unknown.extend(mesh.unknown.iter().cloned());
    unknown.sort();
    unknown.dedup();
    Analysis { workspace, mesh, findings, unknown }
}
