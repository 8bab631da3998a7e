//! The attributes of a request, and the patterns that policies ask about each.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use mp_ir::plan::TextMatch;

use crate::automata::{Found, Language, quote, search};

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
}

impl Key {
    /// Several values at a time, each on its own.
    pub(crate) fn is_list(&self) -> bool {
        match self {
            Key::Header(_) => true,
            Key::Claim(path) => !is_text_claim(path),
            _ => false,
        }
    }
}

/// Issuer and subject are texts, or the token is refused.
pub(crate) fn is_text_claim(path: &[String]) -> bool {
    matches!(path, [one] if one == "iss" || one == "sub")
}

/// The form of a pattern, where it has one that axioms understand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shape {
    Exact(Vec<u8>),
    Prefix(Vec<u8>),
    Suffix(Vec<u8>),
    /// Begins so, and goes on in some other way.
    Head(Vec<u8>),
}

/// One pattern over whole texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pattern {
    pub(crate) shape: Shape,
    pub(crate) regex: String,
    pub(crate) any_case: bool,
    /// What is put behind the text before it is compared.
    pub(crate) behind: String,
}

impl Pattern {
    pub(crate) fn exact(text: &str) -> Self {
        Self::plain(Shape::Exact(text.as_bytes().to_vec()), quote(text.as_bytes()))
    }

    pub(crate) fn prefix(text: &str) -> Self {
        Self::plain(Shape::Prefix(text.as_bytes().to_vec()), format!("{}(?s:.*)", quote(text.as_bytes())))
    }

    pub(crate) fn suffix(text: &str) -> Self {
        Self::plain(Shape::Suffix(text.as_bytes().to_vec()), format!("(?s:.*){}", quote(text.as_bytes())))
    }

    pub(crate) fn regex(head: &str, regex: impl Into<String>) -> Self {
        Self::plain(Shape::Head(head.as_bytes().to_vec()), regex.into())
    }

    fn plain(shape: Shape, regex: String) -> Self {
        Self { shape, regex, any_case: false, behind: String::new() }
    }

    pub(crate) fn of_text(text: &TextMatch) -> Self {
        match text {
            TextMatch::Exact(s) => Self::exact(s),
            TextMatch::Prefix(s) => Self::prefix(s),
            TextMatch::Suffix(s) => Self::suffix(s),
            TextMatch::NotEmpty => Self::regex("", ".+"),
        }
    }

    /// The same without regard to the case of letters, and with something behind the text.
    pub(crate) fn of_host(text: &TextMatch, behind: &str) -> Self {
        let inner = Self::of_text(text);
        Self { shape: Shape::Head(Vec::new()), any_case: true, behind: behind.to_owned(), ..inner }
    }
}

/// What was found about one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Text(Vec<u8>),
    /// These cannot be true and those false at the same time.
    Conflict(Vec<usize>, Vec<usize>),
    GaveUp,
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
}

impl Attribute {
    /// `inside` and `outside` bound the texts that can occur at all.
    pub(crate) fn new(key: Key, inside: &[String], outside: &[String]) -> Option<Self> {
        let make = |all: &[String]| {
            all.iter().map(|regex| Language::new(regex, false, "")).collect::<Option<Vec<Language>>>()
        };
        Some(Self {
            key,
            patterns: Vec::new(),
            index: BTreeMap::new(),
            languages: Vec::new(),
            inside: make(inside)?,
            outside: make(outside)?,
        })
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
        let make = || Language::new(&pattern.regex, pattern.any_case, &pattern.behind);
        self.languages.get(at)?.get_or_init(make).as_ref()
    }

    /// Whether a pattern matches a text; `None` when the pattern is beyond us.
    pub(crate) fn matches(&self, at: usize, text: &[u8]) -> Option<bool> {
        let pattern = self.patterns.get(at)?;
        if !pattern.any_case && pattern.behind.is_empty() {
            match &pattern.shape {
                Shape::Exact(s) => return Some(text == s.as_slice()),
                Shape::Prefix(s) => return Some(text.starts_with(s)),
                Shape::Suffix(s) => return Some(text.ends_with(s)),
                Shape::Head(s) if !text.starts_with(s) => return Some(false),
                Shape::Head(_) => {}
            }
        }
        self.language(at).map(|language| language.contains(text))
    }

    /// Whether a text can occur at all.
    pub(crate) fn occurs(&self, text: &[u8]) -> bool {
        self.inside.iter().all(|l| l.contains(text)) && !self.outside.iter().any(|l| l.contains(text))
    }

    /// A text that all of `yes` match and none of `no` does, or a small conflict.
    pub(crate) fn find(&self, yes: &[usize], no: &[usize]) -> Verdict {
        let mut avoided: Vec<usize> = Vec::new();
        loop {
            match self.search(yes, &avoided) {
                Found::GaveUp => return Verdict::GaveUp,
                Found::Nothing => return self.conflict(yes, &avoided),
                Found::Text(text) => {
                    let mut hit: Option<usize> = None;
                    for at in no.iter().filter(|at| !avoided.contains(at)) {
                        match self.matches(*at, &text) {
                            None => return Verdict::GaveUp,
                            Some(true) if hit.is_none_or(|best| self.length(*at) < self.length(best)) => {
                                hit = Some(*at)
                            }
                            Some(_) => {}
                        }
                    }
                    match hit {
                        None => return Verdict::Text(text),
                        Some(at) => avoided.push(at),
                    }
                }
            }
        }
    }

    fn length(&self, at: usize) -> usize {
        self.patterns.get(at).map_or(0, |pattern| pattern.regex.len())
    }

    fn search(&self, yes: &[usize], no: &[usize]) -> Found {
        let languages =
            |all: &[usize]| all.iter().map(|at| self.language(*at)).collect::<Option<Vec<&Language>>>();
        let (Some(mut inside), Some(mut outside)) = (languages(yes), languages(no)) else {
            return Found::GaveUp;
        };
        inside.extend(&self.inside);
        outside.extend(&self.outside);
        search(&inside, &outside)
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
