//! Copies of a request that are sent elsewhere; nobody waits for their answers.

use mp_ir::plan::{Forward, Mirror};

use super::Walk;
use super::cluster::speaks_http2;
use super::exchange::{Exchange, set};
use super::forwarded::append_xff;
use super::outcome::{Seen, Stage, What};
use super::tries::sent;
use crate::virtual_host::without_port;

impl Walk<'_, '_> {
    pub(super) fn mirrors(&mut self, exchange: &Exchange<'_>, forward: &Forward) {
        for mirror in &forward.mirrors {
            if self.chance.happens(mirror.fraction.per_million()) {
                self.mirror(exchange, mirror);
            }
        }
    }

    fn mirror(&mut self, exchange: &Exchange<'_>, mirror: &Mirror) {
        let Some(cluster) = self.proxy.cluster(&mirror.cluster) else { return };
        let origin = exchange.route.and_then(|route| route.origin);
        self.step(Stage::Mirror, origin, || format!("a copy goes to cluster `{}`", mirror.cluster));
        let notes = std::mem::replace(&mut self.notes, false);
        let picked = self.pick_any(cluster, &exchange.call.authority, &[]);
        let transport =
            picked.as_ref().and_then(|picked| self.transport(cluster, picked, &exchange.call.authority));
        self.notes = notes;
        let Some(picked) = picked.filter(|picked| self.around.accepts(&picked.place)) else { return };
        let mut request = sent(exchange, speaks_http2(cluster, exchange.http2));
        if !mirror.keep_host {
            let bare = without_port(&request.authority);
            let port = request.authority.strip_prefix(bare).unwrap_or_default();
            request.authority = format!("{bare}-shadow{port}");
        }
        append_xff(&mut request.headers, &self.around.own_address());
        set(&mut request.headers, "x-envoy-internal", "true");
        let seen = Seen {
            cluster: mirror.cluster.clone(),
            place: picked.place,
            what: Some(What::Request(request)),
            aside: true,
            tunnelled: picked.tunnel,
            tls: transport.map(|transport| transport.seen()),
            tls_error: None,
        };
        self.around.answer(&seen);
        self.out.upstream.push(seen);
    }
}
