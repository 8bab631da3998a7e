//! The whole bootstrap, compiled.
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::Value;

use super::cluster::Cluster;
use super::listener::{Listener, socket_address};
use super::value::{Get, Scope};
use crate::load::{Refusal, check};
use crate::stats::Tags;

/// What the proxy executes.
#[derive(Debug)]
pub(crate) struct Program {
    /// Listeners in file order.
    pub(crate) listeners: Vec<Listener>,
    /// Clusters in file order.
    pub(crate) clusters: Vec<Cluster>,
    /// Clusters by name.
    pub(crate) by_name: HashMap<String, usize>,
    /// Address of the admin interface.
    pub(crate) admin: Option<SocketAddr>,
    /// The cluster of the own node.
    pub(crate) node_cluster: String,
    /// How names of statistics become labels.
    pub(crate) tags: Tags,
    /// Files that were read: when one changes, the program is compiled anew.
    pub(crate) files: BTreeSet<PathBuf>,
    /// The bootstrap as it was checked, for the admin interface.
    pub(crate) bootstrap: Value,
}

/// How a bootstrap is compiled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compile {
    /// Types that are read and ignored.
    pub(crate) allow_inert: BTreeSet<String>,
    /// Whether listeners and clusters with unsupported parts are left out.
    pub(crate) skip_unsupported: bool,
}

impl Program {
    /// The checked texts of all clusters by name, to tell which ones a reload changes.
    pub(crate) fn cluster_texts(&self) -> HashMap<&str, &Value> {
        let clusters = self.bootstrap.get_field("static_resources").items("clusters");
        clusters.iter().map(|c| (c.text("name"), c)).collect()
    }

    /// Compiles a bootstrap. With `skip_unsupported`, what was refused inside of listeners and clusters comes
    /// back beside the program; else any refusal is an error.
    pub(crate) fn new(bootstrap: Value, how: &Compile) -> Result<(Self, Vec<Refusal>), Vec<Refusal>> {
        let checked = check(&bootstrap, &how.allow_inert);
        // The checked copy is all that is needed; its room goes to what is compiled now.
        drop(bootstrap);
        let mut skipped = Vec::new();
        let mut bad = BTreeSet::new();
        let mut fatal = Vec::new();
        for refusal in checked.refusals {
            match owner(&refusal.path).filter(|_| how.skip_unsupported) {
                Some(part) => {
                    bad.insert(part);
                    skipped.push(refusal);
                }
                None => fatal.push(refusal),
            }
        }
        let resources = checked.value.get_field("static_resources");
        let secrets = resources.items("secrets");
        let clusters =
            compile(resources, "clusters", &bad, how, (&mut skipped, &mut fatal), |value, scope| {
                Cluster::new(value, secrets, scope)
            });
        let listeners =
            compile(resources, "listeners", &bad, how, (&mut skipped, &mut fatal), |value, scope| {
                Listener::new(value, secrets, scope)
            });
        refuse_shared_addresses(&listeners, &mut fatal);
        fatal.iter_mut().chain(&mut skipped).for_each(|refusal| refusal.find_object(&checked.value));
        if !fatal.is_empty() {
            return Err(fatal);
        }
        let by_name = clusters.iter().enumerate().map(|(i, c)| (c.name.clone(), i)).collect();
        let admin = socket_address(checked.value.get_field("admin").get_field("address"));
        let node_cluster = checked.value.get_field("node").text("cluster").to_owned();
        let tags = Tags::new(checked.value.get_field("stats_config"));
        let files = super::secret::files(&checked.value);
        let bootstrap = checked.value;
        Ok((Self { listeners, clusters, by_name, admin, node_cluster, tags, files, bootstrap }, skipped))
    }
}

/// Two listeners of one address would each get some of its connections.
fn refuse_shared_addresses(listeners: &[Listener], fatal: &mut Vec<Refusal>) {
    let mut seen = BTreeSet::new();
    for listener in listeners.iter().filter(|l| l.bind) {
        for address in listener.addresses.iter().filter(|a| a.port() != 0) {
            if !seen.insert(*address) {
                let reason = format!("listener {:?} has the address {address} of another one", listener.name);
                fatal.push(Refusal::new("static_resources.listeners".to_owned(), reason));
            }
        }
    }
}

/// `static_resources.listeners[3]` of a longer path.
fn owner(path: &str) -> Option<String> {
    let end = path.find(']')?;
    let part = path.get(..=end)?;
    let known =
        part.starts_with("static_resources.listeners[") || part.starts_with("static_resources.clusters[");
    known.then(|| part.to_owned())
}

fn compile<T>(
    resources: Option<&Value>,
    field: &str,
    bad: &BTreeSet<String>,
    how: &Compile,
    (skipped, fatal): (&mut Vec<Refusal>, &mut Vec<Refusal>),
    build: impl Fn(&Value, &Scope<'_>) -> T,
) -> Vec<T> {
    let mut out = Vec::new();
    for (index, value) in resources.items(field).iter().enumerate() {
        if bad.contains(&format!("static_resources.{field}[{index}]")) {
            continue;
        }
        let refusals = RefCell::new(Vec::new());
        let root = Scope::root(&refusals);
        let scope = root.field("static_resources");
        let built = build(value, &scope.item(field, index));
        let refusals = refusals.into_inner();
        if refusals.is_empty() {
            out.push(built);
        } else if how.skip_unsupported {
            skipped.extend(refusals);
        } else {
            fatal.extend(refusals);
        }
    }
    out
}
