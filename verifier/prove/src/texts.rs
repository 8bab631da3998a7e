//! Texts that were found, for the next search: most models ask for the same as one before.

use std::collections::HashMap;

/// Texts for different patterns that are kept.
const SETS: usize = 4_096;
/// Texts for the same patterns that are kept.
const EACH: usize = 8;

/// A text of one attribute: the first of those that match some patterns and none of others.
#[derive(Debug)]
struct Known {
    avoided: Vec<usize>,
    text: Vec<u8>,
    /// By pattern: whether it matches, where that was asked.
    fits: Vec<Option<bool>>,
}

/// By the patterns that must match.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashMap<Vec<usize>, Vec<Known>>);

impl Texts {
    /// The first text that all of `yes` match and none of `no` does, if it is a known one: what was first when less was to be avoided
    /// is first still, unless it is to be avoided now. `no` is in order.
    pub(crate) fn recall(
        &mut self,
        yes: &[usize],
        no: &[usize],
        matches: impl Fn(usize, &[u8]) -> Option<bool>,
    ) -> Option<Vec<u8>> {
        self.0.get_mut(yes)?.iter_mut().find_map(|known| {
            known.avoided.iter().all(|at| no.binary_search(at).is_ok()).then_some(())?;
            let most = no.last().map_or(0, |last| last + 1);
            if known.fits.len() < most {
                known.fits.resize(most, None);
            }
            for at in no {
                let slot = known.fits.get_mut(*at)?;
                let fits = match *slot {
                    Some(fits) => fits,
                    None => *slot.insert(matches(*at, &known.text)?),
                };
                if fits {
                    return None;
                }
            }
            Some(known.text.clone())
        })
    }

    pub(crate) fn keep(&mut self, yes: Vec<usize>, avoided: Vec<usize>, text: &[u8]) {
        if self.0.len() >= SETS {
            self.0.clear();
        }
        let list = self.0.entry(yes).or_default();
        if list.len() >= EACH {
            list.remove(0);
        }
        list.push(Known { avoided, text: text.to_vec(), fits: Vec::new() });
    }
}
