//! Objects that select Pods of their own namespace, of which a Pod may have one (istio 1.31
//! `pkg/config/analysis/analyzers/sidecar/selector.go`, `telemetry/selector.go`).

use std::collections::BTreeMap;

use super::analyzer::Context;
use super::notice::Out;
use super::notices::REFERENCED_RESOURCE_NOT_FOUND;
use super::selectors::{Labels, shown};
use super::store::Resource;

/// An object with its selector and the line of the selector's first label.
pub(crate) type Selecting<'s, 'a> = (&'s Resource<'a>, Labels<'s>, Option<u32>);

/// The objects that select each Pod; of those that select none it is told.
pub(crate) fn by_pod<'s, 'a>(
    cx: &'s Context<'a>,
    all: &'s [Selecting<'s, 'a>],
    out: &mut Out,
) -> BTreeMap<(&'a str, &'a str), (&'s Resource<'a>, Vec<&'s Resource<'a>>)> {
    let mut found: BTreeMap<_, (_, Vec<&Resource<'_>>)> = BTreeMap::new();
    for (resource, selector, line) in all {
        let mut any = false;
        let pods = cx.pods.matching(cx.store.all(mp_model::SourceKind::Pod), selector);
        for pod in pods.filter(|pod| pod.namespace() == resource.namespace()) {
            any = true;
            found.entry(pod.key()).or_insert_with(|| (pod, Vec::new())).1.push(*resource);
        }
        if !any {
            let kind = &REFERENCED_RESOURCE_NOT_FOUND;
            out.report_at(kind, resource, &[&"selector", &shown(selector)], *line);
        }
    }
    found
}

/// The names of objects, sorted.
pub(crate) fn names(all: &[&Resource<'_>]) -> String {
    let mut names: Vec<&str> = all.iter().map(|resource| resource.name()).collect();
    names.sort_unstable();
    super::notice::list(names)
}

/// Objects by namespace.
pub(crate) fn by_namespace<'s, 'a>(
    all: impl Iterator<Item = &'s Resource<'a>>,
) -> BTreeMap<&'a str, Vec<&'s Resource<'a>>>
where
    'a: 's,
{
    let mut found: BTreeMap<&str, Vec<&Resource<'_>>> = BTreeMap::new();
    for resource in all {
        found.entry(resource.namespace()).or_default().push(resource);
    }
    found
}
