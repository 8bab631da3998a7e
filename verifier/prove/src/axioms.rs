//! What is known of patterns before any model: which one implies which, and which exclude each other.

use std::collections::BTreeMap;

use crate::space::{Attribute, Key, Pattern, Shape};

/// Not all of `yes` can hold without any of `no`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    pub(crate) yes: Vec<usize>,
    pub(crate) no: Vec<usize>,
}

impl Clause {
    fn implies(a: usize, b: usize) -> Self {
        Self { yes: vec![a], no: vec![b] }
    }

    fn excludes(a: usize, b: usize) -> Self {
        Self { yes: vec![a, b], no: Vec::new() }
    }
}

/// Patterns of one attribute by their literal part. Only patterns that compare letters alike are in one.
struct Shapes<'a> {
    exact: BTreeMap<&'a [u8], Vec<usize>>,
    prefix: BTreeMap<&'a [u8], Vec<usize>>,
    suffix: BTreeMap<&'a [u8], Vec<usize>>,
    head: BTreeMap<&'a [u8], Vec<usize>>,
}

impl<'a> Shapes<'a> {
    fn of(attribute: &'a Attribute, any_case: bool) -> Self {
        let mut out = Shapes {
            exact: BTreeMap::new(),
            prefix: BTreeMap::new(),
            suffix: BTreeMap::new(),
            head: BTreeMap::new(),
        };
        for (at, pattern) in attribute.patterns.iter().enumerate() {
            if pattern.any_case != any_case || !pattern.behind.is_empty() {
                continue;
            }
            let (map, text) = match &pattern.shape {
                Shape::Exact(s) => (&mut out.exact, s),
                Shape::Prefix(s) => (&mut out.prefix, s),
                Shape::Suffix(s) => (&mut out.suffix, s),
                Shape::Head(s) => (&mut out.head, s),
            };
            map.entry(text.as_slice()).or_default().push(at);
        }
        out
    }

    /// One for each way of comparing letters.
    fn all(attribute: &'a Attribute) -> [Self; 2] {
        [false, true].map(|any_case| Self::of(attribute, any_case))
    }
}

/// The nearest prefix pattern that a text begins with; `proper` leaves out the text itself.
fn parent(prefixes: &BTreeMap<&[u8], Vec<usize>>, text: &[u8], proper: bool) -> Option<(Vec<u8>, usize)> {
    let longest = if proper { text.len().checked_sub(1)? } else { text.len() };
    (0..=longest).rev().find_map(|end| {
        let start = text.get(..end)?;
        prefixes.get(start).and_then(|all| all.first()).map(|at| (start.to_vec(), *at))
    })
}

/// Whole texts, and for each pattern that is no start of texts those that it matches. Where one of the texts holds, a pattern only
/// holds beside one that it matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cover {
    pub(crate) exacts: Vec<usize>,
    pub(crate) patterns: Vec<(usize, Vec<usize>)>,
}

/// Implications between the patterns of one attribute, as many as there are patterns. What a whole text excludes is in covers: one
/// clause for each pair would be too many.
pub(crate) fn of(attribute: &Attribute, add: &mut impl FnMut(Clause)) -> Vec<Cover> {
    let mut out = Vec::new();
    for shapes in Shapes::all(attribute) {
        forests(&shapes, add);
        let mut fitting: BTreeMap<usize, Option<Vec<usize>>> = shapes
            .suffix
            .values()
            .chain(shapes.head.values())
            .flatten()
            .map(|at| (*at, Some(Vec::new())))
            .collect();
        for (text, all) in &shapes.exact {
            all.iter().for_each(|at| exact(attribute, &shapes, (text, *at), &mut fitting, add));
        }
        // Values of lists stand side by side.
        if attribute.key.is_list() {
            continue;
        }
        let patterns: Vec<_> = fitting.into_iter().filter_map(|(at, texts)| Some((at, texts?))).collect();
        let exacts: Vec<usize> = shapes.exact.values().flatten().copied().collect();
        if !exacts.is_empty() && !patterns.is_empty() {
            out.push(Cover { exacts, patterns });
        }
    }
    out
}

/// Prefixes and suffixes imply the nearest shorter ones.
fn forests(shapes: &Shapes<'_>, add: &mut impl FnMut(Clause)) {
    for (text, all) in &shapes.prefix {
        if let Some((_, up)) = parent(&shapes.prefix, text, true) {
            all.iter().for_each(|at| add(Clause::implies(*at, up)));
        }
    }
    for (text, all) in &shapes.suffix {
        let nearest = (1..=text.len()).find_map(|start| shapes.suffix.get(text.get(start..)?)?.first());
        if let Some(up) = nearest {
            all.iter().for_each(|at| add(Clause::implies(*at, *up)));
        }
    }
    for (head, all) in &shapes.head {
        if let Some((_, up)) = parent(&shapes.prefix, head, false) {
            all.iter().for_each(|at| add(Clause::implies(*at, up)));
        }
    }
}

/// A whole text decides every pattern that could match it. Suffixes and heads that match are noted; heads that are too large to tell
/// are struck.
fn exact(
    attribute: &Attribute,
    shapes: &Shapes<'_>,
    (text, at): (&[u8], usize),
    fitting: &mut BTreeMap<usize, Option<Vec<usize>>>,
    add: &mut impl FnMut(Clause),
) {
    let list = attribute.key.is_list();
    if !list && !attribute.occurs(text) {
        add(Clause { yes: vec![at], no: Vec::new() });
        return;
    }
    if let Some((_, up)) = parent(&shapes.prefix, text, false) {
        add(Clause::implies(at, up));
    }
    for start in 0..=text.len() {
        for other in text.get(start..).and_then(|end| shapes.suffix.get(end)).into_iter().flatten() {
            add(Clause::implies(at, *other));
            fitting.entry(*other).and_modify(|texts| texts.iter_mut().for_each(|texts| texts.push(at)));
        }
    }
    for end in 0..=text.len() {
        for other in text.get(..end).and_then(|head| shapes.head.get(head)).into_iter().flatten() {
            match attribute.matches(*other, text) {
                Some(true) => {
                    add(Clause::implies(at, *other));
                    fitting
                        .entry(*other)
                        .and_modify(|texts| texts.iter_mut().for_each(|texts| texts.push(at)));
                }
                Some(false) => {}
                None => {
                    fitting.insert(*other, None);
                }
            }
        }
    }
}

/// Relations of one pattern to each of those before it, for patterns that come when the others are related already.
pub(crate) fn beside(attribute: &Attribute, new: usize, add: &mut impl FnMut(Clause)) {
    let Some(pattern) = attribute.patterns.get(new) else { return };
    let list = attribute.key.is_list();
    if let Shape::Exact(text) = &pattern.shape
        && pattern.behind.is_empty()
        && !list
        && !attribute.occurs(text)
    {
        add(Clause { yes: vec![new], no: Vec::new() });
        return;
    }
    for (at, other) in attribute.patterns.iter().enumerate().take(new).filter(|(_, o)| o.comparable(pattern))
    {
        if implied(attribute, pattern, at, other) {
            add(Clause::implies(new, at));
        }
        if implied(attribute, other, new, pattern) {
            add(Clause::implies(at, new));
        }
        if !list && apart(attribute, (new, pattern), (at, other)) {
            add(Clause::excludes(new, at));
        }
    }
}

/// Whether every text of one pattern is one of another, as far as literal parts show it.
pub(crate) fn implied(attribute: &Attribute, of: &Pattern, at: usize, other: &Pattern) -> bool {
    match &of.shape {
        Shape::Exact(text) => attribute.matches(at, text) == Some(true),
        _ => other.includes(of),
    }
}

/// Whether no text is one of both, as far as literal parts show it.
pub(crate) fn apart(
    attribute: &Attribute,
    (at, a): (usize, &Pattern),
    (other, b): (usize, &Pattern),
) -> bool {
    let differ = |x: &[u8], y: &[u8]| !x.starts_with(y) && !y.starts_with(x);
    match (&a.shape, &b.shape) {
        (Shape::Exact(text), _) => attribute.matches(other, text) == Some(false),
        (_, Shape::Exact(text)) => attribute.matches(at, text) == Some(false),
        (Shape::Prefix(x) | Shape::Head(x), Shape::Prefix(y) | Shape::Head(y)) => differ(x, y),
        (Shape::Suffix(x), Shape::Suffix(y)) => !x.ends_with(y) && !y.ends_with(x),
        _ => false,
    }
}

/// Groups of patterns of which at most one holds: whole texts and prefixes below the same prefix; suffixes below the same suffix; plain
/// namespaces.
pub(crate) fn exclusive(attribute: &Attribute) -> Vec<Vec<usize>> {
    let mut out: Vec<Vec<usize>> = Vec::new();
    for shapes in Shapes::all(attribute) {
        let mut groups: BTreeMap<Option<Vec<u8>>, Vec<usize>> = BTreeMap::new();
        for (text, all) in &shapes.prefix {
            let up = parent(&shapes.prefix, text, true).map(|(start, _)| start);
            groups.entry(up).or_default().extend(all.first());
        }
        for (text, all) in &shapes.exact {
            let up = parent(&shapes.prefix, text, false).map(|(start, _)| start);
            groups.entry(up).or_default().extend(all.first());
        }
        let mut ends: BTreeMap<Option<&[u8]>, Vec<usize>> = BTreeMap::new();
        for (text, all) in &shapes.suffix {
            let up = (1..=text.len())
                .filter_map(|start| text.get(start..))
                .find(|end| shapes.suffix.contains_key(*end));
            ends.entry(up).or_default().extend(all.first());
        }
        out.extend(groups.into_values().chain(ends.into_values()).filter(|group| group.len() > 1));
    }
    if attribute.key == Key::Peer {
        let plain = |regex: &str| {
            let name = regex.strip_prefix(".*/ns/").and_then(|rest| rest.strip_suffix("/.*"));
            name.is_some_and(|name| !name.contains(".*") && name != "ns" && name != "sa")
        };
        out.push(
            (0..attribute.patterns.len())
                .filter(|at| attribute.patterns.get(*at).is_some_and(|p| plain(&p.regex)))
                .collect(),
        );
    }
    out
}
