//! One question at a time: formula, solution, replay.

mod copies;

use std::rc::Rc;

use crate::formula::Bool;
use mp_eval::{Decision, Request, Surroundings, Verdict, decide, normalize};
use mp_ir::mesh::Mesh;
use mp_ir::plan::EnforcementPoint;

use crate::assignment::Flag;
use crate::automata::Languages;
use crate::bypass;
use crate::condition::Condition;
use crate::domain::Domain;
use crate::edit;
use crate::encode::{self, Answer as Encoded, View};
use crate::engine::{Engine, Outcome, Reason};
use crate::predicate::Predicate;
use crate::question::{Answer, AskError, Kind, RuleRef, Truth, Witness};
use crate::requests::{Requests, always, never};
use crate::scene::Scene;
use crate::spelling;
use crate::spoken;
use crate::witness;

/// A mesh and the workload whose enforcement point is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The facts, which some questions edit.
    pub mesh: &'a Mesh,
    /// The point of the workload.
    pub point: &'a EnforcementPoint,
    /// How edited facts become points.
    pub lower: fn(&Mesh) -> Vec<EnforcementPoint>,
}

impl Subject<'_> {
    fn only_rule(&self, at: &RuleRef) -> Result<EnforcementPoint, AskError> {
        self.edited(edit::only_rule(self.mesh, &at.policy, at.rule), &at.policy)
    }

    fn edited(&self, mesh: Option<Mesh>, what: &str) -> Result<EnforcementPoint, AskError> {
        let missing = || AskError::NotThere(format!("{what} is not in the input"));
        let points = (self.lower)(&mesh.ok_or_else(missing)?);
        let same = |p: &EnforcementPoint| p.namespace == self.point.namespace && p.name == self.point.name;
        points.into_iter().find(same).ok_or_else(missing)
    }
}

/// Answers a question about one or two subjects.
///
/// # Errors
/// When the question names what is not there, or when the evaluator does not confirm a witness.
pub fn ask(kind: &Kind, subjects: &[Subject<'_>]) -> Result<Answer, AskError> {
    let points: Vec<&EnforcementPoint> = subjects.iter().map(|subject| subject.point).collect();
    Answer::doubtful(&points).map_or_else(|| answer(kind, subjects), Ok)
}

fn answer(kind: &Kind, subjects: &[Subject<'_>]) -> Result<Answer, AskError> {
    let [first, rest @ ..] = subjects else {
        return Err(AskError::NotThere("the question names no set".to_owned()));
    };
    let second =
        || rest.first().ok_or_else(|| AskError::NotThere("the question needs a second set".to_owned()));
    let point = first.point;
    match kind {
        Kind::NoNewAccess => differ(point, second()?.point, Direction::Gained),
        Kind::NoLostAccess => differ(point, second()?.point, Direction::Lost),
        Kind::Equivalent => differ(point, second()?.point, Direction::Either),
        Kind::Never(predicate) => asked(first, predicate, never),
        Kind::Always(predicate) => asked(first, predicate, always),
        Kind::AllowNothing => http_only(point, None),
        Kind::AllowAll => always(&mut Scene::new(first), &Requests::of(&Condition::http())),
        Kind::DeadRule(at) => http_only(&first.only_rule(at)?, None),
        Kind::ShadowedRule(at) => http_only(point, Some(&first.only_rule(at)?)),
        Kind::RedundantRule(at) => {
            let without = first.edited(edit::without_rule(first.mesh, &at.policy, at.rule), &at.policy)?;
            differ(point, &without, Direction::Either)
        }
        Kind::RedundantValue(at) => {
            let mesh = edit::without_value(first.mesh, &at.policy, at.rule, &at.field, &at.value);
            differ(point, &first.edited(mesh, &at.value)?, Direction::Either)
        }
        Kind::PathBypass(bypass) => bypass::ask(point, bypass),
        Kind::HeaderAppendStable => copies::append_stable(point),
        Kind::HostPortStable | Kind::XffStable | Kind::PlaintextDrop | Kind::TokenDrop => {
            copies::stable(point, &copies::changes(kind))
        }
        Kind::Invariant(asked) => spoken::ask(&asked.line, subjects),
    }
}

/// A question about requests; a port that it names counts, be it one of no service.
fn asked(
    subject: &Subject<'_>,
    predicate: &Predicate,
    question: fn(&mut Scene<'_>, &Requests) -> Result<Answer, AskError>,
) -> Result<Answer, AskError> {
    let requests = Requests::of(&predicate.condition());
    question(&mut Scene::new(subject).with_ports(&requests.ports()), &requests)
}

/// Which difference between two points is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Gained,
    Lost,
    Either,
}

/// Which difference between two copies of a request is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Any,
    /// The first copy is refused by policy, and the second gets in.
    Gains,
}

pub(crate) fn engine_for(points: &[&EnforcementPoint]) -> Engine {
    engine_over(Domain::of(points), points, &Rc::default())
}

/// The same with requests of another domain, and with languages that other engines made.
pub(crate) fn engine_over(domain: Domain, points: &[&EnforcementPoint], languages: &Rc<Languages>) -> Engine {
    let mut engine = Engine::sharing(domain, Rc::clone(languages));
    encode::ground_rules(&mut engine, points);
    if let Some(point) = points.first() {
        encode::preferences(&mut engine, point);
    }
    engine
}

/// The decision on a witness.
pub(crate) fn admitted(point: &EnforcementPoint, witness: &Witness) -> Decision {
    replayed(point, &witness.request, witness)
}

/// The decision on a request of a witness, with external authorisers that answer as it says.
pub(crate) fn replayed(point: &EnforcementPoint, request: &Request, witness: &Witness) -> Decision {
    decide(point, request, &Surroundings { answers: witness.consents.clone(), ..Surroundings::default() })
}

/// Turns an outcome into an answer; `check` replays a witness and gives the decisions behind it.
pub(crate) fn conclude(
    outcome: Outcome,
    make: impl FnOnce(&crate::assignment::Assignment) -> Witness,
    check: impl FnOnce(&Witness) -> Result<Vec<Decision>, String>,
) -> Result<Answer, AskError> {
    match outcome {
        Outcome::Unknown(hard) => Ok(Answer {
            answer: Truth::Unknown,
            witness: None,
            because: hard.pattern.into_iter().collect(),
            unknown: Some(hard.why),
        }),
        Outcome::Unsat(because) => Ok(Answer { answer: Truth::Holds, witness: None, because, unknown: None }),
        Outcome::Sat(found) => {
            let witness = make(&found);
            let decisions = check(&witness).map_err(|what| {
                let shown = serde_json::to_string(&witness).unwrap_or_default();
                AskError::Mismatch(format!("{what}: {shown}"))
            })?;
            let steps = decisions.into_iter().flat_map(|decision| decision.trace);
            let because = steps
                .map(|step| Reason { text: format!("{}: {}", step.stage, step.text), origin: step.origin })
                .collect();
            Ok(Answer { answer: Truth::Violated, witness: Some(Box::new(witness)), because, unknown: None })
        }
    }
}

pub(crate) fn single(
    point: &EnforcementPoint,
) -> impl FnOnce(&crate::assignment::Assignment) -> Witness + '_ {
    move |found| witness::witness(found, point)
}

/// Refused neither by the handshake nor by the token filter.
pub(crate) fn refused_by_policy(decision: &Decision) -> bool {
    decision.decision == Verdict::Deny && !matches!(decision.by, mp_eval::By::Mtls | mp_eval::By::Jwt)
}

/// No HTTP request is admitted (by both points, where there are two).
pub(crate) fn http_only(
    point: &EnforcementPoint,
    also: Option<&EnforcementPoint>,
) -> Result<Answer, AskError> {
    let points: Vec<&EnforcementPoint> = std::iter::once(point).chain(also).collect();
    let mut engine = engine_for(&points);
    let mut all = vec![engine.flag(Flag::Http)];
    for point in &points {
        all.push(encode::answer(&mut engine, point, &View::default()).admitted);
    }
    conclude(engine.solve(&Bool::and(&all)), single(point), |witness| {
        let decisions: Vec<Decision> = points.iter().map(|point| admitted(point, witness)).collect();
        let so = decisions.iter().all(Decision::admitted);
        so.then_some(decisions).ok_or_else(|| "the request should be admitted".to_owned())
    })
}

fn differ(old: &EnforcementPoint, new: &EnforcementPoint, direction: Direction) -> Result<Answer, AskError> {
    differ_among(old, new, direction, &Requests::default())
}

/// The same for requests that meet a condition at the new point.
pub(crate) fn differ_among(
    old: &EnforcementPoint,
    new: &EnforcementPoint,
    direction: Direction,
    among: &Requests,
) -> Result<Answer, AskError> {
    let views = [View::default(), View::default()];
    let answer = difference(&Pair { old, new, direction, among }, &views, None)?;
    if answer.answer != Truth::Holds || old.paths == new.paths {
        return Ok(answer);
    }
    if among.speak_of_paths() {
        let reason = "the two read paths differently, so that no path is the same for both";
        return Ok(Answer { answer: Truth::Unknown, unknown: Some(reason.to_owned()), ..answer });
    }
    // The two read raw paths differently: spellings that are normal for only one of them remain to be tried.
    for raw in spelling::variants(&[old, new]) {
        let seen = |point: &EnforcementPoint| match normalize(raw.as_bytes(), point.paths) {
            mp_eval::PathOutcome::Path(path) => Some(path),
            _ => None,
        };
        let (Some(first), Some(second)) = (seen(old), seen(new)) else { continue };
        if first == second {
            continue;
        }
        let view = |path: Vec<u8>| View { path: Some(path), ..View::default() };
        let pair = Pair { old, new, direction, among };
        let answer = difference(&pair, &[view(first), view(second)], Some(&raw))?;
        if answer.answer == Truth::Violated {
            return Ok(answer);
        }
    }
    Ok(answer)
}

/// Two points, and what is looked for.
struct Pair<'a> {
    old: &'a EnforcementPoint,
    new: &'a EnforcementPoint,
    direction: Direction,
    among: &'a Requests,
}

/// Requests to both points; a port that is named counts where both take connections on any.
fn engine_among(old: &EnforcementPoint, new: &EnforcementPoint, among: &Requests) -> Engine {
    let mut domain = Domain::of(&[old, new]);
    if old.passthrough.is_some() && new.passthrough.is_some() {
        domain.ports.extend(among.ports());
    }
    engine_over(domain, &[old, new], &Rc::default())
}

fn difference(
    &Pair { old, new, direction, among }: &Pair<'_>,
    [first, second]: &[View; 2],
    raw: Option<&str>,
) -> Result<Answer, AskError> {
    let mut engine = engine_among(old, new, among);
    let a = encode::answer(&mut engine, old, first);
    let b = encode::answer(&mut engine, new, second);
    let gained = Bool::and(&[b.admitted.clone(), a.admitted.not()]);
    let lost = Bool::and(&[a.admitted.clone(), b.admitted.not()]);
    let mut goal = match direction {
        Direction::Gained => gained,
        Direction::Lost => lost,
        Direction::Either => Bool::or(&[gained, lost]),
    };
    goal = Bool::and(&[goal, among.formula(&mut engine, new)]);
    if raw.is_some() {
        goal = Bool::and(&[goal, engine.flag(Flag::Http)]);
    }
    let richer = if new.http.jwt.is_some() { new } else { old };
    let make = |found: &crate::assignment::Assignment| {
        let mut witness = witness::witness(found, richer);
        if let Some(raw) = raw {
            raw.clone_into(&mut witness.request.path);
        }
        witness
    };
    conclude(engine.solve(&goal), make, |witness| {
        let (x, y) = (admitted(old, witness), admitted(new, witness));
        let so = match direction {
            Direction::Gained => !x.admitted() && y.admitted(),
            Direction::Lost => x.admitted() && !y.admitted(),
            Direction::Either => x.admitted() != y.admitted(),
        };
        let so = so && among.holds(new, witness);
        so.then(|| vec![x, y]).ok_or_else(|| "the two points should answer differently".to_owned())
    })
}

/// That a change to a request changes the decision on it; `first` is what becomes of the request as it is.
pub(crate) fn change_of(
    engine: &mut Engine,
    point: &EnforcementPoint,
    first: &Encoded,
    view: &View,
    change: Change,
) -> Bool {
    let second = encode::answer(engine, point, view);
    let mut all = vec![goal(first, &second, change)];
    if !view.host_behind.is_empty() || view.extra_header.is_some() || view.remote > 0 || view.no_token {
        all.push(engine.flag(Flag::Http));
    }
    if let Some(name) = view.extra_header.as_ref().filter(|name| *name != "x-forwarded-for") {
        let there = crate::space::Pattern::regex("", "(?s:.*)");
        all.push(engine.atom(&crate::space::Key::Header(name.clone()), there));
    }
    Bool::and(&all)
}

/// Both copies of a request, as a model has them.
pub(crate) fn both_copies(
    point: &EnforcementPoint,
    view: &View,
) -> impl Fn(&crate::assignment::Assignment) -> Witness {
    move |found| {
        let first = witness::witness(found, point);
        Witness { twin: Some(witness::twin(found, point, &first.request, view)), ..first }
    }
}

/// The decisions on both copies, where they differ as they should.
pub(crate) fn replay_change(
    point: &EnforcementPoint,
    witness: &Witness,
    change: Change,
) -> Result<Vec<Decision>, String> {
    let twin = witness.twin.as_ref().unwrap_or(&witness.request);
    let (x, y) = (admitted(point, witness), replayed(point, twin, witness));
    let so = match change {
        Change::Any => x.admitted() != y.admitted(),
        Change::Gains => refused_by_policy(&x) && y.admitted(),
    };
    so.then(|| vec![x, y]).ok_or_else(|| "the two copies should be answered differently".to_owned())
}

fn goal(first: &Encoded, second: &Encoded, change: Change) -> Bool {
    let gains = Bool::and(&[first.feasible.clone(), first.admitted.not(), second.admitted.clone()]);
    match change {
        Change::Gains => gains,
        Change::Any => {
            let loses = Bool::and(&[first.admitted.clone(), second.connected.clone(), second.admitted.not()]);
            Bool::or(&[gains, loses])
        }
    }
}
