//! Access gained and lost at one point.

use std::collections::{BTreeMap, BTreeSet};

use crate::formula::Bool;
use mp_eval::{Decision, PathOutcome, Request, Surroundings, decide, normalize};
use mp_ir::base::Origin;
use mp_ir::plan::{EnforcementPoint, KeySource, PortChain};

use super::canon;
use super::decider::{Decider, both, has_allow};
use super::pairing::Pair;
use super::scope::{Scope, Words};
use super::witness::{request, views};
use crate::assignment::Assignment;
use crate::encode::{self, View};
use crate::engine::{Engine, Outcome};
use crate::question::AskError;
use crate::space::Key;
use crate::spelling;

/// Sets of requests that are told per point and direction.
const SETS: usize = 24;

/// A set of requests that one side alone admits.
#[derive(Clone, Debug, PartialEq)]
pub struct Delta {
    /// The set: each of its requests that passes handshake and token filter on the admitting side is admitted there, and not on the other.
    /// `None` where only the one request is known.
    pub scope: Option<Scope>,
    /// One of them, answered by the evaluator on both sides.
    pub request: Request,
    /// The answer of the old side.
    pub before: Decider,
    /// The answer of the new side.
    pub after: Decider,
    /// What external authorisers say of the request, by provider: whether they consent.
    pub consents: BTreeMap<String, bool>,
}

/// What changes at one point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointDiff {
    /// Sets of requests that the new side alone admits.
    pub gained: Vec<Delta>,
    /// Sets of requests that the old side alone admits.
    pub lost: Vec<Delta>,
    /// Why the lists may not be complete; empty when they are proved to be.
    pub open: Vec<String>,
    /// What a reader should know beside, with the line of the new side (else of the old one).
    pub notes: Vec<Note>,
}

/// A remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// A sentence in lower case.
    pub text: String,
    /// The YAML on the old side.
    pub old: Origin,
    /// The YAML on the new side.
    pub new: Origin,
}

/// Compares a point with itself in another mesh.
///
/// # Errors
/// When the evaluator does not confirm what the solver claims.
pub fn access(pair: &Pair<'_>) -> Result<PointDiff, AskError> {
    let mut out = PointDiff { notes: notes(pair), ..PointDiff::default() };
    let told = Sides::new(pair).search(&mut out);
    // Where something beside the policies decides, the solver may differ from the evaluator, and nothing is claimed.
    if !doubtful(pair) {
        told?;
    }
    if out.gained.is_empty() && out.lost.is_empty() && pair.old.paths != pair.new.paths {
        odd_spellings(pair, &mut out)?;
    }
    let doubts: BTreeSet<&str> =
        pair.old.doubts.iter().chain(&pair.new.doubts).map(|doubt| doubt.text.as_str()).collect();
    out.open
        .extend(doubts.iter().map(|doubt| format!("it may decide otherwise than the policies say: {doubt}")));
    // What a policy says is not known as long as a part of it is not, so no request is known to get in, or not to.
    if pair.old.doubts.iter().chain(&pair.new.doubts).any(|doubt| doubt.unread) {
        out.gained.clear();
        out.lost.clear();
        out.notes.clear();
    }
    for port in changed_protocols(pair) {
        out.open.push(format!("port {port} speaks another protocol now; requests to it are not compared"));
    }
    for list in [&mut out.gained, &mut out.lost] {
        merge(list);
    }
    Ok(out)
}

fn doubtful(pair: &Pair<'_>) -> bool {
    !pair.old.doubts.is_empty() || !pair.new.doubts.is_empty()
}

/// Both sides as formulas.
struct Sides<'a> {
    pair: &'a Pair<'a>,
    /// The new side was made first.
    turned: bool,
    engine: Engine,
    old: encode::Answer,
    new: encode::Answer,
    words: Words,
}

impl<'a> Sides<'a> {
    fn new(pair: &'a Pair<'a>) -> Self {
        let (old, new) = (canon::bare(pair.old), canon::bare(pair.new));
        // The same two points make the same formulas whichever is the older one, so that what one direction gains the other loses.
        let turned = canon::fingerprint(&new) < canon::fingerprint(&old);
        let (first, second) = if turned { (&new, &old) } else { (&old, &new) };
        let mut engine = crate::ask::engine_for(&[first, second]);
        let [one, other] = views(first, second);
        let first = encode::answer(&mut engine, first, &one);
        let second = encode::answer(&mut engine, second, &other);
        let (old, new) = if turned { (second, first) } else { (first, second) };
        Self { pair, turned, engine, old, new, words: Words::of(&[pair.old, pair.new]) }
    }

    fn search(&mut self, out: &mut PointDiff) -> Result<(), AskError> {
        let gained = Bool::and(&[self.new.admitted.clone(), self.old.admitted.not()]);
        let lost = Bool::and(&[self.old.admitted.clone(), self.new.admitted.not()]);
        let (may_gain, may_lose) = (self.new.feasible.clone(), self.old.feasible.clone());
        self.sets(&gained, &may_gain, &mut out.gained, &mut out.open)?;
        self.sets(&lost, &may_lose, &mut out.lost, &mut out.open)
    }

    /// Finds sets until none is left: each model gives the largest set around it, which is then taken out.
    fn sets(
        &mut self,
        wanted: &Bool,
        feasible: &Bool,
        found: &mut Vec<Delta>,
        open: &mut Vec<String>,
    ) -> Result<(), AskError> {
        let mut left = wanted.clone();
        let counter = Bool::and(&[feasible.clone(), wanted.not()]);
        for _ in 0..SETS {
            let model = match self.engine.solve(&left) {
                Outcome::Unsat(_) => return Ok(()),
                Outcome::Unknown(hard) => {
                    open.push(hard.why);
                    return Ok(());
                }
                Outcome::Sat(model) => model,
            };
            let mut delta = self.delta(&model)?;
            let literals = self.engine.implicant(&model, &counter);
            delta.scope = Some(self.words.scope(&literals));
            found.push(delta);
            left = Bool::and(&[left, self.engine.all_of(&literals).not()]);
        }
        open.push(format!("there is more than the {SETS} sets of requests shown"));
        Ok(())
    }

    /// The request of a model, confirmed by the evaluator.
    fn delta(&self, model: &Assignment) -> Result<Delta, AskError> {
        let (old, new) = (self.pair.old, self.pair.new);
        let (first, second) = if self.turned { (new, old) } else { (old, new) };
        confirmed(self.pair, request(model, first, second), consents(model))
    }
}

/// What external authorisers say in a model.
pub(super) fn consents(model: &Assignment) -> BTreeMap<String, bool> {
    let asked = model.asked.iter().filter_map(|key| match key {
        Key::Consent(provider) => {
            let yes = model.texts.get(key).is_some_and(|texts| texts.iter().any(|text| text == b"yes"));
            Some((provider.clone(), yes))
        }
        _ => None,
    });
    asked.collect()
}

/// What the evaluator says of a request on both sides, which must differ.
fn confirmed(pair: &Pair<'_>, request: Request, consents: BTreeMap<String, bool>) -> Result<Delta, AskError> {
    let around = Surroundings { answers: consents.clone(), ..Surroundings::default() };
    let answer = |point: &EnforcementPoint| -> Decision { decide(point, &request, &around) };
    let (old, new) = (answer(pair.old), answer(pair.new));
    if old.admitted() == new.admitted() {
        let shown = serde_json::to_string(&request).unwrap_or_default();
        return Err(AskError::Mismatch(format!("the two points should answer differently: {shown}")));
    }
    let (before, after) = both((pair.old, &old), (pair.new, &new));
    Ok(Delta { scope: None, request, before, after, consents })
}

/// The two read raw paths differently: spellings that are normal for one of them alone remain to be tried.
fn odd_spellings(pair: &Pair<'_>, out: &mut PointDiff) -> Result<(), AskError> {
    let seen = |point: &EnforcementPoint, raw: &str| match normalize(raw.as_bytes(), point.paths) {
        PathOutcome::Path(path) => Some(path),
        PathOutcome::Refused(_) | PathOutcome::Redirected => None,
    };
    for raw in spelling::variants(&[pair.old, pair.new]) {
        let (Some(first), Some(second)) = (seen(pair.old, &raw), seen(pair.new, &raw)) else { continue };
        if first == second {
            continue;
        }
        for gained in [true, false] {
            let list = if gained { &out.gained } else { &out.lost };
            if !list.is_empty() {
                continue;
            }
            if let Some((request, consents)) = spelt(pair, &raw, [first.clone(), second.clone()], gained) {
                let delta = confirmed(pair, request, consents)?;
                if gained { out.gained.push(delta) } else { out.lost.push(delta) }
            }
        }
    }
    out.open.push(
        "the two sides read paths differently; of spellings that only one side rewrites, some were tried"
            .to_owned(),
    );
    Ok(())
}

/// A request with one raw path that one side alone admits.
fn spelt(
    pair: &Pair<'_>,
    raw: &str,
    [first, second]: [Vec<u8>; 2],
    gained: bool,
) -> Option<(Request, BTreeMap<String, bool>)> {
    let (old, new) = (canon::bare(pair.old), canon::bare(pair.new));
    let mut engine = crate::ask::engine_for(&[&new, &old]);
    let view = |path: Vec<u8>| View { path: Some(path), ..View::default() };
    let old = encode::answer(&mut engine, &old, &view(first));
    let new = encode::answer(&mut engine, &new, &view(second));
    let (yes, no) = if gained { (new.admitted, old.admitted) } else { (old.admitted, new.admitted) };
    let goal = Bool::and(&[yes, no.not(), engine.flag(crate::assignment::Flag::Http)]);
    let Outcome::Sat(model) = engine.solve(&goal) else { return None };
    let mut request = request(&model, pair.old, pair.new);
    raw.clone_into(&mut request.path);
    Some((request, consents(&model)))
}

/// One delta for neighbours that are decided alike and differ in one property, again and again: what two of them became may be
/// the neighbour of a third.
fn merge(deltas: &mut Vec<Delta>) {
    loop {
        let before = deltas.len();
        let mut out: Vec<Delta> = Vec::new();
        for delta in deltas.drain(..) {
            if !out.iter_mut().any(|known| absorbs(known, &delta)) {
                out.push(delta);
            }
        }
        out.iter_mut().filter_map(|delta| delta.scope.as_mut()).for_each(Scope::sort);
        *deltas = out;
        if deltas.len() == before {
            return;
        }
    }
}

fn absorbs(known: &mut Delta, delta: &Delta) -> bool {
    match (&mut known.scope, &delta.scope) {
        (Some(mine), Some(other)) if known.before == delta.before && known.after == delta.after => {
            mine.absorbs(other)
        }
        _ => false,
    }
}

/// Ports that speak HTTP on one side and bytes on the other.
fn changed_protocols(pair: &Pair<'_>) -> Vec<u32> {
    let other = |number: u32| pair.new.ports.iter().find(|port| port.number == number);
    let bytes = |chain: PortChain| matches!(chain, PortChain::Tcp | PortChain::Passed);
    let clash = |old: PortChain, new: PortChain| {
        old == PortChain::Http && bytes(new) || bytes(old) && new == PortChain::Http
    };
    let changed =
        |port: &&mp_ir::plan::PointPort| other(port.number).is_some_and(|new| clash(port.chain, new.chain));
    pair.old.ports.iter().filter(changed).map(|port| port.number).collect()
}

fn notes(pair: &Pair<'_>) -> Vec<Note> {
    let mut out = Vec::new();
    let mut say = |text: &str, old: Origin, new: Origin| out.push(Note { text: text.to_owned(), old, new });
    match (has_allow(pair.old), has_allow(pair.new)) {
        (false, true) => say(
            "this is the first ALLOW policy here: what it does not name is refused from now on",
            None,
            first_allow(pair.new),
        ),
        (true, false) => say(
            "no ALLOW policy is left here: what no DENY policy names is admitted from now on",
            first_allow(pair.old),
            None,
        ),
        _ => {}
    }
    let keys = |point: &EnforcementPoint| -> BTreeMap<String, (KeySource, Origin)> {
        let providers = point.http.jwt.iter().flat_map(|filter| &filter.providers);
        providers.map(|p| (p.issuer.value.clone(), (p.keys.clone(), p.origin))).collect()
    };
    let (before, after) = (keys(pair.old), keys(pair.new));
    for (issuer, (old, old_at)) in &before {
        if let Some((_, new_at)) = after.get(issuer).filter(|(new, _)| new != old) {
            let text = format!(
                "tokens of issuer `{issuer}` are checked with other keys; which tokens those are is not compared"
            );
            out.push(Note { text, old: *old_at, new: *new_at });
        }
    }
    out
}

fn first_allow(point: &EnforcementPoint) -> Origin {
    let rules = point.http.rbac.iter().filter_map(|filter| filter.rules.as_ref());
    let allow = rules.filter(|rules| rules.action == mp_ir::plan::RbacAction::Allow);
    allow.flat_map(|rules| &rules.policies).find_map(|policy| policy.origin)
}
