//! What a check may look at, and the run over all checks.

use std::sync::{Arc, Mutex};

use mp_ir::base::{Diagnostic, ObjectRef, Origin};
use mp_ir::mesh::{Mesh, Unknown};
use mp_model::admission::{Nonconformity, Review};
use mp_model::{Object, Workspace};
use rayon::prelude::*;

use crate::admitted::{Admission, Admitted};
use crate::elsewhere::Elsewhere;
use crate::hosts::Hosts;
use crate::{ALL, Findings, silence};

/// Yes, no, or not to be told from the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// It is there.
    Yes(T),
    /// It is not there, and the input is whole enough to say so.
    No,
    /// The input does not tell.
    Unknown,
}

/// The view of all checks.
#[derive(Debug)]
pub struct Cx<'a> {
    /// The objects as written.
    pub workspace: &'a Workspace,
    /// The facts.
    pub mesh: &'a Mesh,
    /// Hosts, subsets and workloads by name.
    pub hosts: Hosts<'a>,
    /// What is applied beside it.
    pub elsewhere: Elsewhere<'a>,
    unknown: Mutex<Vec<Unknown>>,
    admission: Vec<(ObjectRef, Arc<Admission>)>,
}

impl<'a> Cx<'a> {
    /// Indexes the facts once for all checks.
    #[must_use]
    pub fn new(workspace: &'a Workspace, mesh: &'a Mesh, elsewhere: Elsewhere<'a>) -> Self {
        Self::admitted(workspace, mesh, elsewhere, &Admitted::of(workspace, &Admitted::default()))
    }

    /// As [`Cx::new`], where what is said of single objects is known. It is found before the checks start: a check that waited for it in a
    /// parallel job could be given another one that waits for it too.
    #[must_use]
    pub fn admitted(
        workspace: &'a Workspace,
        mesh: &'a Mesh,
        elsewhere: Elsewhere<'a>,
        admitted: &Admitted,
    ) -> Self {
        let about = |object: &Object| {
            let said = Arc::clone(admitted.about(object)?);
            Some((object.reference(), said))
        };
        Self {
            workspace,
            mesh,
            hosts: Hosts::new(mesh, workspace, elsewhere),
            elsewhere,
            unknown: Mutex::default(),
            admission: workspace.objects().iter().filter_map(about).collect(),
        }
    }

    /// Where objects do not fit the schema of their kind, in input order; looked up once for all checks.
    pub fn nonconformities(&self) -> impl Iterator<Item = (ObjectRef, &Nonconformity)> {
        self.admission.iter().flat_map(|(object, said)| said.misfits.iter().map(|n| (object.clone(), n)))
    }

    /// What istiod's webhook says of objects beyond [`Self::nonconformities`], in input order; looked up once for all checks.
    pub fn webhook(&self) -> impl Iterator<Item = (&ObjectRef, &Review)> {
        self.admission.iter().map(|(object, said)| (object, &said.webhook))
    }

    /// The place of a field of an object by its path, for fields whose facts keep no place of their own.
    #[must_use]
    pub fn place(&self, object: &ObjectRef, path: &str) -> Origin {
        let found = self.workspace.named(object)?;
        self.workspace.at_path(found, path)
    }

    /// Whether the objects reach the cluster as they are read, and all together: no kustomization changes names, labels or anything else,
    /// and nothing of the input is applied beside them.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let changed = self.workspace.sets().iter().any(|set| set.renames || set.changes);
        !changed && !self.mesh.unrendered && self.elsewhere.is_empty()
    }

    /// Says that a question about an object could not be decided, and why.
    pub fn unknown(&self, object: &ObjectRef, at: Origin, reason: impl Into<String>) {
        if let Ok(mut list) = self.unknown.lock() {
            list.push(Unknown { object: Some(object.clone()), reason: reason.into(), origin: at });
        }
    }
}

/// Runs the checks that `wanted` admits, in parallel. Findings are sorted by file, place and code; what stayed undecided comes second.
#[must_use]
pub fn run(cx: &Cx<'_>, wanted: impl Fn(&crate::Check) -> bool + Sync) -> (Vec<Diagnostic>, Vec<Unknown>) {
    let per_check: Vec<Vec<Diagnostic>> = ALL
        .par_iter()
        .filter(|check| wanted(check))
        .map(|check| {
            let mut findings = Findings::new(check);
            (check.run)(cx, &mut findings);
            findings.into_found()
        })
        .collect();
    let mut found = silence::apply(cx, per_check.into_iter().flatten().collect(), &wanted);
    for label in found.iter_mut().flat_map(|finding| &mut finding.related) {
        label.object = cx.workspace.object_at(label.span.file, label.span.start).map(Object::reference);
    }
    found.sort_by(|a, b| (a.primary.span, a.code, &a.message).cmp(&(b.primary.span, b.code, &b.message)));
    let mut unknown = cx.unknown.lock().map(|list| list.clone()).unwrap_or_default();
    unknown.sort();
    unknown.dedup();
    (found, unknown)
}
