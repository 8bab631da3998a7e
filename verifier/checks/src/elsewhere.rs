//! What other kustomizations of the same input bring. Each is checked by itself, but those that share no file are usually applied to one
//! cluster side by side, so that what one lacks and another has is not missing. Those that share a base are alternatives.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::Mesh;
use mp_model::Workspace;

type Places = Vec<usize>;

/// What each of the separately applied parts of an input brings, by name.
#[derive(Debug, Default)]
pub struct Parts {
    hosts: BTreeMap<String, Places>,
    gateways: BTreeMap<String, Places>,
    subsets: BTreeMap<(String, String), Places>,
    /// The parts that share a file with a part.
    kin: Vec<BTreeSet<usize>>,
}

impl Parts {
    /// Indexes the facts of all parts.
    #[must_use]
    pub fn of(parts: &[(Workspace, Mesh)]) -> Self {
        let mut out = Self { kin: kin(parts), ..Self::default() };
        for (at, (_, mesh)) in parts.iter().enumerate() {
            for service in &mesh.services {
                out.hosts.entry(service.hostname.value.clone()).or_default().push(at);
            }
            for gateway in &mesh.gateways {
                let name = format!("{}/{}", gateway.meta.namespace(), gateway.meta.name());
                out.gateways.entry(name).or_default().push(at);
            }
            for rule in &mesh.destination_rules {
                for subset in &rule.subsets {
                    let name = (rule.host.value.clone(), subset.name.value.clone());
                    out.subsets.entry(name).or_default().push(at);
                }
            }
        }
        out
    }

    /// What stands beside one part.
    #[must_use]
    pub fn beside(&self, part: usize) -> Elsewhere<'_> {
        Elsewhere { parts: Some(self), kin: self.kin.get(part) }
    }
}

/// The parts that share a file with each part, itself among them.
fn kin(parts: &[(Workspace, Mesh)]) -> Vec<BTreeSet<usize>> {
    let files = |workspace: &Workspace| -> BTreeSet<usize> {
        workspace.sets().iter().flat_map(|set| set.files.iter().copied()).collect()
    };
    let mut users: BTreeMap<usize, Places> = BTreeMap::new();
    for (at, (workspace, _)) in parts.iter().enumerate() {
        files(workspace).into_iter().for_each(|file| users.entry(file).or_default().push(at));
    }
    let of = |(at, (workspace, _)): (usize, &(Workspace, Mesh))| {
        let shared = files(workspace).into_iter().filter_map(|file| users.get(&file)).flatten().copied();
        shared.chain([at]).collect()
    };
    parts.iter().enumerate().map(of).collect()
}

/// The rest of the input, seen from one part; empty where all is applied together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Elsewhere<'a> {
    parts: Option<&'a Parts>,
    kin: Option<&'a BTreeSet<usize>>,
}

impl Elsewhere<'_> {
    /// Whether all of the input is applied together.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_none()
    }

    /// Whether another part has a host.
    #[must_use]
    pub fn has_host(&self, host: &str) -> bool {
        self.brings(self.parts.and_then(|parts| parts.hosts.get(host)))
    }

    /// Whether another part has the Gateway `namespace/name`.
    #[must_use]
    pub fn has_gateway(&self, name: &str) -> bool {
        self.brings(self.parts.and_then(|parts| parts.gateways.get(name)))
    }

    /// Whether a DestinationRule of another part has the subset of a host.
    #[must_use]
    pub fn has_subset(&self, host: &str, subset: &str) -> bool {
        let name = (host.to_owned(), subset.to_owned());
        self.brings(self.parts.and_then(|parts| parts.subsets.get(&name)))
    }

    fn brings(&self, places: Option<&Places>) -> bool {
        places.into_iter().flatten().any(|at| !self.kin.is_some_and(|kin| kin.contains(at)))
    }
}
