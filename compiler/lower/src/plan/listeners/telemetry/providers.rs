//! Extension providers: found by name, read from what the mesh configuration says of them.

use mp_ir::base::Origin;
use mp_ir::mesh::{MeshSettings, ProviderKind};
use serde_json::Value;

use crate::Context;
use crate::plan::listeners::json::Part;
use crate::plan::security;

/// An extension provider.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    /// Its name as written.
    pub(super) name: String,
    /// The field that says what it is, such as `zipkin`.
    pub(super) kind: String,
    pub(super) origin: Origin,
    content: Value,
}

/// A provider by name, whose case does not count (`fetchProvider`).
pub(super) fn find(settings: &MeshSettings, name: &str) -> Option<Provider> {
    let stated = settings.extension_providers.iter().find(|p| p.name.eq_ignore_ascii_case(name))?;
    let ProviderKind::Fields { field, json } = &stated.kind;
    let content = serde_json::from_str(json).unwrap_or(Value::Null);
    Some(Provider { name: stated.name.clone(), kind: field.clone(), origin: stated.origin, content })
}

impl Provider {
    /// What is written of it.
    pub(super) fn part(&self) -> Part<'_> {
        Part(&self.content)
    }
}

impl Part<'_> {
    /// Host name and cluster of the `service` and `port` that are written; `None` when there is no such service.
    pub(super) fn service(self, cx: &Context<'_>) -> Option<(String, String)> {
        security::lookup_cluster(cx.mesh, &self.text("service"), self.count("port"))
    }

    /// Headers: name, and a value that is written or taken from istiod's environment.
    pub(super) fn headers(self, cx: &Context<'_>, name: &str) -> Vec<(String, String)> {
        let value = |header: Part<'_>| match header.get("envName") {
            Some(Part(variable)) => {
                cx.mesh.compat.env.get(variable.as_str().unwrap_or_default()).cloned().unwrap_or_default()
            }
            None => header.text("value"),
        };
        self.items(name).map(|header| (header.text("name"), value(header))).collect()
    }
}
