//! Which part of a model matters: the literals without which a claim about it would fail.

use std::cmp::Reverse;

use super::Engine;
use super::cone::Spoken;
use super::theory::Proof;
use crate::assignment::{Assignment, FLAGS, Flag};
use crate::formula::Bool;
use crate::space::{Key, Pattern, Shape};

/// What a literal is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum About {
    Flag(Flag),
    Pattern(Key, Pattern),
}

/// A flag or pattern with the value that it has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Literal {
    pub(crate) about: About,
    pub(crate) yes: bool,
}

impl Engine {
    /// The formula of literals that all hold.
    pub(crate) fn all_of(&mut self, literals: &[Literal]) -> Bool {
        let all: Vec<Bool> = literals.iter().map(|literal| self.literal(literal)).collect();
        Bool::and(&all)
    }

    fn literal(&mut self, literal: &Literal) -> Bool {
        let positive = match &literal.about {
            About::Flag(flag) => self.flag(*flag),
            About::Pattern(key, pattern) => self.atom(key, pattern.clone()),
        };
        if literal.yes { positive } else { positive.not() }
    }

    /// Literals of a model that leave no request which meets `counter`, as few as dropping them in turn leaves. Whole attributes are tried
    /// first, in the order in which a reader cares least; the answer depends on what holds, not on which model the solver finds.
    pub(crate) fn implicant(&mut self, found: &Assignment, counter: &Bool) -> Vec<Literal> {
        self.seal();
        let wanted = self.fresh_bool();
        self.assert_when(&wanted, counter);
        let protocol = Literal { about: About::Flag(Flag::Http), yes: found.flag(Flag::Http) };
        let mut base: Vec<Bool> = vec![wanted, self.literal(&protocol)];
        let cone = self.cones.last().cloned().unwrap_or_default();
        let spoken = self.spoken(&cone);
        base.extend(self.selectors(&cone));
        let groups = self.groups(found, &spoken);
        let all: Vec<Literal> = std::iter::once(&protocol).chain(groups.iter().flatten()).cloned().collect();
        let mut todo = std::collections::VecDeque::from(groups);
        let mut kept = vec![protocol];
        while let Some(group) = todo.pop_front() {
            let others: Vec<Literal> = kept.iter().skip(1).chain(todo.iter().flatten()).cloned().collect();
            let mut fixed = base.clone();
            fixed.extend(others.iter().map(|literal| self.literal(literal)).collect::<Vec<_>>());
            kept.extend(self.shrunk(&fixed, group, &spoken));
        }
        let kept = self.without_identity(kept, &spoken);
        base.extend(kept.iter().map(|literal| self.literal(literal)).collect::<Vec<_>>());
        if self.confirm(base, &Proof::default(), &spoken).is_ok() { kept } else { all }
    }

    /// A set whose callers all lack an identity says so, rather than which identities they lack.
    fn without_identity(&mut self, mut kept: Vec<Literal>, spoken: &Spoken) -> Vec<Literal> {
        let caller = |literal: &Literal| {
            matches!(literal.about, About::Pattern(Key::Peer, _) | About::Flag(Flag::Peer))
        };
        let mut callers = kept.iter().filter(|literal| caller(literal)).peekable();
        if callers.peek().is_none() || callers.any(|literal| literal.yes) {
            return kept;
        }
        let cone = self.cones.last().cloned().unwrap_or_default();
        let mut assumptions = self.selectors(&cone);
        assumptions.extend(kept.iter().map(|literal| self.literal(literal)).collect::<Vec<_>>());
        assumptions.push(self.flag(Flag::Peer));
        if self.leaves_nothing(&assumptions, spoken) {
            kept.retain(|literal| !caller(literal));
            kept.push(Literal { about: About::Flag(Flag::Peer), yes: false });
        }
        kept
    }

    /// Drops literals of one group as long as nothing meets the assumptions, large pieces first.
    fn shrunk(&mut self, fixed: &[Bool], group: Vec<Literal>, spoken: &Spoken) -> Vec<Literal> {
        let mut kept = group;
        let mut size = kept.len();
        while size > 0 {
            let mut at = 0;
            while at < kept.len() {
                let end = (at + size).min(kept.len());
                let rest: Vec<Literal> = kept.iter().take(at).chain(kept.iter().skip(end)).cloned().collect();
                let mut assumptions = fixed.to_vec();
                assumptions.extend(rest.iter().map(|literal| self.literal(literal)).collect::<Vec<_>>());
                if self.leaves_nothing(&assumptions, spoken) { kept = rest } else { at = end }
            }
            size /= 2;
        }
        kept
    }

    /// The literals of a model by attribute, least interesting attribute first; in each the strictest literal first.
    fn groups(&self, found: &Assignment, spoken: &Spoken) -> Vec<Vec<Literal>> {
        let mut all: Vec<Literal> = FLAGS
            .iter()
            .filter(|flag| **flag != Flag::Http)
            .map(|flag| Literal { about: About::Flag(*flag), yes: found.flag(*flag) })
            .collect();
        for (attribute, atoms) in &spoken.attributes {
            let Some(attribute) = self.attributes.get(*attribute) else { continue };
            for (pattern, at) in atoms {
                let (Some(pattern), Some(yes)) = (attribute.patterns.get(*pattern), found.atoms.get(*at))
                else {
                    continue;
                };
                all.push(Literal {
                    about: About::Pattern(attribute.key.clone(), pattern.clone()),
                    yes: *yes,
                });
            }
        }
        // What a literal excludes counts: of patterns that hold the most special is the strictest, of those that do not the most general.
        all.sort_by_cached_key(|literal| {
            let special = special(&literal.about);
            let strict = if literal.yes { (Some(special), None) } else { (None, Some(Reverse(special))) };
            (rank(&literal.about), !literal.yes, strict, literal.clone())
        });
        let mut out: Vec<Vec<Literal>> = Vec::new();
        for literal in all {
            match out
                .last_mut()
                .filter(|group| group.first().is_some_and(|first| rank(&first.about) == rank(&literal.about)))
            {
                Some(group) => group.push(literal),
                None => out.push(vec![literal]),
            }
        }
        out
    }
}

/// Attributes in the order in which they are dropped. The protocol never is: bytes pass other filters, and are a finding of their own.
fn rank(about: &About) -> (u8, Option<Key>) {
    match about {
        About::Pattern(Key::ServerName, _) | About::Flag(Flag::ServerName) => (0, None),
        About::Pattern(key @ (Key::Header(_) | Key::ExtraHeader(_) | Key::Line(_) | Key::Query(_)), _) => {
            (1, Some(key.clone()))
        }
        About::Pattern(Key::Host, _) => (2, None),
        About::Pattern(Key::Remote(_), _) => (3, None),
        About::Pattern(Key::Source, _) => (4, None),
        About::Pattern(Key::Port, _) => (5, None),
        About::Pattern(Key::Method, _) => (6, None),
        About::Pattern(Key::Claim(_), _) | About::Flag(Flag::Token) => (7, None),
        About::Pattern(key @ Key::Consent(_), _) => (8, Some(key.clone())),
        About::Pattern(Key::Path, _) => (9, None),
        About::Pattern(Key::Peer, _) | About::Flag(Flag::Peer) => (10, None),
        About::Flag(Flag::Http) => (11, None),
    }
}

/// How general a literal is, the most special first: whole texts, other patterns, long ends, short ends, presence.
fn special(about: &About) -> (u8, Reverse<usize>) {
    match about {
        About::Flag(_) => (4, Reverse(0)),
        About::Pattern(_, pattern) => match &pattern.shape {
            Shape::Exact(text) => (0, Reverse(text.len())),
            Shape::Head(_) => (1, Reverse(pattern.regex.len())),
            Shape::Suffix(text) => (2, Reverse(text.len())),
            Shape::Prefix(text) => (3, Reverse(text.len())),
        },
    }
}
