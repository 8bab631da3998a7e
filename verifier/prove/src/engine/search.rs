//! Formulas as clauses of the small solver.

use super::sat::{Found, Lit, Sat};
use crate::formula::{Bool, ByIdentity, Node};

/// Conflicts after which a question is left to z3.
const CONFLICTS: usize = 20_000;

/// What stands for a node: its literal, and the directions in which clauses tie them together.
#[derive(Debug)]
struct Gate {
    lit: Lit,
    /// The literal implies the node.
    down: bool,
    /// The node implies the literal.
    up: bool,
    /// Kept, so that no other node gets the same identity.
    _node: Bool,
}

#[derive(Debug, Default)]
pub(super) struct Search {
    sat: Sat,
    gates: ByIdentity<Gate>,
}

impl Search {
    pub(super) fn fresh(&mut self) -> Bool {
        Bool::variable(self.sat.fresh())
    }

    /// Demands a formula from now on, which has a number.
    pub(super) fn assert(&mut self, formula: &Bool, number: u32) {
        let said = Some(number);
        match formula.node() {
            Node::And(parts) => parts.iter().for_each(|part| self.assert(part, number)),
            Node::Or(parts) => {
                let lits: Vec<Lit> = parts.iter().map(|part| self.lit(part, true)).collect();
                self.sat.clause(&lits, said);
            }
            Node::Constant(true) => {}
            Node::Constant(false) => self.sat.clause(&[], said),
            Node::Variable(_) | Node::Not(_) | Node::Same(..) => {
                let lit = self.lit(formula, true);
                self.sat.clause(&[lit], said);
            }
        }
    }

    /// A variable is false from now on that no formula but its own asks for.
    pub(super) fn retire(&mut self, variable: &Bool) {
        let lit = self.lit(variable, true);
        self.sat.clause(&[lit.not()], None);
    }

    /// The numbers of the formulas that the last question was impossible because of: enough of them, and maybe more.
    pub(super) fn used(&self) -> Vec<u32> {
        self.sat.used()
    }

    /// A literal that implies a formula (`down`), or that the formula implies.
    pub(super) fn lit(&mut self, formula: &Bool, down: bool) -> Lit {
        match formula.node() {
            Node::Variable(number) => return Lit::new(*number, true),
            Node::Not(inner) => return self.lit(inner, !down).not(),
            Node::Constant(_) | Node::And(_) | Node::Or(_) | Node::Same(..) => {}
        }
        let sat = &mut self.sat;
        let gate = self.gates.entry(formula.identity()).or_insert_with(|| Gate {
            lit: Lit::new(sat.fresh(), true),
            down: false,
            up: false,
            _node: formula.clone(),
        });
        let (lit, done) = (gate.lit, if down { &mut gate.down } else { &mut gate.up });
        if !std::mem::replace(done, true) {
            self.tie(lit, formula, down);
        }
        lit
    }

    /// Clauses between a literal and a node, in one direction.
    fn tie(&mut self, lit: Lit, formula: &Bool, down: bool) {
        match formula.node() {
            Node::Constant(value) if *value == down => {}
            Node::Constant(_) => self.sat.clause(&[if down { lit.not() } else { lit }], None),
            Node::And(parts) => self.junction(lit, parts, down, down),
            Node::Or(parts) => self.junction(lit, parts, down, !down),
            Node::Same(a, b) => {
                // Each side stands in both directions.
                let (yes, no) =
                    ([self.lit(a, true), self.lit(b, true)], [self.lit(a, false), self.lit(b, false)]);
                let ([a, b], [a_up, b_up]) = (yes, no);
                if down {
                    self.sat.clause(&[lit.not(), a_up.not(), b], None);
                    self.sat.clause(&[lit.not(), a, b_up.not()], None);
                } else {
                    self.sat.clause(&[lit, a_up.not(), b_up.not()], None);
                    self.sat.clause(&[lit, a, b], None);
                }
            }
            Node::Variable(_) | Node::Not(_) => {}
        }
    }

    /// A literal and several parts: either one clause for each part, or one for all of them.
    fn junction(&mut self, lit: Lit, parts: &[Bool], down: bool, each: bool) {
        let own = if down { lit.not() } else { lit };
        let lits: Vec<Lit> = parts
            .iter()
            .map(|part| {
                let lit = self.lit(part, down);
                if down { lit } else { lit.not() }
            })
            .collect();
        if each {
            lits.iter().for_each(|lit| self.sat.clause(&[own, *lit], None));
        } else {
            self.sat.clause(&[vec![own], lits].concat(), None);
        }
    }

    /// Solves with assumptions, each of them a variable or its opposite.
    pub(super) fn solve(&mut self, assumptions: &[Lit], order: &[Lit]) -> Found {
        self.sat.solve(assumptions, order, CONFLICTS)
    }

    pub(super) fn value(&self, lit: Lit) -> bool {
        self.sat.value(lit) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_follow_their_nodes() {
        let mut search = Search::default();
        let [a, b, c] = [(); 3].map(|()| search.fresh());
        let both = Bool::and(&[&a, &b]);
        search.assert(&c.iff(Bool::or(&[both.not(), a.iff(&b)])), 0);
        let lits: Vec<Lit> = [&a, &b, &c].map(|x| search.lit(x, true)).into();
        for bits in 0..8_u32 {
            let assumed: Vec<Lit> = lits
                .iter()
                .enumerate()
                .map(|(at, lit)| if bits >> at & 1 == 1 { *lit } else { lit.not() })
                .collect();
            let (a, b, c) = (bits & 1 == 1, bits & 2 == 2, bits & 4 == 4);
            let wanted = c == (!(a && b) || a == b);
            assert_eq!(search.solve(&assumed, &[]) == Found::Model, wanted, "{bits:b}");
        }
    }
}
