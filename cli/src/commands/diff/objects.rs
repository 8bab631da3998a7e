//! Which objects changed, by their texts: what no changed object touches is the same and need not be compared.

use std::collections::BTreeMap;

use mp_base::Span;
use mp_model::{Kind, Object, Workspace};

use super::side::Side;

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Add,
    Change,
    Remove,
}

/// An object that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) kind: Kind,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) action: Action,
    pub(super) old: Option<Span>,
    pub(super) new: Option<Span>,
}

/// All objects that changed, and whether the others kept their order, which decides age where no time is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    pub(super) changed: Vec<Changed>,
    moved: bool,
}

type Name<'a> = (Kind, &'a str, &'a str);

/// An object's text, and its place among all of its kind.
type Known<'a> = BTreeMap<Name<'a>, (&'a Object, &'a str)>;

impl Objects {
    pub(super) fn of(old: &Side, new: &Side) -> Self {
        let (before, after) = (known(&old.workspace), known(&new.workspace));
        let mut changed = Vec::new();
        for (name, (object, text)) in &before {
            let other = after.get(name);
            if other.is_none_or(|(_, new)| new != text) {
                let action = if other.is_some() { Action::Change } else { Action::Remove };
                changed.push(made(*name, action, Some(object.span), other.map(|(object, _)| object.span)));
            }
        }
        let added = after.iter().filter(|(name, _)| !before.contains_key(*name));
        changed.extend(added.map(|(name, (object, _))| made(*name, Action::Add, None, Some(object.span))));
        Self { changed, moved: order(&before, &after) != order(&after, &before) }
    }

    /// The objects that may change routes, where each of them is a VirtualService or DestinationRule; `None` where anything may change.
    pub(super) fn rules(&self) -> Option<Vec<&Changed>> {
        let counts = self.changed.iter().filter(|one| !is_policy(one.kind));
        let rules: Vec<&Changed> = counts.collect();
        let plain = |one: &&Changed| matches!(one.kind, Kind::VirtualService | Kind::DestinationRule);
        (!self.moved && rules.iter().all(plain)).then_some(rules)
    }

    /// Whether anything changed that enforcement points depend on.
    pub(super) fn touch_access(&self) -> bool {
        let traffic = |kind: Kind| {
            matches!(kind, Kind::VirtualService | Kind::DestinationRule | Kind::Telemetry | Kind::Invariant)
        };
        self.moved || self.changed.iter().any(|one| !traffic(one.kind))
    }

    /// Whether anything changed that routes or destinations depend on.
    pub(super) fn touch_routes(&self) -> bool {
        self.moved || self.changed.iter().any(|one| !is_policy(one.kind))
    }
}

/// Policies decide who may send a request, never where it goes; modes of mutual TLS decide how clients speak.
fn is_policy(kind: Kind) -> bool {
    matches!(kind, Kind::AuthorizationPolicy | Kind::RequestAuthentication | Kind::Invariant)
}

fn made(name: Name<'_>, action: Action, old: Option<Span>, new: Option<Span>) -> Changed {
    let (kind, namespace, name) = name;
    Changed { kind, namespace: namespace.to_owned(), name: name.to_owned(), action, old, new }
}

fn known(workspace: &Workspace) -> Known<'_> {
    let live = workspace.objects().iter().filter(|object| object.live);
    live.map(|object| {
        let name = (object.kind, object.namespace.as_str(), object.name.as_str());
        (name, (object, workspace.sources().slice(object.span).trim_end()))
    })
    .collect()
}

/// The objects that both sides have, kind by kind in the order of one side.
fn order<'a>(side: &Known<'a>, other: &Known<'a>) -> Vec<Name<'a>> {
    let mut both: Vec<(Kind, u32, Name<'a>)> = side
        .iter()
        .filter(|(name, _)| other.contains_key(*name))
        .map(|(name, (object, _))| (name.0, object.id.0, *name))
        .collect();
    both.sort_unstable();
    both.into_iter().map(|(_, _, name)| name).collect()
}
