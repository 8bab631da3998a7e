//! Filters of TrafficExtensions (`extension/extensionfilter.go`, `PushContext.TrafficExtensionsByListenerInfo`).

use std::cmp::Reverse;

use mp_ir::mesh::{ExtensionKind, ExtensionPhase, TrafficExtension};
use mp_ir::plan::{HttpFilter, NetworkFilter};

use super::Class;
use crate::Context;
use crate::plan::security::{Subject, attaches};

/// The phases in the order in which they follow each other where nothing stands between them.
const ALL: [ExtensionPhase; 4] =
    [ExtensionPhase::Authn, ExtensionPhase::Authz, ExtensionPhase::Stats, ExtensionPhase::Unspecified];

/// The extensions of one proxy: those of its namespace, then of the root namespace, higher priority first.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions<'a>(Vec<&'a TrafficExtension>);

impl<'a> Extensions<'a> {
    /// Chooses them.
    pub(super) fn of(cx: &Context<'a>) -> Self {
        let subject = Subject::of(cx);
        let (own, root) = (cx.proxy.namespace.as_str(), cx.mesh.settings.root_namespace.as_str());
        let namespaces = std::iter::once(own).chain((own != root).then_some(root));
        let mut found: Vec<&TrafficExtension> = namespaces
            .flat_map(|ns| cx.mesh.traffic_extensions.iter().filter(move |e| e.meta.namespace() == ns))
            .filter(|e| attaches(cx.mesh, &subject, &e.meta, &e.selector, &e.targets))
            .collect();
        found.sort_by_key(|e| Reverse(e.priority));
        Self(found)
    }

    /// Those whose configuration is sent apart from the listeners.
    pub(super) fn modules(&self) -> Vec<TrafficExtension> {
        let wasm = self.0.iter().filter(|e| matches!(e.kind, ExtensionKind::Wasm(_)));
        wasm.map(|e| (*e).clone()).collect()
    }

    fn at(
        &self,
        class: Class,
        port: u32,
        phase: ExtensionPhase,
    ) -> impl Iterator<Item = &'a TrafficExtension> {
        let here = move |e: &&TrafficExtension| e.phase == phase && fits(e, class, port);
        self.0.iter().copied().filter(here)
    }

    /// HTTP filters of a phase.
    pub(super) fn http(&self, class: Class, port: u32, phase: ExtensionPhase) -> Vec<HttpFilter> {
        let filter = |e: &TrafficExtension| match &e.kind {
            ExtensionKind::Lua(code) => {
                let (name, code) = (e.resource.clone(), code.clone());
                Some(HttpFilter::Lua { name, code, origin: e.meta.origin })
            }
            ExtensionKind::Wasm(wasm) => (!wasm.network).then(|| HttpFilter::Wasm(e.resource.clone())),
        };
        self.at(class, port, phase).filter_map(filter).collect()
    }

    /// Network filters of a phase.
    pub(super) fn network(&self, class: Class, port: u32, phase: ExtensionPhase) -> Vec<NetworkFilter> {
        let filter = |e: &TrafficExtension| match &e.kind {
            ExtensionKind::Wasm(wasm) if wasm.network => Some(NetworkFilter::Wasm(e.resource.clone())),
            ExtensionKind::Wasm(_) | ExtensionKind::Lua(_) => None,
        };
        self.at(class, port, phase).filter_map(filter).collect()
    }

    /// Network filters of all phases, as they stand before HTTP.
    pub(super) fn before_http(&self, class: Class, port: u32) -> Vec<NetworkFilter> {
        ALL.into_iter().flat_map(|phase| self.network(class, port, phase)).collect()
    }
}

/// Whether an extension is for listeners of this class and port (`matchTrafficExtensionSelectors`).
fn fits(extension: &TrafficExtension, class: Class, port: u32) -> bool {
    let one = |m: &mp_ir::mesh::ExtensionMatch| {
        m.server.is_none_or(|server| server == (class == Class::Inbound))
            && (m.ports.is_empty() || m.ports.iter().any(|number| *number != 0 && *number == port))
    };
    extension.matches.is_empty() || extension.matches.iter().any(one)
}
