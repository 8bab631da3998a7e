//! A real Envoy that runs the compiled bootstrap of a workload on this machine.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mp_emit::BootstrapOptions;
use mp_eval::{Decision, Proto, Request};
use mp_ir::mesh::Mesh;
use mp_ir::plan::{EnforcementPoint, ExtAuthz, PointKind, ProxyView};
use mp_lower::{Index, proxy};
use serde_json::Value;

use super::authoriser;
use super::certificates::Authority;
use super::client::{self, Seen};
use super::loopback::{self, Server};
use super::network::Addresses;
use super::witness::Witness;
use crate::failure::Failure;

/// How long an Envoy may take to listen.
const START: Duration = Duration::from_secs(20);

/// What Envoy says, or why it was not asked.
#[derive(Debug)]
pub(super) enum Said {
    Seen(Seen),
    NotAsked(String),
}

impl Said {
    /// Whether Envoy did what the evaluator says; `None` where it was not asked.
    pub(super) fn agrees(&self, request: &Request, answer: &Decision) -> Option<bool> {
        match self {
            Said::NotAsked(_) => None,
            Said::Seen(seen) if request.proto == Proto::Tcp => Some(seen.answered == answer.admitted()),
            Said::Seen(seen) => Some(seen.status == answer.status),
        }
    }
}

/// The Envoy to run: as named, as the environment names it, or the one on the path.
pub(super) fn program(named: &str) -> PathBuf {
    match named {
        "" => std::env::var_os("MESHPROOF_ENVOY").map_or_else(|| PathBuf::from("envoy"), PathBuf::from),
        path => PathBuf::from(path),
    }
}

/// A process that ends with the value, and its folder with it.
struct Running {
    child: Child,
    folder: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What the machine gives.
#[derive(Clone, Copy)]
pub(super) struct Host<'a> {
    /// The Envoy to run.
    pub(super) program: &'a Path,
    /// Which addresses callers can have.
    pub(super) addresses: &'a Addresses,
}

/// Sends one request to an Envoy of its own.
pub(super) fn ask(
    host: &Host<'_>,
    (mesh, index): (&Mesh, &Index),
    point: &EnforcementPoint,
    witness: &Witness,
    authority: &mut Authority,
) -> Result<Said, Failure> {
    let providers = providers(point);
    if let Some(why) = beyond(host, point, &witness.request) {
        return Ok(Said::NotAsked(why));
    }
    let name = format!("{}/{}", point.namespace, point.name);
    let view = proxy::find(mesh, index, &name).map_err(|e| Failure::Internal(e.to_string()))?;
    let bootstrap = bootstrap(mesh, index, &view)?;
    let Some(listener) = listener(&bootstrap, point, witness.request.port) else {
        return Ok(Said::NotAsked(format!(
            "the bootstrap listens nowhere for port {}",
            witness.request.port
        )));
    };
    let domain = &mesh.settings.trust_domain;
    let identity = format!("spiffe://{domain}/ns/{}/sa/{}", view.namespace, view.service_account);
    let authorisers = authorisers(&providers, &witness.consents)?;
    let place = place(host, &witness.request)?;
    let moved = loopback::moved(&bootstrap, &listener, place, &identity, authority, &authorisers)?;
    let Some(config) = moved else { return Ok(Said::NotAsked(format!("there is no listener {listener}"))) };
    let tls = always_tls(&config);
    let running = start(host.program, &config, place)?;
    let bound = host.addresses.reach(&witness.request.src).is_ok();
    host.addresses.take(&witness.request.src);
    let seen = client::send((place, bound), point, &witness.request, tls, authority);
    drop(running);
    Ok(match seen {
        Ok(seen) => Said::Seen(seen),
        Err(failure) => Said::NotAsked(failure),
    })
}

/// Why a point cannot be played on this machine.
fn beyond(host: &Host<'_>, point: &EnforcementPoint, request: &Request) -> Option<String> {
    match point.kind {
        PointKind::Ztunnel => return Some("ztunnel decides there, which is no Envoy".to_owned()),
        PointKind::Waypoint => {
            return Some("a waypoint is reached by the tunnel alone, which is not played here".to_owned());
        }
        PointKind::Sidecar | PointKind::Gateway => {}
    }
    let refused = host.addresses.reach(&request.src).err().filter(|_| mp_prove::diff::reads_source(point))?;
    Some(format!("its policies read the caller's address, which cannot be taken on: {refused}"))
}

/// Where Envoy is to listen: of the family of the caller's address.
fn place(host: &Host<'_>, request: &Request) -> Result<SocketAddr, Failure> {
    let v6 = request.src.parse::<IpAddr>().is_ok_and(|source| source.is_ipv6());
    let bound = host.addresses.reach(&request.src).is_ok();
    let at: IpAddr = if v6 && bound { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
    Ok(TcpListener::bind((at, 0))?.local_addr()?)
}

fn bootstrap(mesh: &Mesh, index: &Index, view: &ProxyView) -> Result<Value, Failure> {
    let plan = mp_lower::plan(mesh, index, view);
    let made = mp_emit::compile(&plan, &BootstrapOptions::default());
    Ok(made.map_err(|e| Failure::Internal(e.to_string()))?.json)
}

/// The listener that takes a port: of a sidecar the one for all, of a gateway its own.
fn listener(bootstrap: &Value, point: &EnforcementPoint, port: u32) -> Option<String> {
    if point.kind != PointKind::Gateway {
        return Some("virtualInbound".to_owned());
    }
    let all = bootstrap.pointer("/staticResources/listeners")?.as_array()?;
    let at = |one: &&Value| {
        one.pointer("/address/socketAddress/portValue").and_then(Value::as_u64) == Some(u64::from(port))
    };
    all.iter().find(at)?.get("name")?.as_str().map(str::to_owned)
}

/// Whether every chain terminates TLS, so that callers without identity speak it too.
fn always_tls(config: &Value) -> bool {
    let chains = config.pointer("/staticResources/listeners/0/filterChains").and_then(Value::as_array);
    chains.is_some_and(|chains| chains.iter().all(|chain| chain.get("transportSocket").is_some()))
}

fn providers(point: &EnforcementPoint) -> Vec<&ExtAuthz> {
    let custom = point.http.custom.iter().chain(&point.tcp.custom);
    custom.filter_map(|filter| filter.ext_authz.as_ref()).collect()
}

/// Servers that answer for the authorisers, by cluster.
fn authorisers(
    providers: &[&ExtAuthz],
    consents: &BTreeMap<String, bool>,
) -> Result<BTreeMap<String, Server>, Failure> {
    let mut out = BTreeMap::new();
    for provider in providers {
        let consents = consents.get(&provider.provider) == Some(&true);
        let port = authoriser::start(provider.http, consents)?;
        out.insert(provider.cluster.clone(), Server { port, http2: !provider.http });
    }
    Ok(out)
}

/// Starts Envoy and waits until it listens.
fn start(program: &Path, config: &Value, place: SocketAddr) -> Result<Running, Failure> {
    let port = place.port();
    let folder = std::env::temp_dir().join(format!("meshproof-replay-{}-{port}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| Failure::unwritable(&folder, &e))?;
    let file = folder.join("bootstrap.json");
    std::fs::write(&file, config.to_string()).map_err(|e| Failure::unwritable(&file, &e))?;
    let child = Command::new(program)
        .arg("-c")
        .arg(&file)
        .args(["--concurrency", "1", "-l", "error", "--disable-hot-restart"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| {
            Failure::usage(
                format!("`{}` cannot be started: {e}", program.display()),
                "pass the path of an Envoy: `--envoy PATH`",
            )
        })?;
    let mut running = Running { child, folder };
    let begun = Instant::now();
    while TcpStream::connect(place).is_err() {
        if let Ok(Some(_)) = running.child.try_wait() {
            let mut said = String::new();
            running.child.stderr.take().map(|mut err| err.read_to_string(&mut said));
            return Err(Failure::Internal(format!("Envoy refuses the bootstrap: {}", said.trim())));
        }
        if begun.elapsed() > START {
            return Err(Failure::Internal("Envoy does not begin to listen".to_owned()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(running)
}
