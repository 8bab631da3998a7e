//! The thread beside the workers: active health checks, key sets, exports. It has a worker of its own for connections.
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::cluster::health;
use crate::server::worker::{Global, Worker};

/// Starts the thread. What it does for a program ends with the program that follows.
pub(crate) fn start(current: &Arc<ArcSwap<Global>>) -> std::io::Result<()> {
    let current = current.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("side".to_owned()).spawn(move || {
        loop {
            let global = current.load_full();
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async {
                let worker = Rc::new(Worker::new(global.clone()));
                health::start(&worker);
                while Arc::ptr_eq(&global, &current.load()) {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            });
        }
    })?;
    Ok(())
}
