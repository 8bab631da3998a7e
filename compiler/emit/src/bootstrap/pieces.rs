//! The resources of a bootstrap, finished one by one: what was needed for one is gone before the next is begun, so that a mesh of any size
//! needs the room of its text and not of its trees.

use std::collections::BTreeSet;

use mp_ir::plan::{Cluster, Plan};
use rayon::prelude::*;
use serde_json::{Map, Value};

use super::identity::{Local, Uses};
use super::inline::{Assignments, ByName, Source, Tables, each_object};
use super::{BootstrapOptions, ResourceFile, SecretUse, Target, inline, modules, routes, stripped, targets};
use crate::{EmitError, XdsSnapshot, agent, canonical, cluster, endpoint, listener, resources, route};

/// The lists of `staticResources`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Listeners,
    Clusters,
}

impl List {
    /// The field.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Listeners => "listeners",
            Self::Clusters => "clusters",
        }
    }

    /// The type of its items.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Listeners => "envoy.config.listener.v3.Listener",
            Self::Clusters => "envoy.config.cluster.v3.Cluster",
        }
    }
}

/// A finished resource: canonical JSON without `@type`.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) list: List,
    /// Its place in the list.
    pub(crate) at: usize,
    pub(crate) json: Value,
}

/// The resources of a proxy before they are finished.
pub(crate) struct Resources<'p> {
    listeners: Vec<Value>,
    clusters: Vec<Source<'p, Cluster>>,
    assignments: Assignments<'p>,
    tables: Tables<'p>,
    modules: Vec<Value>,
}

impl<'p> Resources<'p> {
    /// Of a plan that nothing patches.
    pub(crate) fn planned(plan: &'p Plan) -> Result<Self, EmitError> {
        let mut clusters: Vec<&Cluster> = plan.clusters.iter().collect();
        clusters.sort_by_key(|cluster| &cluster.name);
        Ok(Self {
            listeners: resources(&plan.listeners, |item| Ok(listener::listener(item)), "name")?,
            clusters: clusters.into_iter().map(Source::Planned).collect(),
            assignments: ByName::planned(&plan.endpoints, |of| &of.cluster, endpoint::message),
            tables: ByName::planned(&plan.routes, |table| &table.name, route::message),
            modules: Vec::new(),
        })
    }

    /// Of what istiod would have sent.
    pub(crate) fn sent(snapshot: XdsSnapshot) -> Self {
        Self {
            listeners: snapshot.lds,
            clusters: snapshot.cds.into_iter().map(Source::Spelled).collect(),
            assignments: ByName::of_values(snapshot.eds, "clusterName", endpoint::message),
            tables: ByName::of_values(snapshot.rds, "name", route::message),
            modules: snapshot.ecds,
        }
    }
}

/// What became of the resources.
pub(crate) struct Parts<T> {
    /// The bootstrap without the lists of its resources.
    pub(crate) frame: Map<String, Value>,
    pub(crate) listeners: Vec<T>,
    pub(crate) clusters: Vec<T>,
    /// Sorted, each once.
    pub(crate) assumptions: Vec<String>,
    pub(crate) files: Vec<ResourceFile>,
    pub(crate) secrets: Vec<SecretUse>,
}

/// Finishes the resources of a bootstrap; `keep` says what is kept of each. They need not be canonical, what is kept is made of such.
pub(crate) fn parts<T: Send>(
    resources: Resources<'_>,
    options: &BootstrapOptions,
    frame: impl Fn(&[Value]) -> Result<Map<String, Value>, EmitError>,
    keep: impl Fn(Piece) -> T + Send + Sync,
) -> Result<Parts<T>, EmitError> {
    let (mut assumptions, mut noted) = (Vec::new(), Noted::default());
    let Resources { mut listeners, mut clusters, assignments, tables, modules } = resources;
    for cluster in options.agent.iter().flat_map(agent::reporting) {
        clusters.push(Source::Spelled(canonical(cluster)?));
    }
    modules::inline(&mut listeners, modules, &mut assumptions);
    let fitting = Fitting { target: options.target, local: Local::new(options) };
    let done = listeners.into_par_iter().with_min_len(8).map(|mut one| {
        routes::inline(&mut one, &tables);
        fitting.finish(one, None)
    });
    let mut listeners = noted.all(done.collect())?;
    let http = if options.target.is_whole() { BTreeSet::new() } else { targets::http_clusters(&listeners) };
    let folder = options.routes.as_ref();
    let files = folder.map(|folder| routes::to_files(&mut listeners, &tables, folder)).unwrap_or_default();
    let frame = frame(&listeners)?;
    let kept = listeners.into_par_iter().enumerate();
    let listeners = kept.map(|(at, json)| keep(Piece { list: List::Listeners, at, json })).collect();
    let done = clusters.into_par_iter().enumerate().with_min_len(32).map(|(at, source)| {
        let mut one = source.spelled(cluster::message);
        inline::endpoints(&mut one, &assignments);
        inline::unused_sockets(&mut one);
        let (json, noted) = fitting.finish(one, Some(&http))?;
        Ok((keep(Piece { list: List::Clusters, at, json }), noted))
    });
    let clusters = noted.all(done.collect())?;
    let secrets = fitting.local.finish(noted.uses, &mut assumptions);
    assumptions.extend(targets::told(&noted.dropped));
    assumptions.sort();
    assumptions.dedup();
    Ok(Parts { frame, listeners, clusters, assumptions, files, secrets })
}

/// What the walks over the resources came upon.
#[derive(Default)]
struct Noted {
    /// Filters that the target does not know.
    dropped: BTreeSet<&'static str>,
    uses: Uses,
}

impl Noted {
    /// Notes what all came upon; the first failure in their order counts.
    fn all<T>(&mut self, done: Vec<Result<(T, Self), EmitError>>) -> Result<Vec<T>, EmitError> {
        let mut out = Vec::with_capacity(done.len());
        for one in done {
            let (kept, other) = one?;
            self.dropped.extend(other.dropped);
            self.uses.merge(other.uses);
            out.push(kept);
        }
        Ok(out)
    }
}

/// What makes a resource fit for the place where it will run.
struct Fitting {
    target: Target,
    local: Local,
}

impl Fitting {
    /// A canonical resource with files for secrets and without what the target does not know; for clusters `http` names those that HTTP
    /// routes lead to. Inside `staticResources` the types are known, so it carries no `@type` of its own.
    fn finish(
        &self,
        mut resource: Value,
        http: Option<&BTreeSet<String>>,
    ) -> Result<(Value, Noted), EmitError> {
        let mut noted = Noted::default();
        let whole = self.target.is_whole();
        let alpn = http.filter(|_| !whole).map(|http| targets::alpn(&resource, http));
        each_object(&mut resource, &mut |fields| {
            if !whole {
                targets::fit(fields, &mut noted.dropped);
            }
            if let Some(alpn) = &alpn {
                targets::fix_alpn(fields, alpn);
            }
            self.local.certificates(fields, &mut noted.uses);
        });
        Ok((stripped(canonical(resource)?), noted))
    }
}
