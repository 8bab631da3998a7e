//! What the sides that admit objects say of each, kept as long as the file is the same: it depends on nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use mp_model::admission::{Nonconformity, Review, beyond_schema};
use mp_model::conform::nonconformities;
use mp_model::syntax::{NodeId, ParsedFile};
use mp_model::{Object, Workspace};
use rayon::prelude::*;

/// The answers for the files of a workspace, by their places in it.
#[derive(Clone, Debug, Default)]
pub struct Admitted(Vec<OfFile>);

/// The answers for one file; objects of which nothing is said are absent.
#[derive(Clone, Debug)]
struct OfFile {
    parsed: Arc<ParsedFile>,
    said: BTreeMap<(usize, NodeId), Arc<Admission>>,
}

/// What the sides that admit an object say of it.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) misfits: Vec<Nonconformity>,
    pub(crate) webhook: Review,
}

impl Admitted {
    /// Asks for the objects of a workspace; what is known of a file from an earlier workspace counts where its parse is the same one.
    #[must_use]
    pub fn of(workspace: &Workspace, earlier: &Self) -> Self {
        let same = |at: usize, parsed: &Arc<ParsedFile>| {
            earlier.0.get(at).filter(|known| Arc::ptr_eq(&known.parsed, parsed)).cloned()
        };
        let known: Vec<Option<OfFile>> =
            workspace.files().iter().enumerate().map(|(at, parsed)| same(at, parsed)).collect();
        let is_new = |object: &&Object| known.get(object.file.0 as usize).is_some_and(Option::is_none);
        let new: Vec<&Object> = workspace.objects().iter().filter(is_new).collect();
        let said: Vec<_> = new.into_par_iter().filter_map(|object| admission(workspace, object)).collect();
        let mut out: Vec<OfFile> = known
            .into_iter()
            .zip(workspace.files())
            .map(|(known, parsed)| {
                known.unwrap_or_else(|| OfFile { parsed: Arc::clone(parsed), said: BTreeMap::new() })
            })
            .collect();
        for (file, place, admission) in said {
            if let Some(of_file) = out.get_mut(file) {
                of_file.said.insert(place, Arc::new(admission));
            }
        }
        Self(out)
    }

    /// What is said of an object, if anything.
    pub(crate) fn about(&self, object: &Object) -> Option<&Arc<Admission>> {
        self.0.get(object.file.0 as usize)?.said.get(&(object.document, object.node))
    }
}

fn admission(workspace: &Workspace, object: &Object) -> Option<(usize, (usize, NodeId), Admission)> {
    let misfits = nonconformities(workspace, object);
    let webhook = workspace.root(object).map(|root| beyond_schema(root, &misfits)).unwrap_or_default();
    let silent = misfits.is_empty() && webhook.errors.is_empty() && webhook.warnings.is_empty();
    let place = (object.document, object.node);
    (!silent).then_some((object.file.0 as usize, place, Admission { misfits, webhook }))
}
