//! What policies of a point mention: headers, and paths in spellings that proxies may read differently.

use std::collections::BTreeSet;

use mp_ir::plan::{EnforcementPoint, PermissionTest, PrincipalTest, RbacFilter, TextMatch, Tree};

/// Headers that some rule reads, in lower case; pseudo headers are left out.
pub(crate) fn headers(point: &EnforcementPoint) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    each(point, &mut |_| {}, &mut |test| {
        if let PrincipalTest::Header(name, _) = test
            && !name.starts_with(':')
            && !name.eq_ignore_ascii_case("host")
        {
            out.insert(name.to_ascii_lowercase());
        }
    });
    out
}

/// Raw paths around those that rules mention: doubled slashes, dot segments, escapes.
pub(crate) fn variants(points: &[&EnforcementPoint]) -> BTreeSet<String> {
    let mut stems = BTreeSet::from(["/x".to_owned()]);
    for point in points {
        each(
            point,
            &mut |test| match test {
                PermissionTest::Path(TextMatch::Exact(s)) => drop(stems.insert(s.clone())),
                PermissionTest::Path(TextMatch::Prefix(s)) => {
                    stems.insert(s.clone());
                    stems.insert(format!("{s}x"));
                }
                PermissionTest::Path(TextMatch::Suffix(s)) => drop(stems.insert(format!("/x{s}"))),
                PermissionTest::PathTemplate(t) => drop(stems.insert(t.replace("**", "x").replace('*', "x"))),
                _ => {}
            },
            &mut |_| {},
        );
    }
    stems.iter().filter(|stem| stem.starts_with('/')).flat_map(|stem| spell(stem)).collect()
}

/// A path in spellings that some readers take for the same.
pub(crate) fn spell(stem: &str) -> Vec<String> {
    let tail = stem.strip_prefix('/').unwrap_or(stem);
    let mut escaped = String::from("/");
    for (at, c) in tail.chars().enumerate() {
        if at == 0 && c.is_ascii() {
            escaped.push_str(&format!("%{:02X}", u32::from(c)))
        } else {
            escaped.push(c)
        }
    }
    let mut out = vec![
        stem.to_owned(),
        escaped,
        format!("/{stem}"),
        format!("/.{stem}"),
        format!("/x/..{stem}"),
        format!("/x/..;{stem}"),
        format!("/x//..{stem}"),
        format!("/x/..%2f{tail}"),
        format!("/%2f{tail}"),
        format!("/\\{tail}"),
        format!("{stem}/"),
        format!("{stem}//"),
        format!("{stem}/."),
        format!("{stem}/x/.."),
        format!("{stem}%2f"),
        format!("{stem}%2fx"),
        format!("{stem}//x"),
    ];
    out.extend(stem.match_indices('/').skip(1).map(|(at, _)| {
        let (start, end) = stem.split_at_checked(at).unwrap_or((stem, ""));
        format!("{start}/{end}")
    }));
    out
}

/// Every test of every rule of a point.
pub(crate) fn each(
    point: &EnforcementPoint,
    permission: &mut impl FnMut(&PermissionTest),
    principal: &mut impl FnMut(&PrincipalTest),
) {
    let filters: Vec<&RbacFilter> = point
        .http
        .rbac
        .iter()
        .chain(&point.tcp.rbac)
        .chain(point.http.custom.iter().chain(&point.tcp.custom).map(|c| &c.rbac))
        .collect();
    for rules in filters.iter().flat_map(|filter| filter.rules.iter().chain(&filter.shadow)) {
        for policy in &rules.policies {
            policy.permissions.iter().for_each(|tree| walk(tree, permission));
            policy.principals.iter().for_each(|tree| walk(tree, principal));
        }
    }
}

fn walk<T>(tree: &Tree<T>, leaf: &mut impl FnMut(&T)) {
    match tree {
        Tree::Any => {}
        Tree::And(all) | Tree::Or(all) => all.iter().for_each(|tree| walk(tree, leaf)),
        Tree::Not(inner) => walk(inner, leaf),
        Tree::Test(test) => leaf(&test.value),
    }
}
