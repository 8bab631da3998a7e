//! ReferenceGrants: which objects may be named from another namespace (`gatewaycommon/references.go`).

use std::collections::BTreeSet;

use mp_model::views::gateway as api;
use mp_model::{Kind, Workspace};

use super::super::text;
use super::GROUP;

/// Kinds that may refer.
const FROM: [&str; 6] = ["Gateway", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "ListenerSet"];
/// Kinds of the core group that may be referred to.
const TO: [&str; 3] = ["ConfigMap", "Secret", "Service"];

/// What is granted: kind and namespace that refer, kind and namespace that are referred to, and a name; empty for all.
#[derive(Debug, Default)]
pub(super) struct Grants(BTreeSet<[String; 5]>);

impl Grants {
    /// Reads all grants.
    pub(super) fn read(ws: &Workspace) -> Self {
        let mut out = BTreeSet::new();
        for object in ws.of_kind(Kind::ReferenceGrant) {
            let Some(spec) = ws.spec::<api::ReferenceGrantSpec<'_>>(object) else { continue };
            for from in spec.from().iter() {
                let kind = text(from.kind());
                if text(from.group()) != GROUP || !FROM.contains(&kind.as_str()) {
                    continue;
                }
                for to in spec.to().iter() {
                    let target = text(to.kind());
                    if text(to.group()).is_empty() && TO.contains(&target.as_str()) {
                        let (home, name) = (object.namespace.clone(), text(to.name()));
                        out.insert([kind.clone(), text(from.namespace()), target, home, name]);
                    }
                }
            }
        }
        Self(out)
    }

    /// Whether an object of a kind and namespace may name another one.
    pub(super) fn allow(&self, from: (&str, &str), to: (&str, &str, &str)) -> bool {
        let (kind, namespace) = from;
        let (target, home, name) = to;
        let known = |name: &str| self.0.contains(&[kind, namespace, target, home, name].map(str::to_owned));
        known("") || known(name)
    }
}
