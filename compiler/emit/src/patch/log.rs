//! What patches changed, and what of them could not be used.

use std::collections::BTreeMap;

use mp_ir::base::{Origin, Span};
use mp_ir::mesh::{EnvoyPatch, PatchOperation};
use mp_ir::plan::Plan;

use super::{type_of, written};
use crate::pool;

/// The patches of EnvoyFilters that changed resources, by the file of the resource and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patched(BTreeMap<(&'static str, String), Vec<Span>>);

impl Patched {
    /// The entries of `configPatches` that changed a resource of `listeners`, `clusters` or `routes`, in the order in which they
    /// are applied.
    #[must_use]
    pub fn of(&self, list: &str, name: &str) -> Vec<Span> {
        let found = self.0.iter().find(|((kind, known), _)| *kind == list && known == name);
        found.map(|(_, spans)| spans.clone()).unwrap_or_default()
    }

    pub(super) fn note(&mut self, list: &'static str, name: &str, origin: Origin) {
        self.0.entry((list, name.to_owned())).or_default().extend(origin);
    }
}

/// A patch that is not carried out as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// The entry of `configPatches`.
    pub origin: Origin,
    /// What is left out and why, in lower case.
    pub reason: String,
}

/// The patches whose values do not fit Envoy's types: istiod drops them, or the fields of them that it does not know
/// (`convertToEnvoyFilterWrapper`, `BuildXDSObjectFromStruct`).
#[must_use]
pub fn unused(plan: &Plan) -> Vec<Unused> {
    let mut out = Vec::new();
    for patch in &plan.patches {
        let mut note = |reason: String| out.push(Unused { origin: patch.origin, reason });
        match written(patch) {
            None => {
                if patch.value.is_none() && patch.operation != PatchOperation::Remove {
                    note("the patch has no value: it changes nothing".to_owned());
                }
            }
            Some(Err(why)) => {
                let of = short(type_of(patch.apply_to));
                note(format!("the patch's value is no {of}: {why}; the patch is left out, as istiod does"));
            }
            Some(Ok(value)) => unknown(patch, value).into_iter().for_each(&mut note),
        }
    }
    out
}

/// Fields of a patch's value that its type does not have.
fn unknown(patch: &EnvoyPatch, value: pool::Lenient) -> Vec<String> {
    let of = short(type_of(patch.apply_to));
    let one = |field: String| format!("Envoy's {of} has no field `{field}`: it is left out, as istiod does");
    value.unknown.into_iter().map(one).collect()
}

/// The last part of a message's name.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
