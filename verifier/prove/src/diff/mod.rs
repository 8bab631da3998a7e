//! What changes in access between two meshes: per enforcement point, the requests that are admitted on one side alone.
//!
//! Each difference is a set of requests, as large as the solver can show it to be, with one request of it that the evaluator answers
//! differently on the two sides. Sets are looked for until none is left, so that a list that is complete is a proof about all else.

mod access;
mod canon;
mod connections;
mod decider;
mod midway;
mod pairing;
mod routes;
mod scope;
mod witness;

pub(crate) use canon::reads_destination;

pub use access::{Delta, Note, PointDiff, access};
pub use connections::{FactDelta, Facts, FactsByName, connections, destinations, differing, subsets};
pub use decider::{Decider, RuleName, reads_source};
pub use midway::{Midway, Stray, midway};
pub use pairing::{Named, Pair, Pairing, pair};
pub use routes::{Change, RouteDelta, RouteDiff, RouteView, routes};
pub use scope::{Condition, Dimension, Scope};
