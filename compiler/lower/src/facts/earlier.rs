//! Facts of an earlier reading that still hold: those that depend on one object alone, where its file is the same.
//!
//! Only an editor asks for this, which reads the whole mesh after each key. What is taken over must be what reading again would give.

use std::collections::HashMap;
use std::sync::Arc;

use mp_ir::mesh::{AuthorizationPolicy, DestinationRule, Mesh, Meta, VirtualService, Workload};
use mp_model::{Object, Workspace};

use super::is_pod;

/// A workspace and the facts that were read from it.
#[derive(Debug)]
pub struct Earlier {
    /// The objects.
    pub workspace: Workspace,
    /// Their facts.
    pub mesh: Mesh,
}

/// What can be taken over, by the place that the object had.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The place that the first object of each unchanged file had, and how many objects the file has.
    files: HashMap<u32, (u32, u32)>,
    /// The place that the first object of each file has now.
    first: HashMap<u32, u32>,
    objects: Vec<Object>,
    virtual_services: HashMap<u32, VirtualService>,
    destination_rules: HashMap<u32, DestinationRule>,
    authorization_policies: HashMap<u32, AuthorizationPolicy>,
    pods: HashMap<u32, Workload>,
}

impl Kept {
    /// What holds in a workspace whose cluster has this domain.
    pub(super) fn new(ws: &Workspace, domain: &str, earlier: Option<Earlier>) -> Self {
        let Some(Earlier { workspace, mesh }) = earlier.filter(|e| e.mesh.settings.domain == domain) else {
            return Self::default();
        };
        let same = |file: &u32| {
            let at = *file as usize;
            let both = workspace.files().get(at).zip(ws.files().get(at));
            both.is_some_and(|(old, new)| Arc::ptr_eq(old, new))
        };
        let (mut files, first) = (places(&workspace), places(ws));
        files.retain(|file, (_, count)| same(file) && first.get(file).is_some_and(|(_, now)| now == count));
        Self {
            files,
            first: first.into_iter().map(|(file, (first, _))| (file, first)).collect(),
            virtual_services: by_place(mesh.virtual_services, |one| &one.meta),
            destination_rules: by_place(mesh.destination_rules, |one| &one.meta),
            authorization_policies: by_place(mesh.authorization_policies, |one| &one.meta),
            pods: by_place(mesh.workloads.into_iter().filter(is_pod).collect(), |one| &one.meta),
            objects: workspace.into_objects(),
        }
    }

    /// The place that an object had.
    fn old(&self, object: &Object) -> Option<u32> {
        let (was, _) = self.files.get(&object.file.0)?;
        let place = was + object.id.0.checked_sub(*self.first.get(&object.file.0)?)?;
        let old = self.objects.get(place as usize)?;
        let head = |o: &Object| (o.file, o.document, o.node, o.kind);
        let named = old.namespace == object.namespace && old.name == object.name;
        (head(old) == head(object) && named).then_some(place)
    }

    pub(super) fn virtual_service(&mut self, object: &Object) -> Option<VirtualService> {
        let old = self.virtual_services.remove(&self.old(object)?)?;
        again(old, object, |one| &mut one.meta)
    }

    pub(super) fn destination_rule(&mut self, object: &Object) -> Option<DestinationRule> {
        let old = self.destination_rules.remove(&self.old(object)?)?;
        again(old, object, |one| &mut one.meta)
    }

    pub(super) fn authorization_policy(&mut self, object: &Object) -> Option<AuthorizationPolicy> {
        let old = self.authorization_policies.remove(&self.old(object)?)?;
        again(old, object, |one| &mut one.meta)
    }

    /// A Pod; its locality and network depend on other objects and must be set again.
    pub(super) fn pod(&mut self, object: &Object) -> Option<Workload> {
        let old = self.pods.remove(&self.old(object)?)?;
        again(old, object, |one| &mut one.meta)
    }
}

/// The place of the first object of each file, and how many the file has: a file's objects stand together.
fn places(ws: &Workspace) -> HashMap<u32, (u32, u32)> {
    let mut out: HashMap<u32, (u32, u32)> = HashMap::new();
    for object in ws.objects() {
        out.entry(object.file.0).or_insert((object.id.0, 0)).1 += 1;
    }
    out
}

fn by_place<T>(all: Vec<T>, meta: impl Fn(&T) -> &Meta) -> HashMap<u32, T> {
    all.into_iter().map(|one| (meta(&one).order, one)).collect()
}

/// The fact in its new place, if it is that of the object and no other one's that was made from it.
fn again<T>(mut old: T, object: &Object, meta: impl Fn(&mut T) -> &mut Meta) -> Option<T> {
    let meta = meta(&mut old);
    let own = meta.object.kind == object.kind.name()
        && meta.object.name == object.name
        && meta.object.namespace == object.namespace;
    meta.order = object.id.0;
    own.then_some(old)
}
