//! Starting and stopping the proxy.
use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::access::sink::LogHub;
use crate::admin;
use crate::cluster::dns;
use crate::config::listener::Service;
use crate::config::{Compile, Program};
use crate::load::Refusal;
use crate::server::accept::accept_loop;
use crate::server::worker::{Global, Worker};

/// How the proxy is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The bootstrap: protojson.
    pub bootstrap: PathBuf,
    /// Worker threads; at most two, or the number of processors, when absent.
    pub workers: Option<usize>,
    /// Extension types that are read and ignored.
    pub allow_inert: BTreeSet<String>,
    /// Leaves out listeners and clusters with unsupported parts instead of refusing the bootstrap.
    pub skip_unsupported: bool,
    /// How long requests in flight may take once the proxy was told to stop.
    pub drain: Duration,
}

impl Options {
    /// Runs this bootstrap with defaults: everything must be supported, four seconds to drain.
    #[must_use]
    pub fn new(bootstrap: impl Into<PathBuf>) -> Self {
        Self {
            bootstrap: bootstrap.into(),
            workers: None,
            allow_inert: BTreeSet::new(),
            skip_unsupported: false,
            drain: Duration::from_secs(4),
        }
    }
}

/// Why the proxy does not run.
#[derive(Debug)]
pub enum RunError {
    /// The bootstrap cannot be read.
    Read(PathBuf, std::io::Error),
    /// The bootstrap is not JSON.
    Json(PathBuf, serde_json::Error),
    /// Parts of the bootstrap cannot be run.
    Refused(PathBuf, Vec<Refusal>),
    /// An address cannot be listened on.
    Bind(SocketAddr, std::io::Error),
    /// A thread or its runtime cannot be started.
    Start(std::io::Error),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "{}: cannot be read: {error}", path.display()),
            Self::Json(path, error) => write!(f, "{}: not a JSON bootstrap: {error}", path.display()),
            Self::Refused(path, refusals) => {
                for (index, refusal) in refusals.iter().enumerate() {
                    let separator = if index > 0 { "\n" } else { "" };
                    write!(f, "{separator}{}: {refusal}", path.display())?;
                }
                Ok(())
            }
            Self::Bind(address, error) => write!(f, "{address}: cannot be listened on: {error}"),
            Self::Start(error) => write!(f, "the proxy cannot be started: {error}"),
        }
    }
}

impl std::error::Error for RunError {}

/// Loads a bootstrap without running it. Gives back what was left out (with `skip_unsupported`; else nothing).
///
/// # Errors
/// When the bootstrap cannot be read or run.
pub fn validate(options: &Options) -> Result<Vec<Refusal>, RunError> {
    load(options).map(|(_, skipped)| skipped)
}

fn load(options: &Options) -> Result<(Program, Vec<Refusal>), RunError> {
    let path = &options.bootstrap;
    let text = std::fs::read(path).map_err(|e| RunError::Read(path.clone(), e))?;
    let value = serde_json::from_slice(&text).map_err(|e| RunError::Json(path.clone(), e))?;
    let how =
        Compile { allow_inert: options.allow_inert.clone(), skip_unsupported: options.skip_unsupported };
    Program::new(&value, &how).map_err(|refusals| RunError::Refused(path.clone(), refusals))
}

/// Runs a bootstrap until the process is told to stop (SIGTERM, SIGINT, or `/quitquitquit`), then drains.
///
/// # Errors
/// When the bootstrap cannot be read or run, or an address is in use.
pub fn run(options: &Options) -> Result<(), RunError> {
    let (program, _) = load(options)?;
    let program = Arc::new(program);
    let logs = Arc::new(LogHub::new(log_sinks(&program)));
    let global = Global::new(program.clone(), logs);
    for (cluster, shared) in program.clusters.iter().zip(&global.clusters) {
        if dns::has_names(cluster) {
            dns::resolve(cluster, shared);
        }
    }
    let default = std::thread::available_parallelism().map_or(1, usize::from).min(2);
    let workers = options.workers.unwrap_or(default).max(1);
    let mut sockets = Vec::new();
    for _ in 0..workers {
        sockets.push(bind_all(&program)?);
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RunError::Start)?;
    let admin = match program.admin {
        Some(address) => Some(bind(address).map_err(|e| RunError::Bind(address, e))?),
        None => None,
    };
    let (stop, stopped) = watch::channel(false);
    for (index, sockets) in sockets.into_iter().enumerate() {
        spawn_worker(index, global.clone(), sockets, stopped.clone()).map_err(RunError::Start)?;
    }
    background(&global).map_err(RunError::Start)?;
    runtime.block_on(async {
        let quit = Rc::new(tokio::sync::Notify::new());
        let local = tokio::task::LocalSet::new();
        if let Some(socket) = admin.and_then(|s| TcpListener::from_std(s).ok()) {
            local.spawn_local(admin::serve(global.clone(), socket, quit.clone()));
        }
        local.run_until(wait_for_stop(&quit)).await;
        let _no_worker = stop.send(true);
        global.draining.store(true, Ordering::Relaxed);
        drain(&global, options.drain).await;
    });
    global.logs.flush();
    Ok(())
}

fn spawn_worker(
    index: usize,
    global: Arc<Global>,
    sockets: Bound,
    stopped: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let body = move || {
        // A worker without a runtime leaves its connections to the others.
        let _failed = work(global, sockets, stopped);
    };
    std::thread::Builder::new().name(format!("worker-{index}")).spawn(body)?;
    Ok(())
}

async fn wait_for_stop(quit: &tokio::sync::Notify) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return quit.notified().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
        () = quit.notified() => {}
    }
}

/// Waits for requests in flight.
async fn drain(global: &Global, longest: Duration) {
    let begin = Instant::now();
    while global.requests.load(Ordering::Relaxed) > 0 && begin.elapsed() < longest {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn log_sinks(program: &Program) -> BTreeSet<crate::config::log::LogSink> {
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

type Bound = Vec<(usize, std::net::TcpListener)>;

fn bind_all(program: &Program) -> Result<Bound, RunError> {
    let mut bound = Vec::new();
    for (index, listener) in program.listeners.iter().enumerate().filter(|(_, l)| l.bind) {
        for address in &listener.addresses {
            bound.push((index, bind(*address).map_err(|e| RunError::Bind(*address, e))?));
        }
    }
    Ok(bound)
}

/// Opens a socket that several workers may listen on at the same address.
fn bind(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(4096)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// One worker thread.
fn work(global: Arc<Global>, sockets: Bound, mut stopped: watch::Receiver<bool>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let worker = Rc::new(Worker::new(global.clone()));
        let mut accepting = Vec::new();
        for (index, socket) in sockets {
            let socket = TcpListener::from_std(socket)?;
            accepting.push(tokio::task::spawn_local(accept_loop(worker.clone(), index, socket)));
        }
        let sweeper = worker.clone();
        tokio::task::spawn_local(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                sweeper.clusters.iter().for_each(|c| c.sweep());
            }
        });
        let _stopping = stopped.wait_for(|s| *s).await;
        accepting.iter().for_each(tokio::task::JoinHandle::abort);
        // The process ends when nothing is in flight; until then this thread serves what is.
        std::future::pending::<std::io::Result<()>>().await
    })
}

/// The threads that write logs, resolve names and let ejected hosts back.
fn background(global: &Arc<Global>) -> std::io::Result<()> {
    let logs = global.logs.clone();
    std::thread::Builder::new().name("logs".to_owned()).spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(50));
            logs.flush();
        }
    })?;
    let global = global.clone();
    std::thread::Builder::new().name("clusters".to_owned()).spawn(move || {
        let mut resolved = vec![Instant::now(); global.clusters.len()];
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let clusters = global.program.clusters.iter().zip(&global.clusters);
            for ((cluster, shared), resolved) in clusters.zip(&mut resolved) {
                shared.readmit();
                if dns::has_names(cluster) && resolved.elapsed() >= cluster.dns_refresh {
                    dns::resolve(cluster, shared);
                    *resolved = Instant::now();
                }
            }
        }
    })?;
    Ok(())
}
