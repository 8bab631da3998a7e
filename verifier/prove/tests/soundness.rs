//! Laws that answers obey whatever the policies are: a set equals itself, rewriting keeps the meaning, more ALLOW admits no less and
//! more DENY admits no more.
#![expect(clippy::unwrap_used, reason = "functions of tests may fail as tests do")]

mod support;

use mp_ir::mesh::Mesh;
use mp_ir::plan::{EnforcementPoint, RbacAction};
use mp_prove::{Answer, Kind, Subject, Truth, ask};
use support::{Dice, policies, policy, side};

const ROUNDS: u64 = 40;

type Side = (Mesh, EnforcementPoint);

fn about(kind: &Kind, sides: &[&Side]) -> Answer {
    let lower = mp_lower::plan::security::enforcement_points;
    let subjects: Vec<Subject<'_>> =
        sides.iter().map(|(mesh, point)| Subject { mesh, point, lower }).collect();
    ask(kind, &subjects).unwrap()
}

fn has_allow(side: &Side) -> bool {
    let rules = side.1.http.rbac.iter().filter_map(|filter| filter.rules.as_ref());
    rules.map(|rules| rules.action).any(|action| action == RbacAction::Allow)
}

#[test]
fn a_set_equals_itself() {
    for round in 0..ROUNDS {
        let text = policies(&mut Dice(round * 7919 + 1));
        let (a, b) = (side(&text), side(&text));
        assert_eq!(about(&Kind::Equivalent, &[&a, &b]).answer, Truth::Holds, "{round}: {text}");
    }
}

/// Every rule a policy of its own: the same alternatives, in other filters' places.
fn one_policy_per_rule(mesh: &Mesh) -> Mesh {
    let mut out = mesh.clone();
    let split = mesh.authorization_policies.iter().flat_map(|policy| {
        policy.rules.iter().enumerate().map(move |(at, rule)| {
            let mut one = policy.clone();
            one.rules = vec![rule.clone()];
            one.meta.object.name = format!("{}-{at}", policy.meta.object.name);
            one
        })
    });
    out.authorization_policies = split.collect();
    out.authorization_policies.reverse();
    out
}

/// Every alternative of a caller a rule of its own.
fn one_rule_per_caller(mesh: &Mesh) -> Mesh {
    let mut out = mesh.clone();
    for policy in &mut out.authorization_policies {
        let rules = std::mem::take(&mut policy.rules);
        for rule in rules {
            if rule.from.is_empty() {
                policy.rules.push(rule);
                continue;
            }
            for source in &rule.from {
                let mut one = rule.clone();
                one.from = vec![source.clone()];
                policy.rules.push(one);
            }
        }
    }
    out
}

fn at_point(mesh: Mesh) -> Side {
    let point = mp_lower::plan::security::enforcement_point(&mesh, "shop", "w").unwrap();
    (mesh, point)
}

#[test]
fn rewriting_keeps_the_meaning() {
    for round in 0..ROUNDS {
        let text = policies(&mut Dice(round * 104_729 + 3));
        let first = side(&text);
        // An ALLOW rule with a value that istiod refuses is dropped whole, so that its parts are no longer one rule.
        let whole = first.1.dropped.is_empty();
        for (name, rewrite) in [
            ("split policies", one_policy_per_rule as fn(&Mesh) -> Mesh),
            ("split callers", one_rule_per_caller),
        ] {
            let second = at_point(rewrite(&first.0));
            let answer = about(&Kind::Equivalent, &[&first, &second]);
            assert!(answer.answer == Truth::Holds || !whole, "{round}, {name}: {:?}\n{text}", answer.witness);
        }
    }
}

#[test]
fn more_allow_admits_no_less_and_more_deny_no_more() {
    let (mut wider, mut narrower, mut first) = (0, 0, 0);
    for round in 0..ROUNDS {
        let mut dice = Dice(round * 15_485_863 + 5);
        let text = policies(&mut dice);
        let before = side(&text);
        let more = side(&format!("{text}{}", policy(&mut dice, "z", "ALLOW")));
        let lost = about(&Kind::NoLostAccess, &[&before, &more]).answer;
        if has_allow(&before) {
            assert_eq!(lost, Truth::Holds, "{round}: {text}");
            wider += 1;
        } else {
            // The first ALLOW policy closes what was open.
            first += usize::from(lost == Truth::Violated);
        }
        let less = side(&format!("{text}{}", policy(&mut dice, "z", "DENY")));
        assert_eq!(about(&Kind::NoNewAccess, &[&before, &less]).answer, Truth::Holds, "{round}: {text}");
        narrower += 1;
    }
    eprintln!("{wider} wider, {narrower} narrower, {first} closed by their first ALLOW");
    assert!(wider > 10 && first > 2, "{wider} wider, {first} first: the generator is one-sided");
}
