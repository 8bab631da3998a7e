//! What an analyzer is, and the table of all of them (istio 1.31 `pkg/config/analysis/analyzers/all.go`).

use mp_model::SourceKind;
use mp_model::admission::message::Message;

use super::notice::Out;
use super::selectors::{Labels, PodIndex};
use super::store::{Resource, Store};

/// One analyzer. Its file's documentation holds its examples, which are its tests.
pub struct Analyzer {
    /// As `istioctl analyze -L` lists it.
    pub name: &'static str,
    /// The kinds that it reads; it is left out where one of them is not to be had.
    pub inputs: &'static [SourceKind],
    /// The codes that it reports.
    pub codes: &'static [&'static str],
    /// The text of its file.
    pub(super) source: &'static str,
    pub(super) run: fn(&Context<'_>, &mut Out),
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Analyzer {
    /// Its title and prose as Markdown, examples included.
    #[must_use]
    pub fn docs(&self) -> String {
        mp_ir::base::docs::text(self.source)
    }

    /// Whether it needs kinds of the running cluster, which istioctl takes from no file.
    #[must_use]
    pub fn needs_cluster(&self) -> bool {
        self.inputs.iter().any(|kind| is_runtime(*kind))
    }
}

/// Whether istioctl leaves objects of a kind in files alone (`pkg/config/analysis/legacy/util/kuberesource`).
pub(super) const fn is_runtime(kind: SourceKind) -> bool {
    matches!(
        kind,
        SourceKind::Service | SourceKind::Namespace | SourceKind::Node | SourceKind::Pod | SourceKind::Secret
    )
}

/// What the analyzers look at.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) store: Store<'a>,
    pub(crate) pods: PodIndex<'a>,
    /// MeshConfig as it was written.
    pub(crate) mesh: Option<Message>,
    /// MeshNetworks as they were written.
    pub(crate) networks: Option<Message>,
    /// Seconds since 1970.
    pub(crate) now: i64,
}

impl<'a> Context<'a> {
    /// The Pods that a selector matches, in any namespace.
    pub(crate) fn pods<'s>(&'s self, selector: &'s Labels<'s>) -> impl Iterator<Item = &'s Resource<'a>> {
        self.pods.matching(self.store.all(SourceKind::Pod), selector)
    }

    /// The root namespace of the mesh.
    pub(crate) fn root_namespace(&self) -> &str {
        let written = self.mesh.as_ref().map_or("", |mesh| mesh.text("rootNamespace"));
        if written.is_empty() && !self.mesh.as_ref().is_some_and(|mesh| mesh.has("rootNamespace")) {
            "istio-system"
        } else {
            written
        }
    }
}
