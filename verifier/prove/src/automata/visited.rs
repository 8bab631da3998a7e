//! The states that a search has been in.

use super::State;

/// Tuples of states, each found once, with the step that led there. All of them stand in one vector, and a table of their places finds
/// them again.
#[derive(Debug)]
pub(super) struct Visited {
    width: usize,
    all: Vec<State>,
    /// The tuple before, by its place, and the letter.
    pub(super) steps: Vec<(usize, u8)>,
    /// Places plus one, where the hash leads; as many as a power of two, and at most half of them taken.
    table: Vec<u32>,
}

impl Visited {
    pub(super) fn new(width: usize) -> Self {
        Self { width, all: Vec::new(), steps: Vec::new(), table: vec![0; 64] }
    }

    /// The tuple of a place.
    pub(super) fn states(&self, at: usize) -> Option<&[State]> {
        (at < self.steps.len()).then(|| self.all.get(at * self.width..(at + 1) * self.width)).flatten()
    }

    /// Adds a tuple and the step that led to it; false where it is known.
    pub(super) fn add(&mut self, states: &[State], step: (usize, u8)) -> bool {
        let place = self.place(states);
        if self.table.get(place).is_none_or(|taken| *taken != 0) {
            return false;
        }
        self.all.extend_from_slice(states);
        self.steps.push(step);
        let number = u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
        if let Some(slot) = self.table.get_mut(place) {
            *slot = number;
        }
        if self.steps.len() * 2 > self.table.len() {
            self.grow();
        }
        true
    }

    /// Where a tuple stands in the table, or would.
    fn place(&self, states: &[State]) -> usize {
        let mask = self.table.len() - 1;
        let mut place = hash(states) & mask;
        while let Some(number) = self.table.get(place).filter(|number| **number != 0) {
            let at = usize::try_from(*number).unwrap_or_default() - 1;
            if self.states(at) == Some(states) {
                break;
            }
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        self.table = vec![0; self.table.len() * 4];
        for at in 0..self.steps.len() {
            let place = self.states(at).map(|states| self.place(states));
            if let Some(slot) = place.and_then(|place| self.table.get_mut(place)) {
                *slot = u32::try_from(at + 1).unwrap_or(u32::MAX);
            }
        }
    }

    /// The letters that led to a tuple.
    pub(super) fn spell(&self, end: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = end;
        while let Some((parent, byte)) = self.steps.get(at).filter(|(parent, _)| *parent != usize::MAX) {
            out.push(*byte);
            at = *parent;
        }
        out.reverse();
        out
    }
}

fn hash(states: &[State]) -> usize {
    let mix = |sum: u64, state: &State| {
        (sum.rotate_left(5) ^ u64::from(*state)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    };
    let sum = states.iter().fold(0, mix);
    usize::try_from(sum >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tuple_is_found_once() {
        let mut visited = Visited::new(2);
        for round in 0..2_u32 {
            for number in 0..500 {
                assert_eq!(visited.add(&[number / 7, number], (0, 0)), round == 0);
            }
        }
        assert_eq!(visited.states(13), Some([1, 13].as_slice()));
        assert_eq!(visited.states(500), None);
    }
}
