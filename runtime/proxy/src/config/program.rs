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
use super::parts::{self, Common, Parts};
use super::secret;
use super::secret_file::FileSecret;
use super::value::{Get, Scope};
use crate::istio::Node;
use crate::json::Value;
use crate::load::{self, Element, Refusal, Runtime, check};
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
        let (outline, elements) = load::outline(&text).map_err(Unloaded::Json)?;
        let mut outline = check(outline, &how.allow_inert);
        outline.refusals.iter_mut().for_each(|refusal| refusal.find_object(&outline.value, 0));
        let (parts, runtime) = compile_parts(&text, &outline.value, &elements, (how, known))?;
        let Parts { clusters, mut listeners, mut files, mut skipped, mut fatal, secrets } = parts;
        secret::collect(&outline.value, &mut files);
        let refusals = RefCell::new(outline.refusals);
        let resolvers = Servers::new(&outline.value, &Scope::root(&refusals)).unwrap_or_default();
        fatal.splice(0..0, refusals.into_inner());
        refuse_shared_addresses(&listeners, &mut fatal);
        let by_name: HashMap<_, _> = clusters.iter().enumerate().map(|(i, c)| (c.name.clone(), i)).collect();
        let unknown = leave_out_unknown(&mut listeners, &by_name);
        if how.skip_unsupported { &mut skipped } else { &mut fatal }.extend(unknown);
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
            secrets,
            how: how.clone(),
            text,
        };
        Ok((program, skipped))
    }
}

/// Compiles clusters and listeners.
fn compile_parts(
    text: &str,
    outline: &Value<'_>,
    elements: &[Element<'_>],
    (how, known): (&Compile, &[FileSecret]),
) -> Result<(Parts, Runtime), Unloaded> {
    let common = Common {
        how,
        secrets: outline.get_field("static_resources").items("secrets"),
        known,
        shown: Shown::new(text),
        runtime: Runtime::new(outline),
    };
    let parts = parts::compile(&common, elements).map_err(|error| {
        // An error within an element does not know where the element stands; reading all of the text tells.
        Unloaded::Json(serde_json::from_str::<Value<'_>>(text).err().unwrap_or(error))
    })?;
    Ok((parts, common.runtime))
}

/// The key of the runtime that lets fragments pass.
const REFUSES_FRAGMENTS: &str = "envoy.reloadable_features.http_reject_path_with_fragment";

/// Takes out listeners with routes to clusters that do not exist, where that is an error.
fn leave_out_unknown(listeners: &mut Vec<Listener>, clusters: &HashMap<String, usize>) -> Vec<Refusal> {
    let mut all = Vec::new();
    listeners.retain(|listener| {
        let unknown = refuse_unknown(listener, clusters);
        let known = unknown.is_empty();
        all.extend(unknown);
        known
    });
    all
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
