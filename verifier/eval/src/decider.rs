//! Many requests at one enforcement point.

use mp_ir::plan::EnforcementPoint;

use crate::decide::{Surroundings, Walk};
use crate::decision::Decision;
use crate::request::Request;
use crate::rule_index::RuleIndex;

/// Fewest rules of a filter that are worth an index.
const MANY: usize = 16;

/// A point made ready for many requests.
#[derive(Debug)]
pub struct Decider<'p> {
    point: &'p EnforcementPoint,
    indexes: Vec<RuleIndex<'p>>,
}

impl<'p> Decider<'p> {
    /// Files the rules of a point.
    #[must_use]
    pub fn new(point: &'p EnforcementPoint) -> Self {
        let custom = point.http.custom.iter().chain(&point.tcp.custom).map(|custom| &custom.rbac);
        let filters = custom.chain(&point.http.rbac).chain(&point.tcp.rbac);
        let rules = filters.flat_map(|filter| filter.rules.iter().chain(&filter.shadow));
        let many = rules.filter(|rules| rules.policies.len() >= MANY);
        Self { point, indexes: many.map(RuleIndex::new).collect() }
    }

    /// Decides one request. The way there is not told, which would cost more than the decision.
    #[must_use]
    pub fn decide(&self, request: &Request, around: &Surroundings) -> Decision {
        let mut walk = Walk::new(self.point, &self.indexes, request, around);
        walk.told = false;
        walk.run()
    }
}
