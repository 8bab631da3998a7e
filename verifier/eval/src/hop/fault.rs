//! Injected faults (`fault_filter.cc`).

use mp_ir::plan::Abort;

use super::Walk;
use super::exchange::Exchange;
use super::local::Local;
use super::outcome::Stage;

impl<'p> Walk<'p, '_> {
    pub(super) fn fault(&mut self, exchange: &mut Exchange<'p>) -> Result<(), Box<Local>> {
        let Some(route) = exchange.route else { return Ok(()) };
        let Some(fault) = &route.fault else { return Ok(()) };
        let mut waited = false;
        if let Some((time, share)) = fault.delay
            && self.chance.happens(share.per_million())
        {
            self.step(Stage::Policy, route.origin, || {
                format!("a fault delays it by {} ms", time / 1_000_000)
            });
            self.flag("DI");
            self.out.elapsed += time;
            waited = true;
        }
        let Some((abort, Some(share))) = fault.abort else { return Ok(()) };
        if !self.chance.happens(share.per_million()) {
            return Ok(());
        }
        self.step(Stage::Policy, route.origin, || "a fault ends it".to_owned());
        // An abort with a gRPC status is a plain 200 for everybody else.
        let (status, grpc) = match abort {
            Abort::Http(status) => (status, None),
            Abort::Grpc(status) => (200, Some(status)),
        };
        let local = Local::new(status, "fault filter abort", "fault_filter_abort").flagged("FI");
        Err(Box::new(Local { grpc, awaited: waited, ..local }))
    }
}
