//! The worker threads, their sockets, and the change from one program to the next.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::cluster::ClusterRuntime;
use crate::cluster::dns::{self, Watched};
use crate::config::Program;
use crate::config::listener::{Direction, Listener, Service};
use crate::config::log::LogSink;
use crate::notice::Notice;
use crate::run::{Options, RunError, compile, load};
use crate::server::accept::accept_loop;
use crate::server::worker::{Facts, Global, Worker};
use crate::stats::add;
use crate::watch;

type Sockets = Vec<(SocketAddr, std::net::TcpListener)>;

/// Where is listened, and whether for connections to any address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(SocketAddr, bool);

/// What a worker thread is told.
enum Order {
    /// Serve this program from now on; sockets of addresses that are new to it come along.
    Run(Arc<Global>, Sockets),
    /// Accept nothing more.
    Stop,
    /// Accept nothing more at these addresses.
    Leave(Arc<BTreeSet<SocketAddr>>),
}

/// All worker threads.
pub(crate) struct Fleet {
    /// The program that new connections get.
    pub(crate) current: Arc<ArcSwap<Global>>,
    workers: Vec<mpsc::UnboundedSender<Order>>,
    // One reload at a time; holds the addresses that are listened on.
    bound: Mutex<BTreeSet<Place>>,
}

/// What the workers need to begin.
pub(crate) struct Prepared {
    global: Arc<Global>,
    addresses: BTreeSet<Place>,
    /// Those of each worker.
    sockets: Vec<Sockets>,
}

impl Fleet {
    /// Binds everything and resolves names, which may take a while.
    pub(crate) fn prepare(program: Program, count: usize, options: &Options) -> Result<Prepared, RunError> {
        let addresses = addresses(&program);
        let sockets = bind_all(&addresses, count)?;
        let facts = Facts { bootstrap: options.bootstrap.display().to_string(), drain: options.drain };
        let global = Global::new(program, options.notice, facts);
        watch::count_first(&global.program, &global.stats);
        resolve_all(&global);
        global.logs.open(log_sinks(&global.program));
        global.workers.store(count as u64, Ordering::Relaxed);
        Ok(Prepared { global, addresses, sockets })
    }

    /// Starts the workers.
    pub(crate) fn start(prepared: Prepared) -> Result<Self, RunError> {
        let Prepared { global, addresses, sockets } = prepared;
        let current = Arc::new(ArcSwap::new(global.clone()));
        // What needs files of its own gets them before clients can take them.
        background(&current).map_err(RunError::Start)?;
        crate::side::start(&current).map_err(RunError::Start)?;
        let mut workers = Vec::new();
        for (index, sockets) in sockets.into_iter().enumerate() {
            let (orders, received) = mpsc::unbounded_channel();
            let _running = orders.send(Order::Run(global.clone(), sockets));
            std::thread::Builder::new()
                .name(format!("worker-{index}"))
                // A worker without a runtime leaves its connections to the others.
                .spawn(move || drop(work(received)))
                .map_err(RunError::Start)?;
            workers.push(orders);
        }
        Ok(Self { current, workers, bound: Mutex::new(addresses) })
    }

    /// Reads the bootstrap again. Everything that can fail is done before anything changes.
    pub(crate) fn reload(&self, options: &Options) -> Result<(), RunError> {
        let program = load(options)?;
        self.take_over(program, options)
    }

    /// Compiles the running bootstrap again, for files beside it that have changed. Gives what is said about it.
    pub(crate) fn renew(
        &self,
        options: &Options,
        changed: &BTreeSet<PathBuf>,
    ) -> Result<Vec<Notice>, RunError> {
        let old = self.current.load_full();
        let (program, _) = compile(old.program.text.clone(), options, &old.program.secrets)?;
        let said = watch::tell(&program, changed, &old.stats);
        self.take_over(program, options)?;
        Ok(said)
    }

    fn take_over(&self, program: Program, options: &Options) -> Result<(), RunError> {
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.current.load_full();
        if program.admin != old.program.admin {
            return Err(RunError::Admin(options.bootstrap.clone()));
        }
        let wanted = addresses(&program);
        let new = wanted.difference(&bound).copied().collect();
        let sockets = bind_all(&new, self.workers.len())?;
        let global = old.next(program);
        resolve_all(&global);
        global.logs.open(log_sinks(&global.program));
        self.current.store(global.clone());
        for (worker, sockets) in self.workers.iter().zip(sockets) {
            let _gone = worker.send(Order::Run(global.clone(), sockets));
        }
        *bound = wanted;
        crate::sys::release_memory();
        Ok(())
    }

    /// Ends accepting at the listeners of this process, or those for inbound traffic alone; what is open goes on.
    pub(crate) fn leave(&self, inbound: bool) {
        let global = self.current.load();
        let chosen = |l: &&Listener| l.bind && (!inbound || l.direction == Direction::Inbound);
        let listeners: Vec<_> = global.program.listeners.iter().filter(chosen).collect();
        add(&global.changes.listeners_stopped, listeners.len() as u64);
        let places: BTreeSet<_> = listeners.iter().flat_map(|l| l.addresses.iter().copied()).collect();
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        bound.retain(|Place(address, _)| !places.contains(address));
        let places = Arc::new(places);
        for worker in &self.workers {
            let _gone = worker.send(Order::Leave(places.clone()));
        }
    }

    /// Ends accepting; requests in flight go on.
    pub(crate) fn stop(&self) {
        self.current.load().draining.store(true, Ordering::Relaxed);
        for worker in &self.workers {
            let _gone = worker.send(Order::Stop);
        }
    }
}

fn addresses(program: &Program) -> BTreeSet<Place> {
    let bound = program.listeners.iter().filter(|l| l.bind);
    bound.flat_map(|l| l.addresses.iter().map(|address| Place(*address, l.transparent))).collect()
}

/// Asks for all names of a program; the thread that looks after it goes on from there.
fn resolve_all(global: &Global) {
    let mut names = dns::names(&global.program);
    resolve_due(global, &mut names);
    *global.names.lock().unwrap_or_else(PoisonError::into_inner) = names;
}

fn resolve_due(global: &Global, names: &mut [Watched]) {
    dns::resolve(names, &global.program, |index| global.cluster(index));
}

fn log_sinks(program: &Program) -> BTreeSet<LogSink> {
    let mut sinks = BTreeSet::new();
    for listener in &program.listeners {
        sinks.extend(listener.logs.iter().map(|l| l.sink.clone()));
        for chain in listener.all_chains() {
            let logs = match &chain.service {
                Service::Http(hcm) => hcm.logs.as_slice(),
                Service::Tcp(tcp) => tcp.logs.as_slice(),
                Service::Close => &[],
            };
            sinks.extend(logs.iter().map(|l| l.sink.clone()));
        }
    }
    sinks
}

/// A socket for each worker and address.
fn bind_all(places: &BTreeSet<Place>, workers: usize) -> Result<Vec<Sockets>, RunError> {
    let one = || {
        let bind = |Place(address, transparent): &Place| {
            Ok((*address, bind(*address, *transparent).map_err(|e| RunError::Bind(*address, e))?))
        };
        places.iter().map(bind).collect()
    };
    std::iter::repeat_with(one).take(workers).collect()
}

/// Opens a socket that several workers may listen on at the same address. A transparent one takes connections to any address,
/// where the process may have such sockets.
pub(crate) fn bind(address: SocketAddr, transparent: bool) -> std::io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if transparent {
        crate::sys::be_transparent(&socket, address.is_ipv4())?;
    }
    socket.bind(&address.into())?;
    socket.listen(4096)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// One worker thread.
fn work(mut orders: mpsc::UnboundedReceiver<Order>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let Some(Order::Run(global, sockets)) = orders.recv().await else { return };
        let current = Rc::new(RefCell::new(Worker::start(global)));
        let mut accepting = BTreeMap::new();
        accept(&current, sockets, &mut accepting);
        sweep(&current.borrow());
        loop {
            match orders.recv().await {
                Some(Order::Run(global, sockets)) => {
                    let worker = Worker::start(global);
                    sweep(&worker);
                    current.replace(worker.clone());
                    accept(&current, sockets, &mut accepting);
                    leave(&mut accepting, |address| worker.listener(*address).is_none());
                }
                Some(Order::Leave(places)) => leave(&mut accepting, |address| places.contains(address)),
                Some(Order::Stop) | None => break,
            }
        }
        accepting.values().for_each(JoinHandle::abort);
        // The process ends when nothing is in flight; until then this thread serves what is.
        std::future::pending::<()>().await;
    });
    Ok(())
}

/// Ends accepting at some addresses; with the task its socket is closed.
fn leave(accepting: &mut BTreeMap<SocketAddr, JoinHandle<()>>, which: impl Fn(&SocketAddr) -> bool) {
    accepting.retain(|address, task| {
        let left = which(address);
        if left {
            task.abort();
        }
        !left
    });
}

fn accept(
    current: &Rc<RefCell<Rc<Worker>>>,
    sockets: Sockets,
    accepting: &mut BTreeMap<SocketAddr, JoinHandle<()>>,
) {
    for (address, socket) in sockets {
        if let Ok(socket) = TcpListener::from_std(socket) {
            let task = tokio::task::spawn_local(accept_loop(current.clone(), address, socket));
            accepting.insert(address, task);
        }
    }
}

/// Drops idle connections to endpoints that are too old, as long as the worker's program has connections.
fn sweep(worker: &Rc<Worker>) {
    let worker = Rc::downgrade(worker);
    tokio::task::spawn_local(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let Some(worker) = worker.upgrade() else { return };
            worker.used().for_each(ClusterRuntime::sweep);
        }
    });
}

/// A program that is looked after: the new one, and old ones that still have connections.
struct Tended {
    global: Weak<Global>,
    /// Names of its endpoints.
    names: Vec<Watched>,
}

/// The threads that write logs, resolve names and let ejected hosts back.
fn background(current: &Arc<ArcSwap<Global>>) -> std::io::Result<()> {
    let process = current.load().process.clone();
    std::thread::Builder::new().name("logs".to_owned()).spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(50));
            process.logs.flush();
        }
    })?;
    let current = current.clone();
    std::thread::Builder::new().name("clusters".to_owned()).spawn(move || {
        let mut tended: Vec<Tended> = Vec::new();
        loop {
            let global = current.load_full();
            if !tended.last().is_some_and(|t| std::ptr::eq(t.global.as_ptr(), Arc::as_ptr(&global))) {
                let names = std::mem::take(&mut *global.names.lock().unwrap_or_else(PoisonError::into_inner));
                tended.push(Tended { global: Arc::downgrade(&global), names });
            }
            drop(global);
            std::thread::sleep(Duration::from_millis(100));
            tended.retain_mut(tend);
        }
    })?;
    Ok(())
}

/// Looks after the clusters of a program; false when it is gone.
fn tend(tended: &mut Tended) -> bool {
    let Some(global) = tended.global.upgrade() else { return false };
    global.used().for_each(|(_, shared)| shared.look_at_hosts());
    resolve_due(&global, &mut tended.names);
    true
}
