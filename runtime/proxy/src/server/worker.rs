//! One worker thread's view of the running program.
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;

use super::inlet::{self, Inlet};
use crate::access::sink::LogHub;
use crate::access::time::http_date;
use crate::cluster::ClusterRuntime;
use crate::cluster::dns::{Known, Watched};
use crate::cluster::shared::Shared;
use crate::config::Program;
use crate::config::cluster::Cluster;
use crate::config::hcm::Hcm;
use crate::config::listener::Listener;
use crate::istio::{KnownSeries, Peer};
use crate::loggers::{Level, Loggers};
use crate::lua::Scripts;
use crate::notice::Notice;
use crate::stats::Registry;
use crate::trace::Exporter;

/// One program with its clusters, as all threads share it. A reload makes another one; connections keep theirs.
#[derive(Debug)]
pub(crate) struct Global {
    /// The program.
    pub(crate) program: Arc<Program>,
    /// Clusters, in the program's order, made when first used: most clusters of a large mesh never are.
    clusters: Vec<OnceLock<Arc<Shared>>>,
    /// When the program was loaded.
    pub(crate) since: Instant,
    /// When its first certificate expires, in seconds since 1970, once somebody has asked.
    pub(crate) expires: OnceLock<Option<i64>>,
    /// Names of endpoints, until somebody looks after them.
    pub(crate) names: Mutex<Vec<Watched>>,
    /// What outlives the program.
    pub(crate) process: Arc<Process>,
}

impl Deref for Global {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

/// What all threads and all programs share.
#[derive(Debug)]
pub(crate) struct Process {
    /// Statistics of listeners and connection managers.
    pub(crate) stats: Registry,
    /// Spans that wait to be sent.
    pub(crate) spans: Exporter,
    /// Log files.
    pub(crate) logs: LogHub,
    /// How grave the lines of scripts must be.
    pub(crate) loggers: Loggers,
    /// Set by `/healthcheck/fail`: every response closes its connection.
    pub(crate) failing: AtomicBool,
    /// Set when the process drains: every response closes its connection.
    pub(crate) draining: AtomicBool,
    /// Set when listeners for traffic to the own workload drain.
    pub(crate) draining_inbound: AtomicBool,
    /// Connections so far.
    pub(crate) connections: AtomicU64,
    /// Connections now.
    pub(crate) active: AtomicU64,
    /// Requests now.
    pub(crate) requests: AtomicU64,
    /// How the process was started.
    pub(crate) facts: Facts,
    /// What reloads have changed.
    pub(crate) changes: Changes,
    /// Number of worker threads.
    pub(crate) workers: AtomicU64,
    /// Where lines for people go, as those of scripts.
    pub(crate) notice: fn(&Notice),
    /// When the process began.
    pub(crate) start: Instant,
    /// The node's own address, recorded for clients on the loopback interface.
    pub(crate) node_ip: IpAddr,
}

/// How the process was started.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// The file of the bootstrap.
    pub(crate) bootstrap: String,
    /// How long draining takes at most.
    pub(crate) drain: Duration,
}

/// Clusters and listeners that came, changed and went.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) clusters_added: AtomicU64,
    pub(crate) clusters_modified: AtomicU64,
    pub(crate) clusters_removed: AtomicU64,
    pub(crate) listeners_added: AtomicU64,
    pub(crate) listeners_removed: AtomicU64,
    pub(crate) listeners_stopped: AtomicU64,
}

impl Changes {
    /// Counts what a program changes against the one before.
    fn count(&self, old: Option<&Program>, new: &Program) {
        let digests = |program: &Program| -> BTreeMap<String, u64> {
            program.clusters.iter().map(|cluster| (cluster.name.clone(), cluster.digest)).collect()
        };
        let names = |program: &Program| -> BTreeSet<String> {
            program.listeners.iter().map(|listener| listener.name.clone()).collect()
        };
        let Some(old) = old else {
            self.clusters_added.store(new.clusters.len() as u64, Ordering::Relaxed);
            self.listeners_added.store(new.listeners.len() as u64, Ordering::Relaxed);
            return;
        };
        let add = |counter: &AtomicU64, by: usize| crate::stats::add(counter, by as u64);
        let (before, after) = (digests(old), digests(new));
        add(&self.clusters_added, after.keys().filter(|name| !before.contains_key(*name)).count());
        add(&self.clusters_removed, before.keys().filter(|name| !after.contains_key(*name)).count());
        let changed = |(name, digest): &(&String, &u64)| before.get(*name).is_some_and(|old| old != *digest);
        add(&self.clusters_modified, after.iter().filter(changed).count());
        let (before, after) = (names(old), names(new));
        add(&self.listeners_added, after.difference(&before).count());
        add(&self.listeners_removed, before.difference(&after).count());
    }
}

impl Global {
    /// The state of the program that the process begins with.
    pub(crate) fn new(program: Program, notice: fn(&Notice), facts: Facts) -> Arc<Self> {
        let clusters = program.clusters.iter().map(|_| OnceLock::new()).collect();
        let process = Process::new(notice, facts);
        process.changes.count(None, &program);
        Self::with(clusters, program, process)
    }

    /// The state of the program that follows: clusters that have not changed keep hosts, breakers and counters.
    pub(crate) fn next(&self, program: Program) -> Arc<Self> {
        let keep = |new: &Cluster| {
            let index = *self.program.by_name.get(&new.name)?;
            let same = self.program.clusters.get(index)?.digest == new.digest;
            self.clusters.get(index).filter(|_| same).cloned()
        };
        let clusters = program.clusters.iter().map(|c| keep(c).unwrap_or_default()).collect();
        self.process.changes.count(Some(&self.program), &program);
        Self::with(clusters, program, self.process.clone())
    }

    /// What all threads know of a cluster.
    pub(crate) fn cluster(&self, index: usize) -> Option<&Arc<Shared>> {
        let config = self.program.clusters.get(index)?;
        Some(self.clusters.get(index)?.get_or_init(|| Shared::new(config, self.since)))
    }

    /// The clusters that are in use.
    pub(crate) fn used(&self) -> impl Iterator<Item = (&Cluster, &Arc<Shared>)> {
        let all = self.program.clusters.iter().zip(&self.clusters);
        all.filter_map(|(config, shared)| Some((config, shared.get()?)))
    }

    /// All clusters, to look at; those that are not in use are made for the moment.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Cluster, Arc<Shared>)> {
        let all = self.program.clusters.iter().zip(&self.clusters);
        all.map(|(config, shared)| {
            (config, shared.get().cloned().unwrap_or_else(|| Shared::new(config, self.since)))
        })
    }

    fn with(clusters: Vec<OnceLock<Arc<Shared>>>, program: Program, process: Arc<Process>) -> Arc<Self> {
        program.listeners.iter().for_each(|l| l.count_into(&process.stats));
        if program.listeners.iter().any(Listener::reports_metrics) {
            process.stats.istio.build(&program.node.istio_version);
        }
        let names = Mutex::default();
        let (since, expires) = (Instant::now(), OnceLock::new());
        Arc::new(Self { clusters, since, expires, program: Arc::new(program), names, process })
    }
}

impl Process {
    fn new(notice: fn(&Notice), facts: Facts) -> Arc<Self> {
        Arc::new(Self {
            notice,
            facts,
            changes: Changes::default(),
            stats: Registry::default(),
            spans: Exporter::default(),
            logs: LogHub::default(),
            loggers: Loggers::default(),
            failing: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            draining_inbound: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            active: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            workers: AtomicU64::new(0),
            start: Instant::now(),
            node_ip: node_ip(),
        })
    }

    /// Passes on a line of a script, if the logger `lua` lets it through.
    pub(crate) fn script_says(&self, level: Level, text: &str) {
        if level >= self.loggers.level("lua") {
            let notice = Notice::new(level.name(), "script").field("logger", "lua").field("message", text);
            (self.notice)(&notice.line(format!("[{}][lua] script log: {text}", level.name())));
        }
    }

    /// The number of a new connection.
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether responses close the connections of a connection manager.
    pub(crate) fn ends(&self, hcm: &Hcm) -> bool {
        self.is_closing() || hcm.is_ingress() && self.draining_inbound.load(Ordering::Relaxed)
    }

    /// Whether responses close their connections.
    pub(crate) fn is_closing(&self) -> bool {
        self.failing.load(Ordering::Relaxed) || self.draining.load(Ordering::Relaxed)
    }
}

/// The address that a packet to the outside would carry; no packet is sent.
fn node_ip() -> IpAddr {
    let find = || -> Option<IpAddr> {
        let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    find().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// Peers by who remembers them and their id.
type KnownPeers = BTreeMap<(usize, Vec<u8>), Rc<Peer>>;

/// One worker.
#[derive(Debug)]
pub(crate) struct Worker {
    /// What all threads share.
    pub(crate) global: Arc<Global>,
    /// Clusters, in the program's order, made when first used.
    clusters: Vec<OnceCell<Box<ClusterRuntime>>>,
    random: Cell<u64>,
    date: RefCell<(u64, String)>,
    /// Peers that were described, by what remembers them and their id.
    pub(crate) peers: RefCell<KnownPeers>,
    /// Where connections to internal listeners are sent.
    inlet: Inlet,
    /// Addresses of names that requests have asked for.
    pub(crate) names: RefCell<BTreeMap<(String, u16), Known>>,
    /// Scripts that requests have met.
    pub(crate) scripts: Scripts,
    /// Series of Istio's metrics that were used.
    pub(crate) series: RefCell<KnownSeries>,
}

impl Worker {
    /// A worker without connections, on the thread of a `LocalSet`. It serves internal listeners from now on.
    pub(crate) fn start(global: Arc<Global>) -> Rc<Self> {
        let clusters = global.clusters.iter().map(|_| OnceCell::new()).collect();
        let (inlet, arrivals) = mpsc::unbounded_channel();
        let worker = Rc::new(Self {
            clusters,
            inlet,
            random: Cell::new(seed()),
            date: RefCell::new((0, String::new())),
            peers: RefCell::default(),
            names: RefCell::default(),
            scripts: Scripts::default(),
            series: RefCell::new(KnownSeries::new(seed())),
            global,
        });
        tokio::task::spawn_local(inlet::serve(Rc::downgrade(&worker), arrivals));
        worker
    }

    /// A cluster by name.
    pub(crate) fn cluster(&self, name: &str) -> Option<&ClusterRuntime> {
        self.cluster_at(*self.global.program.by_name.get(name)?)
    }

    /// A cluster by its place in the program.
    pub(crate) fn cluster_at(&self, index: usize) -> Option<&ClusterRuntime> {
        let cell = self.clusters.get(index)?;
        if cell.get().is_none() {
            let shared = self.global.cluster(index)?.clone();
            let _new = cell.set(Box::new(ClusterRuntime::new(
                self.global.program.clone(),
                index,
                shared,
                self.inlet.clone(),
            )));
        }
        cell.get().map(Box::as_ref)
    }

    /// The clusters that this worker has used.
    pub(crate) fn used(&self) -> impl Iterator<Item = &ClusterRuntime> {
        self.clusters.iter().filter_map(|cell| cell.get().map(Box::as_ref))
    }

    /// The listener of an address.
    pub(crate) fn listener(&self, address: SocketAddr) -> Option<&Listener> {
        self.global.program.listeners.iter().find(|l| l.bind && l.addresses.contains(&address))
    }

    /// The listener of this name for connections from inside.
    pub(super) fn internal_listener(&self, name: &str) -> Option<&Listener> {
        self.global.program.listeners.iter().find(|l| l.internal && l.name == name)
    }

    /// The next random number (splitmix64).
    pub(crate) fn random(&self) -> u64 {
        let next = self.random.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.random.set(next);
        let mixed = (next ^ (next >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A random UUID of version 4.
    pub(crate) fn uuid(&self) -> String {
        let high = self.random() & !0xf000 | 0x4000;
        let low = self.random() & !(0b11 << 62) | 1 << 63;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// The value of a `date` header for now.
    pub(crate) fn with_date<T>(&self, body: impl FnOnce(&[u8]) -> T) -> T {
        let now = SystemTime::now();
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut date = self.date.borrow_mut();
        if date.0 != seconds {
            *date = (seconds, http_date(now));
        }
        body(date.1.as_bytes())
    }
}

fn seed() -> u64 {
    let mut bytes = [0_u8; 8];
    match ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |d| d.as_nanos() as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_say_what_their_logger_lets_through() {
        static LINES: AtomicU64 = AtomicU64::new(0);
        let notice = |notice: &Notice| {
            assert_eq!(notice.text(), Some("[warning][lua] script log: hm"));
            LINES.fetch_add(1, Ordering::Relaxed);
        };
        let process = Process::new(notice, Facts::default());
        process.script_says(Level::Debug, "hm");
        process.script_says(Level::Warning, "hm");
        assert_eq!(LINES.load(Ordering::Relaxed), 1);
        process.loggers.set_all(Level::Error);
        process.script_says(Level::Warning, "hm");
        assert_eq!(LINES.load(Ordering::Relaxed), 1);
    }
}
