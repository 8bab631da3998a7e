//! The small solver beside counting.

use super::*;

fn lit(number: i32) -> Lit {
    Lit::new(number.unsigned_abs() - 1, number > 0)
}

fn sat(variables: i32, clauses: &[&[i32]]) -> Sat {
    let mut sat = Sat::default();
    (0..variables).for_each(|_| {
        sat.fresh();
    });
    clauses.iter().for_each(|clause| sat.clause(&clause.iter().map(|n| lit(*n)).collect::<Vec<_>>(), None));
    sat
}

fn holds(clauses: &[Vec<i32>], bits: u32) -> bool {
    let yes = |n: &i32| (bits >> (n.unsigned_abs() - 1) & 1 == 1) == (*n > 0);
    clauses.iter().all(|clause| clause.iter().any(yes))
}

#[test]
fn the_model_comes_first_in_the_order() {
    let mut sat = sat(3, &[&[1, 2, 3], &[-1, -2]]);
    assert_eq!(sat.solve(&[], &[lit(-1), lit(-2), lit(-3)], 10), Found::Model);
    assert_eq!([1, 2, 3].map(|n| sat.value(lit(n))), [Some(false), Some(false), Some(true)]);
    assert_eq!(sat.solve(&[lit(-3)], &[lit(2), lit(1)], 10), Found::Model);
    assert_eq!([1, 2, 3].map(|n| sat.value(lit(n))), [Some(false), Some(true), Some(false)]);
}

/// Clauses at random, with what is assumed and what is tried first.
struct Case {
    variables: i32,
    clauses: Vec<Vec<i32>>,
    assumed: Vec<i32>,
    order: Vec<i32>,
}

impl Case {
    fn roll(roll: &mut impl FnMut(i32) -> i32) -> Self {
        let variables = 4 + roll(7);
        let mut literal = || (1 + roll(variables)) * (1 - 2 * roll(2));
        Self {
            variables,
            clauses: (0..variables * 4).map(|_| vec![literal(), literal(), literal()]).collect(),
            assumed: vec![literal(), literal(), literal()],
            order: (1..=variables).map(|n| n * (1 - 2 * (literal() & 1))).collect(),
        }
    }

    fn fits(&self, bits: u32, assumed: &[i32]) -> bool {
        holds(&self.clauses, bits) && assumed.iter().all(|n| holds(&[vec![*n]], bits))
    }

    /// The model that comes first: the value that is tried counts as 0, the first variable as the highest digit.
    fn best(&self, assumed: &[i32]) -> Option<u32> {
        let wrong = |n: &i32, bits: u32| u32::from(!holds(&[vec![*n]], bits));
        let rank = |bits: &u32| self.order.iter().fold(0, |sum, n| sum * 2 + wrong(n, *bits));
        (0..1_u32 << self.variables).filter(|bits| self.fits(*bits, assumed)).min_by_key(rank)
    }
}

#[test]
fn random_clauses_agree_with_counting() {
    let mut seed = 7_u64;
    let mut roll = |sides: i32| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i32::try_from((seed >> 33) % u64::try_from(sides).unwrap()).unwrap()
    };
    let (mut models, mut cores) = (0, 0);
    for _ in 0..3000 {
        let case = Case::roll(&mut roll);
        let borrowed: Vec<&[i32]> = case.clauses.iter().map(Vec::as_slice).collect();
        let mut sat = sat(case.variables, &borrowed);
        let lits = |all: &[i32]| -> Vec<Lit> { all.iter().map(|n| lit(*n)).collect() };
        // Questions that begin alike follow each other.
        for assumed in [&case.assumed[..], &case.assumed[..2], &case.assumed[..], &case.assumed[1..]] {
            match (sat.solve(&lits(assumed), &lits(&case.order), 10_000), case.best(assumed)) {
                (Found::Model, Some(best)) => {
                    let found = (0..case.variables).filter(|n| sat.value(lit(n + 1)) == Some(true));
                    assert_eq!(found.fold(0, |bits, n| bits | 1 << n), best);
                    models += 1;
                }
                (Found::Core(core), None) => {
                    let named: Vec<i32> =
                        assumed.iter().copied().filter(|n| core.contains(&lit(*n))).collect();
                    assert!(core.iter().all(|one| lits(assumed).contains(one)));
                    assert!(!(0..1_u32 << case.variables).any(|bits| case.fits(bits, &named)));
                    cores += 1;
                }
                (found, best) => panic!("{found:?} beside {best:?}"),
            }
        }
    }
    assert!(models > 500 && cores > 500, "{models} models, {cores} cores");
}
