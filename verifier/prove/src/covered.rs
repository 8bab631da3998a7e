//! Values of a list that another value of the list covers, as their literal parts show it.

use mp_ir::base::{At, Origin};
use mp_ir::plan::{ClaimTest, HeaderTest, PermissionTest, Policy, PrincipalTest, Tree};

use crate::automata::Languages;
use crate::patterns::{cidr_pattern, peer_pattern, template_pattern};
use crate::space::{Key, Pattern, Shape};

/// Every text of the first pattern is one of the second.
pub(crate) type Pair = (Key, Pattern, Pattern);

/// Why a policy is the same without the tests that a value of the file caused: each of them is covered by one that stays beside it.
/// `None` where that is not to be seen so.
pub(crate) fn covered(policy: &Policy, value: Origin, languages: &Languages) -> Option<Vec<Pair>> {
    let mut pairs = Pairs { languages, found: Vec::new() };
    let permission = |test: &At<PermissionTest>| {
        test.origin == value && !matches!(test.value, PermissionTest::Metadata(_))
    };
    for tree in &policy.permissions {
        let mut leaf = |test: &At<PermissionTest>| !permission(test);
        of_tree(tree, &permission, &mut leaf, &mut |of, by| of_permissions(of, by, &mut pairs))?;
    }
    let mut texts = Pairs { languages, found: Vec::new() };
    let principal =
        |test: &At<PrincipalTest>| test.origin == value && !matches!(test.value, PrincipalTest::Claim(_));
    for tree in &policy.principals {
        let mut leaf = |test: &At<PrincipalTest>| match &test.value {
            PrincipalTest::Claim(claim) => of_claim(claim, value, &mut texts),
            _ => !principal(test),
        };
        of_tree(tree, &principal, &mut leaf, &mut |of, by| of_principals(of, by, &mut pairs))?;
    }
    pairs.found.extend(texts.found);
    Some(pairs.found)
}

/// Whether all tests of a tree that go stand beside one that covers them; `leaf` judges those that stand alone.
fn of_tree<T: PartialEq>(
    tree: &Tree<T>,
    goes: &impl Fn(&At<T>) -> bool,
    leaf: &mut impl FnMut(&At<T>) -> bool,
    covers: &mut impl FnMut(&T, &T) -> bool,
) -> Option<()> {
    match tree {
        Tree::Any => Some(()),
        Tree::And(parts) => parts.iter().try_for_each(|part| of_tree(part, goes, leaf, covers)),
        Tree::Not(inner) => of_tree(inner, goes, leaf, covers),
        Tree::Test(test) => leaf(test).then_some(()),
        Tree::Or(parts) => {
            for part in parts {
                match part {
                    Tree::Test(test) if goes(test) => {
                        let mut others = parts.iter().filter_map(|other| match other {
                            Tree::Test(other) if !goes(other) => Some(&other.value),
                            _ => None,
                        });
                        others.find(|other| **other == test.value || covers(&test.value, other))?;
                    }
                    _ => of_tree(part, goes, leaf, covers)?,
                }
            }
            Some(())
        }
    }
}

/// What covers what, as far as it was found.
struct Pairs<'l> {
    languages: &'l Languages,
    found: Vec<Pair>,
}

impl Pairs<'_> {
    /// Whether a pattern covers another one, which then is to be proved.
    fn add(&mut self, (key, of, by): Pair) -> bool {
        let covered = by.includes(&of)
            || matches!(&of.shape, Shape::Exact(text) if of.comparable(&by) && self.languages.fits(&by, text));
        if covered {
            self.found.push((key, of, by));
        }
        covered
    }
}

fn of_permissions(of: &PermissionTest, by: &PermissionTest, pairs: &mut Pairs<'_>) -> bool {
    let pattern = |test: &PermissionTest| {
        Some(match test {
            PermissionTest::Host(HeaderTest::Value(text)) => (Key::Host, Pattern::of_host(text)),
            PermissionTest::Method(HeaderTest::Value(text)) => (Key::Method, Pattern::of_text(text)),
            PermissionTest::Path(text) => (Key::Path, Pattern::of_text(text)),
            PermissionTest::PathTemplate(template) => (Key::Path, template_pattern(template)),
            PermissionTest::ServerName(text) => (Key::ServerName, Pattern::of_text(text)),
            PermissionTest::Host(HeaderTest::Present)
            | PermissionTest::Method(HeaderTest::Present)
            | PermissionTest::DestinationIp(_)
            | PermissionTest::DestinationPort(_)
            | PermissionTest::Metadata(_) => return None,
        })
    };
    let both = pattern(of).zip(pattern(by)).filter(|((key, _), (other, _))| key == other);
    both.is_some_and(|((key, of), (_, by))| pairs.add((key, of, by)))
}

fn of_principals(of: &PrincipalTest, by: &PrincipalTest, pairs: &mut Pairs<'_>) -> bool {
    use PrincipalTest as P;
    let (key, of, by) = match (of, by) {
        (P::Peer(of), P::Peer(by)) => (Key::Peer, peer_pattern(of), peer_pattern(by)),
        (P::DirectIp(of), P::DirectIp(by)) | (P::RemoteIp(of), P::RemoteIp(by)) => {
            (Key::Source, cidr_pattern(of), cidr_pattern(by))
        }
        _ => return false,
    };
    of.zip(by).is_some_and(|(of, by)| pairs.add((key, of, by)))
}

/// Whether the texts of a claim that go stand beside one that covers them.
fn of_claim(claim: &ClaimTest, value: Origin, pairs: &mut Pairs<'_>) -> bool {
    let (go, stay): (Vec<_>, Vec<_>) = claim.any_of.iter().partition(|text| text.origin == value);
    go.iter().all(|of| {
        stay.iter().any(|by| {
            let key = Key::Claim(claim.path.clone());
            of.value == by.value || pairs.add((key, Pattern::of_text(&of.value), Pattern::of_text(&by.value)))
        })
    })
}

#[cfg(test)]
mod tests {
    use mp_ir::base::{FileId, Span};
    use mp_ir::plan::TextMatch;

    use super::*;

    fn at(place: u32) -> Origin {
        Some(Span { file: FileId(0), start: place, end: place + 1 })
    }

    fn policy(paths: &[&str]) -> Policy {
        let test = |(place, path): (usize, &&str)| {
            let value = PermissionTest::Path(TextMatch::from_wildcard(path));
            Tree::Test(At { value, origin: at(u32::try_from(place).unwrap()) })
        };
        let list = Tree::Or(paths.iter().enumerate().map(test).collect());
        Policy {
            name: String::new(),
            policy: (String::new(), String::new()),
            rule: 0,
            permissions: vec![Tree::And(vec![Tree::Not(Box::new(list))])],
            principals: vec![Tree::Any],
            origin: None,
        }
    }

    #[test]
    fn values_are_covered_by_wider_ones_beside_them() {
        let covers =
            |paths: &[&str]| covered(&policy(paths), at(0), &Languages::default()).map(|pairs| pairs.len());
        assert_eq!(covers(&["/a/b", "/c", "/a/*"]), Some(1));
        assert_eq!(covers(&["/a", "/a"]), Some(0));
        assert_eq!(covers(&["/a.js", "*.js"]), Some(1));
        assert_eq!(covers(&["/a/*", "/a/b"]), None);
        assert_eq!(covers(&["/a/*", "/a/b/*", "*"]), None);
        assert_eq!(covers(&["/a"]), None);
    }
}
