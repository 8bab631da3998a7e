//! The assumptions manifest: what stands for live state, and what only the order of the input decides.

use std::collections::BTreeSet;

use mp_emit::Unused;
use mp_ir::base::{ObjectRef, Origin};
use mp_ir::mesh::Unknown;
use mp_ir::plan::{HttpFilter, JwtProvider, KeySource, NetworkFilter, Plan};
use mp_lower::Tie;
use serde_json::{Value, json};

use super::mesh::Compiler;
use super::substitutions;

impl Compiler {
    fn at(&self, origin: Origin) -> Option<String> {
        origin.map(|span| self.workspace.sources().locate(span))
    }

    fn entry(&self, plan: &Plan, object: Option<&ObjectRef>, origin: Origin, text: &str) -> Value {
        json!({
            "proxy": plan.proxy.name,
            "object": object.map(ToString::to_string),
            "at": self.at(origin),
            "assumption": text,
        })
    }

    /// What is assumed for the whole mesh.
    pub(super) fn assumed_of_mesh(&self) -> Vec<Value> {
        let one = |unknown: &Unknown| {
            let object = unknown.object.as_ref().map(ToString::to_string);
            json!({"object": object, "at": self.at(unknown.origin), "assumption": unknown.to_string()})
        };
        let twice = self.workspace.objects().iter().filter(|object| !object.live).map(|object| {
            let name = object.reference();
            let text = format!("order decides: {name} is written more than once, the last one counts");
            json!({"object": name.to_string(), "at": self.at(Some(object.name_span)), "assumption": text})
        });
        self.mesh.unknown.iter().map(one).chain(twice).collect()
    }

    /// What is assumed for one proxy; `made` is what its bootstrap assumes.
    pub(super) fn assumed_of(&self, plan: &Plan, made: &[String]) -> Vec<Value> {
        let told = plan.proxy.assumed.iter().chain(made);
        let mut out: Vec<Value> = told.map(|text| self.entry(plan, None, None, text)).collect();
        out.extend(substitutions::assumed(&self.workspace, &self.mesh, plan));
        out.extend(self.sidecars(plan));
        out.extend(self.keys(plan));
        out.extend(self.allocated(plan));
        out.extend(mp_emit::unused(plan).iter().map(|Unused { origin, reason }| {
            let text = match self.at(*origin) {
                Some(place) => format!("{place}: {reason}"),
                None => reason.clone(),
            };
            self.entry(plan, None, *origin, &text)
        }));
        let ties = mp_lower::ties(&self.mesh, &self.index, &plan.proxy);
        out.extend(ties.iter().map(|tie| self.tie(plan, tie)));
        out
    }

    /// Namespaces whose workloads are taken to have sidecars: that of the proxy, and those that it calls by name, because it speaks mutual
    /// TLS to them.
    fn sidecars(&self, plan: &Plan) -> Vec<Value> {
        let called = substitutions::called(&self.mesh, plan).into_iter();
        let mut matter: BTreeSet<&str> = called.map(|s| s.object.namespace.as_str()).collect();
        matter.insert(&plan.proxy.namespace);
        let here = |object: &ObjectRef| object.kind == "Namespace" && matter.contains(object.name.as_str());
        let assumed = self.mesh.assumed.iter().filter(|a| a.object.as_ref().is_some_and(here));
        assumed.map(|a| self.entry(plan, a.object.as_ref(), a.origin, &a.to_string())).collect()
    }

    /// Issuers whose keys would be fetched.
    fn keys(&self, plan: &Plan) -> Vec<Value> {
        let mut seen = std::collections::BTreeSet::new();
        let mut out = Vec::new();
        for provider in providers(plan) {
            let KeySource::Fetched(uri) = &provider.keys else { continue };
            let issuer = &provider.issuer.value;
            if !seen.insert((issuer, provider.origin)) {
                continue;
            }
            let from = if uri.is_empty() { String::new() } else { format!(" from `{uri}`") };
            let text = format!(
                "issuer `{issuer}`: istiod fetches its keys{from}; without them no token of it is good, until `--jwks {issuer}=FILE` \
                 gives them"
            );
            out.push(self.entry(plan, None, provider.issuer.origin.or(provider.origin), &text));
        }
        out
    }

    /// Addresses that were given to hosts of ServiceEntries. Only proxies whose agent answers DNS use them.
    fn allocated(&self, plan: &Plan) -> Vec<Value> {
        if !plan.proxy.flag("DNS_CAPTURE") {
            return Vec::new();
        }
        let one = |allocation: &mp_ir::mesh::Allocation| {
            let ips: Vec<String> = allocation.addresses.iter().map(ToString::to_string).collect();
            let text = format!(
                "{}: host `{}` gets {} as a fresh allocator would give it; a cluster keeps what it gave before, in the status",
                allocation.object,
                allocation.host,
                ips.join(" and ")
            );
            self.entry(plan, Some(&allocation.object), allocation.origin, &text)
        };
        self.mesh.allocations.iter().map(one).collect()
    }

    fn tie(&self, plan: &Plan, tie: &Tie) -> Value {
        let named = |object: &ObjectRef, origin: Origin| match self.at(origin) {
            Some(place) => format!("{object} ({place})"),
            None => object.to_string(),
        };
        let (older, younger) = (named(&tie.older, tie.older_origin), named(&tie.younger, tie.younger_origin));
        let text = format!(
            "order decides: {older} is taken as older than {younger}; both have {}, and neither has a `creationTimestamp`",
            tie.both
        );
        self.entry(plan, Some(&tie.older), tie.older_origin, &text)
    }
}

/// The token providers of all listeners.
fn providers(plan: &Plan) -> impl Iterator<Item = &JwtProvider> {
    let chains = plan.listeners.iter().flat_map(|l| l.chains.iter().chain(&l.default_chain));
    let managers = chains.flat_map(|chain| &chain.filters).filter_map(|filter| match filter {
        NetworkFilter::Http(manager) => Some(manager),
        _ => None,
    });
    let tokens = managers.flat_map(|manager| &manager.filters).filter_map(|filter| match filter {
        HttpFilter::Jwt(tokens) => Some(tokens),
        _ => None,
    });
    tokens.flat_map(|tokens| &tokens.providers)
}
