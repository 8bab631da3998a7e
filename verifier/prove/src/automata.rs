//! Is there a text that some patterns match and others do not? Decided by walking their automata side by side.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::BuildHasherDefault;
use std::rc::Rc;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, util::syntax};

use crate::formula::Spread;

/// States that one search may visit before it gives up.
const LIMIT: usize = 400_000;

/// A language of whole texts (bytes).
#[derive(Clone, Debug)]
pub(crate) struct Language {
    dfa: dense::DFA<Vec<u32>>,
    start: StateID,
    /// The language is that of texts which match once this is behind them.
    behind: Vec<u8>,
}

/// Languages that many questions share, by their patterns.
#[derive(Debug, Default)]
pub(crate) struct Languages(RefCell<HashMap<String, Option<Rc<Language>>>>);

impl Languages {
    /// The language of a pattern, made once; `None` as for [`Language::new`].
    pub(crate) fn get(&self, pattern: &str) -> Option<Rc<Language>> {
        if let Some(known) = self.0.borrow().get(pattern) {
            return known.clone();
        }
        let made = Language::new(pattern, false, "").map(Rc::new);
        self.0.borrow_mut().insert(pattern.to_owned(), made.clone());
        made
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

impl Language {
    /// Texts that match a pattern as a whole. `None` when the pattern is no pattern or too large.
    pub(crate) fn new(pattern: &str, any_case: bool, behind: &str) -> Option<Self> {
        let dfa = dense::Builder::new()
            .configure(dense::Config::new().start_kind(StartKind::Anchored).dfa_size_limit(Some(1 << 24)))
            .syntax(syntax::Config::new().unicode(false).utf8(false).case_insensitive(any_case))
            .thompson(regex_automata::nfa::thompson::Config::new().utf8(false))
            .build(&format!(r"\A(?:{pattern})\z"))
            .ok()?;
        let start = dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).ok()?;
        Some(Self { dfa, start, behind: behind.as_bytes().to_vec() })
    }

    /// Whether a text is in the language.
    pub(crate) fn contains(&self, text: &[u8]) -> bool {
        let end = text.iter().fold(self.start, |state, byte| self.dfa.next_state(state, *byte));
        self.accepts(end)
    }

    fn accepts(&self, state: StateID) -> bool {
        let end = self.behind.iter().fold(state, |state, byte| self.dfa.next_state(state, *byte));
        self.dfa.is_match_state(self.dfa.next_eoi_state(end))
    }

    /// No text from here on is in the language.
    fn is_dead(&self, state: StateID) -> bool {
        self.dfa.is_dead_state(state)
    }

    /// Every text from here on is in the language, as far as one step shows it.
    fn is_full(&self, state: StateID, letters: &[u8]) -> bool {
        self.accepts(state) && letters.iter().all(|byte| self.dfa.next_state(state, *byte) == state)
    }
}

/// The shortest text that all of `inside` contain and none of `outside` does; among equally short ones, the one that reads best.
pub(crate) fn search(inside: &[&Language], outside: &[&Language]) -> Found {
    let letters = letters(inside, outside);
    let start: Vec<StateID> = inside.iter().chain(outside).map(|language| language.start).collect();
    let mut seen: HashMap<Vec<StateID>, usize, BuildHasherDefault<Spread>> = HashMap::default();
    // Each visited state with the step that led there: (state, parent, letter).
    let mut visited: Vec<(Vec<StateID>, usize, u8)> = vec![(start.clone(), usize::MAX, 0)];
    seen.insert(start, 0);
    let mut queue = VecDeque::from([0usize]);
    while let Some(at) = queue.pop_front() {
        let Some((states, _, _)) = visited.get(at).cloned() else { break };
        let (mine, theirs) = states.split_at(inside.len().min(states.len()));
        let wanted = inside.iter().zip(mine).all(|(language, state)| language.accepts(*state));
        if wanted && !outside.iter().zip(theirs).any(|(language, state)| language.accepts(*state)) {
            return Found::Text(spell(&visited, at));
        }
        let hopeless = inside.iter().zip(mine).any(|(language, state)| language.is_dead(*state))
            || outside.iter().zip(theirs).any(|(language, state)| language.is_full(*state, &letters));
        if hopeless {
            continue;
        }
        for byte in &letters {
            let all = inside.iter().chain(outside).zip(&states);
            let next: Vec<StateID> =
                all.map(|(language, state)| language.dfa.next_state(*state, *byte)).collect();
            if seen.contains_key(&next) {
                continue;
            }
            if visited.len() >= LIMIT {
                return Found::GaveUp;
            }
            seen.insert(next.clone(), visited.len());
            queue.push_back(visited.len());
            visited.push((next, at, *byte));
        }
    }
    Found::Nothing
}

fn spell(visited: &[(Vec<StateID>, usize, u8)], end: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = end;
    while let Some((_, parent, byte)) = visited.get(at) {
        if *parent == usize::MAX {
            break;
        }
        out.push(*byte);
        at = *parent;
    }
    out.reverse();
    out
}

/// One byte per class of bytes that no automaton tells apart, best-reading first.
fn letters(inside: &[&Language], outside: &[&Language]) -> Vec<u8> {
    let mut seen: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut out = Vec::new();
    for byte in preferred() {
        let class: Vec<u8> =
            inside.iter().chain(outside).map(|language| language.dfa.byte_classes().get(byte)).collect();
        if seen.insert(class) {
            out.push(byte);
        }
    }
    out
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
    let mut out = String::new();
    for byte in literal {
        if byte.is_ascii_alphanumeric() || *byte == b'/' {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!(r"\x{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(inside: &[&str], outside: &[&str]) -> Found {
        let make = |all: &[&str]| -> Vec<Language> {
            all.iter().map(|p| Language::new(p, false, "").unwrap()).collect()
        };
        let (inside, outside) = (make(inside), make(outside));
        search(&inside.iter().collect::<Vec<_>>(), &outside.iter().collect::<Vec<_>>())
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
