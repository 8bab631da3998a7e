//! The thread beside the workers: active health checks, key sets, exports. It has a worker of its own for connections.
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::cluster::health;
use crate::config::filter::FilterKind;
use crate::config::jwt::KeySource;
use crate::config::listener::Service;
use crate::filter::jwt;
use crate::server::worker::{Global, Worker};
use crate::trace::Exporter;

/// Starts the thread. What it does for a program ends with the program that follows.
pub(crate) fn start(current: &Arc<ArcSwap<Global>>) -> std::io::Result<()> {
    let current = current.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("side".to_owned()).spawn(move || {
        loop {
            let global = current.load_full();
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async {
                let worker = Worker::start(global.clone());
                health::start(&worker);
                fetch_keys(&worker);
                let (own, logs) = (worker.clone(), worker.clone());
                tokio::task::spawn_local(async move { crate::access::sender::run(&logs).await });
                tokio::task::spawn_local(async move { Exporter::run(&own).await });
                while Arc::ptr_eq(&global, &current.load()) {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            });
        }
    })?;
    Ok(())
}

/// Fetches key sets that requests should not wait for.
fn fetch_keys(worker: &Rc<Worker>) {
    let chains = worker.global.program.listeners.iter().flat_map(|l| l.all_chains());
    for chain in chains {
        let Service::Http(hcm) = &chain.service else { continue };
        for index in 0..hcm.filters.chain.len() {
            let (worker, hcm) = (worker.clone(), hcm.clone());
            tokio::task::spawn_local(async move {
                let Some(FilterKind::Jwt(jwt)) = hcm.filters.chain.get(index).map(|f| &f.kind) else {
                    return;
                };
                let remote = jwt.providers.values().filter_map(|p| match &p.keys {
                    KeySource::Remote(remote) => Some(jwt::fetch_ahead(&worker, remote)),
                    KeySource::Local(_) => None,
                });
                futures(remote.collect()).await;
            });
        }
    }
}

/// Runs futures side by side on this task.
async fn futures<F: Future<Output = ()>>(list: Vec<F>) {
    let mut list: Vec<_> = list.into_iter().map(|f| Some(Box::pin(f))).collect();
    std::future::poll_fn(|cx| {
        for slot in &mut list {
            if slot.as_mut().is_some_and(|f| f.as_mut().poll(cx).is_ready()) {
                *slot = None;
            }
        }
        if list.iter().all(Option::is_none) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
