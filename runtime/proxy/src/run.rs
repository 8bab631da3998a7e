//! Starting and stopping the proxy.
use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::admin::{self, Drain, Order};
use crate::config::secret_file::FileSecret;
use crate::config::{Compile, Program, Unloaded};
use crate::fleet::{Fleet, bind};
use crate::load::Refusal;
use crate::notice::{Notice, refused};
use crate::server::worker::Global;
use crate::sys;
use crate::watch;

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
    /// Told what happens.
    pub notice: fn(&Notice),
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
            notice: |_| {},
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
    /// A reload cannot move the admin interface.
    Admin(PathBuf),
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
            Self::Admin(path) => {
                write!(f, "{}: the admin interface has another address; start the proxy anew", path.display())
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
    read(options).map(|(_, skipped)| skipped)
}

/// Loads a bootstrap to run it; what is left out is told.
pub(crate) fn load(options: &Options) -> Result<Program, RunError> {
    let (program, skipped) = read(options)?;
    for refusal in skipped {
        (options.notice)(&left_out(options, &refusal));
    }
    Ok(program)
}

/// A part that a program does without.
fn left_out(options: &Options, refusal: &Refusal) -> Notice {
    let notice = Notice::new("warning", "left_out")
        .line(format!("left out: {}: {refusal}", options.bootstrap.display()))
        .field("bootstrap", options.bootstrap.display().to_string());
    notice.field("refusals", Value::from(vec![refused(refusal)]))
}

fn read(options: &Options) -> Result<(Program, Vec<Refusal>), RunError> {
    let path = &options.bootstrap;
    let text = std::fs::read_to_string(path).map_err(|e| RunError::Read(path.clone(), e))?;
    compile(Arc::new(text), options, &[])
}

/// Compiles a bootstrap that was read; what is left out comes back beside it. Secrets of files that cannot be used any more are
/// taken from `known`.
pub(crate) fn compile(
    text: Arc<String>,
    options: &Options,
    known: &[FileSecret],
) -> Result<(Program, Vec<Refusal>), RunError> {
    let path = || options.bootstrap.clone();
    let how =
        Compile { allow_inert: options.allow_inert.clone(), skip_unsupported: options.skip_unsupported };
    Program::new(text, &how, known).map_err(|why| match why {
        Unloaded::Json(error) => RunError::Json(path(), error),
        Unloaded::Refused(refusals) => RunError::Refused(path(), refusals),
    })
}

/// Runs a bootstrap until the process is told to stop (SIGTERM, SIGINT, or `/quitquitquit`), then drains. SIGHUP reads
/// the bootstrap again.
///
/// # Errors
/// When the bootstrap cannot be read or run, or an address is in use.
pub fn run(options: &Options) -> Result<(), RunError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RunError::Start)?;
    // From here on a hangup waits for its turn: without somebody who listens it ends the process.
    let hangup = listen(&runtime, SignalKind::hangup())?;
    sys::keep_small_blocks(false);
    let begin = Instant::now();
    let program = load(options)?;
    sys::keep_small_blocks(true);
    let known = watch::stamps(&program.files);
    let admin = match program.admin {
        Some(address) => Some(bind(address, false).map_err(|e| RunError::Bind(address, e))?),
        None => None,
    };
    let default = std::thread::available_parallelism().map_or(1, usize::from).min(2);
    let workers = options.workers.unwrap_or(default).max(1);
    let prepared = Fleet::prepare(program, workers, options)?;
    // Whoever is served can count on an orderly end.
    let stops = [SignalKind::terminate(), SignalKind::interrupt()];
    let [term, int] = stops.map(|kind| listen(&runtime, kind));
    let stops = (term?, int?);
    let fleet = Arc::new(Fleet::start(prepared)?);
    sys::release_memory();
    tell_started(options, &fleet.current.load(), workers, begin.elapsed());
    runtime.block_on(async {
        let (orders, asked) = unbounded_channel();
        let local = tokio::task::LocalSet::new();
        if let Some(socket) = admin.and_then(|s| TcpListener::from_std(s).ok()) {
            local.spawn_local(admin::serve(fleet.current.clone(), socket, orders.clone()));
        }
        local.spawn_local(reload_on_hangup(hangup, fleet.clone(), options.clone()));
        local.spawn_local(watch::renew_on_change(fleet.clone(), options.clone(), known));
        local.run_until(wait_for_stop(stops, asked, &fleet)).await;
        fleet.stop();
        drain(&fleet.current.load_full(), options).await;
    });
    fleet.current.load().logs.flush();
    Ok(())
}

/// With the size of a program.
fn sized(notice: Notice, global: &Global) -> Notice {
    let program = &global.program;
    notice.field("listeners", program.listeners.len()).field("clusters", program.clusters.len())
}

/// Begins to listen for a signal.
fn listen(runtime: &Runtime, kind: SignalKind) -> Result<Signal, RunError> {
    let _inside = runtime.enter();
    signal(kind).map_err(RunError::Start)
}

/// Reads the bootstrap again whenever SIGHUP arrives.
async fn reload_on_hangup(mut hangup: Signal, fleet: Arc<Fleet>, options: Options) {
    while hangup.recv().await.is_some() {
        let (fleet, options) = (fleet.clone(), options.clone());
        let (notice, file) = (options.notice, options.bootstrap.display().to_string());
        let about = |level, event| Notice::new(level, event).field("bootstrap", file.clone());
        let old = "not reloaded, the old bootstrap goes on";
        let current = fleet.current.clone();
        // Reading, resolving names and binding block.
        match tokio::task::spawn_blocking(move || fleet.reload(&options)).await {
            Ok(Ok(())) => notice(&sized(about("info", "reloaded").line("reloaded"), &current.load())),
            Ok(Err(error)) => {
                notice(&about("error", "not_reloaded").line(format!("{old}: {error}")).error(&error));
            }
            Err(_) => notice(&about("error", "not_reloaded").line(old)),
        }
    }
}

/// Waits for the end, and does what else the admin interface asks for meanwhile.
async fn wait_for_stop(
    (mut term, mut int): (Signal, Signal),
    mut asked: UnboundedReceiver<Order>,
    fleet: &Arc<Fleet>,
) {
    loop {
        let order = tokio::select! {
            _ = term.recv() => Order::Quit,
            _ = int.recv() => Order::Quit,
            Some(order) = asked.recv() => order,
        };
        match order {
            Order::Quit => return,
            Order::Drain(drain) => drop(tokio::task::spawn_local(drain_listeners(fleet.clone(), drain))),
        }
    }
}

/// Ends listening; when it is to be graceful, responses close their connections for as long as draining takes before that.
async fn drain_listeners(fleet: Arc<Fleet>, drain: Drain) {
    if drain.graceful || drain.stay {
        let global = fleet.current.load_full();
        let flag = if drain.inbound { &global.draining_inbound } else { &global.draining };
        // One such drain is enough.
        if flag.swap(true, Ordering::Relaxed) {
            return;
        }
        if drain.stay {
            return;
        }
        tokio::time::sleep(global.facts.drain).await;
    }
    fleet.leave(drain.inbound);
}

/// Waits for requests in flight.
async fn drain(global: &Global, options: &Options) {
    let (begin, open) = (Instant::now(), || global.requests.load(Ordering::Relaxed));
    let seconds = options.drain.as_secs_f64();
    (options.notice)(&Notice::new("info", "draining").field("requests", open()).field("seconds", seconds));
    while open() > 0 && begin.elapsed() < options.drain {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let stopped = Notice::new("info", "stopped").field("requests", open());
    (options.notice)(&stopped.field("milliseconds", begin.elapsed().as_millis() as u64));
}

fn tell_started(options: &Options, global: &Global, workers: usize, after: Duration) {
    let started = Notice::new("info", "started").field("bootstrap", options.bootstrap.display().to_string());
    let started = sized(started, global).field("workers", workers);
    (options.notice)(&started.field("milliseconds", after.as_millis() as u64));
}
