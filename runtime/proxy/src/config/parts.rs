//! Clusters and listeners, compiled one by one: in several threads when there are many.
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::cluster::{Cluster, Shown};
use super::listener::Listener;
use super::program::Compile;
use super::secret::{self, Secrets};
use super::secret_file::FileSecret;
use super::value::Scope;
use crate::json::Value;
use crate::load::{Checked, Element, Part, Refusal, Runtime, Settings, check_item};

/// What all elements have in common.
#[derive(Debug)]
pub(super) struct Common<'a> {
    pub(super) how: &'a Compile,
    /// Secrets of the bootstrap.
    pub(super) secrets: &'a [Value<'a>],
    /// Secrets of files, as the program before had them.
    pub(super) known: &'a [FileSecret],
    /// What logs and headers show of clusters.
    pub(super) shown: Shown,
    pub(super) runtime: Runtime,
}

/// What became of the elements, in their order.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) clusters: Vec<Cluster>,
    pub(super) listeners: Vec<Listener>,
    pub(super) files: BTreeSet<PathBuf>,
    pub(super) secrets: Vec<FileSecret>,
    /// What was refused and left out.
    pub(super) skipped: Vec<Refusal>,
    /// What was refused and cannot be left out.
    pub(super) fatal: Vec<Refusal>,
}

/// What one thread has made: elements with their places.
#[derive(Default)]
struct Share {
    // In lists that are freed as a whole: boxes would leave holes between what stays.
    clusters: Vec<(usize, Cluster)>,
    listeners: Vec<(usize, Listener)>,
    refused: Vec<(usize, Vec<Refusal>)>,
    files: BTreeSet<PathBuf>,
    secrets: Vec<FileSecret>,
}

/// Fewer elements than this are not worth a thread.
const MANY: usize = 256;

/// Elements that a thread takes at once.
const CHUNK: usize = 16;

/// Compiles all elements; what is refused leaves an element out.
///
/// # Errors
/// When an element is not JSON.
pub(super) fn compile(common: &Common<'_>, elements: &[Element<'_>]) -> serde_json::Result<Parts> {
    // Listeners may be large: who takes one late lets the others wait.
    let (mut order, later): (Vec<_>, Vec<_>) =
        (0..elements.len()).partition(|at| elements.get(*at).is_some_and(|e| e.part == Part::Listeners));
    order.extend(later);
    let next = AtomicUsize::new(0);
    let work = || share(common, elements, &order, &next);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let helpers = if elements.len() < MANY { 0 } else { cores.min(4) - 1 };
    let shares = std::thread::scope(|scope| {
        let others: Vec<_> =
            (0..helpers).filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
        let own = work();
        let lost = || Err(serde::de::Error::custom("a thread that compiles was lost"));
        let joined = others.into_iter().map(|other| other.join().unwrap_or_else(|_| lost()));
        std::iter::once(own).chain(joined).collect::<serde_json::Result<Vec<_>>>()
    })?;
    Ok(together(common, shares))
}

/// Compiles elements until none is left.
fn share(
    common: &Common<'_>,
    elements: &[Element<'_>],
    order: &[usize],
    next: &AtomicUsize,
) -> serde_json::Result<Share> {
    let secrets = Secrets::new(common.secrets, common.known);
    let mut share = Share::default();
    loop {
        let begin = next.fetch_add(CHUNK, Ordering::Relaxed);
        let chunk = order.get(begin..(begin + CHUNK).min(order.len())).unwrap_or_default();
        if chunk.is_empty() {
            share.secrets = secrets.into_files();
            return Ok(share);
        }
        for at in chunk {
            if let Some(element) = elements.get(*at) {
                share.take(common, &secrets, (*at, element))?;
            }
        }
    }
}

impl Share {
    /// Checks and compiles one cluster or listener.
    fn take(
        &mut self,
        common: &Common<'_>,
        secrets: &Secrets<'_>,
        (at, element): (usize, &Element<'_>),
    ) -> serde_json::Result<()> {
        let (part, index) = (element.part, element.index);
        let settings = Settings { allow_inert: &common.how.allow_inert, runtime: &common.runtime };
        let Checked { value, refusals } = check_item(part, index, element.read()?, settings);
        secret::collect(&value, &mut self.files);
        if common.how.skip_unsupported && !refusals.is_empty() {
            self.refuse(at, refusals, &value);
            return Ok(());
        }
        let refusals = RefCell::new(refusals);
        let root = Scope::root(&refusals);
        let scope = root.field("static_resources");
        let scope = scope.item(part.field(), index);
        match part {
            Part::Clusters => {
                self.clusters.push((at, Cluster::new(&value, secrets, common.shown, &scope)));
            }
            Part::Listeners => self.listeners.push((at, Listener::new(&value, secrets, &scope))),
        }
        let refusals = refusals.into_inner();
        if refusals.is_empty() {
            return Ok(());
        }
        match part {
            Part::Clusters => drop(self.clusters.pop()),
            Part::Listeners => drop(self.listeners.pop()),
        }
        self.refuse(at, refusals, &value);
        Ok(())
    }

    fn refuse(&mut self, at: usize, mut refusals: Vec<Refusal>, part: &Value<'_>) {
        refusals.iter_mut().for_each(|refusal| refusal.find_object(part, ABOVE));
        self.refused.push((at, refusals));
    }
}

/// Steps from the bootstrap to an element: `static_resources`, the part, the index.
const ABOVE: usize = 3;

/// What all threads have made, in the order of the bootstrap.
fn together(common: &Common<'_>, shares: Vec<Share>) -> Parts {
    let mut parts = Parts::default();
    let (mut clusters, mut listeners, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for share in shares {
        clusters.extend(share.clusters);
        listeners.extend(share.listeners);
        refused.extend(share.refused);
        parts.files.extend(share.files);
        for secret in share.secrets {
            let same = |known: &FileSecret| known.name == secret.name && known.path == secret.path;
            if !parts.secrets.iter().any(same) {
                parts.secrets.push(secret);
            }
        }
    }
    clusters.sort_unstable_by_key(|(at, _)| *at);
    listeners.sort_unstable_by_key(|(at, _)| *at);
    refused.sort_unstable_by_key(|(at, _)| *at);
    parts.clusters.extend(clusters.into_iter().map(|(_, cluster)| cluster));
    parts.listeners.extend(listeners.into_iter().map(|(_, listener)| listener));
    let left = if common.how.skip_unsupported { &mut parts.skipped } else { &mut parts.fatal };
    left.extend(refused.into_iter().flat_map(|(_, refusals)| refusals));
    parts
}
