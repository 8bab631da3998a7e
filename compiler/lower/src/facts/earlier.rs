//! Facts of an earlier reading that still hold: those that depend on one object alone, where its file is the same.
//!
//! Only an editor asks for this, which reads the whole mesh after each key. What is taken over must be what reading again would give.

use std::collections::HashMap;

use mp_ir::mesh::{AuthorizationPolicy, DestinationRule, Mesh, Meta, VirtualService, Workload};
use mp_model::{Object, Remains, Workspace};

use super::is_pod;

/// What is left of a workspace, and the facts that were read from it.
#[derive(Debug)]
pub struct Earlier {
    /// Which files it had, and where their objects stood.
    pub remains: Remains,
    /// Their facts.
    pub mesh: Mesh,
}

/// What can be taken over, by the place that the object had.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// By file: the place that its first object has now, and the place that it had, where the file is the same.
    files: Vec<Option<(u32, u32)>>,
    virtual_services: HashMap<u32, VirtualService>,
    destination_rules: HashMap<u32, DestinationRule>,
    authorization_policies: HashMap<u32, AuthorizationPolicy>,
    pods: HashMap<u32, Workload>,
}

impl Kept {
    /// What holds in a workspace whose cluster has this domain.
    pub(super) fn new(ws: &Workspace, domain: &str, earlier: Option<Earlier>) -> Self {
        let Some(Earlier { remains, mesh }) = earlier.filter(|e| e.mesh.settings.domain == domain) else {
            return Self::default();
        };
        let mut places = vec![(0, 0); ws.files().len()];
        for object in ws.objects() {
            let Some((first, count)) = places.get_mut(object.file.0 as usize) else { continue };
            if *count == 0 {
                *first = object.id.0;
            }
            *count += 1;
        }
        let same = |(at, (parsed, (first, count))): (usize, (_, (u32, u32)))| {
            let (was, before) = remains.place(at, parsed)?;
            (before == count).then_some((first, was))
        };
        Self {
            files: ws.files().iter().zip(places).enumerate().map(same).collect(),
            virtual_services: by_place(mesh.virtual_services, |one| &one.meta),
            destination_rules: by_place(mesh.destination_rules, |one| &one.meta),
            authorization_policies: by_place(mesh.authorization_policies, |one| &one.meta),
            pods: by_place(mesh.workloads.into_iter().filter(is_pod).collect(), |one| &one.meta),
        }
    }

    /// The place that an object had: a file that is the same has the same objects in the same order.
    fn old(&self, object: &Object) -> Option<u32> {
        let (first, was) = self.files.get(object.file.0 as usize).copied().flatten()?;
        was.checked_add(object.id.0.checked_sub(first)?)
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
