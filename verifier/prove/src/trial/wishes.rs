//! What a rule wants of a request, by attribute, for one way to meet it.

use std::collections::BTreeMap;

use mp_ir::base::{At, Origin};
use mp_ir::plan::{
    EnforcementPoint, HeaderTest, PeerMatch, PermissionTest, Policy, PrincipalTest, TextMatch, Tree,
};

use super::example::Test;
use crate::space::Key;

/// What is asked of one attribute.
#[derive(Debug, Default)]
pub(super) struct Slot<'p> {
    pub(super) yes: Vec<Test<'p>>,
    no: Vec<Test<'p>>,
}

impl Slot<'_> {
    /// Whether a text meets all that is wanted.
    pub(super) fn fits(&self, text: &str) -> bool {
        self.yes.iter().all(|test| test.fits(text))
    }

    /// Whether a text meets nothing of what is not wanted.
    pub(super) fn avoids(&self, text: &str) -> bool {
        !self.no.iter().any(|test| test.fits(text))
    }
}

/// What is asked of a request.
#[derive(Debug, Default)]
pub(super) struct Wishes<'p> {
    slots: BTreeMap<Key, Slot<'p>>,
    /// Whether the caller has an identity, where that is asked.
    pub(super) peer: Option<bool>,
}

/// The value to go by, which of several alternatives to take, and whether the request is bytes.
type Way = (Origin, usize, bool);

impl<'p> Wishes<'p> {
    pub(super) fn of(policy: &'p Policy, point: &EnforcementPoint, way: Way) -> Self {
        let mut out = Self::default();
        let (mut may, mut who) = (Vec::new(), Vec::new());
        let has = |test: &At<PermissionTest>| way.0.is_some() && test.origin == way.0;
        any(&policy.permissions, (way.1, &has), &mut may);
        let has = |test: &At<PrincipalTest>| way.0.is_some() && names(test, way.0);
        any(&policy.principals, (way.1, &has), &mut who);
        may.into_iter().for_each(|(test, yes)| out.permission(&test.value, yes));
        who.into_iter().for_each(|(test, yes)| out.principal(&test.value, yes, point, way));
        out
    }

    pub(super) fn slot(&self, key: &Key) -> Option<&Slot<'p>> {
        self.slots.get(key)
    }

    /// Whether some text of an attribute is wanted.
    pub(super) fn wants(&self, key: &Key) -> bool {
        self.slots.get(key).is_some_and(|slot| !slot.yes.is_empty())
    }

    /// Claims that are wanted.
    pub(super) fn claims(&self) -> impl Iterator<Item = &Key> {
        self.slots.keys().filter(|key| matches!(key, Key::Claim(_)) && self.wants(key))
    }

    /// Attributes that a request only has where they are wanted.
    pub(super) fn more(&self, http: bool) -> Vec<Key> {
        let there = |key: &&Key| match key {
            Key::Header(_) | Key::Claim(_) => http && self.wants(key),
            Key::ServerName => self.wants(key),
            Key::Remote(_) => http,
            _ => false,
        };
        self.slots.keys().filter(there).cloned().collect()
    }

    fn add(&mut self, key: Key, test: Test<'p>, yes: bool) {
        let slot = self.slots.entry(key).or_default();
        if yes { slot.yes.push(test) } else { slot.no.push(test) }
    }

    fn permission(&mut self, test: &'p PermissionTest, yes: bool) {
        match test {
            PermissionTest::Host(HeaderTest::Value(by)) => {
                self.add(Key::Host, Test::Text { by, any_case: true }, yes);
            }
            PermissionTest::Method(HeaderTest::Value(by)) => self.text(Key::Method, by, yes),
            PermissionTest::Path(by) => self.text(Key::Path, by, yes),
            PermissionTest::PathTemplate(template) => self.add(Key::Path, Test::Template(template), yes),
            PermissionTest::DestinationPort(port) => self.add(Key::Port, Test::Port(*port), yes),
            PermissionTest::ServerName(by) => self.text(Key::ServerName, by, yes),
            PermissionTest::Host(HeaderTest::Present)
            | PermissionTest::Method(HeaderTest::Present)
            | PermissionTest::DestinationIp(_)
            | PermissionTest::Metadata(_) => {}
        }
    }

    fn text(&mut self, key: Key, by: &'p TextMatch, yes: bool) {
        self.add(key, Test::Text { by, any_case: false }, yes);
    }

    fn principal(&mut self, test: &'p PrincipalTest, yes: bool, point: &EnforcementPoint, way: Way) {
        match test {
            PrincipalTest::Peer(PeerMatch::Any | PeerMatch::AnyTrustDomain) => self.peer = Some(yes),
            PrincipalTest::Peer(peer) => self.add(Key::Peer, Test::Peer(peer), yes),
            PrincipalTest::DirectIp(block) => self.add(Key::Source, Test::Block(block), yes),
            PrincipalTest::RemoteIp(block) => {
                let direct = way.2 || point.use_remote_address && point.trusted_hops == 0;
                let key = if direct { Key::Source } else { Key::Remote(0) };
                self.add(key, Test::Block(block), yes);
            }
            PrincipalTest::Claim(claim) => {
                let key = Key::Claim(claim.path.clone());
                let named = claim.any_of.iter().find(|text| way.0.is_some() && text.origin == way.0);
                let turned = || claim.any_of.get(way.1 % claim.any_of.len().max(1));
                match (named.or_else(turned), yes) {
                    (Some(one), true) => self.text(key, &one.value, true),
                    (_, true) => {}
                    (_, false) => {
                        claim.any_of.iter().for_each(|one| self.text(key.clone(), &one.value, false))
                    }
                }
            }
            PrincipalTest::Header(name, value) => self.header(name, value, yes),
        }
    }

    fn header(&mut self, name: &str, value: &'p HeaderTest, yes: bool) {
        let name = name.to_ascii_lowercase();
        let key = match name.as_str() {
            ":method" => Key::Method,
            ":path" => Key::Path,
            ":authority" | "host" => Key::Host,
            _ => Key::Header(name),
        };
        match value {
            HeaderTest::Present => self.add(key, Test::Present, yes),
            HeaderTest::Value(by) => self.add(key, Test::Text { by, any_case: false }, yes),
        }
    }
}

/// Whether a test comes from a value of the file.
fn names(test: &At<PrincipalTest>, value: Origin) -> bool {
    match &test.value {
        PrincipalTest::Claim(claim) => claim.any_of.iter().any(|text| text.origin == value),
        _ => test.origin == value,
    }
}

/// Tests that hold or do not, on one way to meet a tree.
type Picked<'p, T> = Vec<(&'p At<T>, bool)>;

/// Which of several alternatives is taken, unless one has the value to go by.
type Choice<'c, T> = (usize, &'c dyn Fn(&At<T>) -> bool);

fn has<T>(tree: &Tree<T>, choice: Choice<'_, T>) -> bool {
    match tree {
        Tree::Any => false,
        Tree::And(parts) | Tree::Or(parts) => parts.iter().any(|part| has(part, choice)),
        Tree::Not(inner) => has(inner, choice),
        Tree::Test(test) => (choice.1)(test),
    }
}

/// One of several trees is met, by the value where it has it.
fn any<'p, T>(parts: &'p [Tree<T>], choice: Choice<'_, T>, out: &mut Picked<'p, T>) {
    let with = parts.iter().position(|part| has(part, choice));
    let Some(at) = with.or_else(|| (!parts.is_empty()).then(|| choice.0 % parts.len())) else { return };
    for (place, part) in parts.iter().enumerate() {
        match part {
            _ if place == at => meet(part, true, choice, out),
            // What stands beside the value should not be met too, where that can be had.
            Tree::Test(test) if with.is_some() => out.push((test, false)),
            _ => {}
        }
    }
}

fn meet<'p, T>(tree: &'p Tree<T>, yes: bool, choice: Choice<'_, T>, out: &mut Picked<'p, T>) {
    match (tree, yes) {
        (Tree::Any, _) => {}
        (Tree::And(parts), true) | (Tree::Or(parts), false) => {
            parts.iter().for_each(|part| meet(part, yes, choice, out));
        }
        (Tree::Or(parts), true) => any(parts, choice, out),
        (Tree::And(parts), false) => {
            let one = parts.get(choice.0 % parts.len().max(1));
            one.into_iter().for_each(|part| meet(part, false, choice, out));
        }
        // A value that must not be is met all the same, to see what it keeps out.
        (Tree::Not(inner), _) => meet(inner, !yes || has(inner, choice), choice, out),
        (Tree::Test(test), _) => out.push((test, yes)),
    }
}
