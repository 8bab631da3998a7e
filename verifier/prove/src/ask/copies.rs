//! Questions about two copies of a request that differ in one thing.

use std::rc::Rc;

use mp_ir::plan::{EnforcementPoint, is_one_line};

use super::{Change, both_copies, change_of, conclude, engine_over, replay_change};
use crate::domain::Domain;
use crate::encode::{self, View};
use crate::engine::Reason;
use crate::question::{Answer, AskError, Kind, Truth};
use crate::spelling;

/// Whether one more line of any header changes a decision.
pub(super) fn append_stable(point: &EnforcementPoint) -> Result<Answer, AskError> {
    let found = stable(point, &appended(point))?;
    let joined = spelling::headers(point).into_iter().find(|name| is_one_line(name));
    Ok(match joined.filter(|_| found.answer == Truth::Holds) {
        Some(name) => {
            let why = format!(
                "lines of the header `{name}` are joined to one, and what joined texts match is not asked"
            );
            Answer { answer: Truth::Unknown, unknown: Some(why), ..found }
        }
        None => found,
    })
}

/// The changes to a request that a question about two copies tries.
pub(super) fn changes(kind: &Kind) -> Vec<(View, Change)> {
    let view = View::default();
    match kind {
        Kind::HostPortStable => vec![(View { host_behind: ":8443".to_owned(), ..view }, Change::Any)],
        Kind::XffStable => vec![(View { remote: 1, ..view }, Change::Any)],
        Kind::PlaintextDrop => vec![(View { plaintext: true, ..view }, Change::Gains)],
        Kind::TokenDrop => vec![(View { no_token: true, ..view }, Change::Gains)],
        _ => Vec::new(),
    }
}

/// Views with one more line of each header that some rule reads.
fn appended(point: &EnforcementPoint) -> Vec<(View, Change)> {
    let mut names = spelling::headers(point);
    names.retain(|name| !is_one_line(name));
    names.insert("x-forwarded-for".to_owned());
    let view = |name: String| View {
        remote: u8::from(name == "x-forwarded-for"),
        extra_header: Some(name),
        ..View::default()
    };
    names.into_iter().map(|name| (view(name), Change::Any)).collect()
}

/// Whether any of the changes to a request changes its decision.
pub(super) fn stable(point: &EnforcementPoint, changes: &[(View, Change)]) -> Result<Answer, AskError> {
    let mut because: Vec<Reason> = Vec::new();
    for (view, change) in changes {
        let answer = changed(point, view, *change)?;
        if answer.answer != Truth::Holds {
            return Ok(answer);
        }
        because.extend(answer.because);
    }
    because.sort();
    because.dedup();
    Ok(Answer { answer: Truth::Holds, witness: None, because, unknown: None })
}

/// Whether a change to a request changes its decision.
fn changed(point: &EnforcementPoint, view: &View, change: Change) -> Result<Answer, AskError> {
    let mut domain = Domain::of(&[point]);
    domain.host_without_port = !view.host_behind.is_empty();
    let mut engine = engine_over(domain, &[point], &Rc::default());
    let first = encode::answer(&mut engine, point, &View::default());
    let goal = change_of(&mut engine, point, &first, view, change);
    conclude(engine.solve(&goal), both_copies(point, view), |witness| replay_change(point, witness, change))
}
