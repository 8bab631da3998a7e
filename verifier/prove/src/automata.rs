//! Is there a text that some patterns match and others do not? Decided by walking their automata side by side.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::rc::Rc;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, util::syntax};

use crate::formula::Spread;

mod literal;
mod visited;

pub(crate) use literal::{Ends, Literal};
use visited::Visited;

/// States that one search may visit before it gives up.
const LIMIT: usize = 400_000;

/// A language of whole texts (bytes).
#[derive(Clone, Debug)]
pub(crate) struct Language {
    machine: Rc<Machine>,
    /// The language is that of texts which match once this is behind them.
    behind: Vec<u8>,
}

/// What reads a text byte by byte. Most patterns are plain literals, whose machines cost nothing to make.
#[derive(Debug)]
enum Machine {
    Literal(Literal),
    Dfa { dfa: Box<dense::DFA<Vec<u32>>>, start: StateID },
}

/// Where a machine stands; numbers mean something to it alone.
type State = u32;

/// Languages that many questions share, by their patterns.
#[derive(Debug, Default)]
pub(crate) struct Languages(RefCell<HashMap<Spelling, Option<Rc<Machine>>>>);

/// Without regard to case, and the pattern.
type Spelling = (bool, String);

impl Languages {
    /// Machines that are kept: the oldest are no better than the newest, so all go when there are more.
    const KEPT: usize = 2_000;

    /// The language of a pattern with regard to case, as [`Languages::with`].
    pub(crate) fn get(&self, pattern: &str) -> Option<Language> {
        self.with(pattern, false, "")
    }

    /// The language of a pattern, made once; `None` as for [`Language::new`].
    pub(crate) fn with(&self, pattern: &str, any_case: bool, behind: &str) -> Option<Language> {
        let key = (any_case, pattern.to_owned());
        let known = self.0.borrow().get(&key).cloned();
        let machine = known.unwrap_or_else(|| {
            let made = Machine::new(pattern, any_case).map(Rc::new);
            let mut all = self.0.borrow_mut();
            if all.len() >= Self::KEPT {
                all.clear();
            }
            all.insert(key, made.clone());
            made
        });
        Some(Language { machine: machine?, behind: behind.as_bytes().to_vec() })
    }
}

/// The answer of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Text(Vec<u8>),
    Nothing,
    /// The search grew beyond its limit.
    GaveUp,
}

impl Machine {
    fn new(pattern: &str, any_case: bool) -> Option<Self> {
        let dfa = dense::Builder::new()
            .configure(dense::Config::new().start_kind(StartKind::Anchored).dfa_size_limit(Some(1 << 24)))
            .syntax(syntax::Config::new().unicode(false).utf8(false).case_insensitive(any_case))
            .thompson(regex_automata::nfa::thompson::Config::new().utf8(false))
            .build(&format!(r"\A(?:{pattern})\z"))
            .ok()?;
        let start = dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).ok()?;
        Some(Machine::Dfa { dfa: Box::new(dfa), start })
    }

    fn start(&self) -> State {
        match self {
            Machine::Literal(_) => 0,
            Machine::Dfa { start, .. } => start.as_u32(),
        }
    }

    fn next(&self, state: State, byte: u8) -> State {
        match self {
            Machine::Literal(literal) => literal.next(state, byte),
            Machine::Dfa { dfa, .. } => dfa.next_state(id(state), byte).as_u32(),
        }
    }

    fn accepts(&self, state: State) -> bool {
        match self {
            Machine::Literal(literal) => literal.accepts(state),
            Machine::Dfa { dfa, .. } => dfa.is_match_state(dfa.next_eoi_state(id(state))),
        }
    }

    fn is_dead(&self, state: State) -> bool {
        match self {
            Machine::Literal(literal) => literal.is_dead(state),
            Machine::Dfa { dfa, .. } => dfa.is_dead_state(id(state)),
        }
    }

    fn literal(&self) -> Option<&Literal> {
        match self {
            Machine::Literal(literal) => Some(literal),
            Machine::Dfa { .. } => None,
        }
    }

    /// The same for bytes that it does not tell apart; literals tell their own bytes apart.
    fn class(&self, byte: u8) -> u16 {
        match self {
            Machine::Literal(_) => 0,
            Machine::Dfa { dfa, .. } => u16::from(dfa.byte_classes().get(byte)),
        }
    }
}

/// A state of an automaton, which it gave away as a number.
fn id(state: State) -> StateID {
    // INVARIANT: every number of a state comes from the automaton itself, and fits.
    StateID::new(usize::try_from(state).unwrap_or_default()).unwrap_or(StateID::ZERO)
}

impl Language {
    /// Texts that match a pattern as a whole. `None` when the pattern is no pattern or too large.
    pub(crate) fn new(pattern: &str, any_case: bool, behind: &str) -> Option<Self> {
        Languages::default().with(pattern, any_case, behind)
    }

    /// Texts that are, begin or end with a literal.
    pub(crate) fn literal(literal: Literal) -> Self {
        Self { machine: Rc::new(Machine::Literal(literal)), behind: Vec::new() }
    }

    /// Whether a text is in the language.
    pub(crate) fn contains(&self, text: &[u8]) -> bool {
        self.accepts(self.after(text))
    }

    /// Where its machine stands behind a text.
    fn after(&self, text: &[u8]) -> State {
        text.iter().fold(self.machine.start(), |state, byte| self.machine.next(state, *byte))
    }

    fn accepts(&self, state: State) -> bool {
        let end = self.behind.iter().fold(state, |state, byte| self.machine.next(state, *byte));
        self.machine.accepts(end)
    }

    /// No text from here on is in the language.
    fn is_dead(&self, state: State) -> bool {
        self.machine.is_dead(state)
    }

    /// Every text from here on is in the language, as far as one step shows it.
    fn is_full(&self, state: State, letters: &[u8]) -> bool {
        self.accepts(state) && letters.iter().all(|byte| self.machine.next(state, *byte) == state)
    }
}

/// The shortest text that all of `inside` contain and none of `outside` does; among equally short ones, the one that reads best.
/// Every text of `inside` begins with `head`.
pub(crate) fn search(head: &[u8], inside: &[&Language], outside: &[&Language]) -> Found {
    let all: Vec<&Language> = inside.iter().chain(outside).copied().collect();
    let letters = letters(&all);
    let mut visited = Visited::new(all.len());
    let mut next: Vec<State> = all.iter().map(|language| language.after(head)).collect();
    visited.add(&next, (usize::MAX, 0));
    let mut states: Vec<State> = Vec::new();
    let mut at = 0;
    while let Some(known) = visited.states(at) {
        states.clear();
        states.extend_from_slice(known);
        let (mine, theirs) = states.split_at(inside.len().min(states.len()));
        let wanted = inside.iter().zip(mine).all(|(language, state)| language.accepts(*state));
        if wanted && !outside.iter().zip(theirs).any(|(language, state)| language.accepts(*state)) {
            return Found::Text([head, &visited.spell(at)].concat());
        }
        let hopeless = outside.iter().zip(theirs).any(|(language, state)| language.is_full(*state, &letters));
        for byte in letters.iter().filter(|_| !hopeless) {
            next.clear();
            let alive = inside.iter().zip(mine).all(|(language, state)| {
                let state = language.machine.next(*state, *byte);
                next.push(state);
                !language.is_dead(state)
            });
            if !alive {
                continue;
            }
            next.extend(outside.iter().zip(theirs).map(|(l, state)| l.machine.next(*state, *byte)));
            if visited.add(&next, (at, *byte)) && visited.steps.len() > LIMIT {
                return Found::GaveUp;
            }
        }
        at += 1;
    }
    Found::Nothing
}

/// One byte per class of bytes that no automaton tells apart, best-reading first.
fn letters(all: &[&Language]) -> Vec<u8> {
    let bytes: Vec<u8> = preferred().collect();
    // A literal only knows its own bytes.
    let mut own = [false; 256];
    for byte in all.iter().filter_map(|language| language.machine.literal()).flat_map(Literal::bytes) {
        if let Some(own) = own.get_mut(usize::from(byte)) {
            *own = true;
        }
    }
    let alone = |byte: &u8| own.get(usize::from(*byte)) == Some(&true);
    let mut classes: Vec<usize> =
        bytes.iter().map(|byte| if alone(byte) { usize::from(*byte) + 1 } else { 0 }).collect();
    for language in all.iter().filter(|language| language.machine.literal().is_none()) {
        let mut finer: HashMap<(usize, u16), usize, BuildHasherDefault<Spread>> = HashMap::default();
        for (byte, class) in bytes.iter().zip(&mut classes) {
            let count = finer.len();
            *class = *finer.entry((*class, language.machine.class(*byte))).or_insert(count);
        }
    }
    let mut known = [false; 257];
    let first = |(_, class): &(&u8, usize)| {
        known.get_mut(*class).is_some_and(|known| !std::mem::replace(known, true))
    };
    bytes.iter().zip(classes).filter(first).map(|(byte, _)| *byte).collect()
}

/// All bytes, in the order in which a reader likes to see them.
fn preferred() -> impl Iterator<Item = u8> {
    let nice = b"xabcdefghijklmnopqrstuvwyz0123456789/-._";
    nice.iter()
        .copied()
        .chain((0x21..0x7f).filter(|b| !nice.contains(b)))
        .chain((0..=255).filter(|b| !(0x21..0x7f).contains(b)))
}

/// A literal as a pattern.
pub(crate) fn quote(literal: &[u8]) -> String {
    let mut out = String::with_capacity(quoted_length(literal));
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase();
    for byte in literal {
        if stands(*byte) {
            out.push(char::from(*byte));
        } else {
            out.extend(['\\', 'x', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    out
}

/// The length of a literal as a pattern.
pub(crate) fn quoted_length(literal: &[u8]) -> usize {
    literal.iter().map(|byte| if stands(*byte) { 1 } else { 4 }).sum()
}

/// Whether a byte stands for itself in a pattern.
fn stands(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'/'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(inside: &[&str], outside: &[&str]) -> Found {
        let make = |all: &[&str]| -> Vec<Language> {
            all.iter().map(|p| Language::new(p, false, "").unwrap()).collect()
        };
        let (inside, outside) = (make(inside), make(outside));
        search(b"", &inside.iter().collect::<Vec<_>>(), &outside.iter().collect::<Vec<_>>())
    }

    #[test]
    fn texts_are_found_or_excluded() {
        assert_eq!(find(&["/a/[^/]*", "[/a-z]*"], &["/a/x?"]), Found::Text(b"/a/a".to_vec()));
        assert_eq!(find(&["/a.*"], &["/.*"]), Found::Nothing);
        assert_eq!(find(&["a+", ".*b"], &[]), Found::Nothing);
        assert_eq!(find(&["(?s).*"], &["x?", "a"]), Found::Text(b"b".to_vec()));
    }

    #[test]
    fn what_stands_behind_counts() {
        let language = Language::new("a:80", false, ":80").unwrap();
        assert!(language.contains(b"a") && !language.contains(b"a:80"));
    }
}
