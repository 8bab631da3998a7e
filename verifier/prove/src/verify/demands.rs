//! Invariants at points, and what is to be said of them over all points.

use std::collections::BTreeSet;

use super::notices::{CIRCULAR, CONTRADICTORY, EXPIRED, NOWHERE, Notice, REFUTED, UNUSED, VACUOUS};
use super::settled::Settled;
use super::waivers::{self, Waivers};
use super::{Options, Report, Verdict};
use mp_ir::plan::EnforcementPoint;

use crate::ask::{Direction, differ_among};
use crate::caller::{Callers, Who};
use crate::condition::Condition;
use crate::invariant::{Change, Demand, Invariant, Scope};
use crate::property::turned;
use crate::question::{Answer, AskError, Truth};
use crate::requests::{Requests, always, exists, never};
use crate::scene::Scene;

/// The invariants, and what was found out about each so far.
pub(super) struct Asked<'a> {
    options: &'a Options,
    states: Vec<State<'a>>,
    /// By invariant.
    settled: Settled<(usize, About)>,
}

/// What is looked for until some point has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    /// A request that meets the assumptions.
    Possible,
    /// A request that the invariant is about.
    Something,
    /// A request that needs a waiver, by its place.
    Waiver(usize),
}

/// Whether a point has it.
#[derive(Clone, Copy, Debug)]
struct Seen {
    there: bool,
    /// It stayed undecided.
    open: bool,
}

/// What one point says of an invariant.
#[derive(Debug)]
pub(super) struct Heard {
    /// None where there is nothing to compare with.
    answer: Option<Result<Answer, AskError>>,
    /// Something beside the policies decides here.
    doubtful: bool,
    around: Vec<(About, Result<Seen, AskError>)>,
}

struct State<'a> {
    invariant: &'a Invariant,
    waivers: Waivers,
    /// Points where it was asked.
    asked: usize,
    /// What some point has.
    there: BTreeSet<About>,
    /// Something beside the policies decides at some point, so that nothing is said about waivers and emptiness.
    doubtful: bool,
    /// Something stayed undecided, so that nothing is said about emptiness.
    undecided: bool,
}

/// Which of the requests that an invariant is about.
#[derive(Clone, Copy)]
enum Which<'a> {
    All,
    NotWaived,
    CoveredBy(&'a Condition),
}

impl<'a> Asked<'a> {
    pub(super) fn new(invariants: &'a [Invariant], options: &'a Options) -> Self {
        let state = |invariant| State {
            invariant,
            waivers: waivers::of(invariant, invariants, options.today),
            asked: 0,
            there: BTreeSet::new(),
            doubtful: false,
            undecided: false,
        };
        Self { options, states: invariants.iter().map(state).collect(), settled: Settled::new() }
    }

    /// Asks all invariants that are meant here; nothing of those that are not.
    pub(super) fn at(&self, scene: &mut Scene<'_>, place: usize) -> Vec<Option<Heard>> {
        let mut out = Vec::new();
        for (number, state) in self.states.iter().enumerate() {
            if !state.invariant.at.is_at(scene.point, scene.mesh) {
                out.push(None);
                continue;
            }
            if let Some(answer) = Answer::doubtful(&[scene.point]) {
                out.push(Some(Heard { answer: Some(Ok(answer)), around: Vec::new(), doubtful: true }));
                continue;
            }
            let mut own = scene.beyond(&state.invariant.ports());
            let scene = own.as_mut().unwrap_or(&mut *scene);
            let mut around = Vec::new();
            for about in state.abouts().filter(|about| !self.settled.before(&(number, *about), place)) {
                let seen = state.look(scene, self.options, about);
                if seen.as_ref().is_ok_and(|seen| seen.there) {
                    self.settled.by((number, about), place);
                }
                around.push((about, seen));
            }
            let answer = state.ask(scene, self.options, Which::NotWaived);
            out.push(Some(Heard { answer, around, doubtful: false }));
        }
        out
    }

    /// Puts what was found at a point beside what was found at those before it.
    pub(super) fn hear(&mut self, point: &EnforcementPoint, heard: Vec<Option<Heard>>, report: &mut Report) {
        for (state, heard) in self.states.iter_mut().zip(heard) {
            let Some(Heard { answer, around, doubtful }) = heard else { continue };
            state.doubtful |= doubtful;
            for (about, seen) in around {
                if !state.there.contains(&about) {
                    state.learn(about, seen, report);
                }
            }
            let Some(answer) = answer else { continue };
            state.asked += 1;
            let mut verdict = state.verdict(REFUTED).at(point);
            verdict.severity = state.invariant.severity;
            verdict.is_invariant = true;
            verdict.message = state.broken();
            verdict.help.clone_from(&state.invariant.because);
            report.add(verdict, answer);
        }
    }

    /// What is to be said of the invariants as such.
    pub(super) fn report(self, report: &mut Report) {
        for state in self.states {
            state.report(self.options, report);
        }
    }
}

impl State<'_> {
    fn verdict(&self, notice: Notice) -> Verdict {
        let mut verdict = Verdict::new(notice.code, notice.name, notice.severity);
        verdict.name.clone_from(&self.invariant.name);
        verdict.origin = self.invariant.origin;
        verdict
    }

    fn broken(&self) -> String {
        let what = match &self.invariant.demand {
            Demand::Never(_) => "such a request is admitted",
            Demand::Only(..) => "somebody else is admitted",
            Demand::Always(_) => "such a request is refused",
            Demand::Some(_) => "no such request is admitted",
            Demand::NoNew(_) => "a request is admitted that was refused before",
            Demand::NoLost(_) => "a request is refused that was admitted before",
            Demand::Same(_) | Demand::Equal(..) => "a request is decided differently",
        };
        format!("invariant `{}` does not hold: {what}", self.invariant.name)
    }

    /// The requests that count, with the assumptions.
    fn requests(&self, scene: &Scene<'_>, of: &Condition, none: &[Condition], which: Which<'_>) -> Requests {
        let mut out = self.assumed(scene);
        out.all.push(of.clone());
        out.none.extend(none.iter().cloned());
        match which {
            Which::All => {}
            Which::NotWaived => {
                out.none.extend(self.waivers.counted.iter().map(|waiver| waiver.covers.clone()))
            }
            Which::CoveredBy(covers) => out.all.push(covers.clone()),
        }
        out
    }

    /// The assumptions alone.
    fn assumed(&self, scene: &Scene<'_>) -> Requests {
        let assume = &self.invariant.assume;
        let mut out =
            Requests { all: assume.requests.clone(), none: Vec::new(), providers: assume.providers.clone() };
        if assume.closed_world {
            out.none.push(strangers(scene));
        }
        out
    }

    /// The answer at a point; `None` where the invariant has nothing to compare it with.
    fn ask(
        &self,
        scene: &mut Scene<'_>,
        options: &Options,
        which: Which<'_>,
    ) -> Option<Result<Answer, AskError>> {
        Some(match &self.invariant.demand {
            Demand::Never(of) => never(scene, &self.requests(scene, &of.of, &of.unless, which)),
            Demand::Only(who, of) => never(scene, &self.of_others(scene, who, of, which)),
            Demand::Always(of) => always(scene, &self.requests(scene, &of.of, &of.unless, which)),
            Demand::Some(of) => never(scene, &self.requests(scene, &of.of, &of.unless, which)).map(turned),
            Demand::NoNew(change) => self.compared(scene, options, change, Direction::Gained, which)?,
            Demand::NoLost(change) => self.compared(scene, options, change, Direction::Lost, which)?,
            Demand::Same(change) => self.compared(scene, options, change, Direction::Either, which)?,
            Demand::Equal(..) => return None,
        })
    }

    fn of_others(&self, scene: &Scene<'_>, who: &Callers, of: &Scope, which: Which<'_>) -> Requests {
        let mut none = of.unless.clone();
        none.push(Condition { from: who.clone(), ..Condition::default() });
        self.requests(scene, &of.of, &none, which)
    }

    fn compared(
        &self,
        scene: &Scene<'_>,
        options: &Options,
        change: &Change,
        direction: Direction,
        which: Which<'_>,
    ) -> Option<Result<Answer, AskError>> {
        let baseline = options.baselines.get(&change.since).or_else(|| options.baselines.get(""));
        let Some(baseline) = baseline else {
            let reason = "there is no baseline to compare with: pass `--baseline-mesh PATH`";
            return Some(Err(AskError::NotThere(reason.to_owned())));
        };
        let old = baseline.counterpart(scene.point, scene.mesh)?;
        let among = self.requests(scene, &change.of, &change.except, which);
        let doubtful = Answer::doubtful(&[old, scene.point]);
        Some(doubtful.map_or_else(|| differ_among(old, scene.point, direction, &among), Ok))
    }

    /// What is looked for beside the answer.
    fn abouts(&self) -> impl Iterator<Item = About> + use<> {
        let waivers = (0..self.waivers.counted.len()).map(About::Waiver);
        [About::Possible, About::Something].into_iter().chain(waivers)
    }

    fn learn(&mut self, about: About, seen: Result<Seen, AskError>, report: &mut Report) {
        match seen {
            Ok(seen) => {
                self.undecided |= seen.open;
                if seen.there {
                    self.there.insert(about);
                }
            }
            Err(error @ AskError::Mismatch(_)) => report.internal.push(error.to_string()),
            Err(AskError::NotThere(_)) => {}
        }
    }

    /// Whether it is about any request here, and whether a waiver is needed.
    fn look(&self, scene: &mut Scene<'_>, options: &Options, about: About) -> Result<Seen, AskError> {
        match about {
            About::Possible => is_there(scene, &self.assumed(scene), false),
            About::Something => self.is_about_something(scene),
            About::Waiver(number) => {
                let waiver = self.waivers.counted.get(number);
                let needed =
                    waiver.map(|waiver| self.is_needed(scene, options, &waiver.covers)).transpose()?;
                Ok(Seen { there: needed.unwrap_or(false), open: false })
            }
        }
    }

    fn is_about_something(&self, scene: &mut Scene<'_>) -> Result<Seen, AskError> {
        let (of, feasible) = match &self.invariant.demand {
            Demand::Never(of) => (self.requests(scene, &of.of, &of.unless, Which::All), false),
            Demand::Only(who, of) => (self.of_others(scene, who, of, Which::All), false),
            Demand::Always(of) => (self.requests(scene, &of.of, &of.unless, Which::All), true),
            // `some` that is about nothing is violated, and a comparison without requests is equal by right.
            _ => return Ok(Seen { there: true, open: false }),
        };
        is_there(scene, &of, feasible)
    }

    /// Whether a request that the waiver covers breaks the invariant.
    fn is_needed(
        &self,
        scene: &mut Scene<'_>,
        options: &Options,
        covers: &Condition,
    ) -> Result<bool, AskError> {
        if matches!(self.invariant.demand, Demand::Some(_)) {
            return Ok(false);
        }
        let found = self.ask(scene, options, Which::CoveredBy(covers)).transpose()?;
        Ok(found.is_some_and(|answer| answer.answer != Truth::Holds))
    }

    fn report(self, options: &Options, report: &mut Report) {
        let asked = self.asked + self.equal(options, report);
        let said = |notice: Notice, message: String| Verdict { message, ..self.verdict(notice) };
        let name = &self.invariant.name;
        for (origin, until) in &self.waivers.expired {
            let verdict = said(EXPIRED, format!("a waiver of invariant `{name}` ended on {until}"));
            report.tell(Verdict { origin: *origin, ..verdict });
        }
        for (origin, like) in &self.waivers.lost {
            let text = format!(
                "a waiver of invariant `{name}` is like those of `{like}`, which lead in a circle or nowhere"
            );
            report.tell(Verdict { origin: *origin, ..said(CIRCULAR, text) });
        }
        if asked == 0 {
            let reason = "no workload of the input is where it is asked";
            report.add(said(NOWHERE, String::new()), Err(AskError::NotThere(reason.to_owned())));
            return;
        }
        let unused = self.waivers.counted.iter().enumerate().filter(|_| !self.doubtful);
        for (_, waiver) in
            unused.filter(|(number, waiver)| waiver.own && !self.there.contains(&About::Waiver(*number)))
        {
            let verdict = said(UNUSED, format!("a waiver of invariant `{name}` waives nothing"));
            report.tell(Verdict { origin: waiver.origin, ..verdict });
        }
        if self.undecided || self.doubtful || self.asked == 0 {
            return;
        }
        if !self.there.contains(&About::Possible) {
            report.tell(said(
                CONTRADICTORY,
                format!("no request meets what invariant `{name}` takes for granted"),
            ));
        } else if !self.there.contains(&About::Something) {
            report.tell(said(VACUOUS, format!("invariant `{name}` is about no request: its clauses contradict each other, or the workload")));
        }
    }

    /// Compares two meshes, each with the places of the other; gives the number of places.
    fn equal(&self, options: &Options, report: &mut Report) -> usize {
        let Demand::Equal(old, new) = &self.invariant.demand else { return 0 };
        let missing = [old, new].into_iter().find(|name| !options.baselines.contains_key(*name));
        let mut verdict = self.verdict(REFUTED);
        verdict.severity = self.invariant.severity;
        verdict.is_invariant = true;
        verdict.message = self.broken();
        verdict.help.clone_from(&self.invariant.because);
        let (Some(old), Some(new)) = (options.baselines.get(old), options.baselines.get(new)) else {
            let reason = format!("there is no mesh `{}`", missing.map_or("", String::as_str));
            report.add(verdict, Err(AskError::NotThere(reason)));
            return 1;
        };
        let mut asked = 0;
        for point in old.points.iter().filter(|point| self.invariant.at.is_at(point, &old.mesh)) {
            let Some(other) = new.counterpart(point, &old.mesh) else { continue };
            asked += 1;
            let all = Requests::default();
            let found = Answer::doubtful(&[point, other])
                .map_or_else(|| differ_among(point, other, Direction::Either, &all), Ok);
            report.add(verdict.clone().at(point), found);
        }
        asked
    }
}

/// Whether there is such a request; where that stays undecided, nothing is said about emptiness.
fn is_there(scene: &mut Scene<'_>, of: &Requests, feasible: bool) -> Result<Seen, AskError> {
    let truth = exists(scene, of, feasible)?.answer;
    Ok(Seen { there: truth != Truth::Violated, open: truth == Truth::Unknown })
}

/// Callers whose service account no workload of the input has.
fn strangers(scene: &Scene<'_>) -> Condition {
    let known = scene.mesh.workloads.iter().chain(&scene.mesh.templates);
    let mut accounts: Vec<(String, String)> = known
        .map(|w| {
            let name = if w.service_account.is_empty() { "default" } else { &w.service_account };
            (w.meta.namespace().to_owned(), name.to_owned())
        })
        .collect();
    accounts.sort();
    accounts.dedup();
    let without = accounts.into_iter().map(|(ns, name)| vec![Who::Account(ns, name)]).collect();
    Condition { from: vec![vec![Who::Peer]], without, ..Condition::default() }
}
