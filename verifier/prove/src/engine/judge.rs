//! z3, which has the last word on every proof.

use std::collections::BTreeMap;

use z3::{Params, SatResult, Solver, ast};

use crate::formula::{Bool, ByIdentity, Node};

/// Conflicts up to which no clock runs: starting one for each check costs more than most checks.
const CONFLICTS: u32 = 5_000;

fn bound(solver: &Solver, conflicts: u32, milliseconds: u32) {
    let mut params = Params::new();
    params.set_u32("max_conflicts", conflicts);
    params.set_u32("timeout", milliseconds);
    // An interrupt ends the program; z3 would take it for the end of one check, and the next would begin.
    params.set_bool("ctrl_c", false);
    solver.set_params(&params);
}

/// What z3 is told, which is the formulas themselves and not what the small solver makes of them.
#[derive(Debug)]
pub(super) struct Judge {
    /// Made when it is asked for the first time.
    solver: Option<Solver>,
    /// Formulas by their numbers; none where it was told.
    formulas: Vec<Option<Bool>>,
    /// Numbers of those that it is told when all are.
    untold: Vec<u32>,
    /// Formulas that say nothing unless a variable is assumed, by that variable.
    dormant: BTreeMap<u32, u32>,
    known: ByIdentity<(ast::Bool, Bool)>,
    /// By number.
    variables: Vec<Option<ast::Bool>>,
}

impl Judge {
    pub(super) fn new() -> Self {
        Self {
            solver: None,
            formulas: Vec::new(),
            untold: Vec::new(),
            dormant: BTreeMap::new(),
            known: ByIdentity::default(),
            variables: Vec::new(),
        }
    }

    fn number(&mut self, formula: Bool) -> u32 {
        let number = u32::try_from(self.formulas.len()).unwrap_or(u32::MAX);
        self.formulas.push(Some(formula));
        number
    }

    /// Demands a formula from now on, and gives its number. It is told when z3 is asked: most questions do without.
    pub(super) fn assert(&mut self, formula: Bool) -> u32 {
        let number = self.number(formula);
        self.untold.push(number);
        number
    }

    /// Demands a formula where a variable is assumed. z3 is told when it first is: whatever the formula says, the variable can be false.
    pub(super) fn assert_when(&mut self, assumed: &Bool, formula: &Bool) -> u32 {
        let implied = assumed.implies(formula);
        match assumed.node() {
            Node::Variable(variable) => {
                let number = self.number(implied);
                self.dormant.insert(*variable, number);
                number
            }
            _ => self.assert(implied),
        }
    }

    /// From now on counts what is demanded where these are assumed.
    pub(super) fn wake(&mut self, assumptions: &[Bool]) {
        for assumption in assumptions {
            if let Node::Variable(number) = assumption.node()
                && let Some(formula) = self.dormant.remove(number)
            {
                self.untold.push(formula);
            }
        }
    }

    /// Whether everything that was demanded can be true with some more.
    pub(super) fn check(&mut self, assumptions: &[Bool]) -> SatResult {
        self.wake(assumptions);
        let untold = std::mem::take(&mut self.untold);
        self.assert_numbered(&untold);
        self.ask(assumptions)
    }

    /// Whether these formulas, by their numbers, can be true with some more, and with what z3 was told before. That they cannot is
    /// as good a proof as if z3 knew all formulas, and most proofs need few of them.
    pub(super) fn check_some(&mut self, formulas: &[u32], assumptions: &[Bool]) -> SatResult {
        self.assert_numbered(formulas);
        self.ask(assumptions)
    }

    fn assert_numbered(&mut self, numbers: &[u32]) {
        for number in numbers {
            let formula = usize::try_from(*number).ok().and_then(|at| self.formulas.get_mut(at));
            let Some(formula) = formula.and_then(Option::take) else { continue };
            let told = self.tell(&formula);
            self.solver().assert(told);
        }
    }

    fn solver(&mut self) -> &Solver {
        self.solver.get_or_insert_with(|| {
            let solver = Solver::new_for_logic("QF_FD").unwrap_or_default();
            bound(&solver, CONFLICTS, u32::MAX);
            solver
        })
    }

    fn ask(&mut self, assumptions: &[Bool]) -> SatResult {
        let assumptions: Vec<ast::Bool> = assumptions.iter().map(|literal| self.tell(literal)).collect();
        let solver = self.solver();
        let first = solver.check_assumptions(&assumptions);
        if first != SatResult::Unknown {
            return first;
        }
        let limit = z3::get_global_param("timeout").and_then(|text| text.parse().ok());
        bound(solver, u32::MAX, limit.filter(|limit| *limit > 0).unwrap_or(u32::MAX));
        let second = solver.check_assumptions(&assumptions);
        bound(solver, CONFLICTS, u32::MAX);
        second
    }

    /// The values of these variables after a check that found a model.
    pub(super) fn values<'a>(&mut self, literals: impl Iterator<Item = &'a Bool>) -> Option<Vec<bool>> {
        let model = self.solver().get_model()?;
        let value = |literal: &ast::Bool| model.get_const_interp(literal).and_then(|known| known.as_bool());
        Some(literals.map(|literal| value(&self.tell(literal)).unwrap_or(false)).collect())
    }

    /// A formula in z3's terms; what is shared is made once.
    fn tell(&mut self, formula: &Bool) -> ast::Bool {
        match formula.node() {
            Node::Constant(value) => return ast::Bool::from_bool(*value),
            Node::Not(inner) => return self.tell(inner).not(),
            Node::Variable(number) => return self.variable(*number),
            Node::And(_) | Node::Or(_) | Node::Same(..) => {}
        }
        if let Some((told, _)) = self.known.get(&formula.identity()) {
            return told.clone();
        }
        let told = match formula.node() {
            Node::And(parts) => ast::Bool::and(&self.all(parts)),
            Node::Or(parts) => ast::Bool::or(&self.all(parts)),
            Node::Same(a, b) => self.tell(a).iff(self.tell(b)),
            Node::Constant(_) | Node::Not(_) | Node::Variable(_) => self.tell(formula),
        };
        self.known.insert(formula.identity(), (told.clone(), formula.clone()));
        told
    }

    fn variable(&mut self, number: u32) -> ast::Bool {
        let made = || ast::Bool::new_const(number);
        let Ok(at) = usize::try_from(number) else { return made() };
        if self.variables.len() <= at {
            self.variables.resize(at + 1, None);
        }
        match self.variables.get_mut(at) {
            Some(known) => known.get_or_insert_with(made).clone(),
            None => made(),
        }
    }

    fn all(&mut self, parts: &[Bool]) -> Vec<ast::Bool> {
        parts.iter().map(|part| self.tell(part)).collect()
    }
}
