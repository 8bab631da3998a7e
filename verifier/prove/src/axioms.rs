//! What is known of patterns before any model: which one implies which, and which exclude each other.

use std::collections::BTreeMap;

use crate::space::{Attribute, Key, Shape};

/// Not all of `yes` can hold without any of `no`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    pub(crate) yes: Vec<usize>,
    pub(crate) no: Vec<usize>,
}

/// Patterns of one attribute by their literal part.
struct Shapes<'a> {
    exact: BTreeMap<&'a [u8], Vec<usize>>,
    prefix: BTreeMap<&'a [u8], Vec<usize>>,
    suffix: BTreeMap<&'a [u8], Vec<usize>>,
    head: BTreeMap<&'a [u8], Vec<usize>>,
}

impl<'a> Shapes<'a> {
    fn of(attribute: &'a Attribute) -> Self {
        let mut out = Shapes {
            exact: BTreeMap::new(),
            prefix: BTreeMap::new(),
            suffix: BTreeMap::new(),
            head: BTreeMap::new(),
        };
        for (at, pattern) in attribute.patterns.iter().enumerate() {
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
}

/// The nearest prefix pattern that a text begins with; `proper` leaves out the text itself.
fn parent(prefixes: &BTreeMap<&[u8], Vec<usize>>, text: &[u8], proper: bool) -> Option<(Vec<u8>, usize)> {
    let longest = if proper { text.len().checked_sub(1)? } else { text.len() };
    (0..=longest).rev().find_map(|end| {
        let start = text.get(..end)?;
        prefixes.get(start).and_then(|all| all.first()).map(|at| (start.to_vec(), *at))
    })
}

/// Implications between the patterns of one attribute.
pub(crate) fn of(attribute: &Attribute, add: &mut impl FnMut(Clause)) {
    let shapes = Shapes::of(attribute);
    let list = attribute.key.is_list();
    let implies = |a: usize, b: usize| Clause { yes: vec![a], no: vec![b] };
    for (text, all) in &shapes.prefix {
        if let Some((_, up)) = parent(&shapes.prefix, text, true) {
            all.iter().for_each(|at| add(implies(*at, up)));
        }
    }
    for (text, all) in &shapes.suffix {
        let nearest = (1..=text.len()).find_map(|start| shapes.suffix.get(text.get(start..)?)?.first());
        if let Some(up) = nearest {
            all.iter().for_each(|at| add(implies(*at, *up)));
        }
    }
    for (head, all) in &shapes.head {
        if let Some((_, up)) = parent(&shapes.prefix, head, false) {
            let literal = |at: &&usize| {
                attribute.patterns.get(**at).is_some_and(|p| !p.any_case && p.behind.is_empty())
            };
            all.iter().filter(literal).for_each(|at| add(implies(*at, up)));
        }
    }
    for (text, all) in &shapes.exact {
        for at in all {
            exact(attribute, &shapes, text, *at, list, add);
        }
    }
}

/// A whole text decides every pattern that could match it.
fn exact(
    attribute: &Attribute,
    shapes: &Shapes<'_>,
    text: &[u8],
    at: usize,
    list: bool,
    add: &mut impl FnMut(Clause),
) {
    if !list && !attribute.occurs(text) {
        add(Clause { yes: vec![at], no: Vec::new() });
        return;
    }
    if let Some((_, up)) = parent(&shapes.prefix, text, false) {
        add(Clause { yes: vec![at], no: vec![up] });
    }
    for start in 0..=text.len() {
        for other in text.get(start..).and_then(|end| shapes.suffix.get(end)).into_iter().flatten() {
            add(Clause { yes: vec![at], no: vec![*other] });
        }
    }
    for end in 0..=text.len() {
        for other in text.get(..end).and_then(|head| shapes.head.get(head)).into_iter().flatten() {
            match attribute.matches(*other, text) {
                Some(true) => add(Clause { yes: vec![at], no: vec![*other] }),
                Some(false) if !list => add(Clause { yes: vec![at, *other], no: Vec::new() }),
                _ => {}
            }
        }
    }
}

/// Groups of patterns of which at most one holds: whole texts and prefixes below the same prefix; plain namespaces.
pub(crate) fn exclusive(attribute: &Attribute) -> Vec<Vec<usize>> {
    let shapes = Shapes::of(attribute);
    let mut groups: BTreeMap<Option<Vec<u8>>, Vec<usize>> = BTreeMap::new();
    for (text, all) in &shapes.prefix {
        let up = parent(&shapes.prefix, text, true).map(|(start, _)| start);
        groups.entry(up).or_default().extend(all.first());
    }
    for (text, all) in &shapes.exact {
        let up = parent(&shapes.prefix, text, false).map(|(start, _)| start);
        groups.entry(up).or_default().extend(all.first());
    }
    let mut out: Vec<Vec<usize>> = groups.into_values().filter(|group| group.len() > 1).collect();
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
