//! One arrival at one proxy, decided whole: listener, filter chain, TLS, filters, route, tries of the upstream, and what the client gets.
//!
//! It follows Envoy 1.40 under the plan alone. What stands around the proxy is told by an [`Around`]; what chance decides is told by
//! [`Choices`], so that every way can be walked.

mod around;
mod arrival;
mod authorize;
mod chain;
mod choice;
mod client_cert;
mod cluster;
mod codec;
mod connect;
mod cors;
mod exchange;
mod fault;
mod filters;
mod follow;
mod format;
mod forward;
mod forwarded;
mod handshake;
mod headers;
mod inspect;
mod jwt;
mod listener;
mod local;
mod lua;
mod mirror;
mod outcome;
mod patched;
mod response;
mod retry;
mod routing;
mod row;
mod tcp;
mod tries;

use std::collections::BTreeMap;

use mp_ir::base::Origin;
use mp_ir::plan::{Cluster, LoadAssignment, Plan, RouteTable};

use crate::decision::By;
use crate::patterns::Patterns;

pub use crate::base64::{decode as from_base64, encode as to_base64};
pub use around::{Answer, Answered, Around, Echo, Place, Signature, SignedToken};
pub use arrival::{Arrival, Ask, Certificate, Hello, Payload};
pub use choice::{Choices, every_place, every_way};
pub use follow::follow;
pub use handshake::LATE;
pub use outcome::{
    End, Loser, Note, Outcome, Reply, Response, Seen, SeenRequest, SeenTls, Session, Stage, Taken, Unknown,
    What,
};
pub use patched::Met;
pub use row::{Row, read_rows};

/// A plan made ready for many arrivals.
#[derive(Debug)]
pub struct Proxy<'p> {
    /// The plan.
    pub plan: &'p Plan,
    patterns: Patterns,
    clusters: BTreeMap<&'p str, &'p Cluster>,
    assignments: BTreeMap<&'p str, &'p LoadAssignment>,
    tables: BTreeMap<&'p str, &'p RouteTable>,
    patched: patched::Patched,
}

impl<'p> Proxy<'p> {
    /// Indexes a plan.
    #[must_use]
    pub fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            patterns: Patterns::default(),
            clusters: plan.clusters.iter().map(|c| (c.name.as_str(), c)).collect(),
            assignments: plan.endpoints.iter().map(|e| (e.cluster.as_str(), e)).collect(),
            tables: plan.routes.iter().map(|t| (t.name.as_str(), t)).collect(),
            patched: patched::read(plan),
        }
    }

    /// A cluster by name.
    #[must_use]
    pub fn cluster(&self, name: &str) -> Option<&'p Cluster> {
        self.clusters.get(name).copied()
    }

    /// A route table by name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&'p RouteTable> {
        self.tables.get(name).copied()
    }
}

/// Decides one arrival on the way that `chance` takes; with `notes` the way is told.
pub fn visit(
    proxy: &Proxy<'_>,
    arrival: &Arrival,
    around: &mut dyn Around,
    chance: &mut Choices,
    notes: bool,
) -> Outcome {
    let mut walk = Walk { proxy, arrival, around, chance, certificate: None, out: Outcome::default(), notes };
    walk.connect();
    walk.out
}

/// One arrival on its way.
struct Walk<'p, 'a> {
    proxy: &'a Proxy<'p>,
    arrival: &'a Arrival,
    around: &'a mut dyn Around,
    chance: &'a mut Choices,
    /// The client's certificate, once somebody has asked for it.
    certificate: Option<&'a Certificate>,
    out: Outcome,
    notes: bool,
}

impl Walk<'_, '_> {
    /// Tells a step, when steps are asked for.
    fn note(&mut self, make: impl FnOnce() -> Note) {
        if self.notes {
            self.out.notes.push(make());
        }
    }

    /// Tells a step without losers.
    fn step(&mut self, stage: Stage, origin: Origin, text: impl FnOnce() -> String) {
        self.note(|| Note { stage, text: text(), origin, losers: Vec::new(), decides: false });
    }

    /// Marks the last step as the one that ends the request, and says who did.
    fn ended_by(&mut self, by: By) {
        self.out.by = Some(by);
        if let Some(last) = self.out.notes.last_mut() {
            last.decides = true;
        }
    }

    /// Notes what the input cannot tell, once.
    fn unknown(&mut self, reason: impl Into<String>, origin: Origin) {
        let unknown = Unknown { reason: reason.into(), origin };
        if !self.out.unknown.contains(&unknown) {
            self.out.unknown.push(unknown);
        }
    }

    fn flag(&mut self, flag: &'static str) {
        if !self.out.flags.contains(&flag) {
            self.out.flags.push(flag);
        }
    }
}
