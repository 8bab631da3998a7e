//! A point while a change is being applied: it should admit what it admits before and after, and nothing that it admits at neither end.

use std::collections::BTreeMap;

use mp_eval::{Request, Surroundings, decide};
use mp_ir::plan::EnforcementPoint;

use super::access::consents;
use super::canon;
use crate::encode::{self, View};
use crate::engine::{Engine, Outcome};
use crate::formula::Bool;
use crate::question::{Answer, AskError};
use crate::witness;

/// A request that is decided as at neither end.
#[derive(Clone, Debug, PartialEq)]
pub struct Stray {
    /// It is admitted in between; else it is refused although both ends admit it.
    pub opened: bool,
    /// The request.
    pub request: Request,
    /// What external authorisers say of it, by provider: whether they consent.
    pub consents: BTreeMap<String, bool>,
}

/// What a point does in between.
#[derive(Clone, Debug, PartialEq)]
pub enum Midway {
    /// No request is decided as at neither end; proved.
    Within,
    /// Some request is.
    Strays(Box<Stray>),
    /// Neither is known, and why.
    Unknown(String),
}

/// Compares a point in between with its ends.
///
/// # Errors
/// When the evaluator does not confirm what the solver claims.
pub fn midway(
    old: &EnforcementPoint,
    between: &EnforcementPoint,
    new: &EnforcementPoint,
) -> Result<Midway, AskError> {
    if canon::same_words(old, between) || canon::same_words(between, new) {
        return Ok(Midway::Within);
    }
    let points = [old, between, new];
    if let Some(reason) = Answer::doubtful(&points).and_then(|answer| answer.unknown) {
        return Ok(Midway::Unknown(reason));
    }
    let bare = points.map(canon::bare);
    let mut engine = crate::ask::engine_for(&bare.iter().collect::<Vec<_>>());
    let admits = bare.each_ref().map(|point| encode::answer(&mut engine, point, &View::default()).admitted);
    for opened in [true, false] {
        if let Some(found) = strays(&mut engine, points, &admits, opened)? {
            return Ok(found);
        }
    }
    Ok(Midway::Within)
}

/// A request that strays in one direction, or why none is known.
fn strays(
    engine: &mut Engine,
    points: [&EnforcementPoint; 3],
    [old, between, new]: &[Bool; 3],
    opened: bool,
) -> Result<Option<Midway>, AskError> {
    let goal = if opened {
        Bool::and(&[between.clone(), old.not(), new.not()])
    } else {
        Bool::and(&[between.not(), old.clone(), new.clone()])
    };
    let model = match engine.solve(&goal) {
        Outcome::Unsat(_) => return Ok(None),
        Outcome::Unknown(hard) => return Ok(Some(Midway::Unknown(hard.why))),
        Outcome::Sat(model) => model,
    };
    let [before, now, after] = points;
    let richest = [after, now, before].into_iter().find(|point| point.http.jwt.is_some());
    let request = witness::request(&model, richest.unwrap_or(now));
    let consents = consents(&model);
    let around = Surroundings { answers: consents.clone(), ..Surroundings::default() };
    let admitted = points.map(|point| decide(point, &request, &around).admitted());
    if admitted != [!opened, opened, !opened] {
        let shown = serde_json::to_string(&request).unwrap_or_default();
        return Err(AskError::Mismatch(format!("the point should stray from both ends: {shown}")));
    }
    Ok(Some(Midway::Strays(Box::new(Stray { opened, request, consents }))))
}
