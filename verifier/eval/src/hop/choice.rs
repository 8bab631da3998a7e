//! What chance decides: weights, shares of faults and mirrors. Every way is walked, each with its probability.

/// Most ways that are walked for one arrival; what lies behind is left out.
const MOST_WAYS: usize = 512;

/// Most ways on which every endpoint is come to.
const MOST_PLACES: usize = 10_000;

/// What the answers of chance are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rule {
    /// Each in turn, and endpoints that are alike are one.
    #[default]
    All,
    /// The largest share.
    Likeliest,
    /// Each in turn where it decides on the place, endpoints too; nothing else happens that need not.
    Places,
}

/// The answers of chance on one way.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Taken answers with the shares that they were taken from.
    taken: Vec<(usize, Vec<u64>)>,
    at: usize,
    rule: Rule,
}

impl Choices {
    /// The way that takes the largest share everywhere.
    #[must_use]
    pub fn likeliest() -> Self {
        Self { rule: Rule::Likeliest, ..Self::default() }
    }

    /// One of several by share; `None` when no share is above zero.
    pub fn pick(&mut self, shares: &[u64]) -> Option<usize> {
        if let Some((taken, _)) = self.taken.get(self.at) {
            self.at += 1;
            return Some(*taken);
        }
        let first = shares.iter().position(|share| *share > 0)?;
        let most = shares.iter().max().and_then(|most| shares.iter().position(|share| share == most));
        let taken = most.filter(|_| self.rule == Rule::Likeliest).unwrap_or(first);
        self.taken.push((taken, shares.to_vec()));
        self.at += 1;
        Some(taken)
    }

    /// Whether something with this share of a million happens.
    pub fn happens(&mut self, per_million: u64) -> bool {
        let share = per_million.min(1_000_000);
        if self.rule == Rule::Places {
            return share == 1_000_000;
        }
        self.pick(&[share, 1_000_000 - share]) == Some(0)
    }

    /// Whether every endpoint is a way of its own.
    pub(super) fn tells_places_apart(&self) -> bool {
        self.rule == Rule::Places
    }

    /// The probability of this way.
    #[must_use]
    pub fn probability(&self) -> f64 {
        let part = |(taken, shares): &(usize, Vec<u64>)| {
            let sum: u64 = shares.iter().sum();
            shares.get(*taken).copied().unwrap_or_default() as f64 / sum.max(1) as f64
        };
        self.taken.iter().map(part).product()
    }

    /// The next way; `None` after the last one.
    fn next(mut self) -> Option<Self> {
        self.at = 0;
        while let Some((taken, shares)) = self.taken.pop() {
            let later = shares.iter().enumerate().skip(taken + 1).find(|(_, share)| **share > 0);
            if let Some((next, _)) = later {
                self.taken.push((next, shares));
                return Some(self);
            }
        }
        None
    }
}

/// Walks every way; each comes with its probability.
pub fn every_way<T>(walk: impl FnMut(&mut Choices) -> T) -> Vec<(f64, T)> {
    walk_all(Choices::default(), MOST_WAYS, walk)
}

/// Walks to every cluster and endpoint that an arrival may be sent to, with its probability. Faults and copies are left out unless every
/// arrival meets them.
pub fn every_place<T>(walk: impl FnMut(&mut Choices) -> T) -> Vec<(f64, T)> {
    walk_all(Choices { rule: Rule::Places, ..Choices::default() }, MOST_PLACES, walk)
}

fn walk_all<T>(first: Choices, most: usize, mut walk: impl FnMut(&mut Choices) -> T) -> Vec<(f64, T)> {
    let mut found = Vec::new();
    let mut way = Some(first);
    while let Some(mut choices) = way.filter(|_| found.len() < most) {
        let result = walk(&mut choices);
        found.push((choices.probability(), result));
        way = choices.next();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_walked_once_with_its_probability() {
        let ways = every_way(|choices| {
            let cluster = choices.pick(&[75, 0, 25]);
            (cluster, (cluster == Some(0)).then(|| choices.happens(500_000)))
        });
        let expect =
            [(0.375, (Some(0), Some(true))), (0.375, (Some(0), Some(false))), (0.25, (Some(2), None))];
        assert_eq!(ways, expect);
        assert_eq!(every_way(|choices| choices.pick(&[0, 0])), [(1.0, None)]);
        assert_eq!(Choices::likeliest().pick(&[20, 80, 80]), Some(1));
    }

    #[test]
    fn on_the_way_to_places_only_the_certain_happens() {
        let ways = every_place(|choices| {
            (choices.pick(&[1, 3]), choices.happens(999_999), choices.happens(1_000_000))
        });
        assert_eq!(ways, [(0.25, (Some(0), false, true)), (0.75, (Some(1), false, true))]);
    }
}
