//! Questions about one rule, of which only the absence of a request is shown to anybody.

use std::cell::OnceCell;
use std::rc::Rc;

use mp_ir::base::Origin;

use super::{Parts, Scene};
use crate::ask;
use crate::covered::{Pair, covered};
use crate::encode;
use crate::engine::Need;
use crate::formula::Bool;
use crate::question::{Answer, AskError, Truth};
use crate::rules::{self, Rule};
use crate::trial::{Trial, Trials};

/// What a request that matches a rule is to do beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    Nothing,
    /// The point admits it.
    Admitted,
    /// The point admits it, and no other rule of the same action matches it.
    AdmittedAlone,
    /// The point would admit it without DENY rules, and no other rule of the same action matches it.
    RefusedAlone,
}

impl Goal {
    fn formula(self, parts: &mut Parts<'_>, rule: &Rule<'_>) -> Bool {
        match self {
            Goal::Nothing => Bool::from_bool(true),
            Goal::Admitted => parts.admitted(),
            Goal::AdmittedAlone => {
                let others = parts.others(rule);
                Bool::and(&[parts.admitted(), others.not()])
            }
            Goal::RefusedAlone => {
                let others = parts.others(rule);
                Bool::and(&[parts.admitted_without_deny(), others.not()])
            }
        }
    }

    fn is_met(self, trials: &Trials<'_>, trial: &Trial, rule: &Rule<'_>, rules: &[Rule<'_>]) -> bool {
        let alone = || {
            let mut others = rules.iter().filter(|r| r.action == rule.action && r.name != rule.name);
            !others.any(|other| trial.meets(other))
        };
        match self {
            Goal::Nothing => true,
            Goal::Admitted => trials.is_admitted(trial),
            Goal::AdmittedAlone => trials.is_admitted(trial) && alone(),
            Goal::RefusedAlone => trials.is_admitted_without_deny(trial) && alone(),
        }
    }
}

/// Requests that are tried for a rule before a question goes to the solver.
const TURNS: usize = 8;
/// The same for a value.
const TURNS_OF_VALUE: usize = 3;

fn there_is(trial: &Trial) -> Answer {
    let witness = Some(Box::new(trial.witness.clone()));
    Answer { answer: Truth::Violated, witness, because: Vec::new(), unknown: None }
}

impl<'a> Scene<'a> {
    pub(super) fn trials(&self) -> &Trials<'a> {
        self.trials.get_or_init(|| Trials::new(self.point, self.domain.clone(), &self.languages))
    }

    /// Looks for a request that passes handshake and token filter, matches a rule and meets a goal.
    pub(crate) fn matched(&mut self, rule: &Rule<'_>, goal: Goal) -> Result<Answer, AskError> {
        match self.shown(rule, goal) {
            Some(trial) => Ok(there_is(&trial)),
            None => self.sought(rule, goal),
        }
    }

    /// The same among requests made of the rule.
    pub(crate) fn shown(&self, rule: &Rule<'_>, goal: Goal) -> Option<Rc<Trial>> {
        let (rules, trials) = (self.rules(), self.trials());
        let so = |trial: &Rc<Trial>| trial.meets(rule) && goal.is_met(trials, trial, rule, &rules);
        (0..TURNS).filter_map(|turn| trials.request(rule, None, turn)).find(so)
    }

    /// The same by the solver.
    pub(crate) fn sought(&mut self, rule: &Rule<'_>, goal: Goal) -> Result<Answer, AskError> {
        let point = self.point;
        let only = OnceCell::new();
        self.seek(
            Need::Reasons,
            |parts| {
                let matches = parts.matches(rule);
                Bool::and(&[parts.feasible(), matches, goal.formula(parts, rule)])
            },
            |witness| {
                let decision = ask::admitted(only.get_or_init(|| rules::only(point, rule)), witness);
                let so = decision.admitted();
                so.then(|| vec![decision]).ok_or_else(|| format!("{} should match", rule.name))
            },
        )
    }

    /// Looks for an HTTP request that the point admits. Only that there is none is shown.
    pub(crate) fn admitted_at_all(&mut self) -> Result<Answer, AskError> {
        let (rules, trials) = (self.rules(), self.trials());
        let tried = rules.iter().filter(|rule| rule.http.is_some());
        let mut tried = tried.filter_map(|rule| trials.request(rule, None, 0)).take(TURNS);
        match tried.find(|trial| trial.http && trials.is_admitted(trial)) {
            Some(trial) => Ok(there_is(&trial)),
            None => self.admitted(Need::Reasons, |parts| parts.http(), |_| true),
        }
    }

    /// Looks for a request that has a value of a rule, which `alone` asks for and nothing else.
    pub(crate) fn has_value(
        &mut self,
        rule: &Rule<'_>,
        value: Origin,
        alone: &Rule<'_>,
    ) -> Result<Answer, AskError> {
        let tried = self.trials().request(rule, value, 0);
        match tried.filter(|trial| trial.meets(alone)) {
            Some(trial) => Ok(there_is(&trial)),
            None => self.matched(alone, Goal::Nothing),
        }
    }

    /// Looks for a request that matches a rule and not the same rule without a value, or the other way round.
    pub(crate) fn matched_differently(
        &mut self,
        a: &Rule<'_>,
        b: &Rule<'_>,
        value: Origin,
    ) -> Result<Answer, AskError> {
        if let Some(answer) = self.covered(a, value) {
            return Ok(answer);
        }
        let trials = self.trials();
        let mut tried = (0..TURNS_OF_VALUE).filter_map(|turn| trials.request(a, value, turn));
        if let Some(trial) = tried.find(|trial| trial.meets(a) != trial.meets(b)) {
            return Ok(there_is(&trial));
        }
        let point = self.point;
        self.seek(
            Need::Reasons,
            |parts| {
                let (a, b) = (parts.matches(a), parts.matches(b));
                let differ = Bool::or(&[Bool::and(&[a.clone(), b.not()]), Bool::and(&[b, a.not()])]);
                Bool::and(&[parts.feasible(), differ])
            },
            |witness| {
                let both = [a, b].map(|rule| ask::admitted(&rules::only(point, rule), witness));
                let so = matches!(&both, [x, y] if x.admitted() != y.admitted());
                so.then(|| both.into()).ok_or_else(|| "the two rules should differ".to_owned())
            },
        )
    }

    /// That a rule is the same without a value, where another value of its list covers it. What is left to prove is that no text is
    /// one of the first value and not of the second; where z3 is asked in the end, so is that.
    fn covered(&mut self, rule: &Rule<'_>, value: Origin) -> Option<Answer> {
        let mut pairs = Vec::new();
        for policy in rule.http.into_iter().chain(rule.tcp) {
            pairs.extend(covered(policy, value, &self.languages)?);
        }
        self.covers.extend(pairs);
        if !self.owes && !self.prove_covers() {
            return None;
        }
        let because = rule.http.or(rule.tcp).map(encode::stands);
        let because = because.into_iter().collect();
        Some(Answer { answer: Truth::Holds, witness: None, because, unknown: None })
    }

    /// That what was said to cover something does.
    pub(super) fn prove_covers(&mut self) -> bool {
        let mut pairs = std::mem::take(&mut self.covers);
        if pairs.is_empty() {
            return true;
        }
        pairs.sort();
        pairs.dedup();
        let apart = |parts: &mut Parts<'_>| {
            let pair = |(key, of, by): Pair| {
                let (of, by) = (parts.engine.atom(&key, of), parts.engine.atom(&key, by));
                Bool::and(&[of, by.not()])
            };
            Bool::or(&pairs.into_iter().map(pair).collect::<Vec<_>>())
        };
        let found = self.seek(Need::Witness, apart, |_| Err("it should be covered".to_owned()));
        found.is_ok_and(|answer| answer.answer == Truth::Holds)
    }

    /// Looks for an HTTP request that does not match a rule, whatever the handshake says.
    pub(crate) fn unmatched(&mut self, rule: &Rule<'_>) -> Result<Answer, AskError> {
        let trials = self.trials();
        let mut tried = (0..TURNS).filter_map(|turn| trials.plain(turn));
        if let Some(trial) = tried.find(|trial| !trial.meets(rule)) {
            return Ok(there_is(&trial));
        }
        let only = rules::only(self.point, rule);
        self.seek(
            Need::Reasons,
            |parts| {
                let matches = parts.matches(rule);
                Bool::and(&[parts.http(), matches.not()])
            },
            |witness| {
                let decision = ask::admitted(&only, witness);
                (!decision.admitted()).then(Vec::new).ok_or_else(|| "the rule should not match".to_owned())
            },
        )
    }
}
