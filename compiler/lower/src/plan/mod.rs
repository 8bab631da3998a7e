//! Facts to plan, one folder or file per part of the plan.

pub mod security;

use mp_ir::plan::Plan;

use crate::Context;

/// Everything that one proxy is told.
pub(crate) fn all(cx: &Context<'_>) -> Plan {
    Plan { proxy: cx.proxy.clone(), ..Plan::default() }
}
