//! From texts to findings: the one pipeline behind `check`, `render` and the language server.

use mp_base::Diagnostic;
use mp_checks::{Admitted, Check, Cx, Elsewhere, Parts};
use mp_ir::mesh::{Mesh, Unknown};
use mp_lower::{Earlier, FactOptions};
use mp_model::{FileSet, Workspace};

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
    analyse_again(workspace, options, &mut Admitted::default(), None)
}

/// As [`analyse`] after `earlier`, which had the same options: what depends on unchanged files alone is not worked out again.
pub(crate) fn analyse_again(
    workspace: Workspace,
    options: &Options,
    admitted: &mut Admitted,
    earlier: Option<Earlier>,
) -> Analysis {
    *admitted = Admitted::of(&workspace, admitted);
    let admitted = &*admitted;
    let mesh = match earlier {
        Some(earlier) => mp_lower::facts_again(&workspace, &options.facts, earlier),
        None => mp_lower::facts(&workspace, &options.facts),
    };
    let (mut findings, mut unknown) = (Vec::new(), Vec::new());
    if let [_] = workspace.sets() {
        (findings, unknown) = checked(&workspace, &mesh, Elsewhere::default(), (options, admitted));
    } else {
        let part = |set: &FileSet| {
            let part = workspace.only(set);
            let mesh = mp_lower::facts(&part, &options.facts);
            (part, mesh)
        };
        let parts: Vec<(Workspace, Mesh)> = workspace.sets().iter().map(part).collect();
        let all = Parts::of(&parts);
        for (at, (part, mesh)) in parts.iter().enumerate() {
            let (found, open) = checked(part, mesh, all.beside(at), (options, admitted));
            findings.extend(found);
            unknown.extend(open);
        }
        findings
            .sort_by(|a, b| (a.primary.span, a.code, &a.message).cmp(&(b.primary.span, b.code, &b.message)));
        // What stands in a base is found once for each set that it is part of.
        findings
            .dedup_by(|a, b| (a.primary.span, a.code) == (b.primary.span, b.code) && a.message == b.message);
    }
    unknown.extend(workspace.sets().iter().filter(|set| set.changes).map(not_followed));
    unknown.sort();
    unknown.dedup();
    Analysis { workspace, mesh, findings, unknown }
}

fn checked(
    workspace: &Workspace,
    mesh: &Mesh,
    elsewhere: Elsewhere<'_>,
    (options, admitted): (&Options, &Admitted),
) -> (Vec<Diagnostic>, Vec<Unknown>) {
    let cx = Cx::admitted(workspace, mesh, elsewhere, admitted);
    let (findings, mut unknown) = mp_checks::run(&cx, |check| options.wants(check));
    unknown.extend(mesh.unknown.iter().cloned());
    (findings, unknown)
}

/// What a kustomization does beyond naming files and filling fields is seen only after rendering.
fn not_followed(set: &FileSet) -> Unknown {
    let folder = if set.folder.is_empty() { "." } else { &set.folder };
    let reason = format!(
        "the kustomization in `{folder}` changes its objects (patches, names, generated ones): \
         `kustomize build {folder} | meshproof check -` checks what comes of it"
    );
    Unknown { object: None, reason, origin: None }
}
