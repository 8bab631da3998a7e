//! The attributes of a request, and the patterns that policies ask about each.

mod pattern;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use mp_ir::plan::is_one_line;

use crate::automata::{Found, Language, Languages, search};
use crate::axioms::{apart, implied};
use crate::texts::Texts;

pub(crate) use pattern::{Pattern, Shape};

/// An attribute. The number tells copies of a request apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    Port,
    Method,
    Peer,
    ServerName,
    /// Bits of the address.
    Source,
    /// Bits of the client's address, per copy.
    Remote(u8),
    Path,
    Host,
    /// Values of a header, by its name in lower case.
    Header(String),
    /// One more value of a header.
    ExtraHeader(String),
    /// Values of a claim.
    Claim(Vec<String>),
    /// The answer of an external authoriser, by provider: `yes` or `no`.
    Consent(String),
    /// The one value of a header as a router reads it, by its name in lower case.
    Line(String),
    /// The value of a query parameter.
    Query(String),
}

impl Key {
    /// Several values at a time, each on its own.
    pub(crate) fn is_list(&self) -> bool {
        match self {
            Key::Header(name) => !is_one_line(name),
            Key::Claim(path) => !is_text_claim(path),
            _ => false,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Port => f.write_str("the port"),
            Key::Method => f.write_str("the method"),
            Key::Peer => f.write_str("the caller's identity"),
            Key::ServerName => f.write_str("the server name"),
            Key::Source => f.write_str("the source address"),
            Key::Remote(_) => f.write_str("the client's address"),
            Key::Path => f.write_str("the path"),
            Key::Host => f.write_str("the host"),
            Key::Header(name) | Key::ExtraHeader(name) | Key::Line(name) => write!(f, "the header `{name}`"),
            Key::Claim(path) => write!(f, "the claim `{}`", path.join(".")),
            Key::Consent(provider) => write!(f, "the answer of `{provider}`"),
            Key::Query(name) => write!(f, "the query parameter `{name}`"),
        }
    }
}

/// Issuer and subject are texts, or the token is refused.
pub(crate) fn is_text_claim(path: &[String]) -> bool {
    matches!(path, [one] if one == "iss" || one == "sub")
}

/// What was found about one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Text(Vec<u8>),
    /// These cannot be true and those false at the same time.
    Conflict(Vec<usize>, Vec<usize>),
    /// The search grew too large; because of one pattern, where that is known.
    GaveUp(Option<usize>),
}

/// One attribute with its patterns.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) key: Key,
    pub(crate) patterns: Vec<Pattern>,
    index: BTreeMap<Pattern, usize>,
    languages: Vec<OnceCell<Option<Language>>>,
    /// Every text is in these.
    inside: Vec<Language>,
    /// No text is in these.
    outside: Vec<Language>,
    shared: Rc<Languages>,
    texts: RefCell<Texts>,
}

impl Attribute {
    /// `inside` and `outside` bound the texts that can occur at all.
    pub(crate) fn new(
        key: Key,
        inside: &[String],
        outside: &[String],
        languages: &Rc<Languages>,
    ) -> Option<Self> {
        let make = |all: &[String]| all.iter().map(|regex| languages.get(regex)).collect::<Option<Vec<_>>>();
        Some(Self {
            key,
            patterns: Vec::new(),
            index: BTreeMap::new(),
            languages: Vec::new(),
            inside: make(inside)?,
            outside: make(outside)?,
            shared: Rc::clone(languages),
            texts: RefCell::default(),
        })
    }

    pub(crate) fn knows(&self, pattern: &Pattern) -> bool {
        self.index.contains_key(pattern)
    }

    /// The place of a pattern, and whether it is new.
    pub(crate) fn intern(&mut self, pattern: Pattern) -> (usize, bool) {
        if let Some(at) = self.index.get(&pattern) {
            return (*at, false);
        }
        let at = self.patterns.len();
        self.index.insert(pattern.clone(), at);
        self.patterns.push(pattern);
        self.languages.push(OnceCell::new());
        (at, true)
    }

    fn language(&self, at: usize) -> Option<&Language> {
        let pattern = self.patterns.get(at)?;
        let make = || match pattern.literal() {
            Some(literal) => Some(Language::literal(literal)),
            None => self.shared.with(&pattern.spelt(), pattern.any_case, &pattern.behind),
        };
        self.languages.get(at)?.get_or_init(make).as_ref()
    }

    /// Whether a pattern matches a text; `None` when the pattern is beyond us.
    pub(crate) fn matches(&self, at: usize, text: &[u8]) -> Option<bool> {
        let pattern = self.patterns.get(at)?;
        if let Some(known) = pattern.literally(text) {
            return Some(known);
        }
        self.language(at).map(|language| language.contains(text))
    }

    /// Whether a text can occur at all.
    pub(crate) fn occurs(&self, text: &[u8]) -> bool {
        self.inside.iter().all(|l| l.contains(text)) && !self.outside.iter().any(|l| l.contains(text))
    }

    /// A text that all of `yes` match and none of `no` does, the shortest and best-reading one, or a small conflict. `no` is in order.
    pub(crate) fn find(&self, yes: &[usize], no: &[usize]) -> Verdict {
        let yes = match self.essence(yes) {
            Ok(yes) => yes,
            Err((a, b)) => return Verdict::Conflict(vec![a, b], Vec::new()),
        };
        if let Some(text) = self.texts.borrow_mut().recall(&yes, no, |at, text| self.matches(at, text)) {
            return Verdict::Text(text);
        }
        let mut avoided: Vec<usize> = Vec::new();
        loop {
            let text = match self.search(&yes, &avoided) {
                Found::GaveUp => return Verdict::GaveUp(self.unspeakable(yes.iter().chain(&avoided))),
                Found::Nothing => return self.conflict(&yes, &avoided),
                Found::Text(text) => text,
            };
            let mut hit: Option<usize> = None;
            for at in no.iter().filter(|at| !avoided.contains(at)) {
                match self.matches(*at, &text) {
                    None => return Verdict::GaveUp(Some(*at)),
                    Some(true) if hit.is_none_or(|best| self.length(*at) < self.length(best)) => {
                        hit = Some(*at)
                    }
                    Some(_) => {}
                }
            }
            match hit {
                Some(at) => avoided.push(at),
                None => {
                    self.texts.borrow_mut().keep(yes, avoided, &text);
                    return Verdict::Text(text);
                }
            }
        }
    }

    /// The patterns that imply all of `yes` as far as literal parts show it, or two that exclude each other.
    fn essence(&self, yes: &[usize]) -> Result<Vec<usize>, (usize, usize)> {
        let mut out: Vec<usize> = Vec::new();
        for at in yes {
            let Some(pattern) = self.patterns.get(*at) else { continue };
            let mut implied = false;
            for known in &out {
                let Some(other) = self.patterns.get(*known).filter(|other| other.comparable(pattern)) else {
                    continue;
                };
                if apart(self, (*at, pattern), (*known, other)) {
                    return Err((*known, *at));
                }
                implied |= self::implied(self, other, *at, pattern);
            }
            if implied {
                continue;
            }
            out.retain(|known| {
                let other = self.patterns.get(*known);
                !other.is_some_and(|other| {
                    other.comparable(pattern) && self::implied(self, pattern, *known, other)
                })
            });
            out.push(*at);
        }
        Ok(out)
    }

    /// The first pattern that no automaton stands for.
    fn unspeakable<'a>(&self, mut all: impl Iterator<Item = &'a usize>) -> Option<usize> {
        all.find(|at| self.language(**at).is_none()).copied()
    }

    fn length(&self, at: usize) -> usize {
        self.patterns.get(at).map_or(0, Pattern::length)
    }

    /// What every text begins with that these patterns match, as far as literal parts show it.
    fn head(&self, yes: &[usize]) -> &[u8] {
        let plain = yes.iter().filter_map(|at| self.patterns.get(*at)).filter(|pattern| !pattern.any_case);
        let heads = plain.map(|pattern| match &pattern.shape {
            Shape::Exact(text) | Shape::Prefix(text) | Shape::Head(text) if pattern.behind.is_empty() => {
                text.as_slice()
            }
            _ => [].as_slice(),
        });
        heads.max_by_key(|head| head.len()).unwrap_or_default()
    }

    fn search(&self, yes: &[usize], no: &[usize]) -> Found {
        let languages =
            |all: &[usize]| all.iter().map(|at| self.language(*at)).collect::<Option<Vec<&Language>>>();
        let (Some(mut inside), Some(mut outside)) = (languages(yes), languages(no)) else {
            return Found::GaveUp;
        };
        inside.extend(&self.inside);
        outside.extend(&self.outside);
        search(self.head(yes), &inside, &outside)
    }

    /// Drops what the conflict does not need.
    fn conflict(&self, yes: &[usize], no: &[usize]) -> Verdict {
        let (mut yes, mut no) = (yes.to_vec(), no.to_vec());
        let mut at = 0;
        while at < yes.len() {
            let mut fewer = yes.clone();
            fewer.remove(at);
            if self.search(&fewer, &no) == Found::Nothing { yes = fewer } else { at += 1 }
        }
        let mut at = 0;
        while at < no.len() {
            let mut fewer = no.clone();
            fewer.remove(at);
            if self.search(&yes, &fewer) == Found::Nothing { no = fewer } else { at += 1 }
        }
        Verdict::Conflict(yes, no)
    }
}
