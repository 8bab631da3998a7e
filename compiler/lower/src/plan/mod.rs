//! Facts to plan, one folder or file per part of the plan.

mod listeners;
mod routes;
pub mod security;

use mp_ir::plan::Plan;

use crate::Context;

/// Everything that one proxy is told.
pub(crate) fn all(cx: &Context<'_>) -> Plan {
    let listeners = listeners::listeners(cx);
    let routes = routes::tables(cx, &listeners);
    Plan { proxy: cx.proxy.clone(), listeners, routes, ..Plan::default() }
}
