//! The whole bootstrap, compiled.
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::cluster::{Cluster, Shown};
use super::dns::Servers;
use super::listener::{Listener, socket_address};
use super::named::Named;
use super::secret::{self, Secrets};
use super::secret_file::FileSecret;
use super::value::{Get, Scope};
use crate::istio::Node;
use crate::json::Value;
use crate::load::{self, Checked, Part, Refusal, Runtime, Settings, check, check_item};
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
    /// Who this proxy is.
    pub(crate) node: Node,
    /// The cluster of the own node.
    pub(crate) node_cluster: String,
    /// Whether requests whose path has a fragment are refused.
    pub(crate) refuse_fragments: bool,
    /// Values of the runtime.
    pub(crate) runtime: Runtime,
    /// Who is asked for names where nothing else is said.
    pub(crate) dns: Servers,
    /// How names of statistics become labels.
    pub(crate) tags: Tags,
    /// Files that were read: when one changes, the program is compiled anew.
    pub(crate) files: BTreeSet<PathBuf>,
    /// Secrets that stand in files of their own.
    pub(crate) secrets: Vec<FileSecret>,
    /// How it was compiled.
    how: Compile,
    /// The bootstrap.
    pub(crate) text: Arc<String>,
}

/// How a bootstrap is compiled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compile {
    /// Types that are read and ignored.
    pub(crate) allow_inert: BTreeSet<String>,
    /// Whether listeners and clusters with unsupported parts are left out.
    pub(crate) skip_unsupported: bool,
}

/// Why a bootstrap is not compiled.
#[derive(Debug)]
pub(crate) enum Unloaded {
    /// It is not JSON of the right shape.
    Json(serde_json::Error),
    /// Parts of it cannot run.
    Refused(Vec<Refusal>),
}

impl Program {
    /// The bootstrap as it was checked.
    pub(crate) fn bootstrap(&self) -> serde_json::Value {
        let value = serde_json::from_str(&self.text).unwrap_or_default();
        check(value, &self.how.allow_inert).value.to_json()
    }

    /// Compiles a bootstrap. With `skip_unsupported`, what was refused inside of listeners and clusters comes
    /// back beside the program; else any refusal is an error. Secrets of files that cannot be used any more are taken from
    /// `known`.
    pub(crate) fn new(
        text: Arc<String>,
        how: &Compile,
        known: &[FileSecret],
    ) -> Result<(Self, Vec<Refusal>), Unloaded> {
        let outline = load::outline(&text).map_err(Unloaded::Json)?;
        let mut outline = check(outline, &how.allow_inert);
        outline.refusals.iter_mut().for_each(|refusal| refusal.find_object(&outline.value, 0));
        let secrets = Secrets::new(outline.value.get_field("static_resources").items("secrets"), known);
        let mut parts = Parts::new(how, secrets);
        (parts.shown, parts.runtime) = (Shown::new(&text), Runtime::new(&outline.value));
        secret::collect(&outline.value, &mut parts.files);
        load::each(&text, |part, index, item| parts.add(part, index, item)).map_err(Unloaded::Json)?;
        let Parts { clusters, mut listeners, files, mut skipped, mut fatal, secrets, runtime, .. } = parts;
        let resolvers = resolvers(&outline.value, outline.refusals, &mut fatal);
        refuse_shared_addresses(&listeners, &mut fatal);
        let by_name = clusters.iter().enumerate().map(|(i, c)| (c.name.clone(), i)).collect();
        drop_unknown(&mut listeners, &by_name, if how.skip_unsupported { &mut skipped } else { &mut fatal });
        if !fatal.is_empty() {
            return Err(Unloaded::Refused(fatal));
        }
        let (outline, text) = (&outline.value, text.clone());
        let program = Self {
            by_name,
            clusters,
            listeners,
            admin: socket_address(outline.get_field("admin").get_field("address")),
            node: Node::new(outline.get_field("node")),
            node_cluster: outline.get_field("node").text("cluster").to_owned(),
            refuse_fragments: runtime.flag(REFUSES_FRAGMENTS).unwrap_or(true),
            runtime,
            dns: resolvers,
            tags: Tags::new(outline.get_field("stats_config")),
            files,
            secrets: secrets.into_files(),
            how: how.clone(),
            text,
        };
        Ok((program, skipped))
    }
}

/// Clusters and listeners while they are compiled one by one.
struct Parts<'a> {
    how: &'a Compile,
    secrets: Secrets<'a>,
    /// What logs and headers show of clusters.
    shown: Shown,
    runtime: Runtime,
    clusters: Vec<Cluster>,
    listeners: Vec<Listener>,
    files: BTreeSet<PathBuf>,
    skipped: Vec<Refusal>,
    fatal: Vec<Refusal>,
}

impl<'a> Parts<'a> {
    fn new(how: &'a Compile, secrets: Secrets<'a>) -> Self {
        Self {
            how,
            secrets,
            shown: Shown::default(),
            runtime: Runtime::default(),
            clusters: Vec::new(),
            listeners: Vec::new(),
            files: BTreeSet::new(),
            skipped: Vec::new(),
            fatal: Vec::new(),
        }
    }

    /// Checks and compiles one cluster or listener; what is refused leaves it out.
    fn add(&mut self, part: Part, index: usize, item: Value<'_>) {
        let Checked { value, refusals } = {
            let settings = Settings { allow_inert: &self.how.allow_inert, runtime: &self.runtime };
            check_item(part, index, item, settings)
        };
        secret::collect(&value, &mut self.files);
        if self.how.skip_unsupported && !refusals.is_empty() {
            return self.refuse(refusals, &value);
        }
        let refusals = RefCell::new(refusals);
        let root = Scope::root(&refusals);
        let scope = root.field("static_resources");
        let scope = scope.item(part.field(), index);
        match part {
            Part::Clusters => {
                self.clusters.push(Cluster::new(&value, &self.secrets, self.shown, &scope));
            }
            Part::Listeners => self.listeners.push(Listener::new(&value, &self.secrets, &scope)),
        }
        let refusals = refusals.into_inner();
        if refusals.is_empty() {
            return;
        }
        match part {
            Part::Clusters => drop(self.clusters.pop()),
            Part::Listeners => drop(self.listeners.pop()),
        }
        self.refuse(refusals, &value);
    }

    fn refuse(&mut self, mut refusals: Vec<Refusal>, part: &Value<'_>) {
        refusals.iter_mut().for_each(|refusal| refusal.find_object(part, ABOVE));
        if self.how.skip_unsupported { &mut self.skipped } else { &mut self.fatal }.append(&mut refusals);
    }
}

/// Steps from the bootstrap to an element: `static_resources`, the part, the index.
const ABOVE: usize = 3;

/// The key of the runtime that lets fragments pass.
const REFUSES_FRAGMENTS: &str = "envoy.reloadable_features.http_reject_path_with_fragment";

/// Who is asked for names; what the outline refuses comes before all else.
fn resolvers(outline: &Value<'_>, refusals: Vec<Refusal>, fatal: &mut Vec<Refusal>) -> Servers {
    let refusals = RefCell::new(refusals);
    let resolvers = Servers::new(outline, &Scope::root(&refusals)).unwrap_or_default();
    fatal.splice(0..0, refusals.into_inner());
    resolvers
}

/// Leaves out listeners whose routes name clusters that do not exist.
fn drop_unknown(
    listeners: &mut Vec<Listener>,
    clusters: &HashMap<String, usize>,
    refusals: &mut Vec<Refusal>,
) {
    listeners.retain(|listener| {
        let unknown = refuse_unknown(listener, clusters);
        let known = unknown.is_empty();
        refusals.extend(unknown);
        known
    });
}

/// Routes to clusters that do not exist, where that is an error.
fn refuse_unknown(listener: &Listener, clusters: &HashMap<String, usize>) -> Vec<Refusal> {
    let unknown = listener.named().filter(|named| !clusters.contains_key(&named.cluster));
    let refusal = |named: &Named| {
        let reason = format!(
            "there is no cluster {:?}; add it, or set `validate_clusters: false` to answer such requests with 503",
            named.cluster
        );
        Refusal::new(named.path.clone(), reason)
    };
    unknown.map(refusal).collect()
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
